"""Real elections: every vote recounted, every published outcome that its rule explains."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from participation.domain.counting import Completion, Endowment, Parameters, Stop, Tie, count
from participation.domain.counting.certificates import certificate
from participation.domain.counting.checker import faults
from participation.domain.pabulib import (
    PabulibElection,
    RuleNotComputable,
    pabulib_rule,
    parameters_of,
    read_pabulib,
)

DATA = Path(os.environ.get("ORTAQ_DATA") or Path(__file__).parents[4] / "shared" / "data")
pytestmark = pytest.mark.skipif(
    not (DATA / "pabulib").is_dir(), reason=f"the real elections are not at {DATA}"
)
FILES = sorted((DATA / "pabulib" / "pb").glob("*.pb"))
REFERENCE = DATA / "equalshares" / "pb_reference.json"

# Published winners that the rule in META does not give: (only published, only by the rule).
EXCEPTIONS = {
    "Poland_Gdynia_2020_Babie_Doly__small": (
        "1 and 5 tie at 101 votes and only one fits; the city took the dearer one",
        {"1"},
        {"5"},
    ),
    "Poland_Krakow_2022_Czyzyny": (
        "26 and 24 tie at 40 points and only one fits; the city took the one with fewer voters",
        {"26"},
        {"24"},
    ),
    "Poland_Lodz_2024_Katedralna": (
        "S004KA and S039KA tie at 206 votes and only one fits; the city took the dearer one",
        {"S004KA"},
        {"S039KA"},
    ),
    "Poland_Warszawa_2018_Las": (
        "1649 is above the threshold and fits, but was passed over",
        set(),
        {"1649"},
    ),
    "Poland_Warszawa_2018_Ursynow_Wysoki_Poludniowy": (
        "1137 was passed over (a rival for the same place won); its money went further down",
        {"787", "2737"},
        {"1137"},
    ),
}


def read(name: str) -> PabulibElection:
    return read_pabulib((DATA / "pabulib" / "pb" / f"{name}.pb").read_bytes())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_published_vote_and_score_recounts_exactly(path: Path) -> None:
    assert read(path.stem).recount_differences() == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_published_winners_follow_from_the_ballots(path: Path) -> None:
    file = read(path.stem)
    published = file.published_winners()
    if published is None:
        pytest.skip("the file publishes no winners")
    try:
        parameters = parameters_of(file.meta, file.ballot_type)
    except RuleNotComputable:
        pytest.skip(f"rule {file.meta['rule']} is not in the ballots")

    winners = set(count(file.election, parameters).winners)

    _, only_published, only_ours = EXCEPTIONS.get(path.stem, ("", set(), set()))
    assert set(published) - winners == only_published
    assert winners - set(published) == only_ours


def test_wieliczka_2023_has_its_thirty_winners() -> None:
    file = read("Poland_Wieliczka_2023_Green_Budget")
    parameters = parameters_of(file.meta, file.ballot_type)

    outcome = count(file.election, parameters)

    assert (len(outcome.winners), outcome.cost) == (30, 995_079)
    assert outcome.preferring == (1615, 873)
    assert "16" not in outcome.winners
    assert pabulib_rule(parameters) == file.meta["rule"]
    assert faults(json.loads(json.dumps(certificate(file.election, outcome)))) == []


@pytest.mark.parametrize("endowment", range(310, 316))
def test_wieliczka_gives_the_same_winners_at_every_endowment_it_is_known_for(
    endowment: int,
) -> None:
    file = read("Poland_Wieliczka_2023_Green_Budget")
    election = replace(file.election, budget=endowment * file.election.voters)

    outcome = count(election, Parameters())

    assert set(outcome.winners) == set(file.published_winners() or ())


def test_wieliczka_has_31_winners_under_another_stop_rule_and_rounding() -> None:
    file = read("Poland_Wieliczka_2023_Green_Budget")
    parameters = replace(
        parameters_of(file.meta, file.ballot_type),
        stop=Stop.EXHAUSTIVE,
        endowment=Endowment.EXACT,
    )

    outcome = count(file.election, parameters)

    assert (len(outcome.winners), outcome.cost) == (31, 984_579)


def test_assen_2024_has_its_nine_winners() -> None:
    file = read("Netherlands_Assen_2024")

    outcome = count(file.election, parameters_of(file.meta, file.ballot_type))

    assert (len(outcome.winners), outcome.cost) == (9, 76_700)
    assert set(outcome.winners) == set(file.published_winners() or ())


def cases() -> list[tuple[str, dict[str, Any]]]:
    return list(json.loads(REFERENCE.read_text()).items()) if REFERENCE.exists() else []


@pytest.mark.parametrize(("name", "case"), cases(), ids=lambda value: str(value)[:60])
def test_a_foreign_implementation_gives_the_same_winners_in_the_same_order(
    name: str, case: dict[str, Any]
) -> None:
    if "error" in case:
        pytest.skip("the foreign tool gives up at a tie that we settle")
    told = case["params"]
    file = read_pabulib((DATA / "equalshares" / "pb" / case["fixture"]).read_bytes())
    keys = {"maxVotes": Tie.MAX_VOTES, "minCost": Tie.MIN_COST, "maxCost": Tie.MAX_COST}
    parameters = replace(
        parameters_of(file.meta, file.ballot_type, rule="equalshares"),
        completion=Completion(told["completion"]),
        stop=Stop.EXHAUSTIVE,
        endowment=Endowment.INTEGRAL,
        step=told["increment"],
        ties=tuple(keys[key] for key in told["tieBreaking"]),
    )

    outcome = count(file.election, parameters)

    assert list(outcome.winners) == case["result"]["winners"], name
    assert outcome.cost == case["result"]["totalCost"]
    assert float(outcome.endowment or 0) == case["result"]["endowment"]
