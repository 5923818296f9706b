"""From an empty draft to an approved budget."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from budget.domain.budgets import DIRECTIONS, Budget, BudgetExists, FourEyes, LineExpectsSign
from budget.domain.ledger import NewEntry, appropriate
from budget.persistence import budgets
from budget.usecases.announcing import post_and_tell
from shared.contracts.budget import BudgetApproved, LineOpened
from shared.contracts.participation import ProjectWon
from shared.database import Session
from shared.errors import Conflict
from shared.messaging import outbox
from shared.texts import Text

PROJECT_KIND = "expenditure"


class LineChangedMeanwhile(Conflict):
    """Somebody else changed the line since it was read."""

    status = 412
    title = Text(
        "Жолды біреу өзгертіп үлгерді: қайта оқыңыз.",
        "Строку уже изменили: прочитайте её заново.",
        "The line has been changed meanwhile: read it again.",
    )


async def draft_budget(session: Session, unit_id: UUID, year: int, account_id: UUID) -> UUID:
    """Open a unit's draft for a year; a draft that a winning project opened is taken over.

    Raises:
        BudgetExists: the unit has a budget for that year which somebody drafted.
    """
    budget, is_new = await budgets.find_or_add_budget(session, unit_id, year, account_id)
    if not is_new and budget.status != "draft":
        raise BudgetExists
    return budget.id


async def add_line(session: Session, budget_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Add a line to a draft and tell the others.

    Raises:
        BudgetNotFound, WrongStage: there is no such draft.
        LineExpectsSign: a negative revenue or expenditure.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("draft")
    direction = DIRECTIONS[values["kind"]]
    if values["amount_tiyn"] < 0 and values["kind"] not in {
        "net_lending",
        "financial_assets",
        "financing",
    }:
        raise LineExpectsSign
    line_id = await budgets.add_line(session, budget_id, {**values, "direction": direction})
    await _tell_line(session, budget, line_id, {"project_id": None, **values}, date.today())  # noqa: DTZ011
    return line_id


async def change_line(
    session: Session, budget_id: UUID, line_id: UUID, *, amount_tiyn: int, version: int
) -> None:
    """Set the amount of a draft's line, if it still is as the editor saw it.

    Raises:
        BudgetNotFound, LineNotFound, WrongStage: there is no such line in a draft.
        LineChangedMeanwhile: it has another version by now.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("draft")
    await budgets.get_line(session, budget_id, line_id)
    changed = await budgets.change_line(
        session, budget_id, line_id, amount_tiyn=amount_tiyn, version=version
    )
    if not changed:
        raise LineChangedMeanwhile


async def submit_budget(session: Session, budget_id: UUID, account_id: UUID) -> None:
    """Put a draft that adds up before the assembly.

    Raises:
        BudgetNotFound, WrongStage, DoesNotAddUp: it cannot be submitted.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("draft")
    (await budgets.totals_of(session, budget_id)).check()
    await budgets.advance(session, budget_id, "submitted", {"account_id": account_id})


async def agree_budget(
    session: Session, budget_id: UUID, account_id: UUID, minutes_number: str
) -> None:
    """Record that the assembly agreed the draft, by the minutes of its meeting.

    Raises:
        BudgetNotFound, WrongStage: it is not before the assembly.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("submitted")
    await budgets.advance(
        session, budget_id, "agreed", {"account_id": account_id, "minutes_number": minutes_number}
    )


async def approve_budget(
    session: Session,
    budget_id: UUID,
    account_id: UUID,
    *,
    decision_number: str,
    decided_on: date,
    effective_from: date,
) -> None:
    """Put the maslikhat's decision into force: every expenditure line gets its appropriation.

    Raises:
        BudgetNotFound, WrongStage: the assembly has not agreed it.
        FourEyes: who submitted it cannot approve it.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("agreed")
    if budget.submitted_by == account_id:
        raise FourEyes
    ground = {
        "account_id": account_id,
        "decision_number": decision_number,
        "decided_on": decided_on,
        "effective_from": effective_from,
    }
    await budgets.advance(session, budget_id, "approved", ground)
    lines = await budgets.list_lines(session, budget_id)
    await _appropriate(session, budget, lines, ground)
    totals = await budgets.totals_of(session, budget_id)
    await outbox.record(
        session,
        BudgetApproved(
            budget_id=budget_id,
            unit_id=budget.unit_id,
            fiscal_year=budget.fiscal_year,
            version=budget.version + 1,
            revenue_tiyn=totals.revenue_tiyn,
            expenditure_tiyn=totals.expenditure_tiyn,
            decision_number=decision_number,
            decided_on=decided_on,
            effective_from=effective_from,
        ),
    )


async def _appropriate(
    session: Session, budget: Budget, lines: Sequence[Any], ground: Mapping[str, Any]
) -> None:
    effective_on = max(ground["effective_from"], date(budget.fiscal_year, 1, 1))
    for line in lines:
        if line.kind != PROJECT_KIND or line.amount_tiyn == 0:
            continue
        entry = NewEntry(
            budget_id=budget.id,
            kind="appropriate",
            effective_on=effective_on,
            source_ref=f"{ground['decision_number']}/{line.id}",
            posted_by=ground["account_id"],
            postings=appropriate(line.id, line.amount_tiyn),
        )
        await post_and_tell(session, entry, line.id, ground["decision_number"])


async def open_project_lines(session: Session, events: Sequence[ProjectWon]) -> None:
    """Give each winning project a draft line in its unit's budget of the year it asks for.

    Where that budget is no longer a draft, the line goes into the draft of the next year.
    """
    for won in events:
        if await budgets.has_line_of_project(session, won.project_id):
            continue
        year = won.fiscal_year
        budget, _ = await budgets.find_or_add_budget(session, won.unit_id, year, None)
        while budget.status != "draft":
            year += 1
            budget, _ = await budgets.find_or_add_budget(session, won.unit_id, year, None)
        values = {
            "direction": "expenditure",
            "kind": PROJECT_KIND,
            "code": "124.040",
            "name_kk": won.title_kk,
            "name_ru": won.title_ru,
            "name_en": won.title_en,
            "amount_tiyn": won.cost_tiyn,
            "project_id": won.project_id,
        }
        line_id = await budgets.add_line(session, budget.id, values)
        await _tell_line(session, budget, line_id, values, won.counted_on)


async def _tell_line(
    session: Session, budget: Budget, line_id: UUID, values: Mapping[str, Any], opened_on: date
) -> None:
    await outbox.record(
        session,
        LineOpened(
            budget_id=budget.id,
            line_id=line_id,
            unit_id=budget.unit_id,
            fiscal_year=budget.fiscal_year,
            code=values["code"],
            project_id=values["project_id"],
            status="draft",
            amount_tiyn=values["amount_tiyn"],
            opened_on=opened_on,
        ),
    )
