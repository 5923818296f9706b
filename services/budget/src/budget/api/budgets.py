"""Budgets and the steps of their year."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from budget.persistence import budgets, entries
from budget.usecases import drafting, spending
from shared.answers import Answer
from shared.database import Reading, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Amount, Body, Code, Day, Identifier, Line
from shared.routing import Routes

routes = Routes("/v1/budgets", tag="budgets")

Year = Annotated[int, Field(ge=2018, le=2100)]


class NewBudget(Body):
    """A unit and the year that its draft is for."""

    unit_id: Identifier
    fiscal_year: Year


class Created(Answer):
    """The id of what was created."""

    id: UUID


class BudgetAnswer(Answer):
    """A budget with its stage and the sums of its ledger."""

    id: UUID
    unit_id: UUID
    fiscal_year: int
    status: str
    version: int
    decision_number: str | None
    decided_on: date | None
    minutes_number: str | None
    cash_tiyn: int = 0
    received_tiyn: int = 0
    spent_tiyn: int = 0
    head_hash: str | None = None


class Minutes(Body):
    """The minutes by which the assembly agreed a draft."""

    minutes_number: Code


class Decision(Body):
    """The maslikhat's decision."""

    decision_number: Code
    decided_on: Day
    effective_from: Day


class NewRevenue(Body):
    """Money that came in: a tax, a fee, a transfer."""

    line_id: Identifier
    number: Line
    amount_tiyn: Amount
    received_on: Day


class ExecutionLine(Answer):
    """A line's plan and what has happened to its money; all in tiyn."""

    id: UUID
    direction: str
    kind: str
    code: str
    name_kk: str
    name_ru: str
    name_en: str
    status: str
    project_id: UUID | None
    amount_tiyn: int
    available_tiyn: int
    committed_tiyn: int
    accrued_tiyn: int
    paid_tiyn: int
    received_tiyn: int


class Execution(Answer):
    """Plan and execution of a whole budget."""

    budget_id: UUID
    fiscal_year: int
    status: str
    planned_revenue_tiyn: int
    planned_expenditure_tiyn: int
    received_tiyn: int
    paid_tiyn: int
    cash_tiyn: int
    lines: list[ExecutionLine]
    head_hash: str | None
    is_chain_intact: bool


@routes.get("", action="budget.read", response_model=Page[BudgetAnswer])
async def get_budgets(
    session: Reading,
    listing: Listing,
    unit_id: UUID | None = None,
    fiscal_year: Annotated[int | None, Query(ge=2018, le=2100)] = None,
) -> Any:
    """List approved budgets."""
    rows = await budgets.list_budgets(
        session,
        {
            "unit_id": unit_id,
            "year": fiscal_year,
            "drafts_too": False,
            "after": UUID(listing.after[0]) if listing.after else None,
            "limit": listing.limit + 1,
        },
    )
    return listing.page(rows, BudgetAnswer.model_validate, lambda row: [row.id])


@routes.post("", action="budget.draft.edit", response_model=Created)
async def post_budget(new: NewBudget, caller: Known, session: Transaction) -> Any:
    """Open the draft of a year."""
    await permit(session, caller, new.unit_id)
    return Created(
        id=await drafting.draft_budget(session, new.unit_id, new.fiscal_year, caller.account_id)
    )


@routes.get("/drafts", action="budget.draft.read", response_model=Page[BudgetAnswer])
async def get_drafts(
    caller: Known,
    session: Reading,
    listing: Listing,
    unit_id: UUID,
    fiscal_year: Annotated[int | None, Query(ge=2018, le=2100)] = None,
) -> Any:
    """List a unit's budgets, drafts among them."""
    await permit(session, caller, unit_id)
    rows = await budgets.list_budgets(
        session,
        {
            "unit_id": unit_id,
            "year": fiscal_year,
            "drafts_too": True,
            "after": UUID(listing.after[0]) if listing.after else None,
            "limit": listing.limit + 1,
        },
    )
    return listing.page(rows, BudgetAnswer.model_validate, lambda row: [row.id])


@routes.get("/{budget_id}", action="budget.read", response_model=BudgetAnswer)
async def get_budget(budget_id: UUID, session: Reading) -> Any:
    """Show an approved budget."""
    return _only_published(await budgets.show_budget(session, budget_id))


@routes.get("/{budget_id}/execution", action="budget.read", response_model=Execution)
async def get_execution(budget_id: UUID, session: Reading) -> Any:
    """Show how an approved budget is executed, line by line."""
    budget = _only_published(await budgets.show_budget(session, budget_id))
    lines = await budgets.list_lines(session, budget_id)
    return Execution(
        budget_id=budget_id,
        fiscal_year=budget.fiscal_year,
        status=budget.status,
        planned_revenue_tiyn=sum(line.amount_tiyn for line in lines if line.direction == "revenue"),
        planned_expenditure_tiyn=sum(
            line.amount_tiyn for line in lines if line.kind == "expenditure"
        ),
        received_tiyn=budget.received_tiyn,
        paid_tiyn=budget.spent_tiyn,
        cash_tiyn=budget.cash_tiyn,
        lines=[ExecutionLine.model_validate(line) for line in lines],
        head_hash=budget.head_hash,
        is_chain_intact=await entries.first_broken_entry(session, budget_id) is None,
    )


def _only_published(budget: Any) -> Any:
    """A draft is shown to those who may read drafts, by another address."""
    if budget.status not in {"approved", "closed"}:
        raise budgets.BudgetNotFound
    return budget


@routes.post("/{budget_id}/submissions", action="budget.submit", response_model=Created)
async def post_submission(budget_id: UUID, caller: Known, session: Transaction) -> Any:
    """Put a draft before the assembly."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await drafting.submit_budget(session, budget_id, caller.account_id)
    return Created(id=budget_id)


@routes.post("/{budget_id}/agreements", action="budget.agree", response_model=Created)
async def post_agreement(
    budget_id: UUID, minutes: Minutes, caller: Known, session: Transaction
) -> Any:
    """Record that the assembly agreed a draft."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await drafting.agree_budget(session, budget_id, caller.account_id, minutes.minutes_number)
    return Created(id=budget_id)


@routes.post("/{budget_id}/approvals", action="budget.approve", response_model=Created)
async def post_approval(
    budget_id: UUID, decision: Decision, caller: Known, session: Transaction
) -> Any:
    """Put the maslikhat's decision into force."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await drafting.approve_budget(session, budget_id, caller.account_id, **decision.model_dump())
    return Created(id=budget_id)


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
