"""The story as a reader sees it: numbered steps, numbers, and checks that must hold."""

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.api import StepFailed


def tenge(amount_tiyn: int) -> str:
    """Return an amount for a reader: `1 234 567.89 ₸`."""
    whole, rest = divmod(abs(amount_tiyn), 100)
    sign = "-" if amount_tiyn < 0 else ""
    return f"{sign}{whole:,}".replace(",", " ") + (f".{rest:02d} ₸" if rest else " ₸")


@dataclass
class Story:
    """What has been told so far, for people and for programs."""

    console: Console
    steps: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)

    def step(self, sentence: str) -> None:
        """Tell the next thing that happened."""
        self.steps += 1
        self.console.print(f"[bold]{self.steps:2d}.[/bold] {sentence}")

    def say(self, sentence: str) -> None:
        """Add a detail to the step."""
        self.console.print(f"    {sentence}")

    def check(self, what: str, holds: bool) -> None:
        """Prove something; the demo fails where it does not hold.

        Raises:
            StepFailed: it does not.
        """
        if not holds:
            raise StepFailed(f"This must hold, and does not: {what}")
        self.checks.append(what)
        self.console.print(f"    [green]✓[/green] {what}")

    def table(self, title: str, head: list[str], rows: list[list[str]]) -> None:
        """Show figures side by side."""
        table = Table(*head, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
