"""Raw bytes on a socket: every bad request is refused as listed and reaches no service."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .conftest import AUDIENCE, ISSUER, Answer, Gateway, ask, exchange, hostile, read_answer

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases.jsonl").read_text("utf-8").splitlines()
]
MAX_PROBLEM_BYTES = 16 * 1024


def octets_of(case: dict[str, Any]) -> bytes:
    """The bytes of a case; a pair in `send` is a text and how often it is repeated."""
    parts = (part if isinstance(part, str) else part[0] * part[1] for part in case["send"])
    return "".join(parts).encode("latin-1")


def check_problem(answer: Answer) -> None:
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert len(answer.body) <= MAX_PROBLEM_BYTES
    problem = answer.json
    assert problem["status"] == answer.status
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{number}: row {case['row']}" for number, case in enumerate(CASES, 1)]
)
async def test_a_case_is_answered_as_listed(gateway: Gateway, case: dict[str, Any]) -> None:
    begun = len(gateway.echo.seen)

    answer = await exchange(gateway.port, octets_of(case), seconds=9.0)

    seen = gateway.echo.seen[begun:]
    assert answer is not None
    assert answer.status in case["status"]
    if answer.status >= 400:
        check_problem(answer)
    if case["upstream"] is not None:
        assert len(seen) == int(case["upstream"])
    assert case.get("never", "\0") not in json.dumps(seen)
    assert "secret-token" not in answer.body.decode()
    assert ("allow" in answer.headers) >= case.get("allow", False)
    assert ("www-authenticate" in answer.headers) >= case.get("challenge", False)
    assert "access-control-allow-origin" not in answer.headers


async def test_what_is_refused_at_the_door_ends_the_connection(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    begun = len(gateway.echo.seen)
    good = b"GET /v1/units HTTP/1.1\r\nHost: localhost\r\n\r\n"

    writer.write(b"GET /v1/units HTTP/1.1\r\nHost : localhost\r\n\r\n" + good)
    answer = await read_answer(reader)
    writer.write(good)
    rest = await reader.read()
    writer.close()

    assert answer is not None
    assert answer.status == 400
    assert answer.headers["connection"] == "close"
    assert rest == b""
    assert len(gateway.echo.seen) == begun


@pytest.mark.parametrize("cut", [1, 7, 20, 40, 60])
async def test_a_request_may_arrive_in_pieces(gateway: Gateway, cut: int) -> None:
    request = b"POST /v1/units HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabcdef"
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)

    for piece in (request[:cut], request[cut:]):
        writer.write(piece)
        await asyncio.sleep(0.02)
    answer = await read_answer(reader)
    writer.close()

    assert answer is not None
    assert answer.status == 200
    assert gateway.echo.seen[-1]["body"] == "abcdef"


async def test_hostile_tokens_open_nothing(gateway: Gateway) -> None:
    begun = len(gateway.echo.seen)
    setting = hostile.Setting(ISSUER, AUDIENCE, datetime.now(UTC))
    for name, token in hostile.hostile_tokens(setting):
        headers = {"Authorization": f"Bearer {token}"}
        if not token.isascii():
            continue
        answer = await ask(gateway.port, "GET", "/v1/units", headers=headers)

        assert answer.status == 401, name
        check_problem(answer)
        assert "www-authenticate" in answer.headers
    assert len(gateway.echo.seen) == begun


async def test_two_thousand_unknown_keys_ask_the_issuer_at_most_once(gateway: Gateway) -> None:
    await ask(gateway.port, "GET", "/v1/me", headers={"Authorization": f"Bearer {gateway.token()}"})
    fetches = gateway.echo.key_fetches
    token = gateway.token()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)

    statuses = set()
    for number in range(2000):
        head = hostile.b64(
            json.dumps({"alg": "RS256", "kid": f"k{number}", "typ": "at+jwt"}).encode()
        )
        forged = f"{head}.{token.partition('.')[2]}"
        line = "GET /v1/me HTTP/1.1\r\nHost: localhost\r\n"
        writer.write(f"{line}Authorization: Bearer {forged}\r\n\r\n".encode())
        answer = await read_answer(reader)
        statuses.add(answer.status if answer else None)
    writer.close()

    assert statuses == {401}
    assert gateway.echo.key_fetches - fetches <= 1


@pytest.mark.parametrize(
    ("wish", "spoken"), [("ru", "ru"), ("en;q=0.9, kk;q=0.1", "en"), ("", "kk")]
)
async def test_a_refusal_speaks_the_callers_language(
    gateway: Gateway, wish: str, spoken: str
) -> None:
    answer = await ask(gateway.port, "GET", "/nowhere", headers={"Accept-Language": wish})

    assert answer.headers["content-language"] == spoken
    assert answer.headers["vary"] == "Accept-Language"
