"""The ledger: reading the chain, and undoing an entry."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from budget.api.answers import Created, today
from budget.persistence import budgets, ledger
from budget.usecases import reversing
from shared.answers import Answer
from shared.database import Reading, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Body, Day, Line
from shared.routing import Routes

routes = Routes("/v1/entries", tag="ledger")


class PostingAnswer(Answer):
    """A leg of an entry; the legs of an entry sum to zero."""

    account: str
    line_id: UUID | None
    amount_tiyn: int


class EntryAnswer(Answer):
    """An entry with its place in the chain."""

    id: UUID
    budget_id: UUID
    sequence: int
    effective_on: date
    posted_at: datetime
    kind: str
    source_ref: str
    reverses: UUID | None
    reason: str | None
    posted_by: UUID
    approved_by: UUID | None
    prev_hash: str
    hash: str
    postings: list[PostingAnswer]


class Reversal(Body):
    """Why an entry is to be undone."""

    reason: Line


class ReversalApproval(Body):
    """The day on which the mirror image counts; today unless told otherwise."""

    effective_on: Day | None = None


@routes.get("", action="ledger.read", response_model=Page[EntryAnswer])
async def get_entries(budget_id: UUID, caller: Known, session: Reading, listing: Listing) -> Any:
    """List a budget's entries in the order of their chain."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    after = int(listing.after[0]) if listing.after else 0
    rows = await ledger.list_entries(session, budget_id, after=after, limit=listing.limit + 1)
    return listing.page(rows, EntryAnswer.model_validate, lambda row: [row["sequence"]])


@routes.post("/{entry_id}/reversals", action="ledger.reverse", response_model=Created)
async def post_reversal(
    entry_id: UUID, reversal: Reversal, caller: Known, session: Transaction
) -> Any:
    """Ask for an entry to be undone; another person approves it."""
    entry = await ledger.get_entry(session, entry_id)
    await permit(session, caller, entry["unit_id"])
    reversal_id = await reversing.prepare_reversal(
        session, entry, caller.account_id, reversal.reason
    )
    return Created(id=reversal_id)


@routes.post("/{entry_id}/reversals/approvals", action="ledger.reverse", response_model=Created)
async def post_reversal_approval(
    entry_id: UUID, approval: ReversalApproval, caller: Known, session: Transaction
) -> Any:
    """Undo an entry by its mirror image, as another person than who asked for it."""
    entry = await ledger.get_entry(session, entry_id)
    await permit(session, caller, entry["unit_id"])
    effective_on = approval.effective_on or today()
    return Created(
        id=await reversing.approve_reversal(session, entry, caller.account_id, effective_on)
    )
