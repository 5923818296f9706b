"""The permission table, cell by cell: 41 actions × 10 subjects × 5 relations = 2,050 decisions."""

from itertools import product
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from permission_cells import (
    ACCOUNT,
    ENTERPRISE,
    RELATIONS,
    SEATS,
    SOMEBODY,
    STATUSES,
    TO_OKRUG,
    expected,
    rows,
    seed_territory,
    target_path,
)

from shared.answers import Answer
from shared.database import Database, Session, Transaction
from shared.identity import Known, permit
from shared.permissions import ACTIONS, Decision, Grant, Role, Target, decide
from shared.requests import Body, Identifier
from shared.routing import Routes
from shared.service import build_app
from shared.testing import AsAccount, CreateApp
from shared.tokens.keys import PublicKeys


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


class Place(Body):
    """Where the object lies, and whose it is."""

    unit_id: Identifier
    owner_id: Identifier


class Done(Answer):
    """The action was allowed."""

    action: str


def a_route_per_action() -> Routes:
    routes = Routes("/v1/actions", tag="actions")
    for name in ACTIONS:

        async def act(place: Place, caller: Known, session: Transaction) -> Done:
            await permit(session, caller, place.unit_id, owner_ids=(place.owner_id,))
            return Done(action=caller.action.name)

        routes.post(f"/{name}", action=name, response_model=Done)(act)
    return routes


@pytest.fixture
def create_app() -> CreateApp:
    def create(database: Database, keys: PublicKeys, cursor_key: bytes) -> FastAPI:
        return build_app(
            "probe",
            [a_route_per_action()],
            database=database,
            internal_keys=keys,
            cursor_key=cursor_key,
        )

    return create


@pytest.mark.parametrize("role", [*Role, None], ids=str)
async def test_every_cell_is_answered_as_it_says_over_http(
    client: httpx.AsyncClient, session: Session, as_account: AsAccount, role: Role | None
) -> None:
    accounts = await seed_territory(session)
    await session.commit()
    account = accounts[role] if role else uuid4()

    for row, relation in product(rows(), RELATIONS):
        seat, _ = SEATS[role] if role else (TO_OKRUG, None)
        own = (ENTERPRISE if role is Role.MANAGER else account) if relation == "own" else SOMEBODY
        place = {"unit_id": str(target_path(seat, relation)[-1]), "owner_id": str(own)}
        answer = await client.post(
            f"/v1/actions/{row['action']}", json=place, headers=as_account(account, strong=True)
        )

        cell = row[role] if role else row["anyone"]
        wanted = STATUSES.get(expected(role, cell, relation), 201)
        assert answer.status_code == wanted, (row["action"], role, relation, cell, answer.text)


async def test_a_login_that_is_not_fresh_or_not_strong_approves_no_payment(
    client: httpx.AsyncClient, session: Session, as_account: AsAccount
) -> None:
    accounts = await seed_territory(session)
    await session.commit()
    place = {"unit_id": str(TO_OKRUG[-1]), "owner_id": str(SOMEBODY)}

    headers = as_account(accounts[Role.AKIM])
    weak = await client.post("/v1/actions/payment.approve", json=place, headers=headers)

    assert weak.status_code == 403
    assert weak.json()["type"] == "/problems/strong-login-needed"
