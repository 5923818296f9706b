"""Undoing an entry: one person prepares its mirror image, another posts it."""

from datetime import date
from typing import Any
from uuid import UUID

from budget.domain.ledger import AlreadyReversed, Kind, NewEntry, ReversalNotReversible, mirror
from budget.domain.second_person import need_second_person
from budget.persistence import ledger, spending
from budget.usecases.announcing import post_and_tell
from shared.database import Session


async def prepare_reversal(session: Session, entry: Any, account_id: UUID, reason: str) -> UUID:
    """Ask for an entry to be undone, with the reason.

    Raises:
        ReversalNotReversible: it is a reversal itself.
        AlreadyReversed: refused by the database.
    """
    if entry["kind"] == Kind.REVERSE:
        raise ReversalNotReversible
    return await spending.prepare_reversal(session, entry["id"], account_id, reason)


async def approve_reversal(
    session: Session, entry: Any, account_id: UUID, effective_on: date
) -> UUID:
    """Post the mirror image of an entry, which itself stays, and undo what its document said.

    Raises:
        ReversalNotPrepared: nobody asked for it.
        AlreadyReversed: it was approved before.
        FourEyes: who asked for it cannot approve it.
        AppropriationExceeded, CommitmentExceeded, AccrualExceeded, CashExceeded: the money has
            gone further since; undo the later entry first.
        PeriodClosed, OutsideFiscalYear: refused by the database.
    """
    prepared = await spending.lock_reversal(session, entry["id"])
    if prepared.reversal_entry_id is not None:
        raise AlreadyReversed
    need_second_person(account_id, prepared.prepared_by)
    reversal = NewEntry(
        budget_id=entry["budget_id"],
        kind=Kind.REVERSE,
        effective_on=effective_on,
        source_ref=str(entry["id"]),
        posted_by=prepared.prepared_by,
        approved_by=account_id,
        reverses=entry["id"],
        reason=prepared.reason,
        postings=mirror(await ledger.postings_of(session, entry["id"])),
    )
    reversal_id = await post_and_tell(session, reversal, entry["unit_id"], entry["source_ref"])
    await spending.settle_reversal(session, entry["id"], entry["kind"], account_id, reversal_id)
    return reversal_id
