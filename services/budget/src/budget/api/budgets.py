"""Budgets, and how they are executed."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from budget.api.answers import Created, Disagreement, LineAnswer, Number, Year, YearFilter
from budget.domain.budgets import PUBLISHED, BudgetNotFound
from budget.persistence import budgets, ledger, lines
from budget.usecases import drafting, spending
from shared.answers import Answer
from shared.database import Reading, Session, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page, Paging
from shared.requests import Amount, Body, Day, Identifier
from shared.routing import Routes

routes = Routes("/v1/budgets", tag="budgets")


class NewBudget(Body):
    """A unit and the year that its draft is for, and the act whose figures it takes, if any."""

    unit_id: Identifier
    fiscal_year: Year
    act_id: Identifier | None = None


class BudgetAnswer(Answer):
    """A budget with its stage, its figures by section, and the sums of its ledger; in tiyn."""

    id: UUID
    unit_id: UUID
    fiscal_year: int
    status: str
    version: int
    act_id: UUID | None
    figures: dict[str, int]
    disagreements: list[Disagreement]
    minutes_number: str | None
    agreed_on: date | None
    returned_because: str | None
    decision_number: str | None
    decided_on: date | None
    effective_from: date | None
    cash_tiyn: int
    received_tiyn: int
    spent_tiyn: int
    head_hash: str


class NewRevenue(Body):
    """Money that came in: a tax, a fee, a transfer."""

    line_id: Identifier
    number: Number
    amount_tiyn: Amount
    received_on: Day


class Execution(Answer):
    """Plan and execution of a whole budget; in tiyn."""

    budget_id: UUID
    fiscal_year: int
    status: str
    planned_revenue_tiyn: int
    planned_expenditure_tiyn: int
    available_tiyn: int
    committed_tiyn: int
    accrued_tiyn: int
    paid_tiyn: int
    received_tiyn: int
    cash_tiyn: int
    lines: list[LineAnswer]
    entries: int
    head_hash: str


class Verification(Answer):
    """Whether every entry's hash is what its content and its predecessor make it."""

    budget_id: UUID
    is_chain_intact: bool
    first_broken_entry_id: UUID | None


@routes.get("", action="budget.read", response_model=Page[BudgetAnswer])
async def get_budgets(
    session: Reading,
    listing: Listing,
    unit_id: UUID | None = None,
    fiscal_year: YearFilter = None,
) -> Any:
    """List budgets in force and closed ones."""
    place = {"unit_id": unit_id, "year": fiscal_year, "drafts_too": False}
    return await _page(session, listing, place)


@routes.get("/drafts", action="budget.draft.read", response_model=Page[BudgetAnswer])
async def get_drafts(
    caller: Known,
    session: Reading,
    listing: Listing,
    unit_id: UUID,
    fiscal_year: YearFilter = None,
) -> Any:
    """List a unit's budgets, drafts among them."""
    await permit(session, caller, unit_id)
    place = {"unit_id": unit_id, "year": fiscal_year, "drafts_too": True}
    return await _page(session, listing, place)


async def _page(session: Session, listing: Paging, place: Mapping[str, Any]) -> Any:
    after = UUID(listing.after[0]) if listing.after else None
    rows = await budgets.list_budgets(
        session, {**place, "after": after, "limit": listing.limit + 1}
    )
    return listing.page(rows, BudgetAnswer.model_validate, lambda row: [row["id"]])


@routes.post("", action="budget.draft.edit", response_model=Created)
async def post_budget(new: NewBudget, caller: Known, session: Transaction) -> Any:
    """Open the draft of a year."""
    await permit(session, caller, new.unit_id)
    budget = await drafting.draft_budget(session, new.unit_id, new.fiscal_year, caller.account_id)
    if new.act_id is not None:
        await drafting.draft_from_act(session, budget, new.act_id, caller.account_id)
    return Created(id=budget.id)


@routes.get("/{budget_id}", action="budget.read", response_model=BudgetAnswer)
async def get_budget(budget_id: UUID, session: Reading) -> Any:
    """Show a budget in force or a closed one."""
    return _only_published(await budgets.show_budget(session, budget_id))


@routes.get("/{budget_id}/draft", action="budget.draft.read", response_model=BudgetAnswer)
async def get_draft(budget_id: UUID, caller: Known, session: Reading) -> Any:
    """Show a budget at any stage."""
    budget = await budgets.show_budget(session, budget_id)
    await permit(session, caller, budget["unit_id"])
    return budget


@routes.get("/{budget_id}/execution", action="budget.read", response_model=Execution)
async def get_execution(budget_id: UUID, session: Reading) -> Any:
    """Show how a budget is executed, line by line."""
    budget = _only_published(await budgets.show_budget(session, budget_id))
    found = await lines.list_lines(session, budget_id)
    spending_lines = [line for line in found if line.kind == "expenditure"]
    buckets = ("available_tiyn", "committed_tiyn", "accrued_tiyn", "paid_tiyn")
    return Execution(
        budget_id=budget_id,
        **{name: budget[name] for name in ("fiscal_year", "status", "entries", "head_hash")},
        **{name: budget[name] for name in ("received_tiyn", "cash_tiyn")},
        **{name: sum(getattr(line, name) for line in spending_lines) for name in buckets},
        planned_revenue_tiyn=sum(line.amount_tiyn for line in found if line.direction == "revenue"),
        planned_expenditure_tiyn=sum(line.amount_tiyn for line in spending_lines),
        lines=[LineAnswer.model_validate(line) for line in found],
    )


@routes.get("/{budget_id}/verification", action="ledger.read", response_model=Verification)
async def get_verification(budget_id: UUID, caller: Known, session: Reading) -> Any:
    """Recompute the chain of a budget's ledger; costs as much as the ledger is long."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    broken = await ledger.first_broken_entry(session, budget_id)
    return Verification(
        budget_id=budget_id, is_chain_intact=broken is None, first_broken_entry_id=broken
    )


def _only_published(budget: RowMapping) -> RowMapping:
    """A draft is shown to those who may read drafts, by another address."""
    if budget["status"] not in PUBLISHED:
        raise BudgetNotFound
    return budget


@routes.post("/{budget_id}/receipts", action="ledger.post", response_model=Created)
async def post_receipt(
    budget_id: UUID, revenue: NewRevenue, caller: Known, session: Transaction
) -> Any:
    """Take money in on a revenue line."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    entry_id = await spending.receive_revenue(
        session, budget_id, caller.account_id, revenue.model_dump()
    )
    return Created(id=entry_id)
