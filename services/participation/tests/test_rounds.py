"""Rounds: two persons, admission, frozen rules, opening."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from participation_builders import People, instant
from sqlalchemy import text

from participation.domain.counting import Completion, Parameters, Rule, Tie, Utility
from participation.domain.projects import (
    ProjectTooCostly,
    ProposalNotCosted,
    ProposalOfAnotherUnit,
    require_admissible,
)
from participation.domain.proposals import ProposalStatus
from participation.domain.rounds import Phase, RoundStatus, VotingInThePast, phase_of, require_ahead
from participation.domain.voting_rules import (
    MOST_RAISES,
    StepTooSmall,
    read_parameters,
    require_countable,
    usual_step,
    write_parameters,
)
from shared.database import Session
from shared.testing import Urls

NOON = datetime(2026, 4, 6, 12, tzinfo=UTC)
SECONDS = st.integers(-10_000, 10_000).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(st.sampled_from(RoundStatus), SECONDS)
def test_voting_ends_at_its_instant_whoever_counts(status: RoundStatus, now: datetime) -> None:
    phase = phase_of(status, NOON, now)

    assert (phase is Phase.VOTING) == (status is RoundStatus.OPEN and now < NOON)
    assert (phase is Phase.CLOSED) == (status is RoundStatus.OPEN and now >= NOON)


@given(SECONDS, SECONDS, SECONDS)
def test_voting_lies_ahead_and_has_a_length(
    opens_at: datetime, closes_at: datetime, now: datetime
) -> None:
    try:
        require_ahead(opens_at, closes_at, now)
    except VotingInThePast:
        assert closes_at <= opens_at or closes_at <= now
    else:
        assert closes_at > opens_at
        assert closes_at > now


@given(st.integers(1, 2**62))
def test_the_usual_step_can_always_be_counted_and_a_smaller_one_is_told_the_least(
    budget_tiyn: int,
) -> None:
    require_countable(budget_tiyn, usual_step(budget_tiyn))

    least = max(1, -(-budget_tiyn // (100 * MOST_RAISES)))
    with pytest.raises(StepTooSmall) as refusal:
        require_countable(budget_tiyn, least - 1)
    assert refusal.value.values == {"least": least}


@given(
    st.builds(
        Parameters,
        rule=st.sampled_from(Rule),
        utility=st.sampled_from(Utility),
        completion=st.sampled_from(Completion),
        step=st.integers(1, 1_000),
        threshold=st.integers(0, 100),
        comparison=st.booleans(),
        ties=st.lists(st.sampled_from(Tie), unique=True).map(tuple),
        seed=st.text(min_size=1),
    )
)
def test_a_stored_rule_is_read_back_the_same(parameters: Parameters) -> None:
    assert read_parameters(write_parameters(parameters)) == parameters


@given(
    st.sampled_from(ProposalStatus),
    st.booleans(),
    st.none() | st.integers(1, 200),
    st.integers(1, 200),
)
def test_only_costed_proposals_of_the_unit_within_the_budget_are_admitted(
    status: ProposalStatus, is_same_unit: bool, cost_tiyn: int | None, budget_tiyn: int
) -> None:
    try:
        admitted = require_admissible(
            status=status,
            is_same_unit=is_same_unit,
            cost_tiyn=cost_tiyn,
            budget_tiyn=budget_tiyn,
        )
    except (ProposalNotCosted, ProposalOfAnotherUnit, ProjectTooCostly):
        refused = not is_same_unit or status != "costed" or cost_tiyn is None
        assert refused or (cost_tiyn or 0) > budget_tiyn
    else:
        assert admitted == cost_tiyn <= budget_tiyn
        assert is_same_unit


async def test_a_round_is_drafted_by_one_and_confirmed_by_another(people: People) -> None:
    round_id = await people.draft_round()
    path = f"/v1/rounds/{round_id}/confirmations"

    own = await people.post(people.village.akim, path)
    other = await people.post(people.village.member, path)
    again = await people.post(people.village.member, path)

    assert (own.status_code, own.json()["type"]) == (403, "/problems/four-eyes")
    assert (other.status_code, other.json()["phase"]) == (201, "admission")
    assert again.json()["type"] == "/problems/round-not-draft"


async def test_residents_and_accountants_make_no_rounds(people: People) -> None:
    village = people.village
    callers = (village.residents[0], village.accountant, village.stranger, None)

    answers = [await people.post(account, "/v1/rounds", people.a_round()) for account in callers]

    assert [answer.status_code for answer in answers] == [403, 403, 404, 401]


@pytest.mark.parametrize(
    ("changes", "status", "problem"),
    [
        ({"opens_at": "2020-01-01T00:00:00Z", "closes_at": "2020-01-02T00:00:00Z"}, 422, None),
        ({"opens_at": "2099-01-02T00:00:00Z", "closes_at": "2099-01-01T00:00:00Z"}, 422, None),
        ({"opens_at": "2099-01-02T00:00:00+05:00"}, 400, None),
        ({"opens_at": "2099-01-02"}, 400, None),
        ({"budget_tiyn": 0}, 400, None),
        ({"most_projects": 0}, 400, None),
        ({"fiscal_year": 1999}, 400, None),
        ({"counting": {"rule": "whoever-pays"}}, 400, None),
        ({"counting": {"step_tenge": 0}}, 400, None),
        ({"counting": {"threshold_votes": 0}}, 400, None),
        ({"counting": {"ties": ["coin"]}}, 400, None),
        (
            {"budget_tiyn": 10**12, "counting": {"step_tenge": 1}},
            422,
            "/problems/step-too-small",
        ),
        ({"fewest_projects": 3, "most_projects": 2}, 400, None),
    ],
)
async def test_rules_that_cannot_be_voted_by_are_refused(
    people: People, changes: dict[str, Any], status: int, problem: str | None
) -> None:
    answer = await people.post(people.village.akim, "/v1/rounds", people.a_round(**changes))

    assert answer.status_code == status, answer.text
    assert problem in {None, answer.json()["type"]}
    assert (await people.get("/v1/rounds")).json()["items"] == []


async def test_a_settlement_has_no_round_of_its_own(people: People) -> None:
    settlement = str(people.village.settlement_id)

    answer = await people.post(
        people.village.akim, "/v1/rounds", people.a_round(unit_id=settlement)
    )

    assert answer.json()["type"] == "/problems/not-a-self-government"


async def test_what_cannot_be_voted_on_is_not_admitted(people: People) -> None:
    round_id = await people.draft_round()
    uncosted, costly = await people.propose(), await people.propose_costed(100_001)
    good = await people.propose_costed(100_000)

    answers = [
        await people.post(
            people.village.akim, f"/v1/rounds/{round_id}/projects", {"proposal_id": proposal}
        )
        for proposal in (uncosted, costly, good, good)
    ]

    assert [answer.status_code for answer in answers] == [409, 422, 201, 409]
    assert answers[0].json()["type"] == "/problems/proposal-not-costed"
    assert answers[1].json()["type"] == "/problems/project-too-costly"
    assert (await people.get(f"/v1/proposals/{good}")).json()["status"] == "admitted"


async def test_what_is_on_the_ballot_keeps_its_cost(people: People) -> None:
    round_id = await people.draft_round()
    await people.admit(round_id, 500)
    proposal_id = (await people.get("/v1/proposals")).json()["items"][0]["id"]

    answer = await people.post(
        people.village.akim,
        f"/v1/proposals/{proposal_id}/costings",
        {"cost_tiyn": 1, "basis": "x"},
    )

    assert answer.json()["type"] == "/problems/proposal-bound"


async def test_the_opening_freezes_and_hashes_the_rules(people: People, session: Session) -> None:
    round_id, projects = await people.open_round()

    shown = (await people.get(f"/v1/rounds/{round_id}")).json()

    assert shown["phase"] == "voting"
    assert shown["electors"] == len(people.village.residents)
    assert hashlib.sha256(shown["rules"].encode()).hexdigest() == shown["rules_digest"]
    rules = json.loads(shown["rules"])
    assert rules["projects"] == sorted(
        [one, cost] for one, cost in zip(projects, (60_000, 50_000, 40_000), strict=True)
    )
    assert rules["parameters"]["seed"] == shown["parameters"]["seed"] != ""
    told = await session.execute(
        text("select convert_from(payload, 'UTF8') from outbox where type like '%round.opened%'")
    )
    assert json.loads(told.scalar_one())["rules_digest"] == shown["rules_digest"]


async def test_a_round_opens_confirmed_with_projects_and_in_time(people: People) -> None:
    later = {"opens_at": instant(datetime.now(UTC) + timedelta(minutes=5))}
    draft = await people.draft_round()
    empty, _ = await people.plan_round([])
    early, _ = await people.plan_round([500], **later)
    twice, _ = await people.open_round()

    answers = [
        await people.post(people.village.akim, f"/v1/rounds/{round_id}/openings")
        for round_id in (draft, empty, early, twice)
    ]

    assert [answer.status_code for answer in answers] == [409] * 4
    assert [answer.json()["type"] for answer in answers] == [
        "/problems/round-not-confirmed",
        "/problems/round-without-projects",
        "/problems/round-not-in-time",
        "/problems/round-not-in-time",
    ]


async def test_an_open_round_admits_nothing_more(people: People) -> None:
    round_id, _ = await people.open_round()
    proposal = {"proposal_id": await people.propose_costed(5)}

    answer = await people.post(people.village.akim, f"/v1/rounds/{round_id}/projects", proposal)

    assert answer.json()["type"] == "/problems/admission-over"


async def test_rounds_are_listed_by_unit(people: People) -> None:
    round_id = await people.draft_round()

    page = (await people.get("/v1/rounds", unit_id=str(people.village.unit_id))).json()

    assert [item["id"] for item in page["items"]] == [round_id]
    assert "created_by" not in page["items"][0]


@pytest.mark.parametrize(
    "attack",
    [
        "update rounds set budget_tiyn = 1",
        "update rounds set closes_at = now()",
        'update rounds set parameters = \'{"seed": "mine"}\'',
        "update rounds set eligible_on = '2020-01-01'",
        "update projects set cost_tiyn = 1",
        "delete from projects",
        "delete from rounds",
        "delete from electors",
        "update electors set resident_id = gen_random_uuid()",
        "delete from supports",
        "update costings set cost_tiyn = 1",
        "truncate projects cascade",
        "alter table rounds disable trigger all",
    ],
)
async def test_the_service_itself_cannot_change_what_is_fixed(
    crowd: People, own_urls: Urls, attack: str
) -> None:
    await crowd.open_round()
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(attack)

    await connection.close()


@pytest.mark.parametrize(
    ("attack", "constraint"),
    [
        ("update rounds set budget_tiyn = 1", "rounds_rules_frozen"),
        ("update rounds set most_projects = 50", "rounds_rules_frozen"),
        ("update rounds set closes_at = now()", "rounds_rules_frozen"),
        (
            "update rounds set rules = '{}', rules_digest = encode(sha256('{}'), 'hex')",
            "rounds_rules_frozen",
        ),
        ("update rounds set confirmed_by = gen_random_uuid()", "rounds_rules_frozen"),
        ("update rounds set status = 'draft'", "rounds_in_order"),
        ("update rounds set status = 'counted'", "rounds_in_order"),
        ("update projects set cost_tiyn = 1", "projects_append_only"),
        ("delete from electors", "electors_append_only"),
        (
            "insert into projects (round_id, proposal_id, unit_id, title_kk, title_ru, title_en,"
            " cost_tiyn, admitted_by) select id, gen_random_uuid(), unit_id, 'a', 'a', 'a', 1,"
            " gen_random_uuid() from rounds",
            "projects_admission_over",
        ),
    ],
)
async def test_frozen_rules_are_kept_by_triggers_against_the_owner_too(
    crowd: People, own_urls: Urls, attack: str, constraint: str
) -> None:
    await crowd.open_round()
    connection = await asyncpg.connect(own_urls.owner.replace("+asyncpg", ""))

    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await connection.execute(attack)

    assert refused.value.constraint_name == constraint
    await connection.close()


async def test_the_database_wants_a_second_person_too(crowd: People, own_urls: Urls) -> None:
    await crowd.draft_round()
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await connection.execute(
            "update rounds set status = 'confirmed', confirmed_by = created_by"
        )

    assert refused.value.constraint_name == "rounds_confirmed_by_another"
    await connection.close()
