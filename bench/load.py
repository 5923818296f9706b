"""A load generator: keep-alive connections that ask, wait for the whole answer and ask again.

Our own, because it has to count the same way on every machine: bounded in time and number, with
anything but the expected status an error. Parsing is httptools', the loop uvloop's.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httptools
import uvloop

MAX_ERRORS = 50
"""After so many a window is over: a broken server is not worth two seconds."""

MakeRequest = Callable[[], bytes]


@dataclass
class Window:
    """What happened while the load lasted; latencies in microseconds."""

    seconds: float = 0.0
    errors: int = 0
    first_error: str = ""
    latencies_us: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many answers were whole and as expected."""
        return len(self.latencies_us)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds

    @property
    def p50_us(self) -> float:
        """The latency that half of the answers kept."""
        return statistics.median(self.latencies_us)

    @property
    def p5_us(self) -> float:
        """The latency of the fastest twentieth: what it takes when nothing else runs."""
        return statistics.quantiles(self.latencies_us, n=20)[0]

    @property
    def p99_us(self) -> float:
        """The latency that 99 of 100 answers kept."""
        return statistics.quantiles(self.latencies_us, n=100)[98]

    def fail(self, reason: str) -> None:
        """Count an error and remember the first one's reason."""
        self.errors += 1
        self.first_error = self.first_error or reason


def get(path: str, host: str, headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a GET."""
    return _request("GET", path, host, headers or {}, b"")


def post(path: str, host: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a POST of JSON."""
    return _request(
        "POST", path, host, {"Content-Type": "application/json", **(headers or {})}, body
    )


def run_load(
    port: int,
    make_request: MakeRequest,
    *,
    connections: int,
    seconds: float,
    max_requests: int = 1_000_000,
    status: int = 200,
) -> Window:
    """Ask a loopback server as fast as it answers until the time or the number is used up."""
    plan = _Plan(port, make_request, status, max_requests, seconds)
    return uvloop.run(_run(plan, connections))


@dataclass
class _Plan:
    port: int
    make_request: MakeRequest
    status: int
    requests_left: int
    seconds: float
    ends_at: float = 0.0
    window: Window = field(default_factory=Window)

    def goes_on(self) -> bool:
        return (
            self.requests_left > 0
            and self.window.errors < MAX_ERRORS
            and time.perf_counter() < self.ends_at
        )


async def _run(plan: _Plan, connections: int) -> Window:
    began = time.perf_counter()
    plan.ends_at = began + plan.seconds
    async with asyncio.timeout(plan.seconds + 30):
        await asyncio.gather(*(_keep_asking(plan) for _ in range(connections)))
    plan.window.seconds = time.perf_counter() - began
    return plan.window


async def _keep_asking(plan: _Plan) -> None:
    """Be one client; a connection that the server closes is opened again."""
    loop = asyncio.get_running_loop()
    while plan.goes_on():
        try:
            transport, asking = await loop.create_connection(
                lambda: _Asking(plan), "127.0.0.1", plan.port
            )
        except OSError as cause:
            plan.window.fail(str(cause))
            continue
        await asking.ended
        transport.close()


class _Asking(asyncio.Protocol):
    """One connection; at most one request is under way on it."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._parser = httptools.HttpResponseParser(self)
        self._asked_at: float | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as cause:
            self._plan.window.fail(f"no HTTP: {cause}")
            self._end()

    def on_message_complete(self) -> None:
        took_us = (time.perf_counter() - (self._asked_at or 0.0)) * 1e6
        self._asked_at = None
        if self._parser.get_status_code() == self._plan.status:
            self._plan.window.latencies_us.append(took_us)
        else:
            self._plan.window.fail(f"status {self._parser.get_status_code()}")
        if not self._parser.should_keep_alive():
            self._end()
            return
        # The parser is still inside this message; it may begin the next one right after.
        self._parser = httptools.HttpResponseParser(self)
        self._ask()

    def connection_lost(self, cause: Exception | None) -> None:
        if self._asked_at is not None:
            self._plan.window.fail(f"connection lost: {cause}")
        self._end()

    def _ask(self) -> None:
        if not self._plan.goes_on():
            self._end()
            return
        self._plan.requests_left -= 1
        request = self._plan.make_request()
        self._asked_at = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]

    def _end(self) -> None:
        self._asked_at = None
        if not self.ended.done():
            self.ended.set_result(None)


def _request(method: str, path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
