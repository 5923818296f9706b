"""How much a caller may ask: size of a body, and requests per minute."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.refusals import TooManyRequests

MAX_JSON_BYTES = 256 * 1024
MAX_BULK_BYTES = 5 * 1024 * 1024
WINDOW_SECONDS = 60.0
MAX_CALLERS = 50_000
# Addresses that take whole files: elections, acts of budget, statements.
BULK_SUFFIXES = ("/import", "/bulk", "/batches", "/v1/counts")


def max_body_bytes(path: str) -> int:
    """Return how large a body this address takes, in bytes."""
    return MAX_BULK_BYTES if path.endswith(BULK_SUFFIXES) else MAX_JSON_BYTES


@dataclass
class _Window:
    began_at: float
    used: int


class RequestQuota:
    """Requests per caller and minute, in windows that begin with a caller's first request.

    Bounded: when too many callers are known, those whose minute is over are forgotten first.
    """

    def __init__(
        self, limit: int, name: str = "user", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self._name = name
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def spend(self, caller: str) -> list[tuple[bytes, bytes]]:
        """Count one request of a caller; return the `RateLimit` headers that tell what is left.

        Raises:
            TooManyRequests: this minute's requests are used up.
        """
        now = self._clock()
        window = self._windows.get(caller)
        if window is None or now - window.began_at >= WINDOW_SECONDS:
            window = self._open(caller, now)
        seconds_left = max(1, round(WINDOW_SECONDS - (now - window.began_at)))
        if window.used >= self.limit:
            raise TooManyRequests(limit=self.limit, seconds=seconds_left)
        window.used += 1
        return self._headers(self.limit - window.used, seconds_left)

    def _open(self, caller: str, now: float) -> _Window:
        self._windows.pop(caller, None)
        if len(self._windows) >= MAX_CALLERS:
            over = [k for k, w in self._windows.items() if now - w.began_at >= WINDOW_SECONDS]
            for known in over or [next(iter(self._windows))]:
                del self._windows[known]
        window = self._windows[caller] = _Window(now, 0)
        return window

    def _headers(self, left: int, seconds: int) -> list[tuple[bytes, bytes]]:
        policy = f'"{self._name}";q={self.limit};w={WINDOW_SECONDS:.0f}'
        state = f'"{self._name}";r={left};t={seconds}'
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]
