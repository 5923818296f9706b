"""Counting a closed round: winners, explanations, comparison, recount, and what stays hidden."""

import asyncio
import json
import shlex
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from participation_builders import People, close_round, let_time_pass

from participation.app import create_app
from participation.domain.counting import Completion, Parameters, Rule, count
from participation.domain.exports import recount_command
from participation.domain.pabulib import read_pabulib
from participation.domain.results import build_election, decide, is_publishable, is_soon_explained
from participation.domain.voting_rules import read_parameters
from participation.usecases.clock import keep_time
from shared.database import Database
from shared.testing import CURSOR_KEY, SigningKeys, Urls

ANOTHER_COUNT = """
    insert into counts (round_id, is_decisive, parameters, engine_version, digest, ballots,
        ballots_with_nothing, winners, cost_tiyn, explanations, counted_on)
    select round_id, {is_decisive}, parameters, '1', 'x', 0, 0, '{{}}', {cost_tiyn}, '{{}}',
        counted_on
    from counts limit 1
"""
IDS = [UUID(int=number) for number in range(1, 6)]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 5_000), min_size=1, max_size=5),
    st.integers(1, 10_000),
    st.lists(st.sets(st.integers(0, 4)), max_size=12),
    st.sampled_from(Rule),
    st.sampled_from(Completion),
)
def test_no_result_breaks_the_budget_and_nobody_wins_without_a_vote(
    costs: list[int],
    budget_tiyn: int,
    chosen: list[set[int]],
    rule: Rule,
    completion: Completion,
) -> None:
    costs_tiyn = dict(zip(IDS, costs, strict=False))
    ballots = [[IDS[n] for n in ballot if n < len(costs)] for ballot in chosen]
    election = build_election(costs_tiyn, budget_tiyn, ballots)
    parameters = Parameters(rule=rule, completion=completion, threshold=Fraction(1), seed="lot")

    results = decide(election, parameters)

    voted = {project_id for ballot in ballots for project_id in ballot}
    for result in results:
        assert sum(costs_tiyn[winner] for winner in result.winners) <= budget_tiyn
        assert set(result.winners) <= voted
        nothing = [ballot for ballot in ballots if not set(ballot) & set(result.winners)]
        assert result.ballots_with_nothing == len(nothing)
    explained = results[0].projects
    assert [one.project_id for one in explained] == list(costs_tiyn)
    assert all(
        set(one.texts) == {"kk", "ru", "en"} and all(one.texts.values()) for one in explained
    )
    assert {one.place for one in explained if one.place} == set(
        range(1, len(results[0].winners) + 1)
    )


def test_a_result_too_large_to_explain_by_recounting_is_explained_all_the_same() -> None:
    costs = {UUID(int=n): 100 * n for n in range(1, 30)}
    ballots = [[UUID(int=1 + (n * 7 + k) % 29) for k in range(3)] for n in range(12_000)]
    election = build_election(costs, 3_000, ballots)

    decisive = decide(election, Parameters(rule=Rule.EQUAL_SHARES, seed="lot"))[0]

    assert not is_soon_explained(election, decisive)
    losers = [one for one in decisive.projects if one.place is None]
    assert losers
    assert all("did not win" in one.texts["en"] for one in losers)
    assert not any("Neither" in one.texts["en"] for one in losers)


@given(st.text(min_size=1))
def test_no_seed_makes_the_shown_command_do_anything_else(seed: str) -> None:
    words = shlex.split(recount_command(Parameters(seed=seed)))

    assert words[:3] == ["ortaq", "count", "ballots.pb"]
    assert words[-2:] == ["--seed", seed]


@given(st.integers(0, 100))
def test_few_ballots_are_not_published(ballots: int) -> None:
    assert is_publishable(ballots, datetime.now(UTC).date()) == (ballots >= 10)


async def vote_divided(people: People) -> tuple[str, list[str]]:
    """Ten voters want the two dear projects, six the cheap one; money is for one dear and it."""
    round_id, projects = await people.open_round((60_000, 40_000, 40_000))
    first, second, third = projects
    await people.vote_all(round_id, [[first, second]] * 10 + [[third]] * 6)
    return round_id, projects


