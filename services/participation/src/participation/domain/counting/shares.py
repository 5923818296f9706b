"""The method of equal shares (Peters, Pierczynski, Skowron 2021): one run at a given endowment.

Every voter gets the same endowment. In each round the project with the lowest price for its
utility is bought: its supporters pay equally (in proportion to their weights), who has less pays
all that is left. The run ends when no project's supporters can pay its cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

import numpy as np

from participation.domain.counting.elections import Election, Floats
from participation.domain.counting.greedy import eligible
from participation.domain.counting.parameters import Parameters, Utility
from participation.domain.counting.prices import (
    ULP,
    Offer,
    Price,
    bracket,
    drop_empty,
    exact_price,
)
from participation.domain.counting.purses import SMALLEST_ALIVE, Purses, Support, support_of


@dataclass(frozen=True, eq=False)
class Market:
    """What every run over one election shares: support, order of ties, candidates, utility."""

    election: Election
    support: Support
    candidates: tuple[int, ...]
    ranks: Sequence[int]
    utility: Utility


@dataclass(slots=True)
class Purchase:
    """One round of a run: who was bought, by how many, and how many paid in full."""

    place: int
    supporters: int
    paid_in_full: int


@dataclass(eq=False)
class Run:
    """One run of equal shares; `purchases` and the purses' prices are its result."""

    market: Market
    purses: Purses
    units: int
    offers: dict[int, Offer]
    keys: Floats
    worth: list[int]
    purchases: list[Purchase] = field(default_factory=list)

    @property
    def places(self) -> list[int]:
        """Positions of the winners in order of choice."""
        return [purchase.place for purchase in self.purchases]


def open_market(election: Election, parameters: Parameters, ranks: Sequence[int]) -> Market:
    """Prepare an election for runs of equal shares."""
    support = support_of(election)
    backed = tuple(p for p in eligible(election, parameters) if len(support.voters_of[p]))
    return Market(election, support, backed, ranks, parameters.utility)


def buy_all(market: Market, endowment: Fraction, *, limit: int | None = None) -> Run:
    """Run equal shares at an endowment (smallest currency units per voter).

    With a limit the run is broken off as soon as the winners cost more than that.
    """
    run = _start(market, endowment)
    spent = 0
    while (limit is None or spent <= limit) and (place := _cheapest(run)) is not None:
        spent += market.election.projects[place].cost
    return run


def _start(market: Market, endowment: Fraction) -> Run:
    projects, support = market.election.projects, market.support
    units, each = endowment.denominator, endowment.numerator
    purses = Purses(
        support,
        each,
        np.ones(market.election.voters),
        np.full(len(projects), -1, dtype=np.int64),
    )
    keys = np.full(len(projects), inf)
    offers: dict[int, Offer] = {}
    by_cost = market.utility is Utility.COST
    worth = [max(project.cost, 1) if by_cost else 1 for project in projects]
    for place in market.candidates:
        cost, voters = projects[place].cost * units, support.voters_of[place]
        if cost > each * len(voters):
            continue
        share = cost / each if each else 0.0
        low = share / support.total_weight(place) * (1 - 4 * ULP)
        offers[place] = Offer(cost, share, voters, support.weights_of[place], low)
        keys[place] = low / worth[place]
    run = Run(market, purses, units, offers, keys, worth)
    for place in sorted((p for p in offers if not projects[p].cost), key=market.ranks.__getitem__):
        _buy_free(run, place)
    return run


def _buy_free(run: Run, place: int) -> None:
    """A project that costs nothing is bought for nothing, before all others."""
    supporters = len(run.offers[place].voters)
    run.purchases.append(Purchase(place, supporters, supporters))
    run.purses.round_of[place] = len(run.purses.numerators)
    run.purses.add_price(0, 1)
    run.keys[place] = inf


def _cheapest(run: Run) -> int | None:
    """Buy the project with the lowest price for its utility; None when none can be paid."""
    rivals = _rivals(run)
    if not rivals:
        return None
    exact = {place: exact_price(run.offers[place], run.purses) for place in rivals}
    priced = {place: price for place, price in exact.items() if price is not None}
    place = min(
        priced,
        key=lambda p: (
            Fraction(priced[p].over, priced[p].weight * run.worth[p]) if len(priced) > 1 else 0,
            run.market.ranks[p],
        ),
    )
    _pay(run, place, priced[place])
    return place


def _rivals(run: Run) -> list[int]:
    """The projects that may have the lowest price: their brackets reach below every upper end."""
    best, lows = inf, {}
    for place in np.argsort(run.keys).tolist():
        if run.keys[place] > best or run.keys[place] == inf:
            break
        worth = run.worth[place]
        found = bracket(run.offers[place], run.purses, best * worth * (1 + 4 * ULP))
        if found is None:
            run.keys[place] = inf
            continue
        low, high = found
        run.keys[place] = lows[place] = low / worth * (1 - 2 * ULP)
        best = min(best, high / worth * (1 + 4 * ULP))
    return [place for place, low in lows.items() if low <= best]


def _pay(run: Run, place: int, price: Price) -> None:
    """Take the exact price from the supporters; who had no more than that has nothing left."""
    purses, offer = run.purses, run.offers[place]
    balances = drop_empty(offer, purses)
    full = price.over / (purses.denominator * price.weight * purses.each)
    left = balances - (full if offer.weights is None else offer.weights * full)
    rich = price.signs > 0
    purses.balances[offer.voters] = np.where(rich, np.maximum(left, SMALLEST_ALIVE), 0.0)
    supporters = len(run.market.support.voters_of[place])
    in_full = int(np.count_nonzero(price.signs >= 0))
    run.purchases.append(Purchase(place, supporters, in_full))
    purses.round_of[place] = len(purses.numerators)
    purses.add_price(price.over, price.weight)
    run.keys[place] = inf
