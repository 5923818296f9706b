"""The steps of a budget's year, each by the body that the law names."""

from typing import Any
from uuid import UUID

from budget.api.answers import Created, Number
from budget.persistence import budgets
from budget.usecases import approving
from shared.database import Transaction
from shared.identity import Known, permit
from shared.requests import Body, Day, Line
from shared.routing import Routes

routes = Routes("/v1/budgets", tag="budgets")


class Minutes(Body):
    """The minutes by which the assembly agreed a draft, or returned it with the reason."""

    minutes_number: Number
    agreed_on: Day | None = None
    returned_because: Line | None = None


class Decision(Body):
    """The maslikhat's decision."""

    decision_number: Number
    decided_on: Day
    effective_from: Day


class Closing(Body):
    """The last day of the period that is closed."""

    through: Day


@routes.post("/{budget_id}/submissions", action="budget.submit", response_model=Created)
async def post_submission(budget_id: UUID, caller: Known, session: Transaction) -> Any:
    """Put a draft before the assembly."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await approving.submit_budget(session, budget_id, caller.account_id)
    return Created(id=budget_id)


@routes.post("/{budget_id}/agreements", action="budget.agree", response_model=Created)
async def post_agreement(
    budget_id: UUID, minutes: Minutes, caller: Known, session: Transaction
) -> Any:
    """Record what the assembly said about a draft."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await approving.agree_budget(session, budget_id, caller.account_id, minutes.model_dump())
    return Created(id=budget_id)


@routes.post("/{budget_id}/approvals", action="budget.approve", response_model=Created)
async def post_approval(
    budget_id: UUID, decision: Decision, caller: Known, session: Transaction
) -> Any:
    """Put the maslikhat's decision into force."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await approving.approve_budget(session, budget_id, caller.account_id, decision.model_dump())
    return Created(id=budget_id)


@routes.post("/{budget_id}/closings", action="period.close", response_model=Created)
async def post_closing(
    budget_id: UUID, closing: Closing, caller: Known, session: Transaction
) -> Any:
    """Close a period; 31 December closes the year."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    await approving.close_period(session, budget_id, caller.account_id, closing.through)
    return Created(id=budget_id)
