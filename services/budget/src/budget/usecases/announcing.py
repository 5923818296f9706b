"""Posting an entry and telling the others what it did."""

from uuid import UUID

from budget.domain.ledger import Account, NewEntry
from budget.persistence.ledger import post_entry
from shared.contracts.budget import LineChanged, RevenueReceived
from shared.database import Session
from shared.messaging import outbox


async def post_and_tell(session: Session, entry: NewEntry, unit_id: UUID, document: str) -> UUID:
    """Post an entry, tell the others the new state of every line it moved, and return its id.

    Args:
        session: of the business transaction.
        entry: what to post.
        unit_id: the unit whose budget it is.
        document: number of the decision, contract, act or order that the entry rests on.

    Raises:
        DBAPIError: a rule of the ledger is broken; answered by the refusal of its constraint.
    """
    posted = await post_entry(session, entry)
    for line in posted.lines:
        await outbox.record(
            session,
            LineChanged(
                budget_id=entry.budget_id,
                unit_id=unit_id,
                entry_id=posted.entry_id,
                entry_kind=entry.kind,
                effective_on=entry.effective_on,
                document=document,
                **vars(line),
            ),
        )
    return posted.entry_id


async def receive_and_tell(session: Session, entry: NewEntry, unit_id: UUID, code: str) -> UUID:
    """Post money that came in under a code of the revenue classification, and tell the others."""
    posted = await post_entry(session, entry)
    cash = next(leg for leg in entry.postings if leg.account is Account.CASH)
    await outbox.record(
        session,
        RevenueReceived(
            budget_id=entry.budget_id,
            unit_id=unit_id,
            entry_id=posted.entry_id,
            code=code,
            amount_tiyn=cash.amount_tiyn,
            effective_on=entry.effective_on,
        ),
    )
    return posted.entry_id