async def test_the_winners_the_reasons_and_the_rival_rule_are_shown(
    crowd: People, own_urls: Urls
) -> None:
    round_id, (first, second, third) = await vote_divided(crowd)

    counted = await close_round(crowd, own_urls, round_id)

    result = (await crowd.get(f"/v1/rounds/{round_id}/result")).json()
    assert result == counted
    assert (result["ballots"], result["electors"], result["is_withheld"]) == (16, 16, False)
    by_rule = {one["rule"]: one for one in result["comparison"]}
    assert set(by_rule["greedy"]["winners"]) == {first, second}
    assert by_rule["greedy"]["ballots_with_nothing"] == 6
    assert by_rule["greedy"]["share_with_nothing"] == "0.3750"
    assert third in result["winners"]
    assert by_rule["equalshares"]["ballots_with_nothing"] == 0
    assert by_rule["equalshares"]["is_decisive"]
    projects = {one["project_id"]: one for one in result["projects"]}
    assert [projects[one]["votes"] for one in (first, second, third)] == [10, 10, 6]
    assert all(one["explanation"] for one in result["projects"])
    winners = sorted(
        (one for one in result["projects"] if one["won"]), key=lambda one: one["place"]
    )
    assert [one["project_id"] for one in winners] == result["winners"]


async def test_explanations_come_in_the_readers_language(crowd: People, own_urls: Urls) -> None:
    round_id, _ = await vote_divided(crowd)
    await close_round(crowd, own_urls, round_id)
    path = f"/v1/rounds/{round_id}/result"

    texts = []
    for language in ("kk", "ru", "en"):
        headers = crowd.as_account(None, language=language)
        found = (await crowd.client.get(path, headers=headers)).json()
        texts.append(found["projects"][0]["explanation"])

    assert len(set(texts)) == 3


async def test_anybody_repeats_the_count_from_the_published_file(
    crowd: People, own_urls: Urls
) -> None:
    round_id, _ = await vote_divided(crowd)
    result = await close_round(crowd, own_urls, round_id)

    answer = await crowd.get(f"/v1/rounds/{round_id}/ballots.pb")

    assert answer.headers["content-type"].startswith("text/plain")
    file = read_pabulib(answer.content)
    again = count(file.election, read_parameters(result["parameters"]))
    assert again.digest == result["digest"]
    assert list(again.winners) == result["winners"]
    assert set(file.published_winners() or ()) == set(result["winners"])
    assert "ortaq count ballots.pb" in result["recount"]


async def test_the_published_file_is_counted_over_http_with_the_same_digest(
    crowd: People, own_urls: Urls
) -> None:
    round_id, _ = await vote_divided(crowd)
    result = await close_round(crowd, own_urls, round_id)
    file = (await crowd.get(f"/v1/rounds/{round_id}/ballots.pb")).text
    rule = result["parameters"]
    told = (
        "rule",
        "utility",
        "completion",
        "stop",
        "endowment",
        "step",
        "threshold",
        "ties",
        "seed",
    )

    answer = await crowd.post(
        None, "/v1/counts", {"pabulib": file} | {key: rule[key] for key in told}
    )

    assert answer.status_code == 201, answer.text
    assert answer.json()["digest"] == result["digest"]
    assert answer.json()["agrees_with_published"]


async def test_every_voter_finds_the_own_receipt_and_nothing_in_it(
    crowd: People, own_urls: Urls
) -> None:
    round_id, projects = await crowd.open_round()
    mine = [
        (await crowd.vote(account, round_id, projects[:1])).json()["receipt"]
        for account in crowd.village.residents
    ]
    await close_round(crowd, own_urls, round_id)

    found = (await crowd.get(f"/v1/rounds/{round_id}/receipts")).json()["receipts"]

    assert sorted(mine) == found
    assert len(set(mine)) == 16


