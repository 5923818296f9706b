"""A draft: opened by its author, by an act, or by a project that won."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from budget.domain.budgets import (
    DIRECTIONS,
    SIGNED_KINDS,
    Budget,
    BudgetExists,
    LineChangedMeanwhile,
    LineExpectsSign,
    NotSelfGovernment,
)
from budget.domain.figures import SECTION_NAMES
from budget.persistence import budgets, lines
from budget.persistence.acts import figures_of_act
from shared.contracts.budget import LineOpened
from shared.contracts.participation import ProjectWon
from shared.database import Session
from shared.messaging import outbox

PROJECT_KIND = "expenditure"
PROJECT_CODE = "124.040"
"""Administrator 124, the akim's office; programme 040, improvement of settlements."""
LAST_YEAR = 2100


async def draft_budget(session: Session, unit_id: UUID, year: int, account_id: UUID) -> Budget:
    """Open a unit's draft for a year; a draft that a winning project opened is taken over.

    Raises:
        NotSelfGovernment: the unit has no budget of its own.
        BudgetExists: somebody drafted the unit's budget of that year before.
    """
    if not await budgets.is_self_government(session, unit_id):
        raise NotSelfGovernment
    budget, is_new = await budgets.find_or_add_budget(session, unit_id, year, account_id)
    if not is_new:
        if budget.drafted_by is not None or budget.status != "draft":
            raise BudgetExists
        await budgets.take_over(session, budget.id, account_id)
    return budget


async def draft_from_act(session: Session, budget: Budget, act_id: UUID, author: UUID) -> None:
    """Give a new draft the figures that an act prints, and a line for each section that has one.

    The figures stay as published, with their disagreements.

    Raises:
        ActOfMaslikhatNotFound: the act is not of this unit and year.
    """
    figures, found = await figures_of_act(session, act_id, budget.unit_id, budget.fiscal_year)
    await budgets.keep_figures(session, budget.id, figures, found, act_id)
    for kind in DIRECTIONS:
        if figures.get(kind):
            name = SECTION_NAMES[kind]
            line = {
                "kind": kind,
                "code": kind,
                "name_kk": name.kk,
                "name_ru": name.ru,
                "name_en": name.en,
                "amount_tiyn": figures[kind],
                "drafted_by": author,
            }
            await _open_line(session, budget, line, date(budget.fiscal_year, 1, 1))


async def add_line(
    session: Session, budget_id: UUID, values: Mapping[str, Any], today: date
) -> UUID:
    """Add a line to a draft and tell the others.

    Raises:
        BudgetNotFound, WrongStage: there is no such draft.
        LineExpectsSign: a negative revenue or expenditure.
    """
    budget = await budgets.lock_budget(session, budget_id)
    budget.expect("draft")
    if values["amount_tiyn"] < 0 and values["kind"] not in SIGNED_KINDS:
        raise LineExpectsSign
    return await _open_line(session, budget, values, today)


async def change_line(session: Session, change: Mapping[str, Any]) -> None:
    """Set the amount of a draft's line, if it still is as the editor saw it.

    Args:
        session: of the business transaction.
        change: budget_id, line_id, amount_tiyn, drafted_by, and `revision`, the one seen.

    Raises:
        BudgetNotFound, LineNotFound, WrongStage: there is no such line in a draft.
        LineChangedMeanwhile: it has another revision by now.
    """
    budget = await budgets.lock_budget(session, change["budget_id"])
    budget.expect("draft")
    line = await lines.get_line(session, budget.id, change["line_id"])
    if change["amount_tiyn"] < 0 and line.kind not in SIGNED_KINDS:
        raise LineExpectsSign
    if not await lines.change_line(session, change):
        raise LineChangedMeanwhile


async def open_project_lines(session: Session, events: Sequence[ProjectWon]) -> None:
    """Give each winning project a draft line in its unit's budget of the year it asks for.

    Where that budget is no longer a draft, the line goes into the draft of the next year.
    """
    for won in events:
        if await lines.has_line_of_project(session, won.project_id):
            continue
        for year in range(won.fiscal_year, LAST_YEAR + 1):
            budget, _ = await budgets.find_or_add_budget(session, won.unit_id, year, None)
            if budget.status == "draft":
                break
        line = {
            "kind": PROJECT_KIND,
            "code": PROJECT_CODE,
            "name_kk": won.title_kk,
            "name_ru": won.title_ru,
            "name_en": won.title_en,
            "amount_tiyn": won.cost_tiyn,
            "project_id": won.project_id,
        }
        await _open_line(session, budget, line, won.counted_on)


async def _open_line(
    session: Session, budget: Budget, values: Mapping[str, Any], opened_on: date
) -> UUID:
    line = {**values, "direction": DIRECTIONS[values["kind"]]}
    line_id = await lines.add_line(session, budget.id, line)
    await outbox.record(
        session,
        LineOpened(
            budget_id=budget.id,
            line_id=line_id,
            unit_id=budget.unit_id,
            fiscal_year=budget.fiscal_year,
            code=values["code"],
            project_id=values.get("project_id"),
            status="draft",
            amount_tiyn=values["amount_tiyn"],
            opened_on=opened_on,
        ),
    )
    return line_id
