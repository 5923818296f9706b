"""The client towards the services, behind one small interface."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from gateway.breaker import Breaker
from gateway.refusals import ServiceTooSlow, ServiceUnreachable

CONNECT_SECONDS = 1.0
TOTAL_SECONDS = 5.0
BULK_SECONDS = 30.0
# Below the services' own five seconds, so that we never send into a connection being closed.
KEEP_ALIVE_SECONDS = 3.0
MAX_ANSWER_HEAD_BYTES = 16 * 1024
RETRY_SHARE = 0.1
MAX_SAVED_RETRIES = 10.0

Body = bytes | AsyncIterator[bytes] | None


@dataclass(frozen=True)
class Errand:
    """One request to a service, rebuilt from judged parts.

    `target` is path and query exactly as they came. `may_repeat` says that a second try after a
    failed connection cannot do anything twice.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: Body = None
    may_repeat: bool = False
    seconds: float = TOTAL_SECONDS


class Upstream:
    """One service: its address, its connections, and whether it is worth trying."""

    def __init__(self, address: str, client: aiohttp.ClientSession) -> None:
        self._address = address.rstrip("/")
        self._client = client
        self._breaker = Breaker()
        self._retries = MAX_SAVED_RETRIES

    @asynccontextmanager
    async def answer(self, errand: Errand) -> AsyncIterator[aiohttp.ClientResponse]:
        """Hold the service's answer; its body is still to be read within the same time limit.

        Raises:
            ServiceResting: it failed too often just now, or has all the work it can take.
            ServiceUnreachable: no connection, or the answer is no HTTP.
            ServiceTooSlow: not within the errand's seconds.
        """
        async with self._breaker.place():
            try:
                response = await self._send(errand)
                async with response:
                    self._breaker.succeeded()
                    yield response
            except TimeoutError as cause:
                self._breaker.failed()
                raise ServiceTooSlow from cause
            except (aiohttp.ClientError, OSError, ValueError) as cause:
                self._breaker.failed()
                raise ServiceUnreachable from cause

    async def is_ready(self, seconds: float) -> bool:
        """Ask whether the service can do its work; it may answer this even while it rests."""
        try:
            async with await self._try(Errand("GET", "/readyz", {}, seconds=seconds)) as answer:
                return answer.status == 200  # noqa: PLR2004 - OK
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return False

    async def _send(self, errand: Errand) -> aiohttp.ClientResponse:
        self._retries = min(self._retries + RETRY_SHARE, MAX_SAVED_RETRIES)
        try:
            return await self._try(errand)
        except aiohttp.ClientConnectionError as cause:
            is_safe = errand.method == "GET" or isinstance(cause, aiohttp.ClientConnectorError)
            if not (errand.may_repeat and is_safe and self._retries >= 1.0):
                raise
        self._retries -= 1.0
        await asyncio.sleep(random.uniform(0.02, 0.08))  # noqa: S311 - only spreads the retries
        return await self._try(errand)

    async def _try(self, errand: Errand) -> aiohttp.ClientResponse:
        return await self._client.request(
            errand.method,
            URL(self._address + errand.target, encoded=True),
            headers=errand.headers,
            data=errand.body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=errand.seconds, sock_connect=CONNECT_SECONDS),
        )


def new_client() -> aiohttp.ClientSession:
    """Open the pool of connections; it adds nothing to what is sent and follows nothing."""
    client = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        max_line_size=MAX_ANSWER_HEAD_BYTES,
        max_field_size=MAX_ANSWER_HEAD_BYTES,
    )
    # By itself it would send PUT and DELETE twice; which errand may be repeated is decided here.
    client._retry_connection = False
    return client
