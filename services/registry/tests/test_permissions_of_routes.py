"""The permission table through the registry's own routes: who, doing what, in which unit."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response
from registry_builders import Village, an_account, an_iin, unit_id

from registry.app import ROUTES
from registry.domain.sealing import PersonalKey
from registry.persistence.residents import add_resident, new_resident_id
from shared.database import Session
from shared.permissions import ACTIONS, Role

Headers = Callable[..., dict[str, str]]
Ask = Callable[..., Awaitable[Response]]

ACTIONS_HERE = [
    "resident.read",
    "resident.iin.reveal",
    "resident.edit",
    "grant.assembly",
    "grant.other",
    "unit.change",
]
RELATIONS = ["own", "child", "parent", "sibling", "other region"]


async def seat_of(session: Session, village: Village, role: Role | None) -> dict[str, UUID | None]:
    """Where the role is held, and one unit in each relation to that."""
    hamlet = await unit_id(session, "473630100")
    if role is Role.RESIDENT:
        return dict(
            zip(RELATIONS, [village.place, None, village.borankul, hamlet, village.other_region],
                strict=True)
        )  # fmt: skip
    if role in {Role.DEPUTY, Role.AUDITOR}:
        units = [village.district, village.borankul, village.region, None, village.other_region]
    elif role is Role.REGION:
        units = [village.region, village.district, None, village.other_region, None]
    else:
        units = [
            village.borankul, village.place, village.district, village.sibling,
            village.other_region,
        ]  # fmt: skip
    return dict(zip(RELATIONS, units, strict=True))


def expected(role: Role | None, cell: str, relation: str) -> str:
    """What the table's cell means for an object of somebody else in that relation."""
    reach = cell.rstrip("4")
    if role is None:
        return "not-logged-in"
    if role is Role.ADMIN:
        return "allowed" if cell == "4" else "not-allowed"
    near = {"own", "parent"} if role is Role.RESIDENT else {"own", "child"}
    if relation not in near or reach in {"o", "own"}:
        return "out-of-sight"
    return "allowed" if reach in {"u", "d"} else "not-allowed"


async def a_resident_in(session: Session, unit: UUID, key: PersonalKey, serial: int) -> UUID:
    resident, iin = await new_resident_id(session), an_iin(serial)
    values = {
        "id": resident,
        "unit_id": unit,
        "account_id": None,
        "name": "Сынақ",
        "born_on": date(1850, 1, 1),
        "iin_sealed": key.seal(iin, resident),
        "iin_index": key.index(iin),
        "iin_masked": "5001******10",
        "iin_flags": [],
        "lives_here_from": date(2025, 3, 1),
        "registered_by": resident,
    }
    await add_resident(session, values)
    return resident


def request_for(action: str, unit: UUID, resident: UUID) -> tuple[str, str, dict[str, Any] | None]:
    """A request of the action that lies in the unit."""
    name = {"kk": "x", "ru": "x", "en": "x"}
    holder = {"holder_id": str(uuid4()), "valid_from": "2025-03-01", "basis": "x"}
    here = {"unit_id": str(unit)}
    match action:
        case "resident.read":
            return "GET", f"/v1/residents?unit={unit}", None
        case "resident.iin.reveal":
            return "POST", f"/v1/residents/{resident}/iin-reveals", {"reason": "x"}
        case "resident.edit":
            new = {"name": "x", "iin": "500101100011", "lives_here_from": "2025-03-01"}
            return "POST", "/v1/residents", {**here, **new}
        case "grant.assembly":
            return "POST", "/v1/assembly-members", {**here, **holder}
        case "grant.other":
            return "POST", "/v1/grants", {**here, **holder, "role": "akim"}
    return "POST", "/v1/posts", {**here, "kind": "akim", "name": name, "valid_from": "2025-03-01"}


@pytest.mark.parametrize("role", [*Role, None])
async def test_every_cell_decides_as_the_table_says(
    client: AsyncClient,
    as_account: Headers,
    session: Session,
    village: Village,
    personal_key: PersonalKey,
    role: Role | None,
) -> None:
    seat = await seat_of(session, village, role)
    account = None
    if role is Role.ADMIN:
        account = village.admin
    elif role is not None:
        object_id = uuid4() if role in {Role.MANAGER, Role.RESIDENT} else None
        account = await an_account(session, role, seat["own"], object_id=object_id)
    residents = {
        relation: await a_resident_in(session, unit, personal_key, serial)
        for serial, (relation, unit) in enumerate(seat.items(), start=1)
        if unit
    }
    await session.commit()

    wrong = []
    for action in ACTIONS_HERE:
        for relation, resident in residents.items():
            method, path, body = request_for(action, seat[relation], resident)
            answer = await client.request(method, path, json=body, headers=as_account(account))
            slug = "" if answer.is_success else answer.json()["type"].rsplit("/")[-1]
            refused = {"not-logged-in", "not-allowed", "out-of-sight"}
            got = slug if slug in refused else "allowed"
            should = expected(role, ACTIONS[action].cells[role] if role else "", relation)
            if got != should or answer.status_code >= 500:
                wrong.append((action, relation, should, answer.status_code, slug))

    assert wrong == []


def test_every_route_names_its_action() -> None:
    declared = {
        route.openapi_extra["x-ortaq-action"]  # type: ignore[attr-defined, index]
        for group in ROUTES
        for route in group.router.routes
    }

    assert declared == {*ACTIONS_HERE, "unit.read"}
