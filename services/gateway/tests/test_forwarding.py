"""A request reaches the service that owns its path, with its caller and nothing else."""

import asyncio
from datetime import timedelta

import pytest

from gateway.routes import COLLECTIONS
from shared.tokens.access import account_id

from .conftest import ISSUER, Gateway, ask, exchange, read_answer


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_every_collection_reaches_the_service_that_owns_it(
    gateway: Gateway, collection: str
) -> None:
    answer = await ask(gateway.port, "GET", f"/v1/{collection}/7?limit=5")

    service = COLLECTIONS[collection]
    assert answer.status == 200
    assert gateway.echo.seen[-1]["target"] == f"/{service}/v1/{collection}/7?limit=5"
    assert gateway.told(audience=service).subject is None


async def test_a_caller_is_told_to_the_service_by_a_pseudonym(gateway: Gateway) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('akim', acr='strong')}"}

    await ask(gateway.port, "GET", "/v1/units", headers={**headers, "Accept-Language": "ru, en"})

    claims = gateway.told()
    assert claims.subject == account_id(ISSUER, "akim")
    assert claims.acr == "strong"
    assert claims.language == "ru"
    assert claims.authenticated_at is not None
    assert "authorization" not in gateway.echo.seen[-1]["headers"]


async def test_an_internal_token_leaves_at_least_half_a_minute(gateway: Gateway) -> None:
    for _ in range(3):
        await ask(gateway.port, "GET", "/v1/units")

    first, last = gateway.told(-3), gateway.told(-1)

    assert last.expires_at - first.expires_at <= timedelta(seconds=30)


async def test_a_body_arrives_whole_and_unchanged(gateway: Gateway) -> None:
    body = bytes(range(256)) * 900

    answer = await ask(gateway.port, "POST", "/v1/proposals", body=body)

    assert answer.status == 200
    assert gateway.echo.seen[-1]["body"].encode("latin-1") == body


async def test_a_file_of_several_megabytes_streams_through(gateway: Gateway) -> None:
    body = b"a;b;c\n" * 700_000

    answer = await ask(gateway.port, "POST", "/v1/acts/import", body=body)

    assert answer.status == 200
    assert len(gateway.echo.seen[-1]["body"]) == len(body)


async def test_a_chunked_body_arrives_whole(gateway: Gateway) -> None:
    request = (
        b"POST /v1/proposals HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )

    answer = await exchange(gateway.port, request)

    assert answer is not None
    assert answer.status == 200
    assert gateway.echo.seen[-1]["body"] == "abcde"


async def test_only_listed_headers_pass_in_each_direction(gateway: Gateway) -> None:
    headers = {
        "Accept": "application/json",
        "Idempotency-Key": "k-1",
        "If-Match": '"3"',
        "User-Agent": "probe",
        "Cookie": "session=1",
        "X-Anything": "1",
        "X-Forwarded-For": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
        "X-Original-URL": "/admin",
        "X-HTTP-Method-Override": "DELETE",
    }

    answer = await ask(gateway.port, "GET", "/v1/units", headers=headers)

    assert set(gateway.echo.seen[-1]["headers"]) == {
        "host",
        "accept",
        "idempotency-key",
        "if-match",
        "traceparent",
        "internal-identity",
    }
    assert gateway.echo.seen[-1]["method"] == "GET"
    assert not {"set-cookie", "x-powered-by", "server"} & set(answer.headers)
    assert answer.headers["etag"] == '"1"'


async def test_every_answer_carries_the_security_headers(gateway: Gateway) -> None:
    for target in ("/v1/units", "/livez", "/nowhere"):
        headers = (await ask(gateway.port, "GET", target)).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("place", "is_kept"),
    [("/v1/units/2", True), ("http://evil.example/", False), ("//evil.example/", False)],
)
async def test_a_location_never_leads_away(gateway: Gateway, place: str, is_kept: bool) -> None:
    answer = await ask(gateway.port, "GET", f"/v1/units?to={place}")

    assert answer.headers.get("location") == (place if is_kept else None)


async def test_a_trace_goes_on_and_a_malformed_one_begins_anew(gateway: Gateway) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for value in (f"00-{trace}-00f067aa0ba902b7-01", "garbage", f"00-{'0' * 32}-{'1' * 16}-01"):
        await ask(gateway.port, "GET", "/v1/units", headers={"traceparent": value})

    sent = [seen["headers"]["traceparent"].split("-")[1] for seen in gateway.echo.seen[-3:]]
    assert sent[0] == trace
    assert trace not in sent[1:]
    assert "0" * 32 not in sent


async def test_a_head_request_gets_the_headers_of_a_get(gateway: Gateway) -> None:
    answer = await ask(gateway.port, "HEAD", "/v1/units")

    assert answer.status == 200
    assert answer.headers["etag"] == '"1"'
    assert gateway.echo.seen[-1]["method"] == "GET"


async def test_requests_sent_at_once_are_answered_in_order(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    begun = len(gateway.echo.seen)
    one = b"POST /v1/units?n=%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"

    writer.write(b"".join(one % number for number in range(5)))
    answers = [await read_answer(reader) for _ in range(5)]
    writer.close()

    assert [answer.status if answer else None for answer in answers] == [200] * 5
    targets = [seen["target"] for seen in gateway.echo.seen[begun:]]
    assert targets == [f"/registry/v1/units?n={number}" for number in range(5)]


async def test_a_connection_serves_many_requests(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    for _ in range(20):
        writer.write(b"GET /v1/units HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await read_answer(reader)
        assert answer is not None
        assert answer.status == 200
    writer.close()
