"""Counting: exact, with a stated tie rule, repeatable by anyone.

`count(election, parameters)` is the door. Elections are built by `approvals`, `points` and
`rankings` or read from a Pabulib file.
"""

from participation.domain.counting.elections import (
    Election,
    Project,
    UncountableElection,
    approvals,
    points,
    rankings,
)
from participation.domain.counting.parameters import (
    ENGINE_VERSION,
    Completion,
    Endowment,
    Outcome,
    Parameters,
    Round,
    Rule,
    Stop,
    Tie,
    Utility,
)
from participation.domain.counting.rules import count, left_with_nothing

__all__ = [
    "ENGINE_VERSION",
    "Completion",
    "Election",
    "Endowment",
    "Outcome",
    "Parameters",
    "Project",
    "Round",
    "Rule",
    "Stop",
    "Tie",
    "UncountableElection",
    "Utility",
    "approvals",
    "count",
    "left_with_nothing",
    "points",
    "rankings",
]
