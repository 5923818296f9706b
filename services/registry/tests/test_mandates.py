"""Posts and mandates through HTTP: one holder at a time, corrected without losing the past."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response
from registry_builders import Village, an_account, said

from shared.database import Database, Session
from shared.permissions import Role

Headers = Callable[..., dict[str, str]]


def a_post(village: Village, **changed: object) -> dict[str, object]:
    name = {"kk": "Боранқұл ауылының әкімі", "ru": "Аким села Боранкул", "en": "Akim of Borankul"}
    post = {"unit_id": str(village.borankul), "kind": "akim", "name": name}
    return {**post, "valid_from": "2025-02-01", **changed}


def a_mandate(post_id: str, **changed: object) -> dict[str, object]:
    mandate = {"post_id": post_id, "kind": "elected", "holder_name": "А. Сынақбаев"}
    term = {"valid_from": "2025-08-01", "valid_to": "2029-08-01", "act": "No. 12 of 30.07.2025"}
    return {**mandate, **term, **changed}


Post = Callable[..., Awaitable[Response]]


@pytest.fixture
def post(client: AsyncClient, as_account: Headers, village: Village) -> Post:
    async def post(path: str, body: dict[str, Any], account: UUID | None = None) -> Response:
        return await client.post(path, json=body, headers=as_account(account or village.admin))

    return post


@pytest.fixture
async def akim_post(post: Post, village: Village) -> str:
    answer = await post("/v1/posts", a_post(village))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_mandate_is_shown_to_everybody_and_told(
    post: Post,
    client: AsyncClient,
    as_account: Headers,
    akim_post: str,
    village: Village,
    session: Session,
) -> None:
    answer = await post("/v1/mandates", a_mandate(akim_post))

    shown = await client.get(
        "/v1/mandates",
        params={"unit": str(village.borankul), "as_of": "2026-01-01"},
        headers=as_account(None),
    )
    (told,) = await said(session, "mandate.started")
    assert answer.status_code == 201
    assert shown.json()["items"] == [answer.json()]
    assert "Сынақбаев" not in str(told)
    assert told["post_kind"] == "akim"
    assert told["unit_id"] == str(village.borankul)


async def test_a_post_has_one_holder_at_a_time(post: Post, akim_post: str) -> None:
    await post("/v1/mandates", a_mandate(akim_post))

    acting = a_mandate(akim_post, kind="acting", valid_from="2026-01-01", valid_to="2026-02-01")
    answer = await post("/v1/mandates", acting)

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/post-taken"


async def test_a_mandate_lies_within_its_post(post: Post, akim_post: str) -> None:
    answer = await post("/v1/mandates", a_mandate(akim_post, valid_from="2025-01-31"))

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/mandate-outside-post"


async def test_a_successor_follows_an_early_end(
    post: Post, akim_post: str, session: Session
) -> None:
    first = (await post("/v1/mandates", a_mandate(akim_post))).json()

    ending = {"ended_on": "2026-03-01", "reason": "resignation"}
    ended = await post(f"/v1/mandates/{first['id']}/endings", ending)
    second = await post("/v1/mandates", a_mandate(akim_post, valid_from="2026-03-01"))

    (told,) = await said(session, "mandate.ended")
    assert (ended.json()["valid_to"], ended.json()["end_reason"]) == ("2026-03-01", "resignation")
    assert second.status_code == 201
    assert told["ended_on"] == "2026-03-01"


async def test_a_mandate_ends_early_once(post: Post, akim_post: str) -> None:
    mandate = (await post("/v1/mandates", a_mandate(akim_post))).json()
    path = f"/v1/mandates/{mandate['id']}/endings"
    await post(path, {"ended_on": "2026-03-01", "reason": "resignation"})

    answer = await post(path, {"ended_on": "2026-02-01", "reason": "resignation"})

    assert answer.json()["type"] == "/problems/mandate-has-ended"


@pytest.mark.parametrize(
    ("day", "slug"),
    [
        ("2029-08-02", "end-outside-term"),
        ("2025-07-31", "end-outside-term"),
        ("2025-08-01", "term-ends-before-it-begins"),
    ],
)
async def test_a_mandate_ends_within_its_term(
    post: Post, akim_post: str, day: str, slug: str
) -> None:
    mandate = (await post("/v1/mandates", a_mandate(akim_post))).json()

    ending = {"ended_on": day, "reason": "resignation"}
    answer = await post(f"/v1/mandates/{mandate['id']}/endings", ending)

    assert answer.status_code == 422
    assert answer.json()["type"] == f"/problems/{slug}"


async def test_a_term_without_a_day_is_refused(
    post: Post, akim_post: str, village: Village
) -> None:
    mandate = await post("/v1/mandates", a_mandate(akim_post, valid_to="2025-08-01"))
    founded = await post("/v1/posts", a_post(village, valid_to="2025-02-01"))

    assert mandate.json()["type"] == "/problems/term-ends-before-it-begins"
    assert founded.json()["type"] == "/problems/term-ends-before-it-begins"


async def test_what_does_not_exist_is_not_found(post: Post, village: Village) -> None:
    stranger = str(uuid4())
    ending = {"ended_on": "2026-03-01", "reason": "x"}

    answers = [
        await post("/v1/posts", a_post(village, unit_id=stranger)),
        await post("/v1/mandates", a_mandate(stranger)),
        await post(f"/v1/mandates/{stranger}/endings", ending),
    ]

    assert [answer.json()["type"].rsplit("/")[-1] for answer in answers] == [
        "unit-not-found",
        "post-not-found",
        "mandate-not-found",
    ]


async def test_an_akim_founds_no_posts(post: Post, village: Village, session: Session) -> None:
    akim = await an_account(session, Role.AKIM, village.borankul)
    await session.commit()

    answer = await post("/v1/posts", a_post(village), account=akim)

    assert answer.status_code == 403


async def test_a_unit_s_posts_are_listed(
    client: AsyncClient, as_account: Headers, akim_post: str, village: Village
) -> None:
    listed = await client.get(
        "/v1/posts", params={"unit": str(village.borankul)}, headers=as_account(None)
    )

    assert [found["id"] for found in listed.json()["items"]] == [akim_post]


async def test_of_racing_mandates_for_one_post_one_wins(
    racing_client: AsyncClient,
    as_account: Headers,
    committed_village: Village,
    committed: Database,
) -> None:
    admin = committed_village.admin
    founded = await racing_client.post(
        "/v1/posts", json=a_post(committed_village), headers=as_account(admin)
    )
    mandate = a_mandate(founded.json()["id"])

    answers = await asyncio.gather(
        *[
            racing_client.post("/v1/mandates", json=mandate, headers=as_account(admin))
            for _ in range(10)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {a.json()["type"] for a in answers if a.status_code == 409} == {"/problems/post-taken"}
    async with committed.sessions() as session:
        assert len(await said(session, "mandate.started")) == 1


async def test_who_was_known_to_hold_a_post_is_still_answered(
    racing_client: AsyncClient, as_account: Headers, committed_village: Village
) -> None:
    headers = as_account
    admin, unit = committed_village.admin, str(committed_village.borankul)
    founded = await racing_client.post(
        "/v1/posts", json=a_post(committed_village), headers=headers(admin)
    )
    mandate = await racing_client.post(
        "/v1/mandates", json=a_mandate(founded.json()["id"]), headers=headers(admin)
    )
    before = datetime.now(UTC).isoformat()
    await racing_client.post(
        f"/v1/mandates/{mandate.json()['id']}/endings",
        json={"ended_on": "2026-03-01", "reason": "resignation"},
        headers=headers(admin),
    )

    query = {"unit": unit, "as_of": "2026-06-01"}
    now = await racing_client.get("/v1/mandates", params=query, headers=headers(None))
    then = await racing_client.get(
        "/v1/mandates", params={**query, "known_at": before}, headers=headers(None)
    )

    assert now.json()["items"] == []
    assert then.json()["items"] == [mandate.json()]
