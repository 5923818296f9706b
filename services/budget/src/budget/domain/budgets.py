"""A budget's way from draft to approval, and what its lines must add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from budget.domain.figures import SOURCES, Figures
from shared.errors import Conflict, Invalid, NotFound
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
    constraint = "budgets_one_a_year"


class NotSelfGovernment(Invalid):
    """Only a unit with its own akim has a fourth-level budget (Budget Code 2025, article 7)."""

    title = Text(
        "Бұл аумақтық бірліктің өз бюджеті болмайды.",
        "У этой территориальной единицы нет своего бюджета.",
        "This territorial unit has no budget of its own.",
    )


class WrongStage(Conflict):
    """Every step of the budget year has its place, and lines are changed in a draft alone."""

    constraint = ("budgets_stages", "lines_in_draft")
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


class LineExpectsSign(Invalid):
    """Revenue and expenditure lines are not negative."""

    constraint = "lines_amount"
    title = Text(
        "Кіріс пен шығыс теріс болмайды.",
        "Доходы и расходы не бывают отрицательными.",
        "Revenue and expenditure are not negative.",
    )


class LineChangedMeanwhile(Conflict):
    """Somebody else changed the line since it was read."""

    status = 412
    title = Text(
        "Жолды біреу өзгертіп үлгерді: қайта оқыңыз.",
        "Строку уже изменили: прочитайте её заново.",
        "The line has been changed meanwhile: read it again.",
    )


class DecisionExceeded(Conflict):
    """A line is never given more than the decision on the budget gives it."""

    constraint = "line_balances_within_line"
    title = Text(
        "Бұл бюджет жолына бекітілген сомадан асып кетеді.",
        "Это больше суммы, утверждённой на строке бюджета.",
        "This is more than the decision gives the budget line.",
    )


PUBLISHED = frozenset({"approved", "executing", "closed"})
"""Stages from which on everybody sees a budget."""

SIGNED_KINDS = frozenset({"net_lending", "financial_assets", "financing"})
"""Kinds of line that are balances themselves and may be negative."""

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
    act_id: UUID | None
    figures: Mapping[str, int]
    drafted_by: UUID | None
    submitted_by: UUID | None

    def expect(self, *statuses: str) -> None:
        """Go on only at one of these stages.

        Raises:
            WrongStage: the budget is at another.
        """
        if self.status not in statuses:
            raise WrongStage(status=self.status, needed=" / ".join(statuses))


class Totals(NamedTuple):
    """The sums of a budget's lines, in tiyn."""

    by_kind: Mapping[str, int]

    @property
    def revenue_tiyn(self) -> int:
        """What comes in, from all sources."""
        return sum(self.by_kind.get(name, 0) for name in SOURCES)

    @property
    def expenditure_tiyn(self) -> int:
        """What is spent."""
        return self.by_kind.get("expenditure", 0)

    @property
    def balance_tiyn(self) -> int:
        """Revenue less everything that goes out; negative for a deficit."""
        outgoing = ("expenditure", "net_lending", "financial_assets")
        return self.revenue_tiyn - sum(self.by_kind.get(name, 0) for name in outgoing)

    def figures(self) -> Figures:
        """Return the sums as the sections of a budget."""
        return {
            "revenue": self.revenue_tiyn,
            **{name: self.by_kind.get(name, 0) for name in DIRECTIONS},
            "balance": self.balance_tiyn,
        }

    def check(self) -> None:
        """Go on only if financing covers the balance exactly.

        Raises:
            DoesNotAddUp: it does not, be it by one tiyn.
        """
        financing_tiyn = self.by_kind.get("financing", 0)
        if financing_tiyn != -self.balance_tiyn:
            raise DoesNotAddUp(balance_tiyn=self.balance_tiyn, financing_tiyn=financing_tiyn)
