"""The permission table through participation's own routes: who, doing what, in which unit."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from permission_cells import (
    RELATIONS,
    SEATS,
    STATUSES,
    expected,
    rows,
    seed_territory,
    target_path,
)
from sqlalchemy import text

from participation.app import ROUTES
from shared.database import Session
from shared.permissions import ACTIONS, Decision, Role
from shared.testing import AsAccount

WRITING = ["proposal.create", "proposal.own", "proposal.cost", "poll.create", "ballot-token.issue"]
READING = ["unit.read", "poll.result.read"]
TITLE = {"kk": "а", "ru": "а", "en": "a"}


async def a_proposal_in(session: Session, unit_id: UUID, author_id: UUID) -> UUID:
    added = await session.execute(
        text("""
            with added as (
                insert into proposals (unit_id, self_government_id, author_id, title_kk, title_ru,
                    title_en, body)
                values (:unit_id, :unit_id, :author_id, 'а', 'а', 'a', 'а') returning id
            )
            insert into support_counters (proposal_id) select id from added returning proposal_id
        """),
        {"unit_id": unit_id, "author_id": author_id},
    )
    found: UUID = added.scalar_one()
    return found


async def a_round_in(session: Session, unit_id: UUID) -> UUID:
    added = await session.execute(
        text("""
            insert into rounds (unit_id, title_kk, title_ru, title_en, fiscal_year, budget_tiyn,
                parameters, fewest_projects, most_projects, eligible_on, opens_at, closes_at,
                created_by)
            values (:unit_id, 'а', 'а', 'a', 2027, 1, '{"seed": "lot"}', 1, 1, '2027-01-01',
                '2099-01-01Z', '2099-01-02Z', gen_random_uuid())
            returning id
        """),
        {"unit_id": unit_id},
    )
    found: UUID = added.scalar_one()
    return found


async def request_for(
    session: Session, action: str, unit_id: UUID, author_id: UUID
) -> tuple[str, dict[str, Any] | None]:
    """A request of the action that lies in the unit."""
    if action == "proposal.create":
        return "/v1/proposals", {"unit_id": str(unit_id), "title": TITLE, "text": "а"}
    if action == "poll.create":
        times = {"opens_at": "2099-01-01T00:00:00Z", "closes_at": "2099-01-02T00:00:00Z"}
        rule = {"budget_tiyn": 1, "most_projects": 1, "eligible_on": "2027-01-01"}
        year = {"fiscal_year": 2027, "title": TITLE, "unit_id": str(unit_id)}
        return "/v1/rounds", times | rule | year
    if action == "ballot-token.issue":
        round_id = await a_round_in(session, unit_id)
        return f"/v1/rounds/{round_id}/ballots", {"project_ids": []}
    proposal_id = await a_proposal_in(session, unit_id, author_id)
    if action == "proposal.own":
        return f"/v1/proposals/{proposal_id}/withdrawals", None
    return f"/v1/proposals/{proposal_id}/costings", {"cost_tiyn": 1, "basis": "x"}


def should_be(action: str, role: Role | None, relation: str) -> Decision:
    """What the table says; an enterprise has no proposals of its own here."""
    cell = next(row for row in rows() if row["action"] == action)[role or "anyone"]
    if role is Role.MANAGER and cell == "o":
        return Decision.OUT_OF_SIGHT
    return expected(role, cell, relation)


@pytest.mark.parametrize("role", [*Role, None])
async def test_every_cell_decides_as_the_table_says(
    client: httpx.AsyncClient, as_account: AsAccount, session: Session, role: Role | None
) -> None:
    accounts = await seed_territory(session)
    account = accounts[role] if role else None
    await session.commit()

    wrong = []
    for action in WRITING:
        for relation in RELATIONS if role else ["own"]:
            path = target_path(SEATS[role or Role.AKIM][0], relation)
            author = account if relation == "own" else None
            if not path:
                continue
            asked, body = await request_for(session, action, path[-1], author or uuid4())
            await session.commit()
            answer = await client.post(asked, json=body, headers=as_account(account))
            should = should_be(action, role, relation)
            status = 401 if role is None else STATUSES.get(should)
            slug = "" if answer.is_success else answer.json()["type"].rsplit("/")[-1]
            refused = slug in {"not-logged-in", "not-allowed", "out-of-sight"}
            if refused != (status is not None) or (refused and answer.status_code != status):
                wrong.append((action, relation, should, answer.status_code, slug))
            assert answer.status_code < 500

    assert wrong == []


def test_every_route_names_its_action_and_reading_is_public() -> None:
    declared = {
        (next(iter(route.methods)), route.openapi_extra["x-ortaq-action"])  # type: ignore[attr-defined]
        for group in ROUTES
        for route in group.router.routes
    }

    assert {action for _, action in declared} == {*WRITING, *READING}
    assert all(ACTIONS[action].is_public for method, action in declared if method == "GET")
