"""What a count is told (`Parameters`) and what it answers (`Outcome`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

ENGINE_VERSION = "1"


class Rule(StrEnum):
    """Who wins: the rules as Pabulib names them."""

    GREEDY = "greedy"
    GREEDY_NO_SKIP = "greedy-no-skip"
    GREEDY_THRESHOLD = "greedy-threshold"
    EQUAL_SHARES = "equalshares"
    PHRAGMEN = "phragmen"


class Utility(StrEnum):
    """What a funded project is worth to a supporter: its cost, or one (or the points given)."""

    COST = "cost"
    CARDINALITY = "cardinality"


class Completion(StrEnum):
    """How money that equal shares leaves over is used.

    `utilitarian` adds by total support what still fits; `add1` raises every voter's endowment
    step by step and counts anew; `add1u` does both.
    """

    NONE = "none"
    UTILITARIAN = "utilitarian"
    ADD1 = "add1"
    ADD1U = "add1u"


class Stop(StrEnum):
    """When raising the endowment ends: the next outcome overspends, or nothing more would fit."""

    OVERSPEND = "overspend"
    EXHAUSTIVE = "exhaustive"


class Endowment(StrEnum):
    """Whether the raised endowment starts from the exact share of the budget or whole units."""

    EXACT = "exact"
    INTEGRAL = "integral"


class Tie(StrEnum):
    """What decides between equal projects.

    The lot closes every sequence where there is a public seed, the order of ids where not.
    """

    MAX_VOTES = "max-votes"
    MIN_VOTES = "min-votes"
    MAX_COST = "max-cost"
    MIN_COST = "min-cost"
    ID = "id"
    LOT = "lot"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The whole rule text: with the election it determines the outcome and its digest.

    `step` is how much each raise adds per voter, in currency units. `threshold` is the least
    total (votes or points) a project needs under every rule. `comparison` gives the greedy
    outcome instead when more voters have more funded projects of theirs in it. `seed` is the
    public text, fixed before voting, from which the lot is drawn; without one there is no lot and
    the order of ids decides last. A vote that binds needs a seed.
    """

    rule: Rule = Rule.EQUAL_SHARES
    utility: Utility = Utility.COST
    completion: Completion = Completion.NONE
    stop: Stop = Stop.OVERSPEND
    endowment: Endowment = Endowment.INTEGRAL
    step: int = 1
    threshold: Fraction = Fraction(0)
    comparison: bool = False
    ties: tuple[Tie, ...] = (Tie.MAX_VOTES, Tie.MIN_COST)
    seed: str = ""

    @property
    def last_tie(self) -> Tie:
        """What decides when every stated key leaves projects equal."""
        return Tie.LOT if self.seed else Tie.ID

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ValueError("The step of a raised endowment must be one currency unit or more.")


@dataclass(frozen=True, slots=True)
class Round:
    """One purchase of equal shares.

    Every supporter pays `price` per unit of weight (1 on approval ballots, else the points), or
    all that is left to them; `paid_in_full` of the `supporters` paid the full price.
    """

    project_id: str
    price: Fraction
    supporters: int
    paid_in_full: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won and how it came about.

    `winners` are project ids in order of choice; `completed` those of them that the utilitarian
    completion added without payments; `endowment` what each voter had to spend (None for greedy).
    `preferring` is set after a comparison: voters for (equal shares, greedy).
    """

    winners: tuple[str, ...]
    cost: int
    parameters: Parameters
    digest: str
    rounds: tuple[Round, ...] = ()
    completed: tuple[str, ...] = ()
    endowment: Fraction | None = None
    leftover: int = 0
    preferring: tuple[int, int] | None = None
    kept: Rule | None = None
    engine_version: str = ENGINE_VERSION
