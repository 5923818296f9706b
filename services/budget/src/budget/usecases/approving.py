"""From a draft to a budget in force, and to its closed year."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from budget.domain.budgets import Budget
from budget.domain.figures import disagreements, lines_against
from budget.domain.ledger import Kind, NewEntry, appropriate
from budget.domain.second_person import need_second_person
from budget.persistence import budgets, lines
from budget.usecases.announcing import post_and_tell
from shared.contracts.budget import BudgetApproved
from shared.database import Session
from shared.messaging import outbox


async def submit_budget(session: Session, budget_id: UUID, account_id: UUID) -> None:
    """Put a draft before the assembly.

    Own figures must add up. Those of an act stay as published, and what its lines contradict is
    recorded beside them.

    Raises:
        BudgetNotFound, WrongStage, DoesNotAddUp: it cannot be submitted.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("draft")
    totals = await lines.totals_of(session, budget_id)
    figures: Mapping[str, int]
    if budget.act_id is None:
        totals.check()
        figures, found = totals.figures(), []
    else:
        figures = budget.figures
        found = [*disagreements(figures), *lines_against(figures, totals.figures())]
    await budgets.keep_figures(session, budget_id, figures, [asdict(one) for one in found])
    await budgets.advance(session, budget_id, "submitted", {"account_id": account_id})


async def agree_budget(
    session: Session, budget_id: UUID, account_id: UUID, minutes: Mapping[str, Any]
) -> None:
    """Record that the assembly agreed the draft, or returned it to its author with the reason.

    Args:
        session: of the business transaction.
        budget_id: the submitted draft.
        account_id: the member of the assembly who records it.
        minutes: `minutes_number`, `agreed_on` (None: today), `returned_because` (None: agreed).

    Raises:
        BudgetNotFound, WrongStage: it is not before the assembly.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("submitted")
    if minutes["returned_because"] is not None:
        await budgets.advance(session, budget_id, "draft", {"reason": minutes["returned_because"]})
        return
    values = {key: minutes[key] for key in ("minutes_number", "agreed_on")}
    await budgets.advance(session, budget_id, "agreed", {"account_id": account_id, **values})


async def approve_budget(
    session: Session, budget_id: UUID, account_id: UUID, decision: Mapping[str, Any]
) -> None:
    """Put the maslikhat's decision into force: every expenditure line gets its appropriation.

    Args:
        session: of the business transaction.
        budget_id: the agreed draft.
        account_id: the deputy who records the decision.
        decision: `decision_number`, `decided_on`, `effective_from`.

    Raises:
        BudgetNotFound, WrongStage: the assembly has not agreed it.
        FourEyes: who drafted or submitted it, or drafted one of its lines, cannot approve it.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("agreed")
    need_second_person(account_id, budget.drafted_by, budget.submitted_by)
    ground = {
        **decision,
        "account_id": account_id,
        "submitted_by": budget.submitted_by,
        "figures": budget.figures,
    }
    await budgets.advance(session, budget_id, "approved", {"account_id": account_id})
    await budgets.add_decision(session, budget, ground)
    await lines.approve_lines(session, budget_id)
    await _appropriate(session, budget, ground)
    totals = await lines.totals_of(session, budget_id)
    await outbox.record(
        session,
        BudgetApproved(
            budget_id=budget_id,
            unit_id=budget.unit_id,
            fiscal_year=budget.fiscal_year,
            version=budget.version,
            revenue_tiyn=budget.figures.get("revenue", totals.revenue_tiyn),
            expenditure_tiyn=budget.figures.get("expenditure", totals.expenditure_tiyn),
            **decision,
        ),
    )


async def _appropriate(session: Session, budget: Budget, ground: Mapping[str, Any]) -> None:
    effective_on = max(ground["effective_from"], date(budget.fiscal_year, 1, 1))
    for line in await lines.list_lines(session, budget.id):
        if line.kind != "expenditure" or line.amount_tiyn == 0:
            continue
        need_second_person(ground["account_id"], line.drafted_by)
        entry = NewEntry(
            budget_id=budget.id,
            kind=Kind.APPROPRIATE,
            effective_on=effective_on,
            source_ref=f"{ground['decision_number']}/{line.id}",
            posted_by=line.drafted_by or ground["submitted_by"],
            approved_by=ground["account_id"],
            postings=appropriate(line.id, line.amount_tiyn),
        )
        await post_and_tell(session, entry, budget.unit_id, ground["decision_number"])


async def close_period(session: Session, budget_id: UUID, account_id: UUID, through: date) -> None:
    """Close a budget's period up to and with a day; its last day closes the year.

    Raises:
        BudgetNotFound, WrongStage: there is no budget in force.
        FourEyes: who posted in the period cannot close it.
        PeriodClosed: it is closed already.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("approved", "executing")
    await budgets.close_period(session, budget_id, through, account_id=account_id)
    if through >= date(budget.fiscal_year, 12, 31):
        await budgets.advance(session, budget_id, "closed", {})
