"""A village with its people, and what they do, for the tests of participation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from aiokafka import ConsumerRecord

from participation.persistence.residents import keep_residents
from shared.contracts.event import Event
from shared.contracts.registry import GrantChanged, ResidentChanged, UnitChanged
from shared.database import Session
from shared.messaging.envelope import write_headers
from shared.territory import keep_grants, keep_units
from shared.testing import AsAccount, Urls

HAPPENED_AT = datetime(2027, 1, 10, tzinfo=UTC)
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

    def a_round(self, **changes: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "unit_id": str(self.village.unit_id),
            "title": {"kk": "Ауыл таңдайды", "ru": "Село выбирает", "en": "The village chooses"},
            "fiscal_year": now.year + 1,
            "budget_tiyn": 100_000,
            "most_projects": 2,
            "eligible_on": now.date().isoformat(),
            "opens_at": instant(now - timedelta(minutes=1)),
            "closes_at": instant(now + timedelta(hours=1)),
        } | changes

    async def draft_round(self, **changes: Any) -> str:
        answer = await self.post(self.village.akim, "/v1/rounds", self.a_round(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def plan_round(self, costs_tiyn: Sequence[int], **changes: Any) -> tuple[str, list[str]]:
        """Draft and confirm a round with projects of these costs; return its id and theirs."""
        round_id = await self.draft_round(**changes)
        projects = [await self.admit(round_id, cost) for cost in costs_tiyn]
        confirmed = await self.post(self.village.member, f"/v1/rounds/{round_id}/confirmations")
        assert confirmed.status_code == 201, confirmed.text
        return round_id, projects

    async def admit(self, round_id: str, cost_tiyn: int) -> str:
        proposal = {"proposal_id": await self.propose_costed(cost_tiyn)}
        answer = await self.post(self.village.akim, f"/v1/rounds/{round_id}/projects", proposal)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def open_round(
        self, costs_tiyn: Sequence[int] = (60_000, 50_000, 40_000), **changes: Any
    ) -> tuple[str, list[str]]:
        """Let voting begin on projects of these costs; return ids of the round and of them."""
        round_id, projects = await self.plan_round(costs_tiyn, **changes)
        opened = await self.post(self.village.akim, f"/v1/rounds/{round_id}/openings")
        assert opened.status_code == 201, opened.text
        return round_id, projects

    async def vote(self, account: UUID, round_id: str, projects: Sequence[str]) -> httpx.Response:
        ballot = {"project_ids": list(projects)}
        return await self.post(account, f"/v1/rounds/{round_id}/ballots", ballot)

    async def vote_all(self, round_id: str, ballots: Sequence[Sequence[str]]) -> None:
        """Let one resident after the other cast these ballots."""
        for account, ballot in zip(self.village.residents, ballots, strict=False):
            answer = await self.vote(account, round_id, ballot)
            assert answer.status_code == 201, answer.text


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def a_record(event: Event, event_id: UUID, number: int) -> ConsumerRecord:
    """The event as it travels."""
    row = {
        "event_id": event_id,
        "type": event.type,
        "subject": event.subject,
        "sequence": number + 1,
        "key": event.subject,
        "happened_at": HAPPENED_AT,
        "recorded_at": HAPPENED_AT,
        "trace": None,
    }
    return ConsumerRecord(
        topic=event.topic,
        partition=0,
        offset=number,
        timestamp=0,
        timestamp_type=0,
        key=event.subject.encode(),
        value=event.model_dump_json().encode(),
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=write_headers(row, source=event.source(), epoch=0),
    )


async def let_time_pass(urls: Urls, round_id: str) -> None:
    """Move a round an hour into the past, which only the database's superuser can."""
    connection = await asyncpg.connect(urls.plain_superuser)
    await connection.execute("set session_replication_role = replica")
    await connection.execute(
        "update rounds set opens_at = now() - interval '2 hours',"
        " closes_at = now() - interval '1 second' where id = $1",
        UUID(round_id),
    )
    await connection.close()


async def close_round(people: People, urls: Urls, round_id: str) -> dict[str, Any]:
    """Let the voting end, have the akim count it, and return the result."""
    await let_time_pass(urls, round_id)
    answer = await people.post(people.village.akim, f"/v1/rounds/{round_id}/counts")
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json()
    return result
