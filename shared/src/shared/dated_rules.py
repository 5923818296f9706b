"""Figures that law or the platform sets: dated reference data with sources, not constants.

Each service ships its own as `data/rules.csv`, with the columns rule, value, unit, valid_from and
source.
"""

import csv
from datetime import date
from functools import cache
from importlib.resources import files


class RuleNotDated(LookupError):
    """No row of the rules is in force on that day: a fault of the data."""


@cache
def _rows(package: str) -> tuple[tuple[str, str, int], ...]:
    with (files(package) / "data" / "rules.csv").open(encoding="utf-8") as lines:
        return tuple(
            (row["rule"], row["valid_from"], int(row["value"])) for row in csv.DictReader(lines)
        )


def find_rule(package: str, name: str, day: date) -> int:
    """Return a rule's figure as in force on a day; its unit stands beside it in the file.

    Raises:
        RuleNotDated: `package` has no row of that rule for that day.
    """
    figures = [
        (valid_from, value)
        for rule, valid_from, value in _rows(package)
        if rule == name and valid_from <= day.isoformat()
    ]
    if not figures:
        raise RuleNotDated(f"{name} on {day}")
    return max(figures)[1]
