"""Figures that law or the platform sets: dated reference data with sources, not constants."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files


class RuleNotDated(LookupError):
    """No row of the rules is in force on that day: a fault of the data."""


@cache
def _rows() -> tuple[tuple[str, str, int], ...]:
    with (files("participation") / "data" / "rules.csv").open(encoding="utf-8") as lines:
        return tuple(
            (row["rule"], row["valid_from"], int(row["value"])) for row in csv.DictReader(lines)
        )


def find_rule(name: str, day: date) -> int:
    """Return a rule's figure as in force on a day; its unit stands beside it in `rules.csv`."""
    figures = [
        (valid_from, value)
        for rule, valid_from, value in _rows()
        if rule == name and valid_from <= day.isoformat()
    ]
    if not figures:
        raise RuleNotDated(f"{name} on {day}")
    return max(figures)[1]
