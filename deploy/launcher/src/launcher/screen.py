"""What the launcher shows: one line per finished step, and a moving line for the current one."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status


class Screen:
    """Progress for people: a terminal sees what is going on, a log file what has been done."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._began_seconds = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show what is going on."""
        if self.console.is_terminal:
            self._status = self.console.status("Starting")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop showing it; the lines stay."""
        self.close()

    def close(self) -> None:
        """Stop showing what is going on."""
        if self._status:
            self._status.stop()
            self._status = None

    @property
    def elapsed_seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self._began_seconds

    def doing(self, what: str) -> None:
        """Say what is being done now."""
        if self._status:
            self._status.update(escape(what))

    def progress(self, what: str, done: int, total: int) -> None:
        """Say how far a long step has come."""
        self.doing(f"{what} ({done} of {total})")

    def done(self, what: str) -> None:
        """Say that a step is finished."""
        self.console.print(f"[green]✓[/] {escape(what)} [dim]{self.elapsed_seconds:.1f} s[/]")

    def say(self, line: str) -> None:
        """Print a line."""
        self.console.print(escape(line))

    def warn(self, line: str) -> None:
        """Print a line that deserves attention."""
        self.console.print(f"[yellow]![/] {escape(line)}")
