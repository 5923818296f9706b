"""The engine against a slow count in plain fractions, on elections built to tie."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.domain.counting import (
    Completion,
    Election,
    Endowment,
    Parameters,
    Project,
    Rule,
    Stop,
    Tie,
    Utility,
    approvals,
    count,
    points,
    rankings,
)
from participation.domain.counting.ties import completion_ranks, tie_ranks


@dataclass(frozen=True)
class Slow:
    """An election as dictionaries: for each project its supporters and their weights."""

    election: Election
    parameters: Parameters

    def supporters(self) -> list[dict[int, int]]:
        election = self.election
        weights = election.scores if election.utilities is None else election.utilities
        found: list[dict[int, int]] = [{} for _ in election.projects]
        for voter in range(election.voters):
            for entry in range(election.starts[voter], election.starts[voter + 1]):
                weight = 1 if weights is None else int(weights[entry])
                if weight > 0:
                    found[election.listed[entry]][voter] = weight
        return found

    def price(self, cost: int, backers: dict[int, int], purse: list[Fraction]) -> Fraction | None:
        if sum(purse[v] for v in backers) < cost:
            return None
        paid, weight = Fraction(0), sum(backers.values())
        for voter in sorted(backers, key=lambda v: purse[v] / backers[v]):
            price = (cost - paid) / Fraction(weight)
            if price * backers[voter] <= purse[voter]:
                return price
            paid += purse[voter]
            weight -= backers[voter]
        raise AssertionError("unreachable: the money was enough")

    def run(self, endowment: Fraction) -> list[tuple[int, Fraction]]:
        projects, backers = self.election.projects, self.supporters()
        ranks = tie_ranks(self.election, self.parameters)
        purse = [endowment] * self.election.voters
        open_ = {place for place in range(len(projects)) if backers[place]}
        bought: list[tuple[int, Fraction]] = []
        while True:
            offers = []
            for place in open_:
                cost = projects[place].cost
                price = self.price(cost, backers[place], purse)
                if price is None:
                    continue
                worth = cost if self.parameters.utility is Utility.COST else 1
                key = price / worth if cost else Fraction(-1)
                offers.append((key, ranks[place], place, price))
            if not offers:
                return bought
            _, _, place, price = min(offers)
            bought.append((place, price))
            open_.discard(place)
            for voter, weight in backers[place].items():
                purse[voter] -= min(purse[voter], price * weight)

    def cost(self, bought: list[tuple[int, Fraction]]) -> int:
        return sum(self.election.projects[place].cost for place, _ in bought)

    def raised(self) -> tuple[list[tuple[int, Fraction]], Fraction]:
        budget, voters = self.election.budget, self.election.voters
        endowment = Fraction(budget, voters)
        if self.parameters.endowment is Endowment.INTEGRAL:
            endowment = Fraction(budget // voters)
        bought = self.run(endowment)
        backed = sum(1 for backers in self.supporters() if backers)
        while len(bought) < backed and not self.ended(bought):
            more = self.run(endowment + self.parameters.step)
            if self.cost(more) > budget:
                break
            bought, endowment = more, endowment + self.parameters.step
        return bought, endowment

    def ended(self, bought: list[tuple[int, Fraction]]) -> bool:
        left = self.election.budget - self.cost(bought)
        won = {place for place, _ in bought}
        rest = [p.cost for place, p in enumerate(self.election.projects) if place not in won]
        return self.parameters.stop is Stop.EXHAUSTIVE and all(cost > left for cost in rest)

    def winners(self) -> list[str]:
        parameters, election = self.parameters, self.election
        if parameters.completion in (Completion.ADD1, Completion.ADD1U):
            bought, _ = self.raised()
        else:
            bought = self.run(Fraction(election.budget, election.voters))
        places = [place for place, _ in bought]
        if parameters.completion in (Completion.UTILITARIAN, Completion.ADD1U):
            ranks = completion_ranks(election, parameters, tie_ranks(election, parameters))
            totals = election.totals()
            for place in sorted(range(len(totals)), key=lambda p: (-totals[p], ranks[p])):
                spent = sum(election.projects[p].cost for p in places)
                if place not in places and spent + election.projects[place].cost <= election.budget:
                    places.append(place)
        return [election.projects[place].id for place in places]


@st.composite
def elections(draw: st.DrawFn) -> Election:
    tied = draw(st.booleans())
    costs = st.sampled_from([0, 2, 3, 6, 12]) if tied else st.integers(0, 40)
    projects = [
        Project(str(place), cost)
        for place, cost in enumerate(draw(st.lists(costs, min_size=1, max_size=6)))
    ]
    ids = [project.id for project in projects]
    lists = draw(st.lists(st.lists(st.sampled_from(ids), unique=True), min_size=1, max_size=8))
    budget = draw(st.integers(0, 45))
    kind = draw(st.sampled_from(["approval", "points", "ranking"]))
    if kind == "approval":
        return approvals(projects, budget=budget, ballots=lists)
    if kind == "ranking":
        return rankings(projects, budget=budget, ballots=lists)
    scores = st.integers(-1, 3)
    return points(projects, budget=budget, ballots=[{p: draw(scores) for p in b} for b in lists])


rule_texts = st.builds(
    Parameters,
    utility=st.sampled_from(Utility),
    completion=st.sampled_from(Completion),
    stop=st.sampled_from(Stop),
    endowment=st.sampled_from(Endowment),
    step=st.integers(1, 3),
    ties=st.lists(st.sampled_from(Tie), max_size=3).map(tuple),
    seed=st.sampled_from(["", "drawn in public"]),
)


@settings(max_examples=600, deadline=None)
@given(elections(), rule_texts)
def test_equal_shares_agrees_with_a_count_in_plain_fractions(
    election: Election, parameters: Parameters
) -> None:
    outcome = count(election, parameters)

    slow = Slow(election, parameters)
    assert list(outcome.winners) == slow.winners()
    assert outcome.endowment is not None
    bought = slow.run(outcome.endowment)
    assert [step.price for step in outcome.rounds] == [price for _, price in bought]


@settings(max_examples=200, deadline=None)
@given(elections(), st.sampled_from(Rule), rule_texts)
def test_no_rule_spends_more_than_the_budget(
    election: Election, rule: Rule, parameters: Parameters
) -> None:
    outcome = count(election, Parameters(rule=rule, seed=parameters.seed, ties=parameters.ties))

    assert outcome.cost <= election.budget
    assert outcome.leftover == election.budget - outcome.cost
    assert len(set(outcome.winners)) == len(outcome.winners)


@settings(max_examples=100, deadline=None)
@given(elections(), rule_texts, st.integers(1, 10**30))
def test_the_currency_does_not_matter(
    election: Election, parameters: Parameters, factor: int
) -> None:
    finer = Election(
        tuple(Project(p.id, p.cost * factor) for p in election.projects),
        election.budget * factor,
        election.starts,
        election.listed,
        election.scores,
        election.utilities,
        unit=factor,
    )

    assert count(finer, parameters).winners == count(election, parameters).winners


def test_a_difference_that_floats_cannot_see_decides() -> None:
    # Both shares are equal in float64; the first project is cheaper per supporter by 1 in 10^30.
    projects = [Project("dear", 10**30 + 1), Project("cheap", 10**30)]
    ballots = [["dear", "cheap"]] * 3
    election = approvals(projects, budget=10**30 + 1, ballots=ballots)

    by_price = Parameters(utility=Utility.CARDINALITY, ties=(Tie.MAX_COST,))

    assert count(election, by_price).winners == ("cheap",)


def test_a_voter_who_has_exactly_the_price_pays_in_full() -> None:
    election = approvals([Project("lamp", 30)], budget=30, ballots=[["lamp"], ["lamp"], ["lamp"]])

    (step,) = count(election, Parameters()).rounds

    assert (step.price, step.paid_in_full) == (Fraction(10), 3)


@pytest.mark.parametrize("rule", list(Rule))
def test_an_election_without_ballots_or_projects_has_a_result(rule: Rule) -> None:
    nobody = approvals([Project("lamp", 30)], budget=20, ballots=[])
    nothing = approvals([], budget=20, ballots=[[], []])

    assert count(nobody, Parameters(rule=rule)).winners == ()
    assert count(nothing, Parameters(rule=rule)).winners == ()
