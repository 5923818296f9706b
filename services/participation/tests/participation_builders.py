"""A village with its people, and what they do, for the tests of participation."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from participation.usecases.copying import keep_residents
from shared.contracts.registry import GrantChanged, ResidentChanged, UnitChanged
from shared.database import Session
from shared.territory import keep_grants, keep_units
from shared.testing import AsAccount

TITLE = {"kk": "Көше шамдары", "ru": "Уличные фонари", "en": "Street lamps"}


@dataclass(frozen=True)
class Village:
    """A self-government unit with one settlement, its people's accounts, and a stranger."""

    unit_id: UUID
    settlement_id: UUID
    residents: tuple[UUID, ...]
    akim: UUID
    member: UUID
    accountant: UUID
    stranger: UUID
    """A resident of another village."""


def a_unit(unit_id: UUID, **changes: Any) -> UnitChanged:
    return UnitChanged.model_validate(
        {
            "unit_id": unit_id,
            "kato": "473639000",
            "kind": "village_administration",
            "name_kk": "Боранқұл",
            "name_ru": "Боранкул",
            "name_en": "Borankul",
            "parent_id": None,
            "path": [unit_id],
            "self_government_id": unit_id,
            "is_self_government": True,
            "valid_from": "2018-01-01",
            "valid_to": None,
        }
        | changes
    )


def a_grant(holder_id: UUID, role: str, unit_id: UUID) -> GrantChanged:
    return GrantChanged.model_validate(
        {
            "grant_id": uuid4(),
            "holder_id": holder_id,
            "role": role,
            "unit_id": unit_id,
            "object_id": None,
            "valid_from": "2018-01-01",
            "valid_to": None,
        }
    )


def a_resident(account_id: UUID | None, village: Village, **changes: Any) -> ResidentChanged:
    return ResidentChanged.model_validate(
        {
            "resident_id": uuid4(),
            "account_id": account_id,
            "unit_id": village.settlement_id,
            "self_government_id": village.unit_id,
            "may_vote_from": "2020-01-01",
            "lives_here_from": "2018-01-01",
            "left_on": None,
        }
        | changes
    )


async def settle(session: Session, residents: int = 16) -> Village:
    """Store a village of so many voters, and another village with one."""
    village = _village(residents)
    other = _village(1)
    for place in (village, other):
        path = [place.unit_id, place.settlement_id]
        below = {"path": path, "self_government_id": place.unit_id, "is_self_government": False}
        await keep_units(
            session,
            [
                a_unit(place.unit_id),
                a_unit(place.settlement_id, parent_id=place.unit_id, kind="village", **below),
            ],
        )
    officials = (
        (village.akim, "akim", village.unit_id),
        (village.member, "assembly_member", village.unit_id),
        (village.accountant, "accountant", village.unit_id),
        (village.stranger, "resident", other.settlement_id),
    )
    living = [(account, "resident", village.settlement_id) for account in village.residents]
    await keep_grants(session, [a_grant(*grant) for grant in (*officials, *living)])
    people = [a_resident(account, village) for account in village.residents]
    await keep_residents(session, [*people, a_resident(village.stranger, other)])
    return village


def _village(residents: int) -> Village:
    accounts = tuple(uuid4() for _ in range(residents))
    return Village(uuid4(), uuid4(), accounts, uuid4(), uuid4(), uuid4(), uuid4())


@dataclass
class People:
    """Everybody who calls the service in a test."""

    client: httpx.AsyncClient
    as_account: AsAccount
    village: Village

    async def post(self, account: UUID | None, path: str, body: Any = None) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.as_account(account))

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=self.as_account(None))

    def a_proposal(self, **changes: Any) -> dict[str, Any]:
        place = {"unit_id": str(self.village.settlement_id)}
        return {**place, "title": TITLE, "text": "Көше қараңғы.", **changes}

    async def propose(self, **changes: Any) -> str:
        answer = await self.post(
            self.village.residents[0], "/v1/proposals", self.a_proposal(**changes)
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def propose_costed(self, cost_tiyn: int, **changes: Any) -> str:
        proposal_id = await self.propose(**changes)
        figure = {"cost_tiyn": cost_tiyn, "basis": "Estimate 7"}
        answer = await self.post(
            self.village.accountant, f"/v1/proposals/{proposal_id}/costings", figure
        )
        assert answer.status_code == 201, answer.text
        return proposal_id
