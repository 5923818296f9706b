"""The internal token: what the gateway tells one service about a caller, for one minute.

A plain header could be written by anything on the network. This one is signed, meant for one
service, and too short-lived to be worth keeping.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from shared.tokens.compact import encode_segment, parse_token, verified_claims
from shared.tokens.keys import PublicKeys
from shared.tokens.refusals import TokenRefused

TOKEN_TYPE = "int+jwt"  # noqa: S105 - a media type
ISSUER = "ortaq-gateway"
ANONYMOUS = "anonymous"
LIFETIME = timedelta(seconds=60)
# Two machines' clocks may differ by this much; it never lengthens a token's life.
CLOCK_SKEW = timedelta(seconds=5)
LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True)
class InternalClaims:
    """A caller as the gateway knows them.

    `subject` is the pseudonymous account id (None: nobody has signed in), `acr` the strength of
    the login and `authenticated_at` its instant, as the issuer said them.
    """

    subject: UUID | None
    acr: str | None
    authenticated_at: datetime | None
    language: str
    trace_id: str | None
    expires_at: datetime


def mint_internal_token(  # noqa: PLR0913 - one parameter per claim
    key: OKPKey,
    audience: str,
    subject: UUID | None,
    *,
    now: datetime,
    session_id: str | None = None,
    acr: str | None = None,
    auth_time: datetime | None = None,
    language: str = "kk",
    trace_id: str | None = None,
) -> str:
    """Sign what the service named `audience` may know of a caller; it holds for 60 seconds."""
    issued_at = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": ANONYMOUS if subject is None else str(subject),
        "iat": issued_at,
        "exp": issued_at + int(LIFETIME.total_seconds()),
        "sid": session_id,
        "acr": acr,
        "auth_time": None if auth_time is None else int(auth_time.timestamp()),
        "lang": language,
        "trace": trace_id,
    }
    header = {"alg": "EdDSA", "kid": key.kid, "typ": TOKEN_TYPE}
    signed = f"{_segment(header)}.{_segment({k: v for k, v in claims.items() if v is not None})}"
    signature = JWSRegistry.algorithms["EdDSA"].sign(signed.encode("ascii"), key)
    return f"{signed}.{encode_segment(signature)}"


def verify_internal_token(
    token: str, keys: PublicKeys, audience: str, now: datetime
) -> InternalClaims:
    """Return the caller that the gateway vouches for to the service named `audience`.

    Raises:
        TokenRefused: not signed by the gateway, for another service, or older than 60 seconds.
    """
    parsed = parse_token(token)
    if parsed.header.get("typ") != TOKEN_TYPE:
        raise TokenRefused("not an internal token")
    claims = verified_claims(parsed, keys)
    if claims.get("iss") != ISSUER or claims.get("aud") != audience:
        raise TokenRefused("not for this service")
    issued_at, expires_at = _instant(claims, "iat"), _instant(claims, "exp")
    if expires_at - issued_at > LIFETIME or issued_at > now + CLOCK_SKEW or now >= expires_at:
        raise TokenRefused("not valid now")
    return InternalClaims(
        subject=_subject(claims.get("sub")),
        acr=_text(claims, "acr"),
        authenticated_at=_instant(claims, "auth_time") if "auth_time" in claims else None,
        language=_language(claims.get("lang")),
        trace_id=_text(claims, "trace"),
        expires_at=expires_at,
    )


def _segment(document: dict[str, Any]) -> str:
    return encode_segment(json.dumps(document, separators=(",", ":")).encode("utf-8"))


def _instant(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    # `type` and not `isinstance`: in Python a boolean is an integer.
    if type(seconds) is not int or not 0 <= seconds < 2**35:
        raise TokenRefused(f"claim {name} is no instant")
    return datetime.fromtimestamp(seconds, UTC)


def _subject(subject: object) -> UUID | None:
    if subject == ANONYMOUS:
        return None
    if not isinstance(subject, str):
        raise TokenRefused("claim sub is no account id")
    try:
        return UUID(subject)
    except ValueError as cause:
        raise TokenRefused("claim sub is no account id") from cause


def _text(claims: dict[str, Any], name: str) -> str | None:
    text = claims.get(name)
    if text is not None and not isinstance(text, str):
        raise TokenRefused(f"claim {name} is no text")
    return text


def _language(language: object) -> str:
    if language not in LANGUAGES:
        raise TokenRefused("claim lang is no language of ours")
    return str(language)
