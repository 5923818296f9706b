"""Completion by a raised endowment: count again with more play money until the stop rule."""

from __future__ import annotations

from fractions import Fraction

from participation.domain.counting.elections import UncountableElection
from participation.domain.counting.parameters import Endowment, Parameters, Stop
from participation.domain.counting.shares import Market, Run, buy_all

# A raise costs one count. More rungs than this mean that the step does not fit the currency.
MOST_RUNGS = 200_000


def share(market: Market) -> Fraction:
    """Each voter's exact share of the budget, in smallest currency units."""
    return Fraction(market.election.budget, market.election.voters)


def first_rung(market: Market, parameters: Parameters) -> Fraction:
    """Where the raising starts: the exact share, or its whole currency units."""
    exact, unit = share(market), market.election.unit
    if parameters.endowment is Endowment.EXACT:
        return exact
    return Fraction(exact // unit * unit)


def raise_endowment(market: Market, parameters: Parameters) -> tuple[Run, Fraction]:
    """The last outcome within the budget before raising ends, and its endowment.

    `overspend` ends it at the first outcome that costs more than the budget; `exhaustive` also at
    the first that leaves no unfunded project affordable from the rest of the budget. Not monotone:
    more money can drop a project, so rungs cannot be skipped.

    Raises:
        UncountableElection: the step is so small that the ladder would not end.
    """
    budget, step = market.election.budget, parameters.step * market.election.unit
    endowment = first_rung(market, parameters)
    run = buy_all(market, endowment)
    for _ in range(MOST_RUNGS):
        if _ended(run, parameters):
            return run, endowment
        raised = buy_all(market, endowment + step, limit=budget)
        if spent(raised) > budget:
            return run, endowment
        run, endowment = raised, endowment + step
    raise UncountableElection(
        f"Raising the endowment by {parameters.step} takes more than {MOST_RUNGS} counts;"
        " choose a larger step."
    )


def spent(run: Run) -> int:
    """What the winners of a run cost."""
    return sum(run.market.election.projects[place].cost for place in run.places)


def _ended(run: Run, parameters: Parameters) -> bool:
    market = run.market
    winners = set(run.places)
    if winners.issuperset(market.candidates):
        return True
    if parameters.stop is not Stop.EXHAUSTIVE:
        return False
    left = market.election.budget - spent(run)
    return all(
        project.cost > left
        for place, project in enumerate(market.election.projects)
        if place not in winners
    )
