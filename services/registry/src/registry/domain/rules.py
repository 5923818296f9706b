"""This service's figures of the law and of the platform, as dated in `data/rules.csv`."""

from datetime import date

from shared import dated_rules


def find_rule(name: str, day: date) -> int:
    """Return a rule's figure as in force on a day.

    Raises:
        RuleNotDated: no row of that rule is in force on that day.
    """
    return dated_rules.find_rule("registry", name, day)
