"""A service that fails, stalls or talks nonsense costs its callers one clear answer, not us."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.breaker import Breaker
from gateway.limits import MAX_CALLERS, RequestQuota
from gateway.refusals import (
    ServiceResting,
    ServiceTooSlow,
    ServiceUnreachable,
    TooManyRequests,
)
from gateway.upstream import Errand, Upstream, new_client

from .conftest import Echo, ask, free_port, start_gateway, stop_gateway

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class AClock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def a_service(talk: Talk) -> AsyncIterator[tuple[Upstream, list[bytes]]]:
    """A service that says what `talk` says, and the heads it has heard."""
    heard: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with new_client() as client:
        yield Upstream(f"http://127.0.0.1:{port}", client), heard
    server.close()


def replying(octets: bytes) -> Talk:
    """A whole conversation: one answer to whatever is asked."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(octets)
        await writer.drain()
        writer.close()

    return converse


def saying(octets: bytes) -> Talk:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        await writer.drain()

    return talk


async def read(upstream: Upstream, errand: Errand) -> bytes:
    async with upstream.answer(errand) as answer:
        return await answer.read()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"\x00\xff\x00\xff\r\n\r\n",
        b"HTTP/1.1 200\r\nBad Name: a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
    ids=["silence", "noise", "bad name", "bad length", "half", "bad chunk", "long header"],
)
async def test_nonsense_from_a_service_is_told_as_unreachable(nonsense: bytes) -> None:
    async with a_service(saying(nonsense)) as (upstream, _):
        with pytest.raises(ServiceUnreachable):
            await read(upstream, Errand("GET", "/", {}))


