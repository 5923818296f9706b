"""What the service's own database role cannot do to budgets, lines and documents in plain SQL."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from budget_builders import Budget, Village, a_budget, add_budget, add_line, advance_to, an_entry
from sqlalchemy.exc import DBAPIError
from test_ledger_attacks import call, refused

from budget.domain.ledger import Kind, appropriate
from shared.database import Database, Session

STAGES = ["draft", "submitted", "agreed", "approved", "executing", "closed"]
STEPS = {
    ("draft", "submitted"),
    ("submitted", "draft"),
    ("submitted", "agreed"),
    ("agreed", "approved"),
    ("approved", "executing"),
    ("approved", "closed"),
    ("executing", "closed"),
}


@pytest.fixture
async def budget(session: Session, village: Village) -> Budget:
    return await a_budget(session, village)


@pytest.fixture
async def attacker(session: Session) -> Any:
    """The runtime role's bare connection."""
    return (await (await session.connection()).get_raw_connection()).driver_connection


async def test_a_second_decision_gives_a_line_nothing(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    again = an_entry(budget, Kind.APPROPRIATE, appropriate(budget.line_id, 1), by="deputy")

    attack = call(attacker, again)

    assert await refused(attacker, attack) == ("23514", "line_balances_within_line")


@pytest.mark.parametrize(("more_tiyn", "rule"), [(0, None), (1, "line_balances_within_line")])
async def test_a_line_is_given_its_amount_and_not_a_tiyn_more(
    attacker: asyncpg.Connection, budget: Budget, more_tiyn: int, rule: str | None
) -> None:
    postings = appropriate(budget.bare_line_id, 10_000 + more_tiyn)
    attack = call(attacker, an_entry(budget, Kind.APPROPRIATE, postings, by="deputy"))

    if rule is None:
        assert await attack
    else:
        assert await refused(attacker, attack) == ("23514", rule)


async def test_a_revenue_line_is_given_nothing_to_spend(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    postings = appropriate(budget.revenue_line_id, 1)

    attack = call(attacker, an_entry(budget, Kind.APPROPRIATE, postings, by="deputy"))

    assert await refused(attacker, attack) == ("23514", "line_balances_within_line")


@pytest.mark.parametrize("stage", STAGES[1:])
@pytest.mark.parametrize(
    "attack",
    [
        "update lines set amount_tiyn = amount_tiyn + 1",
        "update lines set drafted_by = uuidv7()",
        "update lines set revision = revision + 1",
        """insert into lines (budget_id, direction, kind, code, name_kk, name_ru, name_en,
               amount_tiyn)
           select id, 'expenditure', 'expenditure', 'x', '', '', '', 1 from budgets""",
    ],
)
async def test_lines_stand_still_once_the_draft_is_submitted(
    attacker: asyncpg.Connection, session: Session, stage: str, attack: str
) -> None:
    village = Village()
    budget_id = await add_budget(session, village, status="draft")
    await add_line(session, budget_id)
    await advance_to(session, village, budget_id, stage)

    assert await refused(attacker, attacker.execute(attack)) == ("23514", "lines_in_draft")


async def test_an_approved_line_is_no_draft_again(
    attacker: asyncpg.Connection, session: Session
) -> None:
    village = Village()
    budget_id = await add_budget(session, village, status="draft")
    await add_line(session, budget_id)
    await advance_to(session, village, budget_id, "approved")
    await attacker.execute("update lines set status = 'approved'")

    attack = attacker.execute("update lines set status = 'draft'")

    assert await refused(attacker, attack) == ("23514", "lines_in_draft")


@pytest.mark.parametrize("stage", STAGES)
async def test_a_budget_skips_no_stage_and_goes_none_back(
    attacker: asyncpg.Connection, session: Session, stage: str
) -> None:
    await add_budget(session, Village(), status=stage)

    for target in STAGES:
        if target != stage and (stage, target) not in STEPS:
            attack = attacker.execute("update budgets set status = $1", target)
            assert await refused(attacker, attack) == ("23514", "budgets_stages")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "change",
    [
        "drafted_by = uuidv7()",
        "submitted_by = uuidv7()",
        "agreed_by = uuidv7()",
        "agreed_on = '2000-01-01'",
        "minutes_number = 'x'",
        "approved_by = uuidv7()",
        "approved_at = '2000-01-01'",
        "version = 2",
        "returned_because = 'x'",
    ],
)
async def test_who_decided_is_written_by_the_step_alone(
    attacker: asyncpg.Connection, session: Session, stage: str, change: str
) -> None:
    await add_budget(session, Village(), status=stage)

    attack = attacker.execute(f"update budgets set {change}")

    assert await refused(attacker, attack) == ("23514", "budgets_stages")


@pytest.mark.parametrize("stage", STAGES[1:])
async def test_figures_stand_still_once_the_draft_is_submitted(
    attacker: asyncpg.Connection, session: Session, stage: str
) -> None:
    await add_budget(session, Village(), status=stage)

    attack = attacker.execute("""update budgets set figures = '{"revenue": 1}'""")

    assert await refused(attacker, attack) == ("23514", "budgets_stages")


def insertion(table: str, values: dict[str, str]) -> str:
    return f"insert into {table} ({', '.join(values)}) values ({', '.join(values.values())})"


AN_ID = f"'{UUID(int=1)}'"


@pytest.mark.parametrize(
    ("table", "decided"),
    [
        ("budgets", {"unit_id": AN_ID, "fiscal_year": "2027", "status": "'approved'"}),
        ("budgets", {"unit_id": AN_ID, "fiscal_year": "2027", "approved_by": AN_ID}),
        ("lines", {"budget_id": AN_ID, "status": "'approved'"}),
        ("commitments", {"line_id": AN_ID, "accrued_tiyn": "1"}),
        ("obligations", {"commitment_id": AN_ID, "state": "'accepted'"}),
        ("obligations", {"commitment_id": AN_ID, "entry_id": AN_ID}),
        ("obligations", {"commitment_id": AN_ID, "paid_tiyn": "1"}),
        ("payments", {"budget_id": AN_ID, "state": "'paid'"}),
        ("payments", {"budget_id": AN_ID, "approved_by": AN_ID}),
        ("payments", {"budget_id": AN_ID, "entry_id": AN_ID}),
        ("reversals", {"entry_id": AN_ID, "approved_by": AN_ID}),
        ("reversals", {"entry_id": AN_ID, "reversal_entry_id": AN_ID}),
        ("invoices", {"enterprise_id": AN_ID, "paid_tiyn": "1"}),
    ],
)
async def test_no_document_begins_decided(
    attacker: asyncpg.Connection, table: str, decided: dict[str, str]
) -> None:
    attack = attacker.execute(insertion(table, decided))

    state, _ = await refused(attacker, attack)

    assert state == "42501"


async def test_a_line_in_flight_is_there_before_its_budget_is_submitted(
    committed: Database, settled: Village
) -> None:
    async with committed.sessions.begin() as session:
        budget_id = await add_budget(session, settled, status="draft")

    async with committed.sessions() as adding, committed.sessions() as submitting:
        await add_line(adding, budget_id)
        step = asyncio.create_task(advance_to(submitting, settled, budget_id, "submitted"))
        done, _ = await asyncio.wait([step], timeout=0.3)
        await adding.commit()
        await step
        await submitting.commit()

    assert not done
    async with committed.sessions() as late:
        with pytest.raises(DBAPIError, match="no draft"):
            await add_line(late, budget_id)
