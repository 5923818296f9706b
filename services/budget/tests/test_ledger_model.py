"""The ledger against a plain-Python model of it, and its chain against a reader outside."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from budget_builders import (
    A_DAY,
    Budget,
    Village,
    a_budget,
    add_budget,
    add_line,
    advance_to,
    an_entry,
    settle,
)
from budget_calls import Office, a_place, paid_work
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from budget.domain.chain import first_broken
from budget.domain.ledger import Kind, Posting, accrue, appropriate, commit, mirror, pay, receive
from budget.persistence.ledger import entry_values
from shared.database import Database

CALL = """
    select entry_id from post_entry($1, $2, $3, $4, $5, $6, $7, $8,
        $9::smallint[], $10::uuid[], $11::bigint[])
"""
MOVES: dict[Kind, tuple[str | None, str | None]] = {
    Kind.APPROPRIATE: (None, "available"),
    Kind.COMMIT: ("available", "committed"),
    Kind.ACCRUE: ("committed", "accrued"),
    Kind.PAY: ("accrued", "paid"),
    Kind.RECEIVE: (None, None),
}
MAKE: dict[Kind, Callable[[UUID, int], list[Posting]]] = {
    Kind.APPROPRIATE: appropriate,
    Kind.COMMIT: commit,
    Kind.ACCRUE: accrue,
    Kind.PAY: pay,
    Kind.RECEIVE: lambda _, amount_tiyn: receive(None, amount_tiyn),
}
small = st.integers(1, 60)
LINE_TIYN = 150


class LedgerMachine(RuleBasedStateMachine):
    """Entries at random: the database takes exactly those that the model takes."""

    connection: asyncpg.Connection
    budget: Budget
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def __init__(self) -> None:
        super().__init__()
        self.balances = {"available": 0, "committed": 0, "accrued": 0, "paid": 0}
        self.cash = 0
        self.posted: dict[Any, tuple[Kind, int]] = {}
        self.reversed: set[Any] = set()

    @initialize()
    def begin(self) -> None:
        self.transaction = self.connection.transaction()
        self.run(self.transaction.start())

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            self.run(self.transaction.rollback())

    def applied(self, kind: Kind, amount_tiyn: int) -> tuple[dict[str, int], int]:
        source, target = MOVES[kind]
        after = dict(self.balances)
        if source:
            after[source] -= amount_tiyn
        if target:
            after[target] += amount_tiyn
        cash = {Kind.PAY: -amount_tiyn, Kind.RECEIVE: amount_tiyn}.get(kind, 0)
        return after, self.cash + cash

    def try_to_post(
        self, kind: Kind, postings: list[Posting], after: tuple[dict[str, int], int], **more: Any
    ) -> Any:
        by = None if kind in {Kind.COMMIT, Kind.ACCRUE, Kind.RECEIVE} else "akim"
        entry = an_entry(self.budget, kind, postings, by=by, **more)
        fits = all(amount >= 0 for amount in (*after[0].values(), after[1]))
        fits = fits and sum(after[0].values()) <= LINE_TIYN
        entry_id = self.run(self.attempt(entry_values(entry)))
        assert (entry_id is not None) == fits
        if fits:
            self.balances, self.cash = after
        return entry_id

    async def attempt(self, values: dict[str, Any]) -> Any:
        try:
            async with self.connection.transaction():
                entry_id = await self.connection.fetchval(CALL, *values.values())
                await self.connection.execute("set constraints all immediate")
                await self.connection.execute("set constraints all deferred")
                return entry_id
        except asyncpg.CheckViolationError:
            return None

    @rule(kind=st.sampled_from(list(MOVES)), amount_tiyn=small)
    def post(self, kind: Kind, amount_tiyn: int) -> None:
        postings = MAKE[kind](self.budget.line_id, amount_tiyn)
        entry_id = self.try_to_post(kind, postings, self.applied(kind, amount_tiyn))
        if entry_id is not None:
            self.posted[entry_id] = (kind, amount_tiyn)

    @rule(choice=st.integers(0, 1_000))
    def reverse(self, choice: int) -> None:
        candidates = [one for one in self.posted if one not in self.reversed]
        if not candidates:
            return
        entry_id = candidates[choice % len(candidates)]
        kind, amount_tiyn = self.posted[entry_id]
        done = self.try_to_post(
            Kind.REVERSE,
            mirror(MAKE[kind](self.budget.line_id, amount_tiyn)),
            self.applied(kind, -amount_tiyn),
            reverses=entry_id,
            reason="error",
        )
        if done is not None:
            self.reversed.add(entry_id)

    @invariant()
    def the_database_is_the_model(self) -> None:
        if not hasattr(self, "transaction"):
            return
        row = self.run(self.connection.fetchrow(
            """select available_tiyn, committed_tiyn, accrued_tiyn, paid_tiyn,
                   (select amount_tiyn from cash_balances where budget_id = $2),
                   (select coalesce(sum(amount_tiyn), 0) from postings),
                   first_broken_entry($2)
               from line_balances where line_id = $1""",
            self.budget.line_id,
            self.budget.id,
        ))  # fmt: skip
        assert tuple(row) == (*self.balances.values(), self.cash, 0, None)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_ledger_takes_exactly_what_its_model_takes(
    committed: Database, own_urls: Any
) -> None:
    async with committed.sessions.begin() as session:
        budget_id = await add_budget(session, village := Village(), status="draft")
        line_id = await add_line(session, budget_id, amount_tiyn=LINE_TIYN)
        await advance_to(session, village, budget_id, "approved")
    budget = Budget(budget_id, village, line_id, line_id, line_id)

    await asyncio.to_thread(run_machine, own_urls.plain_runtime, budget)


def run_machine(url: str, budget: Budget) -> None:
    """Run the machine on a loop of its own: Hypothesis is not asynchronous."""
    with asyncio.Runner() as runner:
        LedgerMachine.budget, LedgerMachine.run = budget, staticmethod(runner.run)
        LedgerMachine.connection = runner.run(asyncpg.connect(url))
        case = LedgerMachine.TestCase
        case.settings = settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        case("runTest").debug()
        runner.run(LedgerMachine.connection.close())


async def test_the_published_entries_prove_the_chain(office: Office) -> None:
    place = await a_place(office)
    await paid_work(office, place, 4_000)
    path = f"entries?budget_id={place.budget_id}"

    entries = (await office.get(office.village.deputy, path)).json()["items"]

    assert len(entries) == 5
    assert first_broken(entries) is None


@pytest.mark.parametrize(
    "name", ["amount", "source_ref", "posted_by", "effective_on", "hash", "order"]
)
async def test_any_change_of_a_published_entry_is_found(office: Office, name: str) -> None:
    place = await a_place(office)
    await paid_work(office, place, 4_000)
    path = f"entries?budget_id={place.budget_id}"
    entries = (await office.get(office.village.deputy, path)).json()["items"]
    third = entries[2]

    match name:
        case "amount":
            third["postings"][0]["amount_tiyn"] -= 1
            third["postings"][1]["amount_tiyn"] += 1
        case "order":
            entries[2], entries[3] = entries[3], entries[2]
        case "hash":
            third["hash"] = "00" * 32
        case _:
            third[name] = str(uuid4()) if name != "effective_on" else str(A_DAY.replace(day=2))

    broken = first_broken(entries)
    assert broken is not None
    assert broken is entries[2]


@pytest.mark.parametrize(
    "tampering",
    [
        "update postings set amount_tiyn = amount_tiyn * 2 where entry_id = $1",
        "update entries set reason = 'x' where id = $1",
        "update entries set effective_on = effective_on + 1 where id = $1",
        "update entries set posted_at = posted_at + interval '1 microsecond' where id = $1",
        "delete from postings where entry_id = $1 and n = 1",
    ],
)
async def test_what_a_superuser_changes_is_named(
    committed: Database, own_urls: Any, tampering: str
) -> None:
    async with committed.sessions.begin() as session:
        budget = await a_budget(session, await settle(session))
        rows = await session.execute(text("select id from entries order by seq"))
        first_id = rows.scalars().all()[0]
    intruder = await asyncpg.connect(own_urls.plain_superuser)
    await intruder.execute("set session_replication_role = replica")
    await intruder.execute(tampering, first_id)
    await intruder.close()

    async with committed.sessions() as session:
        broken = await session.execute(text("select first_broken_entry(:id)"), {"id": budget.id})
        assert broken.scalar() == first_id
