"""Figures that the law sets: dated reference data with their sources, never constants in code."""

import csv
from datetime import date
from importlib.resources import files


class RuleNotDated(LookupError):
    """No row of the rules is in force on that day: a fault of the data."""


def find_rule(name: str, day: date) -> int:
    """Return a rule's figure as in force on a day; its unit stands beside it in `rules.csv`."""
    with (files("registry") / "data" / "rules.csv").open(encoding="utf-8") as lines:
        figures = [
            (row["valid_from"], int(row["value"]))
            for row in csv.DictReader(lines)
            if row["rule"] == name and row["valid_from"] <= day.isoformat()
        ]
    if not figures:
        raise RuleNotDated(f"{name} on {day}")
    return max(figures)[1]
