"""The ledger: reading the chain, and undoing an entry."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from budget.api.budgets import Created
from budget.persistence import budgets, entries
from budget.usecases import spending
from shared.answers import Answer
from shared.database import Reading, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Body, Line
from shared.routing import Routes

routes = Routes("/v1/entries", tag="ledger")
KAZAKHSTAN = ZoneInfo("Asia/Almaty")


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
    hash: str
    postings: list[PostingAnswer]


class Reversal(Body):
    """Why an entry is undone."""

    reason: Line


@routes.get("", action="ledger.read", response_model=Page[EntryAnswer])
async def get_entries(budget_id: UUID, caller: Known, session: Reading, listing: Listing) -> Any:
    """List a budget's entries in the order of their chain."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    after = int(listing.after[0]) if listing.after else 0
    rows = await entries.list_entries(session, budget_id, after=after, limit=listing.limit + 1)
    return listing.page(rows, EntryAnswer.model_validate, lambda row: [row.sequence])


@routes.post("/{entry_id}/reversals", action="ledger.reverse", response_model=Created)
async def post_reversal(
    entry_id: UUID, reversal: Reversal, caller: Known, session: Transaction
) -> Any:
    """Undo an entry by its mirror image."""
    entry = await entries.get_entry(session, entry_id)
    budget = await budgets.get_budget(session, entry.budget_id)
    await permit(session, caller, budget.unit_id)
    today = datetime.now(UTC).astimezone(KAZAKHSTAN).date()
    reversal_id = await spending.reverse_entry(
        session, entry_id, caller.account_id, reason=reversal.reason, today=today
    )
    return Created(id=reversal_id)
