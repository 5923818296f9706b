"""Count an election by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from participation.domain.counting.digests import outcome_digest
from participation.domain.counting.elections import Election, Ints
from participation.domain.counting.greedy import by_support, eligible, fill
from participation.domain.counting.ladder import raise_endowment, share
from participation.domain.counting.parameters import (
    Completion,
    Outcome,
    Parameters,
    Round,
    Rule,
)
from participation.domain.counting.phragmen import phragmen
from participation.domain.counting.shares import Run, buy_all, open_market
from participation.domain.counting.ties import completion_ranks, tie_ranks


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule answers before it is dressed up: positions instead of ids."""

    places: Sequence[int]
    completed: Sequence[int] = ()
    run: Run | None = None
    endowment: Fraction | None = None
    preferring: tuple[int, int] | None = None
    kept: Rule | None = None


def count(election: Election, parameters: Parameters) -> Outcome:
    """Who wins this election by these parameters: always the exact answer of the stated rule.

    Raises:
        UncountableElection: raising the endowment would take too many steps.
    """
    choice = choose(election, parameters)
    winners = tuple(election.projects[place].id for place in choice.places)
    cost = sum(election.projects[place].cost for place in choice.places)
    rounds = _rounds(choice.run) if choice.run else ()
    return Outcome(
        winners=winners,
        cost=cost,
        parameters=parameters,
        digest=outcome_digest(
            election, parameters, winners=winners, endowment=choice.endowment, rounds=rounds
        ),
        rounds=rounds,
        completed=tuple(election.projects[place].id for place in choice.completed),
        endowment=choice.endowment,
        leftover=election.budget - cost,
        preferring=choice.preferring,
        kept=choice.kept,
    )


def choose(election: Election, parameters: Parameters) -> Choice:
    """Apply the rule without drawing up an outcome and its digest."""
    ranks = tie_ranks(election, parameters)
    if parameters.rule is Rule.PHRAGMEN:
        return Choice(phragmen(election, parameters, ranks))
    if parameters.rule is not Rule.EQUAL_SHARES:
        return Choice(greedy(election, parameters, ranks))
    choice = _equal_shares(election, parameters, ranks)
    return _compare(election, parameters, ranks, choice) if parameters.comparison else choice


def greedy(election: Election, parameters: Parameters, ranks: Sequence[int]) -> list[int]:
    """Positions of the greedy winners; only `greedy-no-skip` stops at what does not fit."""
    order = by_support(election, ranks, eligible(election, parameters))
    return fill(election, order, skip=parameters.rule is not Rule.GREEDY_NO_SKIP)


def _equal_shares(election: Election, parameters: Parameters, ranks: list[int]) -> Choice:
    if not election.voters:
        return Choice(())
    market = open_market(election, parameters, ranks)
    if parameters.completion in (Completion.ADD1, Completion.ADD1U):
        run, endowment = raise_endowment(market, parameters)
    else:
        endowment = share(market)
        run = buy_all(market, endowment)
    completed: list[int] = []
    if parameters.completion in (Completion.UTILITARIAN, Completion.ADD1U):
        equals = completion_ranks(election, parameters, ranks)
        order = by_support(election, equals, eligible(election, parameters))
        completed = fill(election, order, chosen=run.places)
    return Choice([*run.places, *completed], completed, run, endowment)


def _compare(
    election: Election, parameters: Parameters, ranks: Sequence[int], choice: Choice
) -> Choice:
    """Keep equal shares unless more voters have more of their projects funded by greedy."""
    rival = greedy(election, parameters, ranks)
    ours, theirs = funded_each(election, choice.places), funded_each(election, rival)
    preferring = (int(np.count_nonzero(ours > theirs)), int(np.count_nonzero(theirs > ours)))
    if preferring[1] > preferring[0]:
        return Choice(rival, preferring=preferring, kept=Rule.GREEDY)
    return Choice(
        choice.places,
        choice.completed,
        choice.run,
        choice.endowment,
        preferring,
        Rule.EQUAL_SHARES,
    )


def funded_each(election: Election, places: Sequence[int]) -> Ints:
    """How many of the projects each voter lists are among the given ones."""
    won = np.zeros(len(election.projects), dtype=np.int64)
    won[list(places)] = 1
    before = np.concatenate(([0], np.cumsum(won[election.listed])))
    funded: Ints = before[election.starts[1:]] - before[election.starts[:-1]]
    return funded


def left_with_nothing(election: Election, outcome: Outcome) -> Fraction:
    """The share of voters none of whose listed projects is funded; 0 without voters."""
    if not election.voters:
        return Fraction(0)
    ids = set(outcome.winners)
    places = [place for place, project in enumerate(election.projects) if project.id in ids]
    empty = int(np.count_nonzero(funded_each(election, places) == 0))
    return Fraction(empty, election.voters)


def _rounds(run: Run) -> tuple[Round, ...]:
    prices = run.purses.prices(run.units)
    projects = run.market.election.projects
    return tuple(
        Round(projects[p.place].id, price, p.supporters, p.paid_in_full)
        for p, price in zip(run.purchases, prices, strict=True)
    )
