"""Counting anybody's Pabulib file over HTTP, storing nothing."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from participation.domain.recounts import CountersBusy, CountTooLong
from participation.usecases.recounting import recount_file
from shared.database import Session
from shared.testing import AsAccount

FILE = """META
key;value
description;Four projects
country;Kazakhstan
unit;Boranqul
instance;2026
num_projects;4
num_votes;5
budget;3000000
vote_type;approval
rule;greedy
date_begin;01.03.2026
date_end;31.03.2026
PROJECTS
project_id;cost;name;selected
1;1200000;Құдық;1
2;900000;Көше шамдары;1
3;1500000;Балалар алаңы;0
4;600000;Кітапхана;1
VOTES
voter_id;vote
1;1,2
2;1,2,4
3;1,3
4;2
5;3,4
"""


async def post(client: httpx.AsyncClient, as_account: AsAccount, **body: Any) -> httpx.Response:
    return await client.post("/v1/counts", json=body, headers=as_account(None))


async def test_a_file_is_counted_by_its_own_rule_and_nothing_is_stored(
    client: httpx.AsyncClient, as_account: AsAccount, session: Session
) -> None:
    answer = await post(client, as_account, pabulib=FILE)

    found = answer.json()
    assert answer.status_code == 201
    assert sorted(found["winners"]) == ["1", "2", "4"]
    assert (found["cost"], found["budget"], found["rule"]) == ("2700000", "3000000", "greedy")
    assert found["agrees_with_published"]
    stored = text("select (select count(*) from counts) + (select count(*) from idempotency_keys)")
    assert (await session.execute(stored)).scalar() == 0


async def test_another_rule_may_be_asked_for(
    client: httpx.AsyncClient, as_account: AsAccount
) -> None:
    answer = await post(
        client,
        as_account,
        pabulib=FILE,
        rule="equalshares",
        completion="utilitarian",
        seed="lot",
        threshold=3,
    )

    found = answer.json()
    assert found["rule"] == "equalshares"
    assert found["parameters"]["completion"] == "utilitarian"
    assert found["parameters"]["threshold"] == "3"
    assert sorted(found["winners"]) == ["1", "2"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("PROJECTS\n", "line"),
        (FILE.replace("num_votes;5", "num_votes;6"), "line"),
        (FILE.replace("1,2,4", "1,2,9"), "line"),
        (FILE.replace("rule;greedy", "rule;by-hand"), "by-hand"),
        (FILE.replace("1200000", "-5"), "line"),
        ("META\n" + ";".join(["x"] * 10_000), "line"),
    ],
)
async def test_an_unusable_file_is_refused_with_the_reason(
    client: httpx.AsyncClient, as_account: AsAccount, file: str, reason: str
) -> None:
    answer = await post(client, as_account, pabulib=file)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/file-not-countable")
    assert reason in answer.json()["detail"]
    assert len(answer.content) < 16_384


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"pabulib": ""}, 400),
        ({"pabulib": 5}, 400),
        ({}, 400),
        ({"pabulib": FILE, "step": 0}, 400),
        ({"pabulib": FILE, "utility": "joy"}, 400),
        ({"pabulib": FILE, "store": True}, 400),
        ({"pabulib": "x" * (5 * 1024 * 1024)}, 413),
    ],
)
async def test_an_unusable_request_is_refused(
    client: httpx.AsyncClient, as_account: AsAccount, body: dict[str, Any], status: int
) -> None:
    answer = await post(client, as_account, **body)

    assert answer.status_code == status


async def test_one_file_is_counted_at_a_time() -> None:
    first = asyncio.create_task(recount_file(FILE, {}))
    await asyncio.sleep(0)

    with pytest.raises(CountersBusy):
        await recount_file(FILE, {})

    assert (await first)["rule"] == "greedy"


async def test_a_count_that_takes_too_long_is_broken_off() -> None:
    with pytest.raises(CountTooLong):
        await recount_file(FILE, {}, seconds=0.001)

    assert (await recount_file(FILE, {}))["rule"] == "greedy"


async def test_a_real_election_is_counted(
    client: httpx.AsyncClient, as_account: AsAccount, data_folder: Path
) -> None:
    files = sorted((data_folder / "pabulib").rglob("*ssen*.pb"))
    if not files:
        pytest.skip("the folder of real data has no election of Assen")

    answer = await post(client, as_account, pabulib=files[0].read_text("utf-8-sig"))

    assert answer.status_code == 201, answer.text
    assert answer.json()["winners"]