async def test_where_few_voted_winners_are_named_but_no_figures(
    crowd: People, own_urls: Urls
) -> None:
    round_id, projects = await crowd.open_round()
    await crowd.vote_all(round_id, [[projects[0]]] * 9)

    result = await close_round(crowd, own_urls, round_id)

    assert result["is_withheld"]
    assert result["winners"] == [projects[0]]
    assert result["comparison"] == []
    assert {one["votes"] for one in result["projects"]} == {None}
    assert {one["explanation"] for one in result["projects"]} == {None}
    file = await crowd.get(f"/v1/rounds/{round_id}/ballots.pb")
    assert (file.status_code, file.json()["type"]) == (404, "/problems/too-few-ballots")
    chain = (await crowd.get(f"/v1/projects/{projects[0]}/chain")).json()
    assert {step["votes"] for step in chain["steps"]} == {None}


async def test_a_round_without_ballots_has_no_winners(crowd: People, own_urls: Urls) -> None:
    round_id, _ = await crowd.open_round(counting={"rule": "greedy"})

    result = await close_round(crowd, own_urls, round_id)

    assert (result["winners"], result["ballots"], result["cost_tiyn"]) == ([], 0, 0)


async def test_nobody_counts_before_the_end(people: People) -> None:
    round_id, _ = await people.open_round()
    draft = await people.draft_round()

    answers = [
        await people.post(people.village.akim, f"/v1/rounds/{one}/counts")
        for one in (round_id, draft)
    ]

    assert [answer.json()["type"] for answer in answers] == [
        "/problems/voting-goes-on",
        "/problems/no-result-yet",
    ]


async def test_residents_do_not_count(crowd: People, own_urls: Urls) -> None:
    round_id, _ = await crowd.open_round()
    await let_time_pass(own_urls, round_id)

    answer = await crowd.post(crowd.village.residents[0], f"/v1/rounds/{round_id}/counts")

    assert answer.status_code == 403


async def test_a_stuffed_box_stops_the_count_and_no_other_round(
    crowd: People, own_urls: Urls, committed: Database
) -> None:
    stuffed, projects = await crowd.open_round()
    fair, _ = await crowd.open_round()
    connection = await asyncpg.connect(own_urls.plain_runtime)
    await connection.execute(
        "insert into ballot_box values (gen_random_uuid(), $1, array[$2::uuid])",
        UUID(stuffed),
        UUID(projects[0]),
    )
    await connection.close()
    for round_id in (stuffed, fair):
        await let_time_pass(own_urls, round_id)

    await keep_time(committed.sessions)

    by_hand = await crowd.post(crowd.village.akim, f"/v1/rounds/{stuffed}/counts")
    assert (by_hand.status_code, by_hand.json()["type"]) == (
        409,
        "/problems/ballots-do-not-match-roll",
    )
    assert (await crowd.get(f"/v1/rounds/{stuffed}/result")).status_code == 404
    assert (await crowd.get(f"/v1/rounds/{fair}/result")).status_code == 200


async def test_parallel_counts_count_once_and_tell_the_others_once(
    crowd: People, own_urls: Urls, committed: Database
) -> None:
    round_id, _ = await vote_divided(crowd)
    await let_time_pass(own_urls, round_id)

    answers = await asyncio.gather(
        keep_time(committed.sessions),
        *(crowd.post(crowd.village.akim, f"/v1/rounds/{round_id}/counts") for _ in range(6)),
    )

    assert {answer.status_code for answer in answers[1:]} == {201}
    assert len({answer.content for answer in answers[1:]}) == 1
    result = answers[1].json()
    connection = await asyncpg.connect(own_urls.plain_runtime)
    assert await connection.fetchval("select count(*) from counts where is_decisive") == 1
    told = await connection.fetch(
        "select type, convert_from(payload, 'UTF8') as fact from outbox"
        " where type ~ 'counted|won' order by id"
    )
    kinds = [row["type"].split(".")[4] for row in told]
    assert kinds == ["counted"] + ["won"] * len(result["winners"])
    facts = [json.loads(row["fact"]) for row in told]
    assert facts[0]["winner_project_ids"] == result["winners"]
    assert facts[0]["digest"] == result["digest"]
    assert {fact["project_id"] for fact in facts[1:]} == set(result["winners"])
    assert all(fact["cost_tiyn"] and fact["fiscal_year"] for fact in facts[1:])
    await connection.close()


