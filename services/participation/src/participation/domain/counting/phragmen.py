"""Sequential Phragmen for projects with costs, counted with exact rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from participation.domain.counting.elections import Election
from participation.domain.counting.greedy import eligible
from participation.domain.counting.parameters import Parameters


def phragmen(election: Election, parameters: Parameters, ranks: Sequence[int]) -> list[int]:
    """Positions of the winners in order of choice.

    Every voter earns at the same rate. As soon as the supporters of a project together hold its
    cost they buy it and have nothing left. The rule ends when the project whose turn it is no
    longer fits the budget. Ballots count as approvals.
    """
    supporters = _supporters(election, parameters)
    spent_until = [Fraction(0)] * election.voters
    left, winners = election.budget, list[int]()
    while supporters:
        times = {
            place: (election.projects[place].cost + sum(spent_until[v] for v in voters))
            / Fraction(len(voters))
            for place, voters in supporters.items()
        }
        place = min(times, key=lambda p: (times[p], ranks[p]))
        if election.projects[place].cost > left:
            break
        left -= election.projects[place].cost
        winners.append(place)
        for voter in supporters.pop(place):
            spent_until[voter] = times[place]
    return winners


def _supporters(election: Election, parameters: Parameters) -> dict[int, list[int]]:
    candidates = set(eligible(election, parameters))
    supporters: dict[int, list[int]] = {}
    for voter in range(election.voters):
        for place in election.listed[election.starts[voter] : election.starts[voter + 1]].tolist():
            if place in candidates:
                supporters.setdefault(place, []).append(voter)
    return supporters
