"""The permission table, cell by cell: 41 actions × 10 subjects × 5 relations = 2,050 decisions."""

import csv
from importlib.resources import files
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.permissions import ACTIONS, Decision, Grant, Role, Target, decide

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


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["action"])
def test_every_cell_of_the_table_is_decided_as_it_says(row: dict[str, str]) -> None:
    for role, relation in product([*Role, None], RELATIONS):
        seat, self_government = SEATS[role] if role else (TO_OKRUG, None)
        held = (
            [Grant(role, seat, self_government, ENTERPRISE if role is Role.MANAGER else None)]
            if role
            else []
        )
        own = (ACCOUNT, ENTERPRISE) if relation == "own" else (SOMEBODY,)

        decision = decide(
            ACTIONS[row["action"]], held, Target(target_path(seat, relation), own), ACCOUNT
        )

        cell = row[role] if role else row["anyone"]
        assert decision is expected(role, cell, relation), (role, relation, cell)


def test_the_table_has_its_2050_cells() -> None:
    assert len(rows()) * (len(Role) + 1) * len(RELATIONS) == 2_050
    assert [int(row["number"]) for row in rows()] == list(range(1, 42))


def test_no_cell_says_what_the_engine_does_not_know() -> None:
    known = {"*", "-", "o", "o4", "own", "u", "u4", "d", "d4", "4", "token"}

    assert {row[column] for row in rows() for column in (*Role, "anyone")} <= known


def test_what_changes_something_needs_a_key() -> None:
    reading = {name for name, action in ACTIONS.items() if not action.needs_idempotency_key}

    assert reading == {
        "unit.read",
        "resident.read",
        "budget.read",
        "budget.draft.read",
        "ledger.read",
        "poll.result.read",
        "turnout.read",
        "event.subscribe",
        "audit.read",
    }


def test_money_and_minutes_need_a_fresh_strong_login() -> None:
    fresh = {name for name, action in ACTIONS.items() if action.needs_fresh_login}

    assert fresh == {"payment.approve", "ledger.reverse", "assembly.vote"}


paths = st.lists(st.sampled_from([uuid4() for _ in range(12)]), min_size=1, max_size=6, unique=True)


@given(st.sampled_from(sorted(ACTIONS)), st.sampled_from(list(Role)), paths, paths)
def test_a_role_never_reaches_a_unit_on_another_branch(
    action: str, role: Role, seat: list[UUID], place: list[UUID]
) -> None:
    if set(seat) & set(place) or role is Role.ADMIN or ACTIONS[action].is_public:
        return

    decision = decide(ACTIONS[action], [Grant(role, seat, seat[-1])], Target(place), ACCOUNT)

    assert decision is Decision.OUT_OF_SIGHT


@given(st.sampled_from(sorted(ACTIONS)), st.lists(st.sampled_from(list(Role)), max_size=4))
def test_roles_add_up(action: str, roles: list[Role]) -> None:
    grants = [Grant(role, *SEATS[role]) for role in roles]
    target = Target(TO_OKRUG)

    together = decide(ACTIONS[action], grants, target, ACCOUNT)

    alone = {decide(ACTIONS[action], [grant], target, ACCOUNT) for grant in grants}
    assert (together is Decision.ALLOWED) == (
        Decision.ALLOWED in alone or ACTIONS[action].is_public
    )
