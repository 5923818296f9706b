"""What the service's own database role cannot do to the ledger, tried in plain SQL."""

from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from budget_builders import A_DAY, Budget, Village, a_budget, add_budget, an_entry

from budget.domain.ledger import Account, Kind, NewEntry, Posting, accrue, commit, mirror, pay
from budget.persistence.ledger import entry_values
from shared.database import Session
from shared.testing import Urls

CALL = """
    select entry_id from post_entry($1, $2, $3, $4, $5, $6, $7, $8,
        $9::smallint[], $10::uuid[], $11::bigint[])
"""


@pytest.fixture
async def budget(session: Session, village: Village) -> Budget:
    return await a_budget(session, village, spare_tiyn=10)


@pytest.fixture
async def attacker(session: Session, budget: Budget) -> Any:
    """The runtime role's bare connection, in a database with one appropriation and one receipt."""
    del budget
    connection = await session.connection()
    return (await connection.get_raw_connection()).driver_connection


async def call(connection: asyncpg.Connection, entry: NewEntry) -> Any:
    return await connection.fetchval(CALL, *entry_values(entry).values())


async def refused(attacker: asyncpg.Connection, attack: Any) -> tuple[str, str]:
    """Return SQLSTATE and constraint that an attack was refused with, at commit at the latest."""

    async def try_it() -> None:
        async with attacker.transaction():
            await attack
            await attacker.execute("set constraints all immediate")

    with pytest.raises(asyncpg.PostgresError) as caught:
        await try_it()
    return caught.value.sqlstate, caught.value.constraint_name or ""


@pytest.mark.parametrize(
    "statement",
    [
        "update entries set reason = 'x'",
        "update entries set hash = prev_hash",
        "delete from entries",
        "truncate entries cascade",
        "update postings set amount_tiyn = amount_tiyn + 1",
        "delete from postings",
        "truncate postings",
        "update line_balances set available_tiyn = 1",
        "insert into line_balances (line_id, budget_id) select id, budget_id from lines",
        "delete from line_balances",
        "update cash_balances set amount_tiyn = 1",
        "delete from cash_balances",
        "update ledger_heads set seq = 0",
        "delete from ledger_heads",
        "delete from period_closings",
        "update period_closings set through = '2000-01-01'",
        "update accounts set bucket = null",
        "update entry_kinds set shape = null",
        "delete from budget_decisions",
        "update budgets set fiscal_year = 2026",
        "delete from budgets",
        "update lines set budget_id = budget_id",
        "delete from lines",
        "alter table entries disable trigger all",
        "alter table line_balances drop constraint line_balances_available",
        "drop trigger entries_number on entries",
        "create or replace function check_entry() returns trigger language plpgsql"
        " as 'begin return null; end'",
        "set session_replication_role = replica",
        "update payments set amount_tiyn = 1",
        "update commitments set amount_tiyn = 1",
    ],
)
async def test_history_and_balances_cannot_be_touched(
    attacker: asyncpg.Connection, statement: str
) -> None:
    state, _ = await refused(attacker, attacker.execute(statement))

    assert state == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "update entries set reason = 'x'",
        "delete from postings",
        "truncate entries cascade",
        "truncate postings",
        "delete from period_closings",
        "delete from budget_decisions",
    ],
)
async def test_not_even_the_owner_rewrites_history(urls: Urls, statement: str) -> None:
    owner = await asyncpg.connect(urls.owner.replace("+asyncpg", ""))

    state, _ = await refused(owner, owner.execute(statement))
    await owner.close()

    assert state == "2F002"


def legs(budget: Budget, *moves: tuple[Account, int]) -> list[Posting]:
    return [Posting(account, budget.line_id, amount) for account, amount in moves]


@pytest.mark.parametrize(
    ("kind", "moves", "rule"),
    [
        (Kind.COMMIT, [(Account.AVAILABLE, -5), (Account.COMMITTED, 6)], "entries_balanced"),
        (Kind.COMMIT, [(Account.AVAILABLE, -5)], "entries_legs"),
        (Kind.COMMIT, [], "entries_legs"),
        (Kind.COMMIT, [(Account.AVAILABLE, 0), (Account.COMMITTED, 0)], "postings_amount"),
        (Kind.COMMIT, [(Account.APPROPRIATION, -5), (Account.AVAILABLE, 5)], "entries_shape"),
        (Kind.COMMIT, [(Account.APPROPRIATION, -5), (Account.COMMITTED, 5)], "entries_shape"),
        (Kind.RECEIVE, [(Account.AVAILABLE, 5), (Account.CASH, -5)], "entries_balanced"),
        (
            Kind.COMMIT,
            [(Account.AVAILABLE, -10_001), (Account.COMMITTED, 10_001)],
            "line_balances_available",
        ),
        (Kind.ACCRUE, [(Account.COMMITTED, -1), (Account.ACCRUED, 1)], "line_balances_committed"),
    ],
)
async def test_a_wrong_entry_is_refused(
    attacker: asyncpg.Connection,
    budget: Budget,
    kind: Kind,
    moves: list[tuple[Account, int]],
    rule: str,
) -> None:
    attack = call(attacker, an_entry(budget, kind, legs(budget, *moves)))

    assert await refused(attacker, attack) == ("23514", rule)


