"""The sections of a budget and the identities between them (Budget Code 2025, article 9).

`balance = revenue - expenditure - net lending - financial assets`, negative for a deficit, and
`financing = -balance`; revenue is the sum of its sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.texts import Text

SOURCES = ("taxes", "non_tax", "capital", "special", "transfers")
"""Kinds of revenue: tax, non-tax, sale of fixed capital, special receipts, transfers received."""
SECTIONS = (
    "revenue",
    *SOURCES,
    "expenditure",
    "net_lending",
    "financial_assets",
    "balance",
    "financing",
)

SECTION_NAMES = {
    "revenue": Text("Кірістер", "Доходы", "Revenue"),
    "taxes": Text("Салықтық түсімдер", "Налоговые поступления", "Tax revenue"),
    "non_tax": Text("Салықтық емес түсімдер", "Неналоговые поступления", "Non-tax revenue"),
    "capital": Text(
        "Негізгі капиталды сатудан түсетін түсімдер",
        "Поступления от продажи основного капитала",
        "Sale of fixed capital",
    ),
    "special": Text("Арнаулы түсімдер", "Специальные поступления", "Special receipts"),
    "transfers": Text("Трансферттер түсімі", "Поступления трансфертов", "Transfers received"),
    "expenditure": Text("Шығындар", "Затраты", "Expenditure"),
    "net_lending": Text(
        "Таза бюджеттік кредиттеу", "Чистое бюджетное кредитование", "Net budget lending"
    ),
    "financial_assets": Text(
        "Қаржы активтерімен операциялар сальдосы",
        "Сальдо по операциям с финансовыми активами",
        "Balance on financial assets",
    ),
    "balance": Text(
        "Бюджет тапшылығы (профициті)", "Дефицит (профицит) бюджета", "Deficit or surplus"
    ),
    "financing": Text(
        "Бюджет тапшылығын қаржыландыру", "Финансирование дефицита бюджета", "Financing"
    ),
}

Figures = Mapping[str, int]
"""Amounts in tiyn by section; a section that an act does not print is missing."""


@dataclass(frozen=True)
class Disagreement:
    """A printed figure that its own parts contradict."""

    name: str
    published_tiyn: int
    computed_tiyn: int


def disagreements(figures: Figures) -> list[Disagreement]:
    """Return which figures disagree with their parts, in the order of the act.

    A check is made where the act prints both sides; net lending and financial assets that it does
    not print are zero, as they are in nearly every rural act.
    """
    found = []
    if "revenue" in figures and all(name in figures for name in ("taxes", "transfers")):
        found.append(_check("revenue", figures, sum(figures.get(name, 0) for name in SOURCES)))
    if all(name in figures for name in ("revenue", "expenditure", "balance")):
        rest = figures.get("net_lending", 0) + figures.get("financial_assets", 0)
        computed = figures["revenue"] - figures["expenditure"] - rest
        found.append(_check("balance", figures, computed))
    if "balance" in figures and "financing" in figures:
        found.append(_check("financing", figures, -figures["balance"]))
    return [one for one in found if one]


def lines_against(figures: Figures, of_lines: Figures) -> list[Disagreement]:
    """Return which published sections a budget's own lines contradict."""
    return [
        Disagreement(f"lines.{name}", figures[name], of_lines[name])
        for name in ("revenue", "expenditure")
        if name in figures and figures[name] != of_lines[name]
    ]


def _check(name: str, figures: Figures, computed_tiyn: int) -> Disagreement | None:
    published = figures[name]
    return None if published == computed_tiyn else Disagreement(name, published, computed_tiyn)
