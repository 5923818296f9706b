"""Sequential Phragmen for projects with costs, exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd

import numpy as np

from participation.domain.counting.elections import Election, Ints
from participation.domain.counting.greedy import eligible
from participation.domain.counting.parameters import Parameters
from participation.domain.counting.purses import support_of


@dataclass(eq=False)
class Clock:
    """When each purchase happened: `times` over `denominator`; and each voter's last purchase."""

    last: Ints
    times: list[int] = field(default_factory=lambda: [0])
    denominator: int = 1

    def earned_before(self, voters: Ints) -> int:
        """The sum of the voters' last purchase times, times `denominator`."""
        counts = np.bincount(self.last[voters], minlength=len(self.times)).tolist()
        return sum(n * time for n, time in zip(counts, self.times, strict=True) if n)

    def stop_at(self, over: int, under: int, voters: Ints) -> None:
        """Record a purchase at the time over / (denominator * under) by these voters."""
        common = gcd(over, under)
        grow = under // common
        self.times = [time * grow for time in self.times]
        self.denominator *= grow
        self.times.append(over // common)
        self.last[voters] = len(self.times) - 1


def phragmen(election: Election, parameters: Parameters, ranks: Sequence[int]) -> list[int]:
    """Positions of the winners in order of choice.

    Every voter earns at the same rate. As soon as the supporters of a project together hold its
    cost they buy it and have nothing left. The rule ends when a project whose turn it is no longer
    fits the budget; one that costs more than the whole budget never has a turn. Ballots count as
    approvals (Brill, Freeman, Janson, Lackner 2017; with costs: Los, Christoff, Grossi 2022).
    """
    support, projects = support_of(election), election.projects
    waiting = {
        place: support.voters_of[place]
        for place in eligible(election, parameters)
        if len(support.voters_of[place]) and projects[place].cost <= election.budget
    }
    clock = Clock(np.zeros(election.voters, dtype=np.int64))
    left, winners = election.budget, list[int]()
    while waiting:
        due = {
            place: projects[place].cost * clock.denominator + clock.earned_before(voters)
            for place, voters in waiting.items()
        }
        first = _earliest(due, waiting)
        if any(projects[place].cost > left for place in first):
            break
        place = min(first, key=ranks.__getitem__)
        voters = waiting.pop(place)
        clock.stop_at(due[place], len(voters), voters)
        left -= projects[place].cost
        winners.append(place)
    return winners


def _earliest(due: dict[int, int], waiting: dict[int, Ints]) -> list[int]:
    """Those with the least due / supporters, compared without division."""
    first: list[int] = []
    for place, over in due.items():
        if first:
            difference = over * len(waiting[first[0]]) - due[first[0]] * len(waiting[place])
            if difference > 0:
                continue
            if difference < 0:
                first = []
        first.append(place)
    return first
