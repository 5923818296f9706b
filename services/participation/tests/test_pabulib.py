"""Reading and writing Pabulib files: exact amounts, and refusals that name their line."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.domain.counting import (
    Completion,
    Election,
    Parameters,
    Project,
    Rule,
    Utility,
    approvals,
    count,
    points,
    rankings,
)
from participation.domain.pabulib import (
    RuleNotComputable,
    UnreadableFile,
    pabulib_rule,
    parameters_of,
    read_pabulib,
    write_pabulib,
)
from participation.domain.pabulib.ballots import BallotType
from participation.domain.pabulib.writing import IncompleteExport, Sheet


def a_file(
    *,
    meta: str = "budget;100\nvote_type;approval\nrule;greedy",
    projects: str = "project_id;cost;name\n1;60;Well\n2;50;Road",
    votes: str = "voter_id;vote\na;1,2\nb;2\nc;",
) -> bytes:
    return f"META\nkey;value\n{meta}\nPROJECTS\n{projects}\nVOTES\n{votes}\n".encode()


def test_a_plain_file_becomes_an_election() -> None:
    file = read_pabulib(a_file())

    assert file.election.projects == (Project("1", 60), Project("2", 50))
    assert (file.election.budget, file.election.voters) == (100, 3)
    assert file.election.votes() == [1, 2]
    assert file.published_winners() is None


def test_byte_order_mark_windows_lines_empty_lines_and_spaces_are_read() -> None:
    content = a_file(votes="voter_id;vote\na; 1 , 2 \n\nb;2\nc;").replace(b"\n", b"\r\n")

    file = read_pabulib(b"\xef\xbb\xbf" + content)

    assert file.election.votes() == [1, 2]


def test_quoted_names_keep_their_semicolons_and_quotation_marks() -> None:
    projects = 'project_id;cost;name\n1;60;"Well; ""deep"" one"\n2;50;Road "north"'

    file = read_pabulib(a_file(projects=projects))

    assert file.project_columns["1"]["name"] == 'Well; "deep" one'
    assert file.project_columns["2"]["name"] == 'Road "north"'


def test_decimal_commas_and_points_are_exact() -> None:
    meta = "budget;100,5\nvote_type;approval"

    file = read_pabulib(a_file(meta=meta, projects="project_id;cost\n1;33.33\n2;50,500"))

    assert (file.election.unit, file.election.budget) == (100, 10050)
    assert [project.cost for project in file.election.projects] == [3333, 5050]


def test_a_cost_of_ten_to_the_thirty_stays_exact() -> None:
    meta = f"budget;{10**30 + 1}\nvote_type;approval"

    file = read_pabulib(a_file(meta=meta, projects=f"project_id;cost\n1;1e30\n2;{10**30 + 1}"))

    assert [project.cost for project in file.election.projects] == [10**30, 10**30 + 1]
    assert count(file.election, Parameters(rule=Rule.GREEDY)).winners == ("2",)


def test_ids_need_not_be_numbers() -> None:
    projects = "project_id;cost\nS004KA;60\nM/66/VII;50"

    file = read_pabulib(a_file(projects=projects, votes="voter_id;vote\na;M/66/VII,S004KA"))

    assert file.election.ballot(0) == ["S004KA", "M/66/VII"]


def test_points_follow_the_order_of_the_vote() -> None:
    content = a_file(
        meta="budget;100\nvote_type;cumulative", votes="voter_id;vote;points\na;2,1;3,1.5"
    )

    election = read_pabulib(content).election

    assert (election.totals(), election.score_scale) == ([15, 30], 10)


def test_a_ranking_scores_the_places_from_its_end() -> None:
    content = a_file(meta="budget;100\nvote_type;ordinal", votes="voter_id;vote\na;2,1\nb;2")

    election = read_pabulib(content).election

    assert election.totals() == [1, 3]
    assert election.utilities is not None
    assert election.utilities.tolist() == [0, 1, 0]


def test_a_project_marked_as_withdrawn_cannot_win() -> None:
    content = a_file(
        meta="budget;100\nvote_type;choose-1\nrule;greedy-no-skip",
        projects="project_id;cost\n1;999999999\n2;50",
        votes="voter_id;vote\na;1\nb;1\nc;2",
    )

    file = read_pabulib(content)

    parameters = parameters_of(file.meta, file.ballot_type)
    assert count(file.election, parameters).winners == ("2",)


CHANGES: dict[str, tuple[dict[str, str], int, str]] = {
    "no budget": ({"meta": "vote_type;approval"}, 1, "'budget'"),
    "no vote_type": ({"meta": "budget;1"}, 1, "'vote_type'"),
    "unknown vote_type": ({"meta": "budget;1\nvote_type;shouting"}, 4, "none of approval"),
    "budget no number": ({"meta": "budget;much\nvote_type;approval"}, 3, "not a number"),
    "budget negative": ({"meta": "budget;-1\nvote_type;approval"}, 3, "negative"),
    "budget not finite": ({"meta": "budget;NaN\nvote_type;approval"}, 3, "not a number"),
    "budget endless": ({"meta": f"budget;{'9' * 61}\nvote_type;approval"}, 3, "not a number"),
    "budget huge exponent": ({"meta": "budget;1e99\nvote_type;approval"}, 3, "too many digits"),
    "meta twice": ({"meta": "budget;1\nbudget;2\nvote_type;approval"}, 4, "twice"),
    "wrong votes": ({"meta": "budget;1\nvote_type;approval\nnum_votes;9"}, 5, "has 3"),
    "wrong projects": ({"meta": "num_projects;3\nbudget;1\nvote_type;approval"}, 3, "has 2"),
    "count no number": ({"meta": "num_votes;1.5\nbudget;1\nvote_type;approval"}, 3, "whole"),
    "default score": ({"meta": "budget;1\nvote_type;scoring\ndefault_score;1"}, 5, "default_score"),
    "no cost column": ({"projects": "project_id;price\n1;60"}, 7, "'cost'"),
    "column twice": ({"projects": "project_id;cost;name;name\n1;60;a;b"}, 7, "twice"),
    "project twice": ({"projects": "project_id;cost\n1;60\n1;50"}, 9, "given twice"),
    "project empty": ({"projects": "project_id;cost\n;60"}, 8, "empty"),
    "cost negative": ({"projects": "project_id;cost\n1;-60"}, 8, "negative"),
    "cost missing": ({"projects": "project_id;cost\n1"}, 8, "not a number"),
    "many cells": ({"projects": "project_id;cost\n1;60;x"}, 8, "3 cells for 2 columns"),
    "ten thousand columns": ({"projects": "project_id;cost" + ";x" * 10_000}, 7, "columns"),
    "open quotation": ({"projects": 'project_id;cost;name\n1;60;"Well\n2;50;Road'}, 8, "quotation"),
    "unknown project": ({"votes": "voter_id;vote\na;1\nb;7"}, 13, "unknown project '7'"),
    "project twice in a vote": ({"votes": "voter_id;vote\na;1,1"}, 12, "twice"),
    "voter twice": ({"votes": "voter_id;vote\na;1\na;2"}, 13, "given twice"),
    "no vote column": ({"votes": "voter_id;choice\na;1"}, 11, "'vote'"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_broken_file_is_refused_with_its_line(case: str) -> None:
    parts, line, reason = CHANGES[case]

    with pytest.raises(UnreadableFile, match=reason) as refusal:
        read_pabulib(a_file(**parts))

    assert refusal.value.line == line


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, "META is missing"),
        (b"hello\n", 1, "does not begin with META"),
        (b"META\nkey;value\nVOTES\n", 3, "out of place"),
        (b"META\nkey;value\nMETA\n", 3, "out of place"),
        (b"META\nkey;value\nbudget;1\nvote_type;approval\nPROJECTS\nVOTES\n", 5, "no header"),
        (a_file()[:-3] + b"\xff\n", 14, "UTF-8"),
        (a_file()[:-3] + b"\0\n", 14, "NUL"),
        (bytes(64 * 2**20 + 1), 1, "larger than 64 MiB"),
    ],
    ids=["empty", "text", "order", "twice", "no header", "not utf-8", "nul", "large"],
)
def test_what_is_no_pabulib_file_is_refused(content: bytes, line: int, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as refusal:
        read_pabulib(content)

    assert refusal.value.line == line


@pytest.mark.parametrize(
    ("kind", "votes", "reason"),
    [
        ("choose-1", "voter_id;vote\na;1,2", "not 1"),
        ("cumulative", "voter_id;vote\na;1,2", "0 points for 2 projects"),
        ("scoring", "voter_id;vote;points\na;1,2;1", "1 points for 2 projects"),
        ("scoring", "voter_id;vote;points\na;1;many", "not a number"),
        ("scoring", "voter_id;vote;points\na;1;1e20", "too large"),
    ],
)
def test_votes_that_do_not_fit_their_type_are_refused(kind: str, votes: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as refusal:
        read_pabulib(a_file(meta=f"budget;1\nvote_type;{kind}", votes=votes))

    assert refusal.value.line == 11


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 150), st.integers(0, 20))
def test_a_damaged_file_is_read_or_refused_but_nothing_else(
    junk: bytes, at: int, length: int
) -> None:
    whole = a_file()

    with suppress(UnreadableFile):
        read_pabulib(whole[:at] + junk + whole[at + length :])


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        ("greedy", Parameters(rule=Rule.GREEDY)),
        ("greedy-threshold", Parameters(rule=Rule.GREEDY_THRESHOLD, threshold=Fraction(3))),
        ("greedy-no-skip", Parameters(rule=Rule.GREEDY_NO_SKIP, threshold=Fraction(3))),
        ("equalshares", Parameters()),
        ("equalshares-comparison", Parameters(comparison=True)),
        ("equalshares/add1", Parameters(completion=Completion.ADD1)),
        ("equalshares/add1-comparison", Parameters(completion=Completion.ADD1, comparison=True)),
    ],
)
def test_the_rule_in_meta_becomes_parameters_and_back(rule: str, parameters: Parameters) -> None:
    meta = {"rule": rule, "min_project_score_threshold": "3"}

    assert parameters_of(meta, BallotType.APPROVAL) == parameters
    assert pabulib_rule(parameters) == rule


def test_ballots_with_points_take_them_as_utility() -> None:
    parameters = parameters_of({}, BallotType.SCORING, rule="equalshares")

    assert parameters.utility is Utility.CARDINALITY


@pytest.mark.parametrize("rule", ["greedy-custom", "unknown", "greedy/add1", ""])
def test_a_rule_that_ballots_do_not_settle_is_refused(rule: str) -> None:
    with pytest.raises(RuleNotComputable, match="cannot be recomputed"):
        parameters_of({"rule": rule}, BallotType.APPROVAL)


def test_a_threshold_that_is_no_number_is_refused() -> None:
    meta = {"rule": "greedy-threshold", "min_project_score_threshold": "some"}

    with pytest.raises(RuleNotComputable, match="not a number"):
        parameters_of(meta, BallotType.APPROVAL)


META = {
    "description": "Rural round",
    "country": "Kazakhstan",
    "unit": "Beyneu",
    "instance": "2026",
    "rule": "greedy",
    "date_begin": "01.03.2026",
    "date_end": "31.03.2026",
}
PROJECTS = [Project("1", 12050), Project("b", 9000), Project("3", 10**32)]


def elections() -> list[tuple[BallotType, Election]]:
    money = {"budget": 20000, "unit": 100}
    return [
        (BallotType.APPROVAL, approvals(PROJECTS, ballots=[["1", "b"], [], ["3"]], **money)),
        (BallotType.SCORING, points(PROJECTS, ballots=[{"1": 1, "b": 5}, {"3": 2}], **money)),
        (BallotType.ORDINAL, rankings(PROJECTS, ballots=[["b", "1"], ["3"]], **money)),
    ]


@pytest.mark.parametrize(("kind", "election"), elections(), ids=lambda value: str(value)[:8])
def test_what_was_written_reads_back_with_the_same_digest(
    kind: BallotType, election: Election
) -> None:
    parameters = Parameters(seed="public", completion=Completion.UTILITARIAN)
    first = count(election, parameters)

    text = write_pabulib(election, Sheet(kind, META), winners=first.winners)

    file = read_pabulib(text.encode())
    assert count(file.election, parameters).digest == first.digest
    assert set(file.published_winners() or ()) == set(first.winners)
    assert file.recount_differences() == []


def test_texts_are_quoted_and_kept_on_one_line() -> None:
    election = approvals([Project("1", 10)], budget=9, ballots=[["1"]])
    sheet = Sheet(
        BallotType.APPROVAL,
        META,
        projects={"1": {"name": 'Құдық; "терең"\nжаңа '}},
        voters=[{"age": "30-39", "sex": "F"}],
    )

    text = write_pabulib(election, sheet, winners=[])

    assert '1;10;1;"Құдық; ""терең"" жаңа";0\n' in text
    assert "voter_id;vote;age;sex\n1;1;30-39;F\n" in text
    assert "fully_funded" not in text


def test_an_export_without_a_required_field_or_with_an_unknown_one_is_refused() -> None:
    election = approvals([Project("1", 10)], budget=9, ballots=[["1"]])
    unknown = {"1": {"iin": "000000000000"}}

    with pytest.raises(IncompleteExport, match="'country'"):
        write_pabulib(election, Sheet(BallotType.APPROVAL, META | {"country": ""}), winners=[])
    with pytest.raises(IncompleteExport, match="'max_sum_points'"):
        write_pabulib(election, Sheet(BallotType.CUMULATIVE, META), winners=[])
    with pytest.raises(IncompleteExport, match="'iin'"):
        write_pabulib(election, Sheet(BallotType.APPROVAL, META, projects=unknown), winners=[])
