"""The access token: who a person is, in the words of the issuer they signed in with.

The rules follow RFC 9068 and RFC 8725. An issuer proves who a person is and how strongly they
signed in; what they may do, where and until when is said by our own registry, never by a token.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from shared.tokens.compact import UnverifiedToken, parse_object, parse_token, verified_claims
from shared.tokens.keys import PublicKeys
from shared.tokens.refusals import TokenRefused

ACCESS_TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
MAX_LIFETIME = timedelta(hours=1)
LEEWAY = timedelta(seconds=60)
MAX_SUBJECT_LENGTH = 255
MAX_AUDIENCES = 20
# Claims that only an ID token carries (OpenID Connect Core §2): it is for the client, not for us.
ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash"})
_ACCOUNTS = UUID("8b5f2f6c-0f0e-5f0b-9d63-6c1d7a1f4f3e")


@dataclass(frozen=True)
class Issuer:
    """One issuer that we trust to say who a person is.

    `typ` is what its access tokens carry in the header. An issuer that cannot write `at+jwt`
    (RFC 9068 §2.1) is named with what it writes instead, and then `azp` lists the clients that
    its tokens may be for, because the type alone no longer tells an access token.
    """

    issuer: str
    audience: str
    jwks_url: str
    typ: str = "at+jwt"
    azp: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessClaims:
    """A person as their issuer knows them: (issuer, subject), never a phone, e-mail or IIN."""

    issuer: str
    subject: str
    session_id: str | None
    acr: str | None
    authenticated_at: datetime | None
    expires_at: datetime

    @property
    def account_id(self) -> UUID:
        """The person's pseudonymous id inside the platform."""
        return account_id(self.issuer, self.subject)


def account_id(issuer: str, subject: str) -> UUID:
    """Return the id that stands for a person of an issuer, always the same one (RFC 9562 §5.5)."""
    return uuid5(_ACCOUNTS, f"{issuer}\n{subject}")


def claimed_issuer(token: UnverifiedToken) -> str:
    """Return the issuer that a token claims to be from, to look up which keys could prove it.

    Raises:
        TokenRefused: it names none.
    """
    issuer = parse_object(token.payload).get("iss")
    if not isinstance(issuer, str):
        raise TokenRefused("no issuer")
    return issuer


def verify_access_token(
    token: str, issuer: Issuer, keys: PublicKeys, now: datetime
) -> AccessClaims:
    """Return the person that a token of this issuer proves.

    Raises:
        TokenRefused: any of the rules of this module is broken; nothing in the token is believed.
    """
    parsed = parse_token(token)
    _check_type(parsed.header, issuer)
    claims = verified_claims(parsed, keys)
    _check_addressing(claims, issuer)
    expires_at = _check_times(claims, now)
    return AccessClaims(
        issuer=issuer.issuer,
        subject=_subject(claims),
        session_id=_optional_text(claims, "sid"),
        acr=_optional_text(claims, "acr"),
        authenticated_at=_authenticated_at(claims, now),
        expires_at=expires_at,
    )


def _check_type(header: dict[str, Any], issuer: Issuer) -> None:
    accepted = ACCESS_TOKEN_TYPES if issuer.typ in ACCESS_TOKEN_TYPES else {issuer.typ}
    if not isinstance(header.get("typ"), str) or header["typ"].lower() not in {
        kind.lower() for kind in accepted
    }:
        raise TokenRefused("not an access token")


def _check_addressing(claims: dict[str, Any], issuer: Issuer) -> None:
    if claims.get("iss") != issuer.issuer:
        raise TokenRefused("another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if len(audiences) > MAX_AUDIENCES or not all(isinstance(one, str) for one in audiences):
        raise TokenRefused("no usable audience")
    if issuer.audience not in audiences:
        raise TokenRefused("for another audience")
    if not ID_TOKEN_CLAIMS.isdisjoint(claims) or claims.get("typ", "Bearer") != "Bearer":
        raise TokenRefused("an ID token")
    is_typed = issuer.typ in ACCESS_TOKEN_TYPES
    if (issuer.azp or not is_typed) and claims.get("azp") not in issuer.azp:
        raise TokenRefused("of a client that is not listed")


def _check_times(claims: dict[str, Any], now: datetime) -> datetime:
    issued_at, expires_at = _instant(claims, "iat"), _instant(claims, "exp")
    if not timedelta(0) < expires_at - issued_at <= MAX_LIFETIME:
        raise TokenRefused("lives longer than an hour")
    if issued_at > now + LEEWAY or now >= expires_at + LEEWAY:
        raise TokenRefused("not valid now")
    if "nbf" in claims and _instant(claims, "nbf") > now + LEEWAY:
        raise TokenRefused("not valid yet")
    return expires_at


def _authenticated_at(claims: dict[str, Any], now: datetime) -> datetime | None:
    if "auth_time" not in claims:
        return None
    authenticated_at = _instant(claims, "auth_time")
    # A login in the future would count as fresh for ever.
    if authenticated_at > now + LEEWAY:
        raise TokenRefused("signed in in the future")
    return authenticated_at


def _instant(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    # `type` and not `isinstance`: in Python a boolean is an integer.
    if type(seconds) is not int or not 0 <= seconds < 2**35:
        raise TokenRefused(f"claim {name} is no instant")
    return datetime.fromtimestamp(seconds, UTC)


def _subject(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise TokenRefused("no subject")
    if not subject.isprintable() or subject != subject.strip():
        raise TokenRefused("no printable subject")
    return subject


def _optional_text(claims: dict[str, Any], name: str) -> str | None:
    text = claims.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= MAX_SUBJECT_LENGTH:
        raise TokenRefused(f"claim {name} is no short text")
    return text
