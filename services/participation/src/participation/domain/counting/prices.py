"""What a project would cost each of its supporters: bounded in floats, exact where it matters.

A supporter with weight w pays `min(balance, y * w)`; the price y is the least one whose payments
add up to the cost. The sum is concave and rises with y, so Newton's steps from below never
overshoot: with every rounding turned against the step, each iterate is a proven lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from participation.domain.counting.elections import Floats, Ints
from participation.domain.counting.purses import Purses

ULP = 2.0**-53


@dataclass(slots=True, eq=False)
class Offer:
    """A project looking for its price among the supporters who still have money.

    `low` is a proven lower bound of the price, in endowments per unit of weight; it stays one for
    the rest of the run, because balances only fall.
    """

    cost: int
    share: float
    voters: Ints
    weights: Floats | None
    low: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """An exact price, `over / (purses.denominator * weight)`, and who it leaves with nothing.

    `signs` says for each voter of the offer whether the balance is below (-1), equal to (0) or
    above (1) what is due. `weight` is the weight of those who pay in full.
    """

    over: int
    weight: int
    signs: Ints


def drop_empty(offer: Offer, purses: Purses) -> Floats:
    """The balances of an offer's supporters, those with nothing left struck off its list."""
    balances = purses.balances[offer.voters]
    alive = balances > 0
    if np.count_nonzero(alive) < len(balances):
        offer.voters = offer.voters[alive]
        if offer.weights is not None:
            offer.weights = offer.weights[alive]
        balances = balances[alive]
    return balances


def bracket(offer: Offer, purses: Purses, limit: float) -> tuple[float, float] | None:
    """Bounds (low, high) of a price in floats; None if the supporters cannot pay the cost.

    Stops early with high = inf once the lower bound exceeds `limit`. A bracket that floats cannot
    close is closed by the exact price.
    """
    balances = drop_empty(offer, purses)
    count, margin = len(balances), purses.error + 8 * ULP
    # Error of the float sum of payments: each payment's own, and n additions in any order.
    slack = count * margin + (count + 4) * 2 * ULP * offer.share
    while True:
        due = offer.low if offer.weights is None else offer.weights * offer.low
        weight = _weight(offer, balances > due - margin)
        gap = offer.share - float(np.minimum(balances, due).sum())
        if not weight and gap > slack:
            return None
        if gap <= 2 * slack or not weight:
            return _close(offer, purses, balances, slack=slack, weight=weight)
        low = offer.low + (gap - slack) / weight * (1 - 4 * ULP)
        if low <= offer.low:
            return _close(offer, purses, balances, slack=slack, weight=weight)
        offer.low = low
        if low > limit:
            return low, inf


def _weight(offer: Offer, voters: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    if offer.weights is None:
        return float(np.count_nonzero(voters))
    return float(offer.weights[voters].sum())


def _close(
    offer: Offer, purses: Purses, balances: Floats, *, slack: float, weight: float
) -> tuple[float, float] | None:
    """The upper end: up to `reach` further, those who can still pay there close the gap."""
    if weight:
        reach = 16 * slack / weight
        due = (offer.low + reach) * (1.0 if offer.weights is None else offer.weights)
        able = _weight(offer, balances > due + purses.error + 8 * ULP)
        if able * 4 >= weight:
            return offer.low, offer.low + 4 * slack / able
    price = exact_price(offer, purses)
    if price is None:
        return None
    value = price.over / (purses.denominator * price.weight * purses.each)
    offer.low = max(offer.low, value * (1 - 4 * ULP))
    return offer.low, value * (1 + 4 * ULP)


def exact_price(offer: Offer, purses: Purses) -> Price | None:
    """The exact price of a project, or None if its supporters cannot pay it.

    Any guess of who cannot pay in full gives a price at or below the true one, and from there
    the guesses improve monotonically until they confirm themselves.
    """
    balances = drop_empty(offer, purses)
    weights = np.ones(1) if offer.weights is None else offer.weights
    poor, guessed = balances < offer.low * weights, True
    while True:
        weight = int(_weight(offer, ~poor))
        if not weight:
            if not guessed:
                return None
            poor, guessed = np.zeros_like(poor), False
            weight = int(_weight(offer, ~poor))
            if not weight:
                return None
        over = offer.cost * purses.denominator - purses.money_of(offer.voters[poor])
        signs = compare(offer, purses, balances, over=over, weight=weight)
        if np.array_equal(signs < 0, poor):
            return Price(over, weight, signs)
        poor, guessed = signs < 0, False


def compare(offer: Offer, purses: Purses, balances: Floats, *, over: int, weight: int) -> Ints:
    """The sign of (balance - price * weight) per voter, exact for those floats cannot tell."""
    price = over / (purses.denominator * weight * purses.each)
    due = np.full(len(balances), price) if offer.weights is None else offer.weights * price
    signs = np.sign(balances - due).astype(np.int64)
    close = np.flatnonzero(np.abs(balances - due) <= purses.error + 8 * ULP)
    if not len(close):
        return signs
    owed = [1] * len(close) if offer.weights is None else offer.weights[close].astype(int).tolist()
    exact = purses.money_each(offer.voters[close])
    for voter, money, units in zip(close.tolist(), exact, owed, strict=True):
        difference = money * weight - over * units
        signs[voter] = (difference > 0) - (difference < 0)
    return signs
