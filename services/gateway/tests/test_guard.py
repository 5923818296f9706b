"""Slow, greedy and too many clients are cut off, and the others do not notice."""

import asyncio
import contextlib
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from gateway.door import DoorLimits
from gateway.guard import GuardedProtocol
from gateway.heads import MAX_HEAD_BYTES, check_beginning, read_head
from shared.errors import Refusal

from .conftest import exchange, read_answer

App = Callable[[Scope, Receive, Send], Awaitable[None]]
GOOD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
QUICK = DoorLimits(
    head_seconds=0.4,
    body_idle_seconds=0.5,
    body_bytes_per_second=500,
    reader_seconds=0.5,
    linger_seconds=0.2,
    connections=400,
    connections_per_address=3,
)


async def reading_app(scope: Scope, receive: Receive, send: Send) -> None:
    is_more = True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        is_more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def early_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers without reading the body, as a refusal does."""
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"no"})


async def endless_app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(100_000):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        await asyncio.sleep(0)


@asynccontextmanager
async def a_door(
    app: App = reading_app, limits: DoorLimits = QUICK, *, is_local: bool = True
) -> AsyncIterator[int]:
    config = Config(app, lifespan="off", ws="none", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    own = {"limits": limits, "addresses": Counter[str]()}
    protocol = type("Door", (GuardedProtocol,), own)
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config, state, {}), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\n", GOOD[:-2]])
async def test_a_head_that_does_not_come_is_given_up(begun: bytes) -> None:
    async with a_door() as port:
        asked = time.monotonic()
        answer = await exchange(port, begun)

    assert answer is not None
    assert answer.status == 408
    assert 0.3 < time.monotonic() - asked < 2


async def test_a_head_that_drips_is_given_up() -> None:
    async with a_door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def drip() -> None:
            for octet in GOOD * 100:
                writer.write(bytes([octet]))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        answer = await read_answer(reader)
        dripping.cancel()
        writer.close()

    assert answer is not None
    assert answer.status == 408


@pytest.mark.parametrize("pause_seconds", [0.05, 10.0])
async def test_a_body_that_drips_or_stops_is_given_up(pause_seconds: float) -> None:
    async with a_door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n")

        async def drip() -> None:
            while True:
                writer.write(b"a")
                await asyncio.sleep(pause_seconds)

        dripping = asyncio.create_task(drip())
        answer = await asyncio.wait_for(read_answer(reader), 5)
        dripping.cancel()
        writer.close()

    assert answer is not None
    assert answer.status == 408


async def test_a_reader_that_takes_nothing_is_cut_off() -> None:
    async with a_door(endless_app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(GOOD)
        await asyncio.sleep(1.2)

        taken_bytes = 0
        with contextlib.suppress(ConnectionError):
            while taken := await asyncio.wait_for(reader.read(65536), 5):
                taken_bytes += len(taken)
        writer.close()

    assert taken_bytes < 100_000 * 65536


async def test_three_hundred_slow_sockets_do_not_slow_the_others() -> None:
    async with a_door(limits=DoorLimits(head_seconds=3.0)) as port:
        slow = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", port) for _ in range(300))
        )
        for _, writer in slow:
            writer.write(b"GET / HTTP/1.1\r\nX: ")

        seconds = []
        for _ in range(100):
            asked = time.monotonic()
            answer = await exchange(port, GOOD)
            seconds.append(time.monotonic() - asked)
            assert answer is not None
            assert answer.status == 204
        answers = await asyncio.gather(*(read_answer(reader) for reader, _ in slow))
        for _, writer in slow:
            writer.close()

    assert statistics.quantiles(seconds, n=100)[-1] < 1.0
    assert {answer.status if answer else None for answer in answers} == {408}


async def test_more_connections_than_we_serve_are_turned_away() -> None:
    async with a_door(limits=DoorLimits(connections=5)) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        refused = await exchange(port, GOOD)
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.1)
        later = await exchange(port, GOOD)

    assert refused is not None
    assert refused.status == 503
    assert later is not None
    assert later.status == 204


async def test_an_early_answer_arrives_although_the_body_is_still_coming() -> None:
    body = b"a" * 3_000_000
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with a_door(early_app) as port:
        answer = await exchange(port, head + body)

    assert answer is not None
    assert answer.status == 413


async def test_a_second_request_waits_for_the_first_answer_unread() -> None:
    async with a_door() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GOOD * 50)
        answers = [await read_answer(reader) for _ in range(50)]
        writer.close()

    assert all(answer and answer.status == 204 for answer in answers)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_judgement_of_heads(octets: bytes) -> None:
    for judged in (octets, GOOD[:-4] + b"\r\n" + octets):
        try:
            check_beginning(judged)
            head = read_head(judged + b"\r\n\r\n")
        except Refusal:
            continue
        assert head.octets.endswith(b"\r\n\r\n")
        assert head.octets.lower().count(b"\r\nhost:") == 1


@given(
    st.lists(
        st.sampled_from(
            [
                "Content-Length: 3",
                "content-length:4",
                "Transfer-Encoding: chunked",
                "TRANSFER-ENCODING: Chunked",
                "Transfer-Encoding: identity",
                "Connection: close",
                "Connection: transfer-encoding",
                "X-One: a",
                "Host: other",
            ]
        ),
        max_size=5,
    )
)
def test_a_judged_head_frames_its_body_in_exactly_one_way(lines: list[str]) -> None:
    text = "\r\n".join(["POST / HTTP/1.1", "Host: localhost", *lines, "", ""])
    try:
        head = read_head(text.encode())
    except Refusal:
        return

    lower = head.octets.lower()
    framings = lower.count(b"\r\ncontent-length:") + lower.count(b"\r\ntransfer-encoding:")
    assert framings == (1 if head.is_chunked or head.content_length else 0)
    assert not (head.is_chunked and head.content_length)


@given(st.integers(0, MAX_HEAD_BYTES + 5))
def test_an_unfinished_head_has_an_end(size: int) -> None:
    begun = b"GET / HTTP/1.1\r\nX: " + b"a" * size

    try:
        check_beginning(begun)
        is_patient = True
    except Refusal:
        is_patient = False

    assert is_patient == (len(begun) - 14 <= 16 * 1024)
