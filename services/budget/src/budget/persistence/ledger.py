"""The ledger's queries, and the one way to write into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from budget.domain.ledger import Account, EntryNotFound, NewEntry, Posting
from shared.database import Session

POST_ENTRY = text("""
    select entry_id, seq, lines from post_entry(
        :budget_id, :kind, :source_ref, :effective_on, :posted_by, :approved_by, :reverses, :reason,
        cast(:accounts as smallint[]), cast(:lines as uuid[]), cast(:amounts as bigint[]))
""")
_ENTRY = text("""
    select entry.*, budget.unit_id from entries entry join budgets budget on budget.id = budget_id
    where entry.id = :entry_id
""")
_POSTINGS = text("""
    select account_id, line_id, amount_tiyn from postings where entry_id = :entry_id order by n
""")
_ENTRIES = text("""
    select id, budget_id, seq as sequence, effective_on, posted_at, kind, source_ref, reverses,
           reason, posted_by, approved_by, encode(prev_hash, 'hex') as prev_hash,
           encode(hash, 'hex') as hash,
           (select jsonb_agg(jsonb_build_object(
                'account', account.code, 'line_id', line_id, 'amount_tiyn', amount_tiyn) order by n)
            from postings join accounts account on account.id = account_id
            where entry_id = entry.id) as postings
    from entries entry where budget_id = :budget_id and seq > :after order by seq limit :limit
""")
_BROKEN = text("select first_broken_entry(:budget_id)")


@dataclass(frozen=True)
class LineState:
    """The money of a line after an entry."""

    line_id: UUID
    project_id: UUID | None
    available_tiyn: int
    committed_tiyn: int
    accrued_tiyn: int
    paid_tiyn: int


@dataclass(frozen=True)
class Posted:
    """An entry that is in the ledger, with the lines that it moved as they are now."""

    entry_id: UUID
    seq: int
    lines: Sequence[LineState]


async def post_entry(session: Session, entry: NewEntry) -> Posted:
    """Write an entry with its postings, in one round trip; the database moves the balances.

    Raises:
        DBAPIError: a rule of the ledger, named by the constraint (see `budget.domain.ledger`); the
            rules on the whole entry speak when the transaction commits.
    """
    row = (await session.execute(POST_ENTRY, entry_values(entry))).one()
    return Posted(row.entry_id, row.seq, [_line_state(line) for line in row.lines or []])


def entry_values(entry: NewEntry) -> dict[str, Any]:
    """Return the parameters of `POST_ENTRY`."""
    return {
        "budget_id": entry.budget_id,
        "kind": entry.kind,
        "source_ref": entry.source_ref,
        "effective_on": entry.effective_on,
        "posted_by": entry.posted_by,
        "approved_by": entry.approved_by,
        "reverses": entry.reverses,
        "reason": entry.reason,
        "accounts": [int(leg.account) for leg in entry.postings],
        "lines": [leg.line_id for leg in entry.postings],
        "amounts": [leg.amount_tiyn for leg in entry.postings],
    }


def _line_state(found: dict[str, Any]) -> LineState:
    project_id = found.pop("project_id")
    return LineState(
        line_id=UUID(found.pop("line_id")),
        project_id=UUID(project_id) if project_id else None,
        **found,
    )


async def get_entry(session: Session, entry_id: UUID) -> RowMapping:
    """Return an entry with the unit of its budget.

    Raises:
        EntryNotFound: no entry has this id.
    """
    row = (await session.execute(_ENTRY, {"entry_id": entry_id})).mappings().first()
    if row is None:
        raise EntryNotFound
    return row


async def postings_of(session: Session, entry_id: UUID) -> list[Posting]:
    """Return an entry's postings in order."""
    rows = await session.execute(_POSTINGS, {"entry_id": entry_id})
    return [Posting(Account(row.account_id), row.line_id, row.amount_tiyn) for row in rows]


async def list_entries(
    session: Session, budget_id: UUID, *, after: int, limit: int
) -> Sequence[RowMapping]:
    """Return a budget's entries by number, with their postings."""
    rows = await session.execute(_ENTRIES, {"budget_id": budget_id, "after": after, "limit": limit})
    return rows.mappings().all()


async def first_broken_entry(session: Session, budget_id: UUID) -> UUID | None:
    """Return the first entry of a budget that is not what its chain sealed, if any."""
    return (await session.execute(_BROKEN, {"budget_id": budget_id})).scalar()
