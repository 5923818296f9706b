"""What every row is given: how often, where, and the laboratory."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lab import Lab, open_lab


@dataclass
class Bench:
    """One run: rounds per figure, a folder to write to, and a way to say what goes on."""

    rounds: int
    scratch: Path
    say: Callable[[str], None]
    ending: contextlib.ExitStack
    _labs: list[Lab] = field(default_factory=list)

    def lab(self) -> Lab:
        """Return the laboratory, started by whoever asks first."""
        if not self._labs:
            self.say("starting PostgreSQL")
            self._labs.append(self.ending.enter_context(open_lab(self.scratch)))
        return self._labs[0]
