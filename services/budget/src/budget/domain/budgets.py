"""A budget's way from draft to approval, and what its lines must add up to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.texts import Text


class BudgetNotFound(NotFound):
    """There is no such budget."""

    title = Text("Мұндай бюджет жоқ.", "Такого бюджета нет.", "There is no such budget.")


class LineNotFound(NotFound):
    """There is no such line."""

    title = Text("Мұндай бюджет жолы жоқ.", "Такой строки бюджета нет.", "There is no such line.")


class BudgetExists(Conflict):
    """A unit has one budget a year."""

    title = Text(
        "Бұл жылдың бюджеті бар.",
        "Бюджет на этот год уже есть.",
        "This year's budget exists already.",
    )
    constraint = "budgets_unit_id_fiscal_year_key"


class CodeTaken(Conflict):
    """A classification code stands once in a budget's direction."""

    title = Text(
        "Бұл код бюджетте бар.", "Этот код в бюджете уже есть.", "The budget has this code already."
    )
    constraint = "budget_lines_code_key"


class WrongStage(Conflict):
    """Every step of the budget year has its place."""

    title = Text(
        "Бюджеттің қазіргі күйінде бұл қадам мүмкін емес.",
        "На этой стадии бюджета этот шаг невозможен.",
        "The budget is not at the stage for this step.",
    )
    detail = Text(
        "Бюджет «{status}» күйінде, ал бұл қадамға «{needed}» керек.",
        "Бюджет на стадии «{status}», а для этого шага нужна «{needed}».",
        "The budget is “{status}”, and this step needs “{needed}”.",
    )


class DoesNotAddUp(Invalid):
    """Revenue less expenditure, lending and assets, is covered by financing."""

    title = Text(
        "Бюджет теңдестірілмеген.", "Бюджет не сбалансирован.", "The budget does not balance."
    )
    detail = Text(
        "Баланс {balance_tiyn} тиын, ал қаржыландыру {financing_tiyn} тиын.",
        "Сальдо {balance_tiyn} тиын, а финансирование {financing_tiyn} тиын.",
        "The balance is {balance_tiyn} tiyn, and the financing {financing_tiyn} tiyn.",
    )


class FourEyes(Forbidden):
    """Who prepares does not approve."""

    title = Text(
        "Дайындаған адам өзі бекіте алмайды.",
        "Кто подготовил, тот не утверждает.",
        "Whoever prepared it cannot approve it.",
    )
    constraint = (
        "budgets_approver_is_not_submitter",
        "entries_approver_is_not_author",
        "obligations_accepter_is_not_author",
        "payment_orders_approver_is_not_author",
    )


class LineExpectsSign(Invalid):
    """Revenue and expenditure lines are not negative."""

    title = Text(
        "Кіріс пен шығыс теріс болмайды.",
        "Доходы и расходы не бывают отрицательными.",
        "Revenue and expenditure are not negative.",
    )


DIRECTIONS = {
    **dict.fromkeys(("taxes", "non_tax", "capital", "special", "transfers"), "revenue"),
    **dict.fromkeys(("expenditure", "net_lending", "financial_assets"), "expenditure"),
    "financing": "financing",
}
"""Which side of the budget each kind of line stands on."""


@dataclass(frozen=True)
class Budget:
    """A self-government unit's budget for one year, as it stands."""

    id: UUID
    unit_id: UUID
    fiscal_year: int
    status: str
    version: int
    submitted_by: UUID | None
    closed_through: date | None

    def expect(self, *statuses: str) -> None:
        """Go on only at one of these stages.

        Raises:
            WrongStage: the budget is at another.
        """
        if self.status not in statuses:
            raise WrongStage(status=self.status, needed=" / ".join(statuses))


class Totals(NamedTuple):
    """The sums of a budget's sections, in tiyn."""

    revenue_tiyn: int
    expenditure_tiyn: int
    net_lending_tiyn: int
    financial_assets_tiyn: int
    financing_tiyn: int

    @property
    def balance_tiyn(self) -> int:
        """Revenue less everything that goes out; negative for a deficit."""
        outgoing = self.expenditure_tiyn + self.net_lending_tiyn + self.financial_assets_tiyn
        return self.revenue_tiyn - outgoing

    def check(self) -> None:
        """Go on only if financing covers the balance exactly.

        Raises:
            DoesNotAddUp: it does not, be it by one tiyn.
        """
        if self.financing_tiyn != -self.balance_tiyn:
            raise DoesNotAddUp(balance_tiyn=self.balance_tiyn, financing_tiyn=self.financing_tiyn)


def totals(lines: Iterable[tuple[str, str, int]]) -> Totals:
    """Return the sums of `(direction, kind, amount_tiyn)` lines."""
    sums = {"revenue": 0, "expenditure": 0, "net_lending": 0, "financial_assets": 0, "financing": 0}
    for direction, kind, amount_tiyn in lines:
        sums["revenue" if direction == "revenue" else kind] += amount_tiyn
    return Totals(*sums.values())
