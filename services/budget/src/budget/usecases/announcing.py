"""Telling the others what an entry did to a line."""

from uuid import UUID

from budget.domain.ledger import NewEntry
from budget.persistence.entries import get_line_state, post_entry
from shared.contracts.budget import LineChanged, RevenueReceived
from shared.database import Session
from shared.messaging import outbox


async def post_and_tell(session: Session, entry: NewEntry, line_id: UUID, document: str) -> UUID:
    """Post an entry that moves the money of one line, and tell the others its new state.

    Args:
        session: of the business transaction.
        entry: what to post.
        line_id: the line that it moves.
        document: number of the decision, contract, act or order that the entry rests on.

    Raises:
        DBAPIError: a rule of the ledger is broken; answered by the refusal of its constraint.
    """
    entry_id = await post_entry(session, entry)
    state = await get_line_state(session, line_id)
    await outbox.record(
        session,
        LineChanged(
            budget_id=entry.budget_id,
            line_id=line_id,
            unit_id=state.unit_id,
            project_id=state.project_id,
            entry_id=entry_id,
            entry_kind=entry.kind,
            effective_on=entry.effective_on,
            document=document,
            available_tiyn=state.available_tiyn,
            committed_tiyn=state.committed_tiyn,
            accrued_tiyn=state.accrued_tiyn,
            paid_tiyn=state.paid_tiyn,
        ),
    )
    return entry_id


async def receive_and_tell(session: Session, entry: NewEntry, unit_id: UUID, code: str) -> UUID:
    """Post money that came in, and tell the others."""
    entry_id = await post_entry(session, entry)
    await outbox.record(
        session,
        RevenueReceived(
            budget_id=entry.budget_id,
            unit_id=unit_id,
            entry_id=entry_id,
            code=code,
            amount_tiyn=entry.postings[0].amount_tiyn,
            effective_on=entry.effective_on,
        ),
    )
    return entry_id
