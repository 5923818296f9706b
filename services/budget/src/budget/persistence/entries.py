"""The ledger: the one way in, and reading."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from budget.domain.ledger import EntryNotFound, NewEntry, Posting
from shared.database import Session

# Types are spelled out so that asyncpg prepares the call once, whatever is None this time.
_POST = text("""
    select post_entry(cast(:budget_id as uuid), :kind, cast(:effective_on as date), :source_ref,
        cast(:reverses as uuid), :reason, cast(:posted_by as uuid), cast(:approved_by as uuid),
        cast(:accounts as text[]), cast(:lines as uuid[]), cast(:amounts as bigint[]))
""")
_ENTRY = text("""
    select id, budget_id, sequence, effective_on, posted_at, kind, source_ref, reverses, reason, posted_by,
           approved_by, encode(hash, 'hex') as hash
    from entries where id = :entry_id
""")
_POSTINGS = text(
    "select account, line_id, amount_tiyn from postings where entry_id = :entry_id order by n"
)
_LIST = text("""
    select e.id, e.budget_id, e.sequence, e.effective_on, e.posted_at, e.kind, e.source_ref, e.reverses,
           e.reason, encode(e.hash, 'hex') as hash,
           (select jsonb_agg(jsonb_build_object('account', p.account, 'line_id', p.line_id,
                                                'amount_tiyn', p.amount_tiyn) order by p.n)
            from postings p where p.entry_id = e.id) as postings
    from entries e where e.budget_id = :budget_id and e.sequence > :after
    order by e.sequence limit :limit
""")
_LINE = text("""
    select l.id as line_id, l.budget_id, b.unit_id, l.project_id, coalesce(s.available_tiyn, 0) as available_tiyn,
           coalesce(s.committed_tiyn, 0) as committed_tiyn, coalesce(s.accrued_tiyn, 0) as accrued_tiyn,
           coalesce(s.paid_tiyn, 0) as paid_tiyn
    from budget_lines l join budgets b on b.id = l.budget_id left join line_balances s on s.line_id = l.id
    where l.id = :line_id
""")
_BROKEN = text("select first_broken_entry(:budget_id)")


async def post_entry(session: Session, entry: NewEntry) -> UUID:
    """Store an entry in one round trip and return its id.

    Raises:
        DBAPIError: a rule of the ledger is broken; answered by the refusal of its constraint.
    """
    entry_id = await session.execute(
        _POST,
        {
            "budget_id": entry.budget_id,
            "kind": entry.kind,
            "effective_on": entry.effective_on,
            "source_ref": entry.source_ref,
            "reverses": entry.reverses,
            "reason": entry.reason,
            "posted_by": entry.posted_by,
            "approved_by": entry.approved_by,
            "accounts": [leg.account for leg in entry.postings],
            "lines": [leg.line_id for leg in entry.postings],
            "amounts": [leg.amount_tiyn for leg in entry.postings],
        },
    )
    posted: UUID = entry_id.scalar_one()
    return posted


async def get_entry(session: Session, entry_id: UUID) -> Row[Any]:
    """Return an entry.

    Raises:
        EntryNotFound: there is none of this id.
    """
    entry = (await session.execute(_ENTRY, {"entry_id": entry_id})).one_or_none()
    if entry is None:
        raise EntryNotFound
    return entry


async def get_postings(session: Session, entry_id: UUID) -> tuple[Posting, ...]:
    """Return the legs of an entry in their order."""
    rows = await session.execute(_POSTINGS, {"entry_id": entry_id})
    return tuple(Posting(*row) for row in rows)


async def list_entries(
    session: Session, budget_id: UUID, *, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Return a budget's entries after a sequence number, in the order of the chain."""
    rows = await session.execute(_LIST, {"budget_id": budget_id, "after": after, "limit": limit})
    return rows.all()


async def get_line_state(session: Session, line_id: UUID) -> Row[Any]:
    """Return a line's balances with its unit and project."""
    return (await session.execute(_LINE, {"line_id": line_id})).one()


async def first_broken_entry(session: Session, budget_id: UUID) -> UUID | None:
    """Return the first entry whose hash is not what its content says, if any."""
    return (await session.execute(_BROKEN, {"budget_id": budget_id})).scalar()
