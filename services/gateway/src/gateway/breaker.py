"""Protection of a service from us, and of us from a service: rest after failures, a full house."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.refusals import ServiceResting

WINDOW_SECONDS = 10.0
FEWEST_REQUESTS = 20
FAILING_SHARE = 0.5
REST_SECONDS = 5.0
MAX_IN_FLIGHT = 64
MAX_QUEUE_SECONDS = 0.1


class Breaker:
    """Lets requests through to one service while it is worth trying.

    When at least half of at least 20 requests within ten seconds failed, the service rests for
    five seconds; then one request probes whether it is back. At most 64 requests are on their
    way at once; another waits a tenth of a second for a place, no longer.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        max_in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        self._clock = clock
        self._places = asyncio.Semaphore(max_in_flight)
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._rests_until: float | None = None
        self._is_probing = False

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place on the way to the service.

        Raises:
            ServiceResting: the service rests, or every place stayed taken.
        """
        is_probe = self._begins_probe()
        try:
            await self._enter()
            try:
                yield
            finally:
                self._places.release()
        finally:
            if is_probe:
                self._is_probing = False

    def succeeded(self) -> None:
        """Count an answer, whatever it said: the service is alive."""
        self._rests_until = None
        self._count(is_failure=False)

    def failed(self) -> None:
        """Count a request that got no answer."""
        self._count(is_failure=True)
        is_failing = len(
            self._outcomes
        ) >= FEWEST_REQUESTS and self._failures >= FAILING_SHARE * len(self._outcomes)
        if is_failing or self._rests_until is not None:
            self._rests_until = self._clock() + REST_SECONDS
            self._outcomes.clear()
            self._failures = 0

    def _begins_probe(self) -> bool:
        if self._rests_until is None:
            return False
        if self._is_probing or self._clock() < self._rests_until:
            raise ServiceResting
        self._is_probing = True
        return True

    async def _enter(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(MAX_QUEUE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise ServiceResting from None

    def _count(self, *, is_failure: bool) -> None:
        now = self._clock()
        self._outcomes.append((now, is_failure))
        self._failures += is_failure
        while now - self._outcomes[0][0] > WINDOW_SECONDS:
            self._failures -= self._outcomes.popleft()[1]
