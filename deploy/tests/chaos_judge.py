"""What must be true after any crash, judged from the databases alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

import budget.events.handlers
import participation.events.handlers
from shared.messaging.inbox import Handlers

CONSUMERS: Mapping[str, Handlers] = {
    "budget": budget.events.handlers.HANDLERS,
    "participation": participation.events.handlers.HANDLERS,
}
PRODUCERS = ("registry", "participation", "budget")


@dataclass(frozen=True)
class Acknowledged:
    """What callers were told had been done."""

    voters: int
    receipts: frozenset[str]
    """Numbers of the receipts that were answered with 201."""


async def judge_events(dsn: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the events: lost, doubled, parked, unsent, out of sequence."""
    wrong: list[str] = []
    told: dict[str, list[asyncpg.Record]] = {}
    for producer in PRODUCERS:
        connection = await asyncpg.connect(dsn[producer])
        told[producer] = await connection.fetch("select event_id, type, published_at from outbox")
        gaps = await connection.fetchval(
            "select count(*) from (select max(sequence) <> count(*) as gap from outbox"
            " group by subject) s where gap"
        )
        await connection.close()
        unsent = sum(row["published_at"] is None for row in told[producer])
        wrong += [f"{producer}: {unsent} unsent"] if unsent else []
        wrong += [f"{producer}: {gaps} subjects with gaps"] if gaps else []
    for consumer, handlers in CONSUMERS.items():
        connection = await asyncpg.connect(dsn[consumer])
        handled = {row["event_id"] for row in await connection.fetch("select event_id from inbox")}
        parked = await connection.fetchval(
            "select count(*) from dead_letters where settled_at is null"
        )
        await connection.close()
        types = {kind.type for kind in handlers}
        wanted = {row["event_id"] for rows in told.values() for row in rows if row["type"] in types}
        wrong += [f"{consumer}: {len(wanted - handled)} lost"] if wanted - handled else []
        wrong += [f"{consumer}: {len(handled - wanted)} from nowhere"] if handled - wanted else []
        wrong += [f"{consumer}: {parked} parked"] if parked else []
    return wrong


async def judge_copies(dsn: Mapping[str, str]) -> list[str]:
    """Return where a service's copy of the units differs from the registry's."""
    copies = {}
    for service in ("registry", *CONSUMERS):
        connection = await asyncpg.connect(dsn[service])
        copies[service] = await connection.fetchrow(
            "select count(*) as units,"
            " md5(string_agg(unit_id || kato || name_kk, ',' order by unit_id)) as digest"
            " from known_units"
        )
        await connection.close()
    return [
        f"{service}: {copy['units']} units, not {copies['registry']['units']}"
        for service, copy in copies.items()
        if dict(copy) != dict(copies["registry"])
    ]


async def judge_ledger(dsn: Mapping[str, str], budget_id: str, said: Acknowledged) -> list[str]:
    """Return what is wrong with the ledger: unbalanced, broken chain, lost or doubled receipts."""
    connection = await asyncpg.connect(dsn["budget"])
    unbalanced = await connection.fetchval(
        "select count(*) from (select entry_id from postings"
        " group by entry_id having sum(amount_tiyn) <> 0) s"
    )
    broken = await connection.fetchval("select first_broken_entry($1::uuid)", budget_id)
    rows = await connection.fetch(
        "select source_ref, count(*) as times from entries"
        " where budget_id = $1::uuid and kind = 'receive' group by source_ref",
        budget_id,
    )
    await connection.close()
    wrong = [f"{unbalanced} unbalanced entries"] if unbalanced else []
    wrong += [f"the chain breaks at {broken}"] if broken else []
    stored = {row["source_ref"] for row in rows}
    lost = {number for number in said.receipts if not any(number in ref for ref in stored)}
    wrong += [f"{len(lost)} acknowledged receipts lost"] if lost else []
    wrong += [
        f"{row['source_ref']} posted {row['times']} times" for row in rows if row["times"] > 1
    ]
    return wrong


async def judge_ballots(dsn: Mapping[str, str], round_id: str, said: Acknowledged) -> list[str]:
    """Return what is wrong with the ballots: as many as voters, as many as were acknowledged."""
    connection = await asyncpg.connect(dsn["participation"])
    voters = await connection.fetchval(
        "select count(*) from voters where round_id = $1::uuid", round_id
    )
    ballots = await connection.fetchval(
        "select (select count(*) from ballot_box where round_id = $1::uuid)"
        " + (select count(*) from ballots where round_id = $1::uuid)",
        round_id,
    )
    await connection.close()
    wrong = [f"{voters} voters, {ballots} ballots"] if voters != ballots else []
    return wrong + ([f"{said.voters} told, {voters} stored"] if said.voters != voters else [])
