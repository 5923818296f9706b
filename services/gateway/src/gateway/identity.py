"""Who is calling, decided once at the edge and told to each service in a token of its own."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import aiohttp
from joserfc.jwk import OKPKey

from gateway.refusals import BearerTokenNeeded
from gateway.routes import Service
from shared.texts import Language
from shared.tokens.access import AccessClaims, Issuer, claimed_issuer, verify_access_token
from shared.tokens.caches import Fetch, PublishedKeys, VerifiedTokens, fetch_key_set
from shared.tokens.compact import key_id_of, parse_token
from shared.tokens.internal import mint_internal_token
from shared.tokens.refusals import TokenRefused

logger = logging.getLogger(__name__)

# A token is used again for half of its minute, so that a busy caller costs two signatures a
# minute and service, not two per request.
REUSE = timedelta(seconds=30)
MAX_MINTED = 10_000


@dataclass(frozen=True)
class Caller:
    """A person who has signed in, or nobody (`claims` is None) at an address."""

    claims: AccessClaims | None
    address: str

    @property
    def account_id(self) -> UUID | None:
        """The person's pseudonymous id; None for nobody."""
        return None if self.claims is None else self.claims.account_id


NOBODY = Caller(None, "")
"""Who asks when the gateway itself asks."""


class Passports:
    """Verifies access tokens and mints internal ones; the only place that holds the signing key."""

    def __init__(
        self,
        signing_key: OKPKey,
        issuers: Sequence[Issuer],
        client: aiohttp.ClientSession,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._signing_key = signing_key
        self._issuers: Mapping[str, Issuer] = {one.issuer: one for one in issuers}
        self._clock = clock
        self._verified = VerifiedTokens()
        self._minted: dict[tuple[AccessClaims | None, str, str], tuple[datetime, str]] = {}
        self._keys = {
            one.issuer: PublishedKeys(_fetch(client, one.jwks_url), on_change=self._verified.clear)
            for one in issuers
        }

    async def identify(self, authorization: bytes | None, address: str) -> Caller:
        """Return who the `Authorization` header proves; without one, nobody.

        Raises:
            BearerTokenNeeded: another scheme than Bearer.
            TokenRefused: the token proves nobody.
        """
        if authorization is None:
            return Caller(None, address)
        scheme, _, token = authorization.decode("ascii").partition(" ")
        if scheme.lower() != "bearer":
            raise BearerTokenNeeded
        try:
            return Caller(await self._verify(token), address)
        except TokenRefused as refusal:
            logger.info("access token refused", extra={"reason": refusal.reason})
            raise

    def passport(self, caller: Caller, service: Service, language: Language) -> str:
        """Return the internal token that tells `service` about a caller."""
        now = self._clock()
        known = (caller.claims, service, language)
        kept = self._minted.get(known)
        if kept is not None and now < kept[0]:
            return kept[1]
        token = self._mint(caller, service, language, now)
        self._minted.pop(known, None)
        if len(self._minted) >= MAX_MINTED:
            del self._minted[next(iter(self._minted))]
        self._minted[known] = (now + REUSE, token)
        return token

    async def _verify(self, token: str) -> AccessClaims:
        now = self._clock()
        known = self._verified.find(token, now)
        if known is not None:
            return known
        parsed = parse_token(token)
        issuer = self._issuers.get(claimed_issuer(parsed))
        if issuer is None:
            raise TokenRefused("unknown issuer")
        keys = await self._keys[issuer.issuer].containing(key_id_of(parsed))
        claims = verify_access_token(token, issuer, keys, now)
        self._verified.keep(token, claims, now)
        return claims

    def _mint(self, caller: Caller, service: Service, language: Language, now: datetime) -> str:
        claims = caller.claims
        return mint_internal_token(
            self._signing_key,
            service,
            caller.account_id,
            now=now,
            session_id=claims.session_id if claims else None,
            acr=claims.acr if claims else None,
            auth_time=claims.authenticated_at if claims else None,
            language=language,
        )


def _fetch(client: aiohttp.ClientSession, url: str) -> Fetch:
    async def fetch() -> bytes:
        return await fetch_key_set(client, url)

    return fetch
