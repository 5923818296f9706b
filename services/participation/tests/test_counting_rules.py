"""The rules on elections small enough to count by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
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
    UncountableElection,
    Utility,
    approvals,
    count,
    left_with_nothing,
    points,
    rankings,
)
from participation.domain.counting.certificates import certificate, payments
from participation.domain.counting.checker import faults
from participation.domain.counting.explanation_texts import LANGUAGES, explanation_texts
from participation.domain.counting.explanations import (
    explain,
    further_supporters,
    with_cost,
    with_support,
)
from participation.domain.counting.ladder import MOST_RUNGS
from participation.domain.counting.rules import choose
from participation.domain.counting.ties import lot


def a_village(*, budget: int = 120) -> Election:
    """Four want well and road, three school and lamps, two the park, one well and lamps."""
    projects = [
        Project("well", 40),
        Project("road", 50),
        Project("school", 30),
        Project("lamps", 20),
        Project("park", 60),
    ]
    ballots = [["well", "road"]] * 4 + [["school", "lamps"]] * 3
    ballots += [["park"], ["park"], ["well", "lamps"]]
    return approvals(projects, budget=budget, ballots=ballots)


GREEDY = Parameters(rule=Rule.GREEDY)


def test_greedy_takes_the_most_supported_and_skips_what_does_not_fit() -> None:
    outcome = count(a_village(budget=80), GREEDY)

    assert outcome.winners == ("well", "lamps")
    assert (outcome.cost, outcome.leftover) == (60, 20)


def test_greedy_without_skipping_stops_at_the_first_that_does_not_fit() -> None:
    tight = a_village(budget=70)

    skipping = count(tight, GREEDY)
    stopping = count(tight, Parameters(rule=Rule.GREEDY_NO_SKIP, ties=(Tie.MAX_COST,)))

    assert skipping.winners == ("well", "lamps")
    assert stopping.winners == ("well",)


def test_a_threshold_keeps_projects_with_fewer_votes_out() -> None:
    outcome = count(a_village(), Parameters(rule=Rule.GREEDY_THRESHOLD, threshold=Fraction(4)))

    assert outcome.winners == ("well", "lamps", "road")


def test_a_withdrawn_project_cannot_win_under_any_rule() -> None:
    election = replace(a_village(), withdrawn=frozenset({"well"}))

    for rule in Rule:
        assert "well" not in count(election, Parameters(rule=rule)).winners


def test_equal_shares_gives_every_group_its_part() -> None:
    outcome = count(a_village(), Parameters())

    assert outcome.winners == ("well", "lamps")
    assert [step.price for step in outcome.rounds] == [Fraction(8), Fraction(16, 3)]
    assert outcome.endowment == 12


@pytest.mark.parametrize(
    ("completion", "stop", "winners", "endowment"),
    [
        (Completion.UTILITARIAN, Stop.OVERSPEND, ("well", "lamps", "road"), 12),
        (Completion.ADD1, Stop.OVERSPEND, ("well", "lamps", "school"), 20),
        (Completion.ADD1, Stop.EXHAUSTIVE, ("well", "lamps", "school"), 15),
        (Completion.ADD1U, Stop.OVERSPEND, ("well", "lamps", "school"), 20),
    ],
)
def test_the_completion_and_its_stop_rule_are_parameters(
    completion: Completion, stop: Stop, winners: tuple[str, ...], endowment: int
) -> None:
    outcome = count(a_village(), Parameters(completion=completion, stop=stop))

    assert (outcome.winners, outcome.endowment) == (winners, endowment)


def test_the_raised_endowment_starts_from_whole_units_or_the_exact_share() -> None:
    election = approvals([Project("well", 7)], budget=10, ballots=[["well"], [], []])

    whole = count(election, Parameters(completion=Completion.ADD1))
    exact = count(election, Parameters(completion=Completion.ADD1, endowment=Endowment.EXACT))

    assert whole.endowment == 7
    assert exact.endowment == Fraction(10, 3) + 4


def test_cost_utility_favours_the_dear_and_cardinality_the_cheap() -> None:
    projects = [Project("hall", 60), Project("bench", 10)]
    ballots = [["hall", "bench"]] * 2 + [["hall"]] + [["bench"]] * 0
    election = approvals(projects, budget=60, ballots=ballots)

    by_cost = count(election, Parameters(utility=Utility.COST))
    by_number = count(election, Parameters(utility=Utility.CARDINALITY))

    assert by_cost.winners == ("hall",)
    assert by_number.winners == ("bench",)


def test_points_are_utilities_and_payments_follow_them() -> None:
    ballots = [{"well": 3}, {"well": 1, "road": 2}]
    election = points([Project("well", 40), Project("road", 40)], budget=80, ballots=ballots)

    outcome = count(election, Parameters(utility=Utility.CARDINALITY))

    (step,) = outcome.rounds
    assert outcome.winners == ("well",)
    assert [bill.amount for bill in payments(election, outcome)["well"]] == [30, 10]
    assert step.price == 10


def test_the_last_place_of_a_ranking_pays_nothing_but_counts_for_greedy() -> None:
    election = rankings(
        [Project("well", 10), Project("road", 10)], budget=10, ballots=[["well", "road"], ["road"]]
    )

    assert count(election, Parameters()).winners == ()
    assert count(election, GREEDY).winners in (("road",), ("well",))
    assert election.totals() == [2, 2]


def test_the_comparison_keeps_what_more_voters_prefer() -> None:
    projects = [Project("big", 100), Project("small", 30)]
    ballots = [["big"]] * 6 + [["small"]] * 4
    election = approvals(projects, budget=100, ballots=ballots)

    outcome = count(election, Parameters(comparison=True))

    assert outcome.winners == ("big",)
    assert outcome.preferring == (4, 6)
    assert outcome.kept is Rule.GREEDY


def test_phragmen_buys_when_the_supporters_have_earned_the_cost() -> None:
    outcome = count(a_village(), Parameters(rule=Rule.PHRAGMEN))

    assert outcome.winners == ("lamps", "well", "school")


def test_a_tie_falls_to_the_lot_that_anyone_can_draw_again() -> None:
    projects = [Project("a", 10), Project("b", 10)]
    election = approvals(projects, budget=10, ballots=[["a"], ["b"]])

    for seed in ("block 1", "block 2", "block 3", "block 4"):
        drawn = min("ab", key=lambda project_id: lot(seed, project_id))
        assert count(election, replace(GREEDY, seed=seed)).winners == (drawn,)


def test_stated_keys_decide_before_the_lot() -> None:
    projects = [Project("dear", 12), Project("cheap", 10)]
    election = approvals(projects, budget=12, ballots=[["dear"], ["cheap"]])

    assert count(election, replace(GREEDY, ties=(Tie.MIN_COST,))).winners == ("cheap",)
    assert count(election, replace(GREEDY, ties=(Tie.MAX_COST,))).winners == ("dear",)


def test_without_a_seed_ids_decide_last_and_numbers_go_by_value() -> None:
    projects = [Project("10", 5), Project("9", 5)]
    election = approvals(projects, budget=5, ballots=[["9"], ["10"]])

    assert count(election, GREEDY).winners == ("9",)


def test_the_share_of_voters_left_with_nothing() -> None:
    election = a_village()

    assert left_with_nothing(election, count(election, Parameters())) == Fraction(2, 10)


def test_the_digest_does_not_know_the_order_of_ballots_or_projects() -> None:
    projects = [Project("b", 40), Project("a", 30)]
    ballots = [["b"], ["a", "b"], ["a"], []]
    first = count(approvals(projects, budget=60, ballots=ballots), Parameters(seed="s"))
    second = count(
        approvals(projects[::-1], budget=60, ballots=[["a"], [], ["b", "a"], ["b"]]),
        Parameters(seed="s"),
    )

    assert first.digest == second.digest


def test_the_digest_changes_with_any_ballot_or_parameter() -> None:
    projects = [Project("a", 30), Project("b", 40)]
    outcomes = [
        count(approvals(projects, budget=60, ballots=[["a"], ["b"]]), Parameters()),
        count(approvals(projects, budget=60, ballots=[["a"], ["a", "b"]]), Parameters()),
        count(approvals(projects, budget=60, ballots=[["a"], ["b"]]), Parameters(step=2)),
        count(approvals(projects, budget=61, ballots=[["a"], ["b"]]), Parameters()),
        count(points(projects, budget=60, ballots=[{"a": 1}, {"b": 1}]), Parameters()),
    ]

    assert len({outcome.digest for outcome in outcomes}) == len(outcomes)


def test_the_digest_is_the_same_on_every_machine() -> None:
    # A changed value here means: raise ENGINE_VERSION, published digests no longer repeat.
    digest = count(a_village(), Parameters(seed="public")).digest

    assert digest == KNOWN_DIGEST


KNOWN_DIGEST = "ff3622781823a19d5930908094b4773a9869d155acb1726f8f20bbad4eb2956b"


def random_village(seed: int) -> Election:
    random = Random(seed)  # noqa: S311  (a fixed election, not a secret)
    projects = [Project(str(i), random.randint(1, 60)) for i in range(8)]
    ids = [project.id for project in projects]
    ballots = [random.sample(ids, random.randint(1, 4)) for _ in range(25)]
    return approvals(projects, budget=120, ballots=ballots)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(Completion), st.sampled_from(Utility))
def test_the_checker_accepts_certificates_and_misses_no_removed_payment(
    seed: int, completion: Completion, utility: Utility
) -> None:
    election = random_village(seed)
    outcome = count(election, Parameters(completion=completion, utility=utility))
    proof = json.loads(json.dumps(certificate(election, outcome)))

    assert faults(proof) == []
    for project_id, bills in proof["payments"].items():
        for voter in list(bills):
            removed = bills.pop(voter)
            assert faults(proof), (project_id, voter)
            bills[voter] = removed


def test_the_checker_refuses_a_winner_less_and_a_stranger_s_payment() -> None:
    election = a_village()
    proof = certificate(election, count(election, Parameters()))

    unpaid = {**proof, "winners": ["well"]}
    stranger = json.loads(json.dumps(proof))
    stranger["payments"]["lamps"]["0"] = "1/1"
    richer = {**proof, "endowment": "64/1"}

    assert faults(unpaid)
    assert faults(stranger)
    assert faults(richer)


def test_an_outcome_of_greedy_has_no_certificate() -> None:
    election = a_village()

    with pytest.raises(UncountableElection, match="equal shares"):
        certificate(election, count(election, GREEDY))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([GREEDY, Parameters(), Parameters(completion=Completion.ADD1, step=3)]),
)
def test_recounting_confirms_every_explanation_on_both_sides(
    seed: int, parameters: Parameters
) -> None:
    election = random_village(seed)
    choice = choose(election, parameters)

    def wins(changed: Election, project_id: str) -> bool:
        return project_id in count(changed, parameters).winners

    for place, project in enumerate(election.projects):
        told = explain(election, parameters, project.id)
        assert told.won == (place in choice.places)
        if told.winning_cost is not None:
            assert wins(with_cost(election, place, told.winning_cost), project.id)
            assert not wins(with_cost(election, place, told.winning_cost + 1), project.id)
        if told.added_support is not None:
            others = further_supporters(election, place, choice.run)
            more, fewer = (np.sort(others[: told.added_support - by]) for by in (0, 1))
            assert wins(with_support(election, place, more), project.id)
            assert not wins(with_support(election, place, fewer), project.id)


def test_a_loser_learns_what_its_supporters_had_left() -> None:
    told = explain(a_village(), Parameters(), "road")

    assert (told.supporters_left, told.short) == (Fraction(16), Fraction(34))


def test_explanations_speak_three_languages() -> None:
    election = a_village()

    for project in election.projects:
        texts = explanation_texts(explain(election, Parameters(), project.id), unit=100)
        assert set(texts) == set(LANGUAGES)
        assert len(set(texts.values())) == 3
        assert "{" not in "".join(texts.values())


def test_a_ballot_for_an_unknown_project_is_refused() -> None:
    with pytest.raises(UncountableElection, match="unknown project 'lamp'"):
        approvals([Project("well", 1)], budget=1, ballots=[["lamp"]])


def test_a_ballot_that_names_a_project_twice_is_refused() -> None:
    with pytest.raises(UncountableElection, match="twice"):
        approvals([Project("well", 1)], budget=1, ballots=[["well", "well"]])
    with pytest.raises(UncountableElection, match="twice"):
        rankings([Project("well", 1)], budget=1, ballots=[["well", "well"]])


def test_two_projects_with_one_id_are_refused() -> None:
    with pytest.raises(UncountableElection, match="same id"):
        approvals([Project("well", 1), Project("well", 2)], budget=1, ballots=[])


def test_a_negative_cost_or_budget_is_refused() -> None:
    with pytest.raises(UncountableElection, match="zero or more"):
        approvals([Project("well", -1)], budget=1, ballots=[])
    with pytest.raises(UncountableElection, match="zero or more"):
        approvals([Project("well", 1)], budget=-1, ballots=[])


def test_points_too_large_to_add_up_exactly_are_refused() -> None:
    with pytest.raises(UncountableElection, match="too large"):
        points([Project("well", 1)], budget=1, ballots=[{"well": 1 << 53}])


def test_an_unknown_project_is_not_explained() -> None:
    with pytest.raises(UncountableElection, match="no project"):
        explain(a_village(), GREEDY, "airport")


def test_a_step_below_one_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="one currency unit"):
        Parameters(step=0)


def test_a_ladder_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("participation.domain.counting.ladder.MOST_RUNGS", 3)
    election = approvals([Project("well", 7)], budget=10, ballots=[["well"], [], []])

    with pytest.raises(UncountableElection, match="larger step"):
        count(election, Parameters(completion=Completion.ADD1))
    assert MOST_RUNGS >= 100_000
