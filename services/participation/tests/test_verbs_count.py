"""`ortaq count` as an operator or auditor meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from participation.verbs import count

FILE = """META
key;value
budget;120
vote_type;approval
rule;equalshares
PROJECTS
project_id;cost;name
well;40;Құдық
road;50;Road
school;30;School
lamps;20;Lamps
park;60;Park
VOTES
voter_id;vote
1;well,road
2;well,road
3;well,road
4;well,road
5;school,lamps
6;school,lamps
7;school,lamps
8;park
9;park
10;well,lamps
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "village.pb"
    path.write_text(FILE, "utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(count, [str(argument) for argument in arguments])


def test_the_rule_comes_from_meta_unless_given(file: Path) -> None:
    by_meta = json.loads(run(file, "--json").stdout)
    by_option = json.loads(run(file, "--json", "--rule", "greedy").stdout)

    assert (by_meta["rule"], by_meta["winners"]) == ("equalshares", ["well", "lamps"])
    assert (by_option["rule"], by_option["winners"]) == ("greedy", ["well", "lamps", "road"])


def test_json_states_parameters_cost_digest_and_seconds(file: Path) -> None:
    options = ["--completion", "add1", "--stop", "exhaustive", "--endowment", "exact"]
    options += ["--utility", "cardinality", "--ties", "min-cost, max-votes", "--seed", "s"]

    told = json.loads(run(file, "--json", *options, "--step", 2).stdout)

    assert told["parameters"] == {
        "utility": "cardinality",
        "completion": "add1",
        "stop": "exhaustive",
        "endowment": "exact",
        "step": 2,
        "threshold": "0",
        "comparison": False,
        "ties": ["min-cost", "max-votes", "lot"],
        "seed": "s",
    }
    assert (told["cost"], told["leftover"]) == (90, 30)
    assert len(told["digest"]) == 64
    assert told["seconds"] >= 0


def test_people_read_names_votes_and_who_is_left_with_nothing(file: Path) -> None:
    text = run(file).stdout

    assert "2 of 5 projects win, 60 of 120 spent, 10 ballots" in text
    assert "Құдық" in text
    assert "Left with nothing: 20.0% of the voters" in text


def test_compare_shows_all_rules_with_those_left_with_nothing(file: Path) -> None:
    rows = json.loads(run(file, "--compare", "--json").stdout)["rules"]
    lines = run(file, "--compare").stdout.splitlines()

    assert [row["name"] for row in rows][:3] == ["greedy", "greedy-no-skip", "equal shares"]
    assert len(lines) == len(rows) + 1
    assert rows[2]["voters_left_with_nothing"] == 0.2


def test_amounts_with_decimals_are_printed_exactly(file: Path) -> None:
    file.write_text(FILE.replace("budget;120", "budget;120,5"), "utf-8")

    told = json.loads(run(file, "--json").stdout)

    assert (told["budget"], told["cost"], told["leftover"]) == ("120.5", 60, "60.5")


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        (FILE.replace("10;well,lamps", "10;well,pump"), [], "line 24: the vote names unknown"),
        (FILE.replace("equalshares", "greedy-custom"), [], "cannot be recomputed"),
        (FILE, ["--rule", "dice"], "cannot be recomputed"),
        (FILE, ["--ties", "beauty"], "the keys are max-votes"),
        (FILE, ["--utility", "joy"], "joy"),
        (FILE, ["--step", "0"], "0"),
    ],
)
def test_a_failure_is_one_clear_line_and_a_non_zero_exit(
    file: Path, text: str, options: list[str], reason: str
) -> None:
    file.write_text(text, "utf-8")

    result = run(file, *options)

    assert result.exit_code != 0
    assert result.stdout == ""
    assert reason in result.stderr.strip().splitlines()[-1]


def test_a_missing_file_or_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    missing, folder = run(tmp_path / "none.pb"), run(tmp_path)

    assert missing.exit_code == folder.exit_code == 1
    assert missing.stderr.strip().endswith("No such file or directory")
    assert folder.stderr.strip().endswith("Is a directory")


def test_a_rule_that_cannot_be_finished_does_not_spoil_the_comparison(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("participation.domain.counting.ladder.MOST_RUNGS", 1)

    result = run(file, "--compare")

    assert result.exit_code == 0
    assert "choose a larger step" in result.stdout
