"""The permission table as cells: role, relation to a unit, and what must come out.

Written without looking at the engine, and used for it alone, over HTTP, and by the services' tests.
"""

import csv
from importlib.resources import files
from uuid import UUID, uuid4

from sqlalchemy import text

from shared.database import Session
from shared.permissions import Decision, Role

COUNTRY, REGION, DISTRICT, OKRUG, VILLAGE, HAMLET = (uuid4() for _ in range(6))
SIBLING_OKRUG, SIBLING_VILLAGE, SIBLING_DISTRICT, SIBLING_REGION = (uuid4() for _ in range(4))
OTHER_REGION, OTHER_DISTRICT, OTHER_OKRUG, OTHER_VILLAGE = (uuid4() for _ in range(4))
ACCOUNT, ENTERPRISE, SOMEBODY = uuid4(), uuid4(), uuid4()

TO_OKRUG = [COUNTRY, REGION, DISTRICT, OKRUG]
TO_VILLAGE = [*TO_OKRUG, VILLAGE]

# Where each role's grant lies, and which unit stands in which relation to it.
SEATS = {
    Role.RESIDENT: (TO_VILLAGE, OKRUG),
    Role.ASSEMBLY_MEMBER: (TO_OKRUG, OKRUG),
    Role.AKIM: (TO_OKRUG, OKRUG),
    Role.ACCOUNTANT: (TO_OKRUG, OKRUG),
    Role.DEPUTY: (TO_OKRUG[:3], None),
    Role.MANAGER: (TO_OKRUG, OKRUG),
    Role.REGION: (TO_OKRUG[:2], None),
    Role.AUDITOR: (TO_OKRUG[:3], None),
    Role.ADMIN: ([], None),
}
RELATIVES = {
    VILLAGE: {"child": HAMLET, "sibling": SIBLING_VILLAGE},
    OKRUG: {"child": VILLAGE, "sibling": SIBLING_OKRUG},
    DISTRICT: {"child": OKRUG, "sibling": SIBLING_DISTRICT},
    REGION: {"child": DISTRICT, "sibling": SIBLING_REGION},
}
RELATIONS = ["own", "child", "parent", "sibling", "other region"]


def target_path(seat: list[UUID], relation: str) -> list[UUID]:
    seat = seat or TO_OKRUG
    return {
        "own": seat,
        "child": [*seat, RELATIVES[seat[-1]]["child"]],
        "parent": seat[:-1],
        "sibling": [*seat[:-1], RELATIVES[seat[-1]]["sibling"]],
        "other region": [COUNTRY, OTHER_REGION, OTHER_DISTRICT, OTHER_OKRUG, OTHER_VILLAGE],
    }[relation]


def expected(role: Role | None, cell: str, relation: str) -> Decision:
    """Say in words of the table what must come out; written without looking at the engine."""
    if cell == "*":
        return Decision.ALLOWED
    if role is None:
        return Decision.OUT_OF_SIGHT
    if role is Role.ADMIN:
        return Decision.ALLOWED if cell == "4" else Decision.FORBIDDEN
    near = {"own", "parent"} if role is Role.RESIDENT else {"own", "child"}
    reach = cell.removesuffix("4")
    if reach in {"o", "own"}:
        return Decision.ALLOWED if relation == "own" else Decision.OUT_OF_SIGHT
    if relation not in near:
        return Decision.OUT_OF_SIGHT
    return Decision.ALLOWED if reach in {"u", "d"} else Decision.FORBIDDEN


def rows() -> list[dict[str, str]]:
    with (files("shared") / "data" / "permissions.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


STATUSES = {Decision.FORBIDDEN: 403, Decision.OUT_OF_SIGHT: 404}
"""How a refusal is answered; what is allowed is answered with anything else."""


async def seed_territory(session: Session) -> dict[Role, UUID]:
    """Store the units and one account per role, and return the accounts."""
    paths = {path[-1]: path for path in _all_paths()}
    for unit_id, path in paths.items():
        self_government = OKRUG if OKRUG in path else unit_id
        await session.execute(
            text(
                "insert into known_units values (:u, '473639000', 'rural_district', 'а', 'а', 'a',"
                " :parent, :path, :s, :own, daterange('2018-01-01', null)) on conflict do nothing"
            ),
            {
                "u": unit_id,
                "parent": path[-2] if len(path) > 1 else None,
                "path": path,
                "s": self_government,
                "own": unit_id == self_government,
            },
        )
    accounts = {role: uuid4() for role in Role}
    for role, account in accounts.items():
        seat, _ = SEATS[role]
        await session.execute(
            text(
                "insert into known_grants"
                " values (:g, :h, :r, :u, :o, daterange('2018-01-01', null))"
            ),
            {
                "g": uuid4(),
                "h": account,
                "r": role.value,
                "u": seat[-1] if seat else None,
                "o": ENTERPRISE if role is Role.MANAGER else None,
            },
        )
    return accounts


def _all_paths() -> list[list[UUID]]:
    found = [TO_VILLAGE[: length + 1] for length in range(len(TO_VILLAGE))]
    for seat in (TO_VILLAGE, TO_OKRUG, TO_OKRUG[:3], TO_OKRUG[:2]):
        found += [target_path(seat, relation) for relation in ("child", "sibling", "other region")]
    return found