async def test_money_does_not_wander_from_line_to_line(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    wandering = [
        Posting(Account.AVAILABLE, budget.line_id, -5),
        Posting(Account.COMMITTED, budget.bare_line_id, 5),
    ]

    attack = call(attacker, an_entry(budget, Kind.COMMIT, wandering))

    assert await refused(attacker, attack) == ("23514", "entries_line_balanced")


async def test_a_line_of_another_budget_is_refused(
    attacker: asyncpg.Connection, session: Session, budget: Budget
) -> None:
    other = await a_budget(session, Village())

    attack = call(attacker, an_entry(budget, Kind.COMMIT, commit(other.line_id, 5)))

    assert await refused(attacker, attack) == ("23503", "postings_line_of_budget")


async def test_an_entry_without_postings_does_not_commit(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    attack = attacker.execute(
        """insert into entries (budget_id, effective_on, kind, source_ref, posted_by, legs,
               postings_hash) values ($1, $2, 'commit', 'x', $3, 2, '')""",
        budget.id,
        A_DAY,
        uuid4(),
    )

    assert await refused(attacker, attack) == ("23514", "entries_balanced")


async def test_a_false_seal_does_not_commit(attacker: asyncpg.Connection, budget: Budget) -> None:
    async def attack() -> None:
        async with attacker.transaction():
            entry_id = await attacker.fetchval(
                """insert into entries (budget_id, effective_on, kind, source_ref, posted_by, legs,
                       postings_hash)
                   values ($1, $2, 'commit', 'x', $3, 2, 'false') returning id""",
                budget.id,
                A_DAY,
                uuid4(),
            )
            await attacker.execute(
                """insert into postings values ($1, 2, 1, 2, $2, -5), ($1, 2, 2, 3, $2, 5)""",
                entry_id,
                budget.line_id,
            )

    assert await refused(attacker, attack()) == ("23514", "entries_sealed")


@pytest.mark.parametrize(("n", "state"), [(2, "23505"), (3, "23514"), (0, "23514")])
async def test_a_whole_entry_takes_no_further_posting(
    attacker: asyncpg.Connection, budget: Budget, n: int, state: str
) -> None:
    entry_id = await call(attacker, an_entry(budget, Kind.COMMIT, commit(budget.line_id, 5)))

    attack = attacker.execute(
        "insert into postings values ($1, 2, $2, 2, $3, 5)", entry_id, n, budget.line_id
    )

    assert (await refused(attacker, attack))[0] == state


async def test_number_hash_and_time_are_the_databases_own(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    async with attacker.transaction():
        row = await attacker.fetchrow(
            """insert into entries (budget_id, seq, effective_on, posted_at, kind, source_ref,
                   posted_by, legs, postings_hash, prev_hash, hash)
               values ($1, 999, $2, '2000-01-01', 'commit', 'x', $3, 2, $4, 'a', 'b')
               returning *""",
            budget.id,
            A_DAY,
            uuid4(),
            await attacker.fetchval(
                "select sha256(convert_to(jsonb_build_array(jsonb_build_array(1, 2, $1::uuid, -5),"
                " jsonb_build_array(2, 3, $1::uuid, 5))::text, 'UTF8'))",
                budget.line_id,
            ),
        )
        await attacker.execute(
            "insert into postings values ($1, 2, 1, 2, $2, -5), ($1, 2, 2, 3, $2, 5)",
            row["id"],
            budget.line_id,
        )

    assert row["seq"] == 3
    assert row["posted_at"].year > 2000
    assert len(row["hash"]) == len(row["prev_hash"]) == 32


async def test_an_insert_that_ends_in_nothing_leaves_the_chain_alone(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    entry = an_entry(budget, Kind.COMMIT, commit(budget.line_id, 5))
    await call(attacker, entry)

    await attacker.execute(
        """insert into entries (budget_id, effective_on, kind, source_ref, posted_by, legs,
               postings_hash) values ($1, $2, 'commit', $3, $4, 2, '') on conflict do nothing""",
        budget.id,
        A_DAY,
        entry.source_ref,
        uuid4(),
    )

    assert (
        await attacker.fetchval("select seq from ledger_heads where budget_id = $1", budget.id) == 3
    )


async def test_the_author_does_not_approve(attacker: asyncpg.Connection, budget: Budget) -> None:
    postings = commit(budget.line_id, 5)
    own = an_entry(budget, Kind.COMMIT, postings, by="accountant")
    alone = an_entry(budget, Kind.PAY, pay(budget.line_id, 5))

    assert await refused(attacker, call(attacker, own)) == ("23514", "entries_four_eyes")
    assert await refused(attacker, call(attacker, alone)) == ("23514", "entries_second_person")


async def test_one_document_makes_one_entry(attacker: asyncpg.Connection, budget: Budget) -> None:
    entry = an_entry(budget, Kind.COMMIT, commit(budget.line_id, 5))
    await call(attacker, entry)

    assert await refused(attacker, call(attacker, entry)) == ("23505", "entries_source_once")


def a_reversal(budget: Budget, entry_id: Any, postings: list[Posting], **changes: Any) -> NewEntry:
    values = {"reverses": entry_id, "reason": "error"} | changes
    return an_entry(budget, Kind.REVERSE, postings, by="akim", **values)


async def test_a_reversal_mirrors_the_whole_entry_once(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    postings = commit(budget.line_id, 50)
    entry_id = await call(attacker, an_entry(budget, Kind.COMMIT, postings))

    partial = a_reversal(budget, entry_id, mirror(commit(budget.line_id, 40)))
    again = a_reversal(budget, entry_id, mirror(postings))
    silent = a_reversal(budget, entry_id, mirror(postings), reason=None)
    assert await refused(attacker, call(attacker, partial)) == ("23514", "entries_mirrored")
    assert await refused(attacker, call(attacker, silent)) == ("23514", "entries_reason")
    reversal_id = await call(attacker, a_reversal(budget, entry_id, mirror(postings)))
    assert await refused(attacker, call(attacker, again)) == ("23505", "entries_reversed_once")
    undo = a_reversal(budget, reversal_id, postings)
    assert await refused(attacker, call(attacker, undo)) == ("23514", "entries_reversible")


async def test_an_entry_in_use_is_not_reversed(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    postings = commit(budget.line_id, 50)
    entry_id = await call(attacker, an_entry(budget, Kind.COMMIT, postings))
    await call(attacker, an_entry(budget, Kind.ACCRUE, accrue(budget.line_id, 20)))

    attack = call(attacker, a_reversal(budget, entry_id, mirror(postings)))

    assert await refused(attacker, attack) == ("23514", "line_balances_committed")


async def test_a_payment_needs_cash(attacker: asyncpg.Connection, session: Session) -> None:
    poor = await a_budget(session, Village(), cash_tiyn=49)
    await call(attacker, an_entry(poor, Kind.COMMIT, commit(poor.line_id, 50)))
    await call(attacker, an_entry(poor, Kind.ACCRUE, accrue(poor.line_id, 50)))

    attack = call(attacker, an_entry(poor, Kind.PAY, pay(poor.line_id, 50), by="akim"))

    assert await refused(attacker, attack) == ("23514", "cash_balances_amount")


async def test_a_closed_period_and_another_year_take_no_entry(
    attacker: asyncpg.Connection, budget: Budget
) -> None:
    await attacker.execute(
        "insert into period_closings (budget_id, through, closed_by) values ($1, $2, $3)",
        budget.id,
        A_DAY,
        uuid4(),
    )
    late = an_entry(budget, Kind.COMMIT, commit(budget.line_id, 5))
    astray = an_entry(
        budget, Kind.COMMIT, commit(budget.line_id, 5), effective_on=date(A_DAY.year + 1, 1, 1)
    )

    assert await refused(attacker, call(attacker, late)) == ("23514", "entries_period_open")
    assert await refused(attacker, call(attacker, astray)) == ("23514", "entries_in_year")


@pytest.mark.parametrize("state", ["draft", "submitted", "agreed", "closed"])
async def test_a_budget_that_is_not_open_takes_no_entry(
    attacker: asyncpg.Connection, session: Session, budget: Budget, state: str
) -> None:
    other_id = await add_budget(session, Village(), status=state)

    attack = call(
        attacker, an_entry(budget, Kind.COMMIT, commit(budget.line_id, 5), budget_id=other_id)
    )

    assert await refused(attacker, attack) == ("23514", "entries_budget_open")


async def test_no_table_lies_open_that_was_not_granted(attacker: asyncpg.Connection) -> None:
    granted = await attacker.fetch(
        """select relname, array_agg(distinct privilege_type order by privilege_type) as rights
           from pg_class, aclexplode(relacl) where relnamespace = 'public'::regnamespace
           and relkind in ('r', 'v', 'S') and grantee = 'budget'::regrole group by relname"""
    )
    tables = await attacker.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    public = await attacker.fetchval(
        """select count(*) from pg_class, aclexplode(relacl)
           where relnamespace = 'public'::regnamespace and grantee = 0"""
    )

    rights = {row["relname"]: row["rights"] for row in granted}
    assert {row["relname"] for row in tables} - {"alembic_version"} <= rights.keys()
    assert public == 0
    assert rights["entries"] == rights["postings"] == ["INSERT", "SELECT"]
    assert rights["line_balances"] == rights["cash_balances"] == ["SELECT"]
    assert not any("DELETE" in found or "TRUNCATE" in found for found in rights.values())
