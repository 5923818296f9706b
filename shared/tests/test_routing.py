"""Form, permission and idempotency of every route, on a service of one table."""

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from probe import Village
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.database import Database, Session
from shared.field_texts import FIELD_TEXTS, field_message
from shared.problems import refusal_of
from shared.routing import Routes, UndeclaredAction
from shared.testing import AsAccount
from shared.texts import Language, placeholders

UNREADABLE = [
    (b'{"title": "a", "title": "b"}', 400),
    (b'{"amount_tiyn": NaN}', 400),
    (b'{"amount_tiyn": Infinity}', 400),
    (b'{"amount_tiyn": 1e400}', 400),
    (b'{"amount_tiyn": 9223372036854775808}', 400),
    (b'{"amount_tiyn": ' + b"9" * 5_000 + b"}", 400),
    (b'{"title": "\\u0000"}', 400),
    (b'{"title": "\\ud800"}', 400),
    (b"[" * 1_000, 400),
    (b"[" * 100_000, 400),
    (b"[1]", 400),
    (b"null", 400),
    (b"", 400),
    (b"{'a': 1}", 400),
    (b'{"a": 1,}', 400),
    (b'{"a": 1} {"b": 2}', 400),
    (b"\xef\xbb\xbf{}", 400),
    ('{"title": "ш"}'.encode("utf-16"), 400),
    (b'{"title": "\xff"}', 400),
    (b" " * 262_145, 413),
    (b'{"items": [' + b"1," * 1_001 + b"1]}", 400),
]
WRONG_FIELDS: list[dict[str, object]] = (
    [
        {"amount_tiyn": value}
        for value in (True, "5", 5.0, 1e2, "1_000", " 5 ", 0, -0.0, -5, None, [5], 2**63 - 1 + 0.0)
    ]
    + [{"title": value} for value in ("", "   ", "\u200b", "\u202eabc", "a\nb", "x" * 301, 5, None)]
    + [{"unit_id": value} for value in ("1", 5, None, "018F6F2E-7C1A-7B3E-9A55-0C1F9C2D4E5A")]
    + [
        {"seen_on": value}
        for value in ("9999-99-99", "2027-02-30", 20270228, "2027-2-3", "2027-02-03T00:00:00")
    ]
    + [{"is_admin": True}, {"__proto__": {}}, {"status": "approved"}]
)
UNUSABLE_QUERIES = [
    "limit=-1",
    "limit=0",
    "limit=1e3",
    "limit=",
    f"limit={10**20}",
    "limit=201",
    "offset=1",
    "limit=5&limit=5",
    "cursor=abc",
    "cursor=",
    "unit_id=%00",
    "sort=iin;drop",
]
NAMES = re.compile(
    r"JSON|UTF-8|NaN|-?Infinity|UUID|[0-9-]{10}T[0-9:]{8}Z|«[a-z_]+»|\(cursor\)|'[^']*'"
)
"""What may stand in Latin letters in a Kazakh or Russian sentence."""


def a_thing(village: Village, **changes: object) -> dict[str, object]:
    return {"title": "Шам", "unit_id": str(village.unit_id), "amount_tiyn": 5} | changes


async def test_what_is_created_is_answered_after_it_is_stored(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount, session: Session
) -> None:
    answer = await client.post(
        "/v1/things", json=a_thing(village), headers=as_account(village.resident)
    )

    assert answer.status_code == 201
    stored = await session.execute(text("select title from things"))
    assert stored.scalars().all() == ["Шам"]


@pytest.mark.parametrize(("body", "status"), UNREADABLE)
async def test_an_unreadable_body_is_refused(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount, body: bytes, status: int
) -> None:
    headers = as_account(village.resident) | {"Content-Type": "application/json"}

    answer = await client.post("/v1/things", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) <= 16_384


@pytest.mark.parametrize("changes", WRONG_FIELDS)
async def test_a_wrong_field_is_named_and_nothing_is_stored(
    client: httpx.AsyncClient,
    village: Village,
    as_account: AsAccount,
    session: Session,
    changes: dict[str, object],
) -> None:
    answer = await client.post(
        "/v1/things", json=a_thing(village, **changes), headers=as_account(village.resident)
    )

    assert answer.status_code == 400
    assert next(iter(changes)) in answer.json()["errors"][0]["pointer"]
    assert (await session.execute(text("select count(*) from things"))).scalar() == 0


async def problems_of_all_wrong_requests(
    client: httpx.AsyncClient, headers: dict[str, str], village: Village
) -> list[dict[str, Any]]:
    sent = headers | {"Content-Type": "application/json"}
    bodies = [json.dumps(a_thing(village, **changes)).encode() for changes in WRONG_FIELDS]
    bodies += [b"{}", b"[1]", *(body for body, _ in UNREADABLE)]
    answers = [await client.post("/v1/things", content=body, headers=sent) for body in bodies]
    answers += [await client.get(f"/v1/things?{query}", headers=sent) for query in UNUSABLE_QUERIES]
    return [answer.json() for answer in answers]


