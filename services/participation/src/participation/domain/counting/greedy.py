"""The greedy rules: the most supported first, as long as the money lasts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from participation.domain.counting.elections import Election
from participation.domain.counting.parameters import Parameters


def eligible(election: Election, parameters: Parameters) -> list[int]:
    """Positions of the projects that may win: not withdrawn, total at the threshold or above."""
    least = parameters.threshold * election.score_scale
    return [
        place
        for place, total in enumerate(election.totals())
        if (not least or total >= least) and election.projects[place].id not in election.withdrawn
    ]


def by_support(election: Election, ranks: Sequence[int], among: Collection[int]) -> list[int]:
    """The given projects from the highest total down, equals by the tie rule."""
    totals = election.totals()
    return sorted(among, key=lambda place: (-totals[place], ranks[place]))


def fill(
    election: Election,
    order: Sequence[int],
    *,
    chosen: Sequence[int] = (),
    skip: bool = True,
) -> list[int]:
    """The projects of `order` that still fit beside the chosen ones, first come first served.

    Without `skip` the filling ends at the first project that does not fit.
    """
    left = election.budget - sum(election.projects[place].cost for place in chosen)
    taken = set(chosen)
    added = []
    for place in order:
        cost = election.projects[place].cost
        if place in taken:
            continue
        if cost <= left:
            added.append(place)
            left -= cost
        elif not skip:
            break
    return added
