"""Keys are fetched rarely, outlive their issuer's outages, and leave when withdrawn."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from shared.tokens.access import AccessClaims
from shared.tokens.caches import PublishedKeys, VerifiedTokens
from shared.tokens.keys import new_signing_key, public_document

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class AnIssuer:
    """The world outside: an issuer that publishes keys, falls silent, and counts who asks."""

    def __init__(self) -> None:
        self.keys = [new_signing_key()]
        self.fetches = 0
        self.is_down = False
        self.seconds = 1000.0
        self.changes = 0
        self.cache = PublishedKeys(
            self.publish, on_change=self.notice_change, clock=lambda: self.seconds
        )

    async def publish(self) -> bytes:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise ConnectionRefusedError
        return json.dumps(public_document(*self.keys)).encode()

    def notice_change(self) -> None:
        self.changes += 1

    async def knows(self, key_id: str | None) -> bool:
        return str(key_id) in await self.cache.containing(str(key_id))


async def test_a_fresh_key_is_fetched_once() -> None:
    issuer = AnIssuer()

    answers = [await issuer.knows(issuer.keys[0].kid) for _ in range(50)]

    assert all(answers)
    assert issuer.fetches == 1


async def test_all_who_wait_share_one_fetch() -> None:
    issuer = AnIssuer()

    answers = await asyncio.gather(*(issuer.knows(issuer.keys[0].kid) for _ in range(50)))

    assert all(answers)
    assert issuer.fetches == 1


async def test_two_thousand_unknown_keys_cost_one_fetch_in_thirty_seconds() -> None:
    issuer = AnIssuer()
    await issuer.knows(issuer.keys[0].kid)
    issuer.seconds += 30

    answers = [await issuer.knows(f"random-{n}") for n in range(2000)]

    assert not any(answers)
    assert issuer.fetches == 2


async def test_a_new_key_is_found_with_one_fetch() -> None:
    issuer = AnIssuer()
    await issuer.knows(issuer.keys[0].kid)
    issuer.keys.append(new_signing_key())
    issuer.seconds += 31

    assert await issuer.knows(issuer.keys[1].kid)
    assert issuer.fetches == 2
    assert issuer.changes == 1


async def test_a_withdrawn_key_is_refused_after_ten_minutes() -> None:
    issuer = AnIssuer()
    withdrawn = issuer.keys[0].kid
    await issuer.knows(withdrawn)
    issuer.keys = [new_signing_key()]

    issuer.seconds += 599
    assert await issuer.knows(withdrawn)
    issuer.seconds += 1

    assert not await issuer.knows(withdrawn)


async def test_known_keys_serve_a_day_without_their_issuer() -> None:
    issuer = AnIssuer()
    key_id = issuer.keys[0].kid
    await issuer.knows(key_id)
    issuer.is_down = True

    issuer.seconds += 24 * 3600 - 1
    assert await issuer.knows(key_id)
    issuer.seconds += 1

    assert not await issuer.knows(key_id)


async def test_an_issuer_that_comes_late_is_found_soon() -> None:
    issuer = AnIssuer()
    issuer.is_down = True
    assert not await issuer.knows(issuer.keys[0].kid)
    issuer.is_down = False
    issuer.seconds += 1

    assert await issuer.knows(issuer.keys[0].kid)


async def test_who_gives_up_does_not_take_the_fetch_from_the_others() -> None:
    issuer = AnIssuer()
    hasty = asyncio.create_task(issuer.knows(issuer.keys[0].kid))
    patient = asyncio.create_task(issuer.knows(issuer.keys[0].kid))
    await asyncio.sleep(0)

    hasty.cancel()

    assert await patient
    with pytest.raises(asyncio.CancelledError):
        await hasty


def some_claims(life_seconds: int = 900) -> AccessClaims:
    return AccessClaims("iss", "sub", None, None, None, NOW + timedelta(seconds=life_seconds))


def test_a_verified_token_is_known_for_a_minute() -> None:
    tokens = VerifiedTokens()
    claims = some_claims()
    tokens.keep("a.b.c", claims, NOW)

    assert tokens.find("a.b.c", NOW + timedelta(seconds=59)) == claims
    assert tokens.find("a.b.c", NOW + timedelta(seconds=60)) is None


def test_a_verified_token_is_never_known_beyond_its_expiry() -> None:
    tokens = VerifiedTokens()
    tokens.keep("a.b.c", some_claims(life_seconds=5), NOW)

    assert tokens.find("a.b.c", NOW + timedelta(seconds=5)) is None


def test_the_oldest_token_makes_room() -> None:
    tokens = VerifiedTokens(capacity=2)
    for token in ("first", "second", "third"):
        tokens.keep(token, some_claims(), NOW)

    assert tokens.find("first", NOW) is None
    assert tokens.find("third", NOW) is not None
    assert len(tokens) == 2


def test_a_withdrawn_key_makes_every_token_prove_itself_again() -> None:
    tokens = VerifiedTokens()
    tokens.keep("a.b.c", some_claims(), NOW)

    tokens.clear()

    assert tokens.find("a.b.c", NOW) is None