@pytest.mark.parametrize("language", Language)
async def test_what_is_wrong_is_told_in_the_readers_language_alone(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount, language: Language
) -> None:
    headers = as_account(village.resident, language=language)

    problems = await problems_of_all_wrong_requests(client, headers, village)

    errors = [error for problem in problems for error in problem.get("errors", [])]
    assert len(errors) > 30
    assert {error["code"] for error in errors} <= FIELD_TEXTS.keys()
    sentences = {problem[part] for problem in problems for part in ("title", "detail")}
    sentences |= {error["message"] for error in errors}
    foreign = r"[А-Яа-яӘ-ӿ]" if language == Language.EN else r"[A-Za-z]{2,}"
    assert [said for said in sentences if re.search(foreign, NAMES.sub("", said))] == []
    assert not any("{" in said for said in sentences)


async def test_a_limit_is_told_and_what_was_sent_is_not(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    wrong = a_thing(village, title="x" * 301, seen_on="880101300123")
    headers = as_account(village.resident, language="ru")

    answer = await client.post("/v1/things", json=wrong, headers=headers)

    assert [error["message"] for error in answer.json()["errors"]] == [
        "Текст слишком длинный: не больше 300 знаков.",
        "Здесь нужна существующая дата, например 2027-02-28.",
    ]
    assert "880101300123" not in answer.text


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"type": "greater_than", "ctx": {"gt": 0}}, "Число должно быть больше 0."),
        (
            {"type": "enum", "ctx": {"expected": "'a', 'b' or 'c'"}},
            "Здесь нужно одно из допустимых значений: 'a', 'b', 'c'.",
        ),
        ({"type": "too_long", "ctx": {}}, "Поле заполнено неверно."),
        ({"type": "no_such_code"}, "Поле заполнено неверно."),
        ({"type": "value_error", "ctx": {"error": ValueError("x")}}, "Поле заполнено неверно."),
    ],
)
def test_an_error_has_its_sentence_or_the_general_one(error: dict[str, Any], message: str) -> None:
    assert field_message(error, Language.RU) == message


def test_every_sentence_about_a_field_says_the_same_three_times() -> None:
    for text_of_code in FIELD_TEXTS.values():
        assert all(text_of_code)
        assert len({frozenset(placeholders(sentence)) for sentence in text_of_code}) == 1


async def test_a_long_list_of_errors_is_cut(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    wrong = {f"field_{number}": number for number in range(500)}

    answer = await client.post("/v1/things", json=wrong, headers=as_account(village.resident))

    assert len(answer.json()["errors"]) == 20
    assert len(answer.content) <= 16_384


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/xml"}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json", "Accept": "application/xml"}, 406),
        ({"Content-Type": "application/json", "Idempotency-Key": "k" * 256}, 400),
        ({"Content-Type": "application/json", "Idempotency-Key": "a b"}, 400),
    ],
)
async def test_a_wrong_header_is_refused(
    client: httpx.AsyncClient,
    village: Village,
    as_account: AsAccount,
    headers: dict[str, str],
    status: int,
) -> None:
    answer = await client.post(
        "/v1/things", content=b"{}", headers=as_account(village.resident) | headers
    )

    assert answer.status_code == status


@pytest.mark.parametrize("query", UNUSABLE_QUERIES)
async def test_an_unusable_query_is_refused(
    client: httpx.AsyncClient, as_account: AsAccount, query: str
) -> None:
    answer = await client.get(f"/v1/things?{query}", headers=as_account(None))

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_missing_key_is_refused(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    headers = as_account(village.resident)
    del headers["Idempotency-Key"]

    answer = await client.post("/v1/things", json=a_thing(village), headers=headers)

    assert answer.json()["type"] == "/problems/idempotency-key-missing"


async def test_the_same_key_gets_the_same_answer(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount, session: Session
) -> None:
    headers = as_account(village.resident)
    first = await client.post("/v1/things", json=a_thing(village), headers=headers)

    again = await client.post("/v1/things", json=a_thing(village), headers=headers)

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await session.execute(text("select count(*) from things"))).scalar() == 1


