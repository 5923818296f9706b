"""What is remembered between two requests: published keys, and tokens already verified."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp

from shared.tokens.access import AccessClaims
from shared.tokens.keys import MAX_KEY_SET_BYTES, PublicKeys, parse_public_keys
from shared.tokens.refusals import KeySetRefused

FRESH_SECONDS = 600.0
REFETCH_PAUSE_SECONDS = 30.0
# Before the first success there is nothing to serve, so we ask again sooner.
FIRST_FETCH_PAUSE_SECONDS = 1.0
STALE_SECONDS = 24 * 3600.0
FETCH_TIMEOUT_SECONDS = 3.0
MAX_CACHED_TOKENS = 10_000
MAX_CACHED = timedelta(seconds=60)

logger = logging.getLogger(__name__)

Fetch = Callable[[], Awaitable[bytes]]


class PublishedKeys:
    """An issuer's keys, fetched rarely and kept through its outages.

    They are fresh for ten minutes. A key id that is not among them is looked for again at most
    twice a minute, however many tokens name it, and all who wait share one fetch. While the
    issuer is silent the last known keys serve for 24 hours, then none.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._on_change = on_change
        self._clock = clock
        self._keys: PublicKeys = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._flight: asyncio.Task[None] | None = None

    async def containing(self, key_id: str) -> PublicKeys:
        """Return the issuer's keys, asking it again if they are old or lack this key id."""
        if self._age() >= FRESH_SECONDS or key_id not in self._keys:
            await self._refresh()
        return self._keys if self._age() < STALE_SECONDS else {}

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    async def _refresh(self) -> None:
        if self._flight is None:
            pause = FIRST_FETCH_PAUSE_SECONDS if self._fetched_at is None else REFETCH_PAUSE_SECONDS
            if self._tried_at is not None and self._clock() - self._tried_at < pause:
                return
            self._tried_at = self._clock()
            self._flight = asyncio.create_task(self._load())
        # Shielded: a caller who gives up must not take the fetch from those who still wait.
        await asyncio.shield(self._flight)

    async def _load(self) -> None:
        try:
            keys = parse_public_keys(await self._fetch())
        except (KeySetRefused, OSError, TimeoutError, aiohttp.ClientError) as cause:
            logger.warning("issuer keys not fetched", extra={"cause": repr(cause)[:200]})
            return
        finally:
            self._flight = None
        is_changed = self._fetched_at is not None and _thumbprints(keys) != _thumbprints(self._keys)
        self._keys, self._fetched_at = keys, self._clock()
        if is_changed:
            self._on_change()


class VerifiedTokens:
    """Tokens verified within the last minute, so that a signature is checked once, not per request.

    Bounded in number; a token is known by its digest and forgotten when it expires.
    """

    def __init__(self, capacity: int = MAX_CACHED_TOKENS) -> None:
        self._capacity = capacity
        self._known: dict[bytes, tuple[datetime, AccessClaims]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, token: str, now: datetime) -> AccessClaims | None:
        """Return what the token proved, or None if that is not known any more."""
        found = self._known.get(_digest(token))
        return found[1] if found is not None and now < found[0] else None

    def keep(self, token: str, claims: AccessClaims, now: datetime) -> None:
        """Remember what a token proved, for a minute or until it expires."""
        digest = _digest(token)
        self._known.pop(digest, None)
        if len(self._known) >= self._capacity:
            del self._known[next(iter(self._known))]
        self._known[digest] = (min(claims.expires_at, now + MAX_CACHED), claims)

    def clear(self) -> None:
        """Forget every token: a key was withdrawn, and what it signed must be proven anew."""
        self._known.clear()


async def fetch_key_set(client: aiohttp.ClientSession, url: str) -> bytes:
    """Fetch a published key set: no redirects, at most 64 KiB, within three seconds.

    Raises:
        KeySetRefused: another status than 200, or too many bytes.
        OSError, TimeoutError, aiohttp.ClientError: the issuer does not answer.
    """
    limit = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_SECONDS)
    async with client.get(url, allow_redirects=False, timeout=limit) as answer:
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise KeySetRefused(f"the issuer answered {answer.status}")
        document = bytearray()
        async for chunk in answer.content.iter_chunked(8192):
            document += chunk
            if len(document) > MAX_KEY_SET_BYTES:
                raise KeySetRefused("larger than 64 KiB")
        return bytes(document)


def _digest(token: str) -> bytes:
    return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def _thumbprints(keys: PublicKeys) -> dict[str, str]:
    return {key_id: key.thumbprint() for key_id, key in keys.items()}
