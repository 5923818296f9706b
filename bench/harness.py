"""Rows of figures beside their references: taken in turns, by medians, shown and kept."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Taken = TypeVar("Taken")
Say = Callable[[str], None]


class CannotRun(Exception):
    """This row cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Goal:
    """What a figure is held to: its own value, or its ratio to the reference."""

    limit: float
    of_ratio: bool = False
    at_least: bool = False

    def is_met(self, value: float, ratio: float | None) -> bool | None:
        """Return whether a figure is good enough; None where it has no ratio to judge."""
        judged = ratio if self.of_ratio else value
        if judged is None:
            return None
        return judged >= self.limit if self.at_least else judged <= self.limit

    def told(self, unit: str) -> str:
        """Return the goal in words."""
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {number(self.limit)} {'x' if self.of_ratio else unit}".strip()


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, beside what, and how it stands to its goal.

    `values` and `reference_values` hold one figure per round, all in `unit`; their medians count.
    A row that could not be measured has no values and says why.
    """

    name: str
    measured: str
    unit: str = ""
    values: Sequence[float] = ()
    reference: str = ""
    reference_values: Sequence[float] = ()
    goal: Goal | None = None
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    why_not: str = ""

    @property
    def value(self) -> float | None:
        """The median of our rounds."""
        return statistics.median(self.values) if self.values else None

    @property
    def reference_value(self) -> float | None:
        """The median of the reference's rounds."""
        return statistics.median(self.reference_values) if self.reference_values else None

    @property
    def ratio(self) -> float | None:
        """How many times the reference."""
        if self.value is None or not self.reference_value:
            return None
        return self.value / self.reference_value

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.goal is None or self.value is None:
            return None
        return self.goal.is_met(self.value, self.ratio)

    def document(self) -> dict[str, Any]:
        """Return the row as JSON keeps it."""
        found = {key: value for key, value in asdict(self).items() if value not in ("", (), {})}
        computed = {
            "value": self.value,
            "reference_value": self.reference_value,
            "ratio": self.ratio,
            "is_met": self.is_met,
        }
        return found | {key: value for key, value in computed.items() if value is not None}


def in_turns(
    rounds: int, candidates: Mapping[str, Callable[[], Taken]], say: Say = lambda _: None
) -> dict[str, list[Taken]]:
    """Measure all candidates once per round, so that a noisy minute falls on each of them.

    Round 0 warms up and does not count. Every other round runs backwards, so that nobody always
    comes right after the same neighbour.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        order = list(candidates) if turn % 2 == 0 else list(reversed(candidates))
        for name in order:
            say(f"{name}, round {turn} of {rounds}" if turn else f"{name}, warming up")
            shot = candidates[name]()
            if turn:
                taken[name].append(shot)
    return taken


def show(rows: Sequence[Row], console: Console) -> None:
    """Print rows as a table; a row that could not be measured says why in its place."""
    table = Table("row", "measured", box=None, pad_edge=False)
    for column in ("ours", "from", "to", "reference", "ratio", "goal", ""):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("the reference")
    above = ""
    for row in rows:
        name = "" if row.name == above else row.name
        cells = (f"[yellow]not measured: {escape(row.why_not)}[/]",) if row.why_not else _cells(row)
        table.add_row(name, *cells)
        above = row.name
    console.print(table)


def number(value: float) -> str:
    """Return a figure with three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{value:.3g}"


def write_json(file: Path, rows: Sequence[Row], facts: Mapping[str, Any]) -> None:
    """Keep a run: its circumstances and every figure of every round."""
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {**facts, "rows": [row.document() for row in rows]}
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}[row.is_met]
    return (
        row.measured,
        _figure(row.value, row.unit),
        number(min(row.values)),
        number(max(row.values)),
        _figure(row.reference_value, row.unit),
        _figure(row.ratio, "x"),
        row.goal.told(row.unit) if row.goal else "",
        mark,
        row.reference,
    )


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{number(value)} {unit}"
