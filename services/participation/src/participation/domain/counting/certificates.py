"""Price certificates: who paid what, so that anyone can check an outcome of equal shares by hand.

The outcome is a price system (Peters, Skowron 2020): every voter had the same endowment, paid only
for projects of theirs, each bought project was paid exactly, and no group of supporters still has
the money for a project that was left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from participation.domain.counting.digests import exact_text
from participation.domain.counting.elections import Election, UncountableElection
from participation.domain.counting.greedy import eligible
from participation.domain.counting.parameters import Outcome


@dataclass(frozen=True, slots=True)
class Payment:
    """What one voter (by position among the ballots) paid for a project."""

    voter: int
    amount: Fraction


def payments(election: Election, outcome: Outcome) -> dict[str, list[Payment]]:
    """Every voter's payment for every bought project, in order of choice.

    Recomputed from the published prices alone: each supporter pays the price times the weight, or
    what is left.

    Raises:
        UncountableElection: the outcome is not one of equal shares.
    """
    if outcome.endowment is None:
        raise UncountableElection("Only an outcome of equal shares has payments.")
    supporters = weights_by_project(election)
    balances = [outcome.endowment] * election.voters
    paid: dict[str, list[Payment]] = {}
    for step in outcome.rounds:
        bills = paid[step.project_id] = []
        for voter, weight in supporters[step.project_id].items():
            amount = min(balances[voter], step.price * weight)
            if amount:
                balances[voter] -= amount
                bills.append(Payment(voter, amount))
    return paid


def weights_by_project(election: Election) -> dict[str, dict[int, int]]:
    """The supporters of every project with the weights by which equal shares counts them."""
    weights = election.scores if election.utilities is None else election.utilities
    values = [1] * len(election.listed) if weights is None else weights.tolist()
    places = election.listed.tolist()
    supporters: dict[str, dict[int, int]] = {project.id: {} for project in election.projects}
    ids = [project.id for project in election.projects]
    for voter in range(election.voters):
        for entry in range(int(election.starts[voter]), int(election.starts[voter + 1])):
            if values[entry] > 0:
                supporters[ids[places[entry]]][voter] = values[entry]
    return supporters


def certificate(election: Election, outcome: Outcome) -> dict[str, Any]:
    """The price certificate as JSON: costs, ballots and payments, all that a checker needs.

    Rationals are "over/under" in hexadecimal. `candidates` are the projects that could win;
    `completed` were added without payments after the last purchase.

    Raises:
        UncountableElection: the outcome is not one of equal shares.
    """
    paid = payments(election, outcome)
    assert outcome.endowment is not None  # noqa: S101  (else there were no payments)
    supporters = weights_by_project(election)
    backed = [election.projects[place] for place in eligible(election, outcome.parameters)]
    return {
        "digest": outcome.digest,
        "endowment": exact_text(outcome.endowment),
        "voters": election.voters,
        "candidates": {project.id: project.cost for project in backed},
        "weights": {project.id: _named(supporters[project.id]) for project in backed},
        "winners": list(outcome.winners),
        "completed": list(outcome.completed),
        "payments": {
            project_id: {str(bill.voter): exact_text(bill.amount) for bill in bills}
            for project_id, bills in paid.items()
        },
    }


def _named(weights: dict[int, int]) -> dict[str, int]:
    return {str(voter): weight for voter, weight in weights.items()}
