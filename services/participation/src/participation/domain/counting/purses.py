"""Who supports what with how much weight, laid out for equal shares; and what each voter has left.

Money is counted exactly. A voter's balance is never stored as a rational: it is either nothing
(the voter once paid all that was left) or the endowment less the full price of every project
bought with that voter's support. So a sum of balances is a handful of integer counts times the
prices so far, and only the prices are rationals, kept as integers over one common denominator.
Beside that runs a float64 copy of all balances, as shares of the endowment, whose distance from
the exact ones is bounded (`Purses.error`); it decides whatever is not close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

import numpy as np

from participation.domain.counting.elections import Election, Floats, Ints, Mask

# One payment moves a float balance by at most: rounding of the price (half an ulp), of its product
# with the weight, and of the difference, each at most 2^-53 of a number not above 1. 2^-51 covers
# all three with room to spare.
ERROR_PER_PAYMENT = 2.0**-51
SMALLEST_ALIVE = 1e-300


@dataclass(frozen=True, eq=False)
class Support:
    """Ballots twice: by voter (`starts`, `listed`, `weights`) and by project (`voters_of`...)."""

    starts: Ints
    listed: Ints
    weights: Ints | None
    voters_of: tuple[Ints, ...]
    weights_of: tuple[Floats | None, ...]

    def total_weight(self, place: int) -> int:
        """The sum of all supporters' weights for a project."""
        weights = self.weights_of[place]
        return len(self.voters_of[place]) if weights is None else int(weights.sum())


def support_of(election: Election) -> Support:
    """Lay out an election's positive utilities for equal shares."""
    weights = election.scores if election.utilities is None else election.utilities
    starts, listed = election.starts, election.listed
    if weights is not None and len(weights) and weights.min() <= 0:
        starts, listed, weights = _positive(starts, listed, weights)
    count = len(election.projects)
    # numpy sorts 16-bit integers by radix, several times faster than wider ones.
    order = np.argsort(listed.astype(np.uint16) if count < 1 << 16 else listed, kind="stable")
    voter_of_entry = np.repeat(np.arange(election.voters), np.diff(starts))
    ends = np.cumsum(np.bincount(listed, minlength=count))[:-1]
    voters_of = np.split(voter_of_entry[order], ends)
    if weights is None:
        return Support(starts, listed, None, tuple(voters_of), (None,) * count)
    weights_of = np.split(weights[order].astype(np.float64), ends)
    return Support(starts, listed, weights, tuple(voters_of), tuple(weights_of))


def _positive(starts: Ints, listed: Ints, weights: Ints) -> tuple[Ints, Ints, Ints]:
    """The same ballots without the entries that are worth nothing to their voter."""
    keep = weights > 0
    before = np.concatenate(([0], np.cumsum(keep)))
    return before[starts], listed[keep], weights[keep]


@dataclass(eq=False)
class Purses:
    """All voters' money during one run of equal shares.

    Money is in units of the currency's smallest divided by the endowment's denominator, so that
    the endowment (`each`) and every cost are integers. `numerators` over `denominator` are the
    prices of the projects bought so far, by round.
    """

    support: Support
    each: int
    balances: Floats
    round_of: Ints
    numerators: list[int] = field(default_factory=list)
    denominator: int = 1

    @property
    def error(self) -> float:
        """How far a float balance can be from the exact one, in endowments."""
        return len(self.numerators) * ERROR_PER_PAYMENT

    def entries(self, voters: Ints) -> tuple[Ints, Ints]:
        """The ballots' entries of the given voters: (index of the voter among them, entry)."""
        starts = self.support.starts[voters]
        lengths = self.support.starts[voters + 1] - starts
        owner = np.repeat(np.arange(len(voters)), lengths)
        first = np.cumsum(lengths) - lengths
        return owner, np.arange(len(owner)) + (starts - first)[owner]

    def money_of(self, voters: Ints) -> int:
        """The exact sum of balances of voters who have money, times `denominator`."""
        if not self.numerators or not len(voters):
            return len(voters) * self.each * self.denominator
        _, entry = self.entries(voters)
        rounds = self.round_of[self.support.listed[entry]]
        bought = rounds >= 0
        weights = None if self.support.weights is None else self.support.weights[entry[bought]]
        counts = np.bincount(rounds[bought], weights=weights, minlength=len(self.numerators))
        paid = sum(
            int(count) * price
            for count, price in zip(counts.tolist(), self.numerators, strict=True)
            if count
        )
        return len(voters) * self.each * self.denominator - paid

    def money_each(self, voters: Ints) -> list[int]:
        """The exact balance of each of these voters (all have money), times `denominator`."""
        whole = self.each * self.denominator
        owner, entry = self.entries(voters)
        rounds = self.round_of[self.support.listed[entry]]
        bought = rounds >= 0
        owner, rounds, entry = owner[bought], rounds[bought], entry[bought]
        all_weights = self.support.weights
        weights = np.ones_like(rounds) if all_weights is None else all_weights[entry]
        ends = np.searchsorted(owner, np.arange(len(voters) + 1))
        known: dict[bytes, int] = {}
        balances = []
        pairs = np.stack((rounds, weights), axis=1)
        for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            history = pairs[start:end]
            key = history.tobytes()
            if key not in known:
                known[key] = whole - sum(self.numerators[r] * w for r, w in history.tolist())
            balances.append(known[key])
        return balances

    def at_least(self, voters: Ints, weights: Sequence[int], price: tuple[int, int]) -> Mask:
        """Which voters can pay `price` times their weight; the price is exact, (over, under)."""
        over, under = price
        scale = under // self.denominator
        balances = self.money_each(voters)
        return np.array(
            [b * scale >= over * w for b, w in zip(balances, weights, strict=True)], dtype=bool
        )

    def add_price(self, over: int, weight: int) -> None:
        """Record the price over / (denominator * weight) of the project bought in this round."""
        common = gcd(over, weight)
        grow = weight // common
        if grow > 1:
            self.numerators = [numerator * grow for numerator in self.numerators]
            self.denominator *= grow
        self.numerators.append(over // common)

    def prices(self, units: int) -> list[Fraction]:
        """The exact prices by round, in the smallest currency unit."""
        return [Fraction(n, self.denominator * units) for n in self.numerators]
