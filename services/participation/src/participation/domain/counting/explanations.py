"""Why a project did not win, and what would have made it win: every figure found by recounting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from participation.domain.counting.elections import Election, Ints
from participation.domain.counting.parameters import Parameters
from participation.domain.counting.rules import choose
from participation.domain.counting.shares import Run


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a project lacked. Amounts are in the smallest currency unit.

    `supporters_left` is what its supporters had left when equal shares ended (None for greedy),
    `short` what was missing to its cost. `winning_cost` is a lower cost at which it wins while it
    loses at one unit more; `added_support` a number of further supporters with whom it wins while
    it loses with one fewer. Both are None where no such change helps. Under equal shares without
    raised endowment, and under the greedy rules, they are the smallest changes; a raised endowment
    is not monotone, so there may be others.
    """

    project_id: str
    won: bool
    cost: int
    votes: int
    supporters_left: Fraction | None = None
    short: Fraction | None = None
    winning_cost: int | None = None
    added_support: int | None = None


def explain(election: Election, parameters: Parameters, project_id: str) -> Explanation:
    """Explain one project's result.

    Takes some dozens of recounts: ask for it project by project.

    Raises:
        UncountableElection: no project has this id.
    """
    place = election.position(project_id)
    choice = choose(election, parameters)
    project, votes = election.projects[place], election.votes()[place]
    if place in choice.places:
        return Explanation(project_id, True, project.cost, votes)
    behind = None if choice.run is None else money_behind(choice.run, place)

    def wins(changed: Election) -> bool:
        return place in choose(changed, parameters).places

    return Explanation(
        project_id,
        False,
        project.cost,
        votes,
        supporters_left=behind,
        short=None if behind is None else project.cost - behind,
        winning_cost=_boundary(
            project.cost, 0, lambda cost: wins(with_cost(election, place, cost))
        ),
        added_support=_added_support(election, place, choice.run, wins),
    )


def money_behind(run: Run, place: int) -> Fraction:
    """What a project's supporters together had left at the end of a run, exactly."""
    voters = run.market.support.voters_of[place]
    alive = voters[run.purses.balances[voters] > 0]
    return Fraction(run.purses.money_of(alive), run.purses.denominator * run.units)


def further_supporters(election: Election, place: int, run: Run | None) -> Ints:
    """Voters who do not list a project, who has most money left first: they decide soonest."""
    owner = np.repeat(np.arange(election.voters), np.diff(election.starts))
    others = np.setdiff1d(np.arange(election.voters), owner[election.listed == place])
    if run is None:
        return others
    sorted_others: Ints = others[np.argsort(-run.purses.balances[others], kind="stable")]
    return sorted_others


def _added_support(
    election: Election, place: int, run: Run | None, wins: Callable[[Election], bool]
) -> int | None:
    """Only approval ballots say what one more supporter is worth."""
    if election.scores is not None:
        return None
    others = further_supporters(election, place, run)
    return _boundary(
        0, len(others), lambda many: wins(with_support(election, place, np.sort(others[:many])))
    )


def _boundary(loses: int, wins: int, wins_at: Callable[[int], bool]) -> int | None:
    """A number at which it wins, its neighbour towards `loses` losing; None without a win."""
    if wins == loses or not wins_at(wins):
        return None
    while abs(wins - loses) > 1:
        middle = (wins + loses) // 2
        if wins_at(middle):
            wins = middle
        else:
            loses = middle
    return wins


def with_cost(election: Election, place: int, cost: int) -> Election:
    """The same election with another cost of one project."""
    projects = list(election.projects)
    projects[place] = replace(projects[place], cost=cost)
    return replace(election, projects=tuple(projects))


def with_support(election: Election, place: int, voters: Ints) -> Election:
    """The same approval election in which these voters also list a project."""
    at = [
        int(election.starts[v])
        + int(np.searchsorted(election.listed[election.starts[v] : election.starts[v + 1]], place))
        for v in voters.tolist()
    ]
    more = np.zeros(election.voters + 1, dtype=np.int64)
    more[voters + 1] = 1
    return replace(
        election,
        starts=election.starts + np.cumsum(more),
        listed=np.insert(election.listed, at, place),
    )