async def test_losers_may_be_admitted_to_the_next_round_and_winners_not(
    crowd: People, own_urls: Urls
) -> None:
    round_id, projects = await crowd.open_round((60_000, 60_000))
    await crowd.vote_all(round_id, [[projects[0]]] * 12)
    await close_round(crowd, own_urls, round_id)

    proposals = (await crowd.get("/v1/proposals")).json()["items"]

    assert sorted(proposal["status"] for proposal in proposals) == ["costed", "won"]


async def test_the_clock_opens_and_counts(
    crowd: People, own_urls: Urls, committed: Database
) -> None:
    round_id, projects = await crowd.plan_round([500])
    await keep_time(committed.sessions)
    opened = (await crowd.get(f"/v1/rounds/{round_id}")).json()
    await crowd.vote_all(round_id, [projects] * 10)
    await let_time_pass(own_urls, round_id)
    closed = (await crowd.get(f"/v1/rounds/{round_id}")).json()

    await keep_time(committed.sessions)

    assert (opened["phase"], closed["phase"]) == ("voting", "closed")
    result = (await crowd.get(f"/v1/rounds/{round_id}/result")).json()
    assert result["winners"] == projects


@pytest.mark.parametrize(
    "attack",
    [
        "update counts set winners = '{}'",
        "delete from counts",
        ANOTHER_COUNT.format(is_decisive="true", cost_tiyn=0),
        ANOTHER_COUNT.format(is_decisive="false", cost_tiyn=5),
        "delete from ballots",
    ],
)
async def test_a_result_is_never_rewritten(crowd: People, own_urls: Urls, attack: str) -> None:
    round_id, _ = await vote_divided(crowd)
    await close_round(crowd, own_urls, round_id)
    connection = await asyncpg.connect(own_urls.owner.replace("+asyncpg", ""))

    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(attack)

    await connection.close()


async def test_no_answer_depends_on_the_ballots_while_voting_lasts(
    crowd: People, own_urls: Urls, committed: Database, signing_keys: SigningKeys
) -> None:
    round_id, projects = await crowd.open_round()
    proposal_id = (await crowd.get("/v1/proposals")).json()["items"][0]["id"]
    ids = {"round_id": round_id, "project_id": projects[0], "proposal_id": proposal_id}
    paths = every_get_path(create_app(committed, signing_keys.public, CURSOR_KEY), ids)
    before = await crawl(crowd, paths)

    await crowd.vote_all(round_id, [[projects[0]]] * 16)

    assert await crawl(crowd, paths) == before
    assert before[f"/v1/rounds/{round_id}/result"][0] == 404
    assert before[f"/v1/rounds/{round_id}/ballots.pb"][0] == 404
    assert before[f"/v1/rounds/{round_id}/receipts"][0] == 404
    assert len(paths) >= 10
    connection = await asyncpg.connect(own_urls.plain_runtime)
    told = await connection.fetch(
        "select type from outbox where id > (select max(id) from outbox where type like '%opened%')"
    )
    assert told == []
    await connection.close()


def every_get_path(app: FastAPI, ids: dict[str, str]) -> list[str]:
    """Every address that answers to GET, with the ids of things that exist."""
    documented = app.openapi()["paths"]
    return [path.format(**ids) for path, methods in documented.items() if "get" in methods]


async def crawl(people: People, paths: list[str]) -> dict[str, tuple[int, Any]]:
    callers = (None, people.village.akim, people.village.member, people.village.residents[0])
    seen = {}
    for path in paths:
        for account in callers:
            headers = people.as_account(account)
            answer: httpx.Response = await people.client.get(path, headers=headers)
            body = answer.json()
            if isinstance(body, dict):
                body.pop("instance", None)
            seen[path if account is None else f"{path} {account}"] = (answer.status_code, body)
    return seen


async def test_an_unknown_round_has_no_result(people: People) -> None:
    answer = await people.get(f"/v1/rounds/{uuid4()}/result")

    assert answer.json()["type"] == "/problems/round-not-found"