async def test_a_service_that_stalls_is_told_as_slow() -> None:
    async def stall(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with a_service(stall) as (upstream, _):
        with pytest.raises(ServiceTooSlow):
            await read(upstream, Errand("GET", "/", {}, seconds=0.3))


async def test_an_absent_service_is_told_as_unreachable() -> None:
    async with new_client() as client:
        upstream = Upstream(f"http://127.0.0.1:{free_port()}", client)

        with pytest.raises(ServiceUnreachable):
            await read(upstream, Errand("GET", "/", {}))


@pytest.mark.parametrize(
    ("method", "may_repeat", "tries"), [("GET", True, 2), ("POST", True, 1), ("POST", False, 1)]
)
async def test_only_a_reading_is_tried_again_after_it_was_heard(
    method: str, may_repeat: bool, tries: int
) -> None:
    async with a_service(saying(b"")) as (upstream, heard):
        with pytest.raises(ServiceUnreachable):
            await read(upstream, Errand(method, "/", {}, body=None, may_repeat=may_repeat))

    assert len(heard) == tries


async def test_a_repeatable_write_is_tried_again_if_nobody_heard_it() -> None:
    port = free_port()
    errand = Errand("POST", "/", {}, body=b"{}", may_repeat=True)
    async with new_client() as client:
        sending = asyncio.create_task(read(Upstream(f"http://127.0.0.1:{port}", client), errand))
        await asyncio.sleep(0.005)
        server = await asyncio.start_server(replying(OK), "127.0.0.1", port)

        assert await sending == b"ok"
        server.close()


async def test_retries_are_a_tenth_of_the_requests_at_most() -> None:
    async with a_service(saying(b"")) as (upstream, heard):
        for _ in range(19):
            with contextlib.suppress(ServiceUnreachable):
                await read(upstream, Errand("GET", "/", {}, may_repeat=True))

    assert len(heard) <= 19 + 10 + 2


async def test_a_redirect_is_never_followed() -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    async with (
        a_service(saying(away)) as (upstream, heard),
        upstream.answer(Errand("GET", "/", {})) as answer,
    ):
        assert answer.status == 302
    assert len(heard) == 1


async def fail(breaker: Breaker) -> None:
    async with breaker.place():
        breaker.failed()


async def succeed(breaker: Breaker) -> None:
    async with breaker.place():
        breaker.succeeded()


async def test_a_failing_service_rests_and_is_probed_once() -> None:
    clock = AClock()
    breaker = Breaker(clock)
    for _ in range(20):
        await fail(breaker)

    with pytest.raises(ServiceResting):
        await succeed(breaker)
    clock.seconds += 5
    async with breaker.place():
        with pytest.raises(ServiceResting):
            await succeed(breaker)
        breaker.succeeded()

    await succeed(breaker)


async def test_a_failed_probe_means_another_rest() -> None:
    clock = AClock()
    breaker = Breaker(clock)
    for _ in range(20):
        await fail(breaker)
    clock.seconds += 5

    await fail(breaker)

    with pytest.raises(ServiceResting):
        await succeed(breaker)


@given(st.lists(st.booleans(), max_size=60))
async def test_a_service_rests_exactly_when_half_of_twenty_failed(outcomes: list[bool]) -> None:
    breaker = Breaker(AClock())
    rests_after = next(
        (
            number
            for number in range(20, len(outcomes) + 1)
            if outcomes[number - 1] and sum(outcomes[:number]) * 2 >= number
        ),
        None,
    )

    done = 0
    with contextlib.suppress(ServiceResting):
        for is_failure in outcomes:
            await (fail if is_failure else succeed)(breaker)
            done += 1

    assert done == (len(outcomes) if rests_after is None else rests_after)


async def test_failures_of_long_ago_do_not_count() -> None:
    clock = AClock()
    breaker = Breaker(clock)
    for _ in range(19):
        await fail(breaker)
    clock.seconds += 11

    await fail(breaker)

    await succeed(breaker)


async def test_a_full_house_turns_away_after_a_tenth_of_a_second() -> None:
    breaker = Breaker(max_in_flight=2)
    async with breaker.place(), breaker.place():
        with pytest.raises(ServiceResting):
            await asyncio.wait_for(succeed(breaker), 1)

    await succeed(breaker)


@given(st.integers(1, 50), st.integers(0, 120))
def test_a_caller_has_its_requests_and_no_more(limit: int, tries: int) -> None:
    quota = RequestQuota(limit, clock=AClock())

    done = 0
    with contextlib.suppress(TooManyRequests):
        for _ in range(tries):
            quota.spend("a")
            done += 1

    assert done == min(limit, tries)


def test_the_next_minute_begins_anew_and_callers_do_not_share() -> None:
    clock = AClock()
    quota = RequestQuota(1, clock=clock)
    quota.spend("a")
    quota.spend("b")

    with pytest.raises(TooManyRequests) as refusal:
        quota.spend("a")
    clock.seconds += 60

    assert refusal.value.retry_after_seconds == 60
    assert quota.spend("a")[1] == (b"ratelimit", b'"user";r=0;t=60')


def test_a_flood_of_callers_takes_bounded_memory() -> None:
    quota = RequestQuota(10, clock=AClock())

    for number in range(MAX_CALLERS + 500):
        quota.spend(str(number))

    assert len(quota) <= MAX_CALLERS


async def test_a_dead_service_leaves_the_others_alone(tmp_path: Path, echo: Echo) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    gateway = await start_gateway(tmp_path, echo, ORTAQ_BUDGET_URL=dead)
    try:
        answers = [await ask(gateway.port, "GET", "/v1/budgets") for _ in range(25)]
        other = await ask(gateway.port, "GET", "/v1/units")
    finally:
        await stop_gateway(gateway)

    assert [answer.status for answer in answers[:20]] == [502] * 20
    assert [answer.status for answer in answers[20:]] == [503] * 5
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)
    assert answers[-1].headers["retry-after"] == "5"
    assert other.status == 200


async def test_an_unplanned_error_page_of_a_service_is_not_shown(
    tmp_path: Path, echo: Echo
) -> None:
    page = b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nTraceback"
    server = await asyncio.start_server(replying(page), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gateway = await start_gateway(tmp_path, echo, ORTAQ_BUDGET_URL=f"http://127.0.0.1:{port}")
    try:
        answer = await ask(gateway.port, "GET", "/v1/budgets")
    finally:
        await stop_gateway(gateway)
        server.close()

    assert answer.status == 502
    assert b"Traceback" not in answer.body