async def test_a_key_stands_for_one_body(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    headers = as_account(village.resident)
    await client.post("/v1/things", json=a_thing(village), headers=headers)

    other = await client.post("/v1/things", json=a_thing(village, amount_tiyn=6), headers=headers)

    assert other.status_code == 422


async def test_twenty_racing_duplicates_have_one_effect_and_twenty_equal_answers(
    racing_client: httpx.AsyncClient, settled: Village, as_account: AsAccount, committed: Database
) -> None:
    headers = as_account(settled.resident)

    answers = await asyncio.gather(
        *(
            racing_client.post("/v1/things", json=a_thing(settled), headers=headers)
            for _ in range(20)
        )
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    async with committed.sessions() as session:
        assert (await session.execute(text("select count(*) from things"))).scalar() == 1
        assert (await session.execute(text("select count(*) from outbox"))).scalar() == 1


async def test_a_violated_constraint_is_answered_as_the_rule_it_keeps(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    await client.post("/v1/things", json=a_thing(village), headers=as_account(village.resident))

    twin = await client.post(
        "/v1/things", json=a_thing(village), headers=as_account(village.resident, language="ru")
    )

    assert twin.status_code == 409
    assert twin.json()["type"] == "/problems/thing-exists"
    assert twin.json()["title"] == "Такое название есть."
    assert twin.headers["Content-Language"] == "ru"


async def test_who_is_out_of_reach_sees_nothing_and_who_has_another_role_is_told(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    stranger = await client.post(
        "/v1/things", json=a_thing(village), headers=as_account(village.stranger)
    )
    akim = await client.post("/v1/things", json=a_thing(village), headers=as_account(village.akim))
    nobody = await client.post("/v1/things", json=a_thing(village), headers=as_account(None))

    assert (stranger.status_code, akim.status_code, nobody.status_code) == (404, 403, 401)
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_route_that_forgets_to_ask_answers_nothing(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    answer = await client.get("/v1/things/silent", headers=as_account(village.akim))

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_route_without_a_known_action_cannot_be_declared() -> None:
    with pytest.raises(UndeclaredAction):
        Routes("/v1/x", tag="x").get("", action="no.such.action")


async def test_pages_have_no_gap_and_no_repeat_while_rows_are_added(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    for number in (1, 2, 3, 5, 6):
        await client.post(
            "/v1/things",
            json=a_thing(village, title=f"t{number}"),
            headers=as_account(village.resident),
        )

    first = (await client.get("/v1/things?limit=3", headers=as_account(None))).json()
    await client.post(
        "/v1/things", json=a_thing(village, title="t4"), headers=as_account(village.resident)
    )
    await client.post(
        "/v1/things", json=a_thing(village, title="t0"), headers=as_account(village.resident)
    )
    second = (
        await client.get(
            "/v1/things", params={"limit": 3, "cursor": first["next"]}, headers=as_account(None)
        )
    ).json()

    assert [thing["title"] for thing in first["items"] + second["items"]] == [
        "t1",
        "t2",
        "t3",
        "t4",
        "t5",
        "t6",
    ]
    assert second["next"] is None


async def test_a_cursor_serves_only_the_list_the_filter_and_the_caller_it_was_given_to(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    for number in range(3):
        await client.post(
            "/v1/things",
            json=a_thing(village, title=f"t{number}"),
            headers=as_account(village.resident),
        )
    cursor = (await client.get("/v1/things?limit=1", headers=as_account(None))).json()["next"]
    tampered = ("B" if cursor[0] == "A" else "A") + cursor[1:]

    answers = [
        await client.get("/v1/things", params=params, headers=as_account(account))
        for params, account in (
            ({"cursor": cursor}, village.resident),
            ({"cursor": cursor, "unit_id": str(uuid4())}, None),
            ({"cursor": tampered}, None),
        )
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


@pytest.mark.parametrize("path", ["/v1/things/", "/V1/things", "/docs", "/metrics", "/nothing"])
async def test_other_addresses_do_not_exist(
    client: httpx.AsyncClient, as_account: AsAccount, path: str
) -> None:
    answer = await client.get(path, headers=as_account(None))

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_call_without_an_internal_token_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/things")

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "kk"),
        ("ru", "ru"),
        ("en;q=0.1, ru;q=0.9", "ru"),
        ("de", "kk"),
        ("*;;;q=zz,,", "kk"),
        ("en-GB", "en"),
    ],
)
async def test_the_readers_language_is_spoken(
    client: httpx.AsyncClient, header: str, language: str
) -> None:
    answer = await client.get("/nothing", headers={"Accept-Language": header})

    assert answer.headers["Content-Language"] == language


async def test_a_sum_beyond_64_bits_is_refused_by_name(
    client: httpx.AsyncClient, village: Village, as_account: AsAccount
) -> None:
    too_much = a_thing(village, amount_tiyn=10**15 + 1)

    answer = await client.post("/v1/things", json=too_much, headers=as_account(village.resident))

    assert answer.status_code == 400


async def test_an_overflow_in_the_database_is_the_senders_mistake(session: Session) -> None:
    with pytest.raises(DBAPIError) as overflow:
        await session.execute(text("select 9223372036854775807 + 1::bigint"))

    assert refusal_of(overflow.value).slug == "too-large-a-sum"
