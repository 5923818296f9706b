"""The compact form of a signed token: taken apart strictly, its signature checked."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from shared.tokens.keys import ALGORITHMS, MAX_KEY_ID_LENGTH, PublicKeys
from shared.tokens.refusals import TokenRefused

MAX_TOKEN_LENGTH = 8 * 1024
# They name a key from outside our configuration, or change what a signature means.
FORBIDDEN_HEADERS = frozenset({"jku", "x5u", "jwk", "x5c", "crit", "b64"})


@dataclass(frozen=True)
class UnverifiedToken:
    """A token taken apart: nothing in it is proven before `verified_claims`."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes


def parse_token(token: str) -> UnverifiedToken:
    """Take a compact token apart without believing any of it.

    Raises:
        TokenRefused: it is longer than 8 KiB, has not exactly three segments, or a segment is
            not canonical base64url (RFC 7515 §2).
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenRefused("longer than 8 KiB")
    segments = token.split(".")
    if len(segments) != 3:  # noqa: PLR2004 - header, payload, signature
        raise TokenRefused("not three segments")
    header, payload, signature = (_decode_segment(segment) for segment in segments)
    signed = token.rpartition(".")[0].encode("ascii")
    return UnverifiedToken(parse_object(header), payload, signed, signature)


def verified_claims(token: UnverifiedToken, keys: PublicKeys) -> dict[str, Any]:
    """Return the claims of a token that one of our keys has signed.

    Only the key that the header names is tried, and only with the algorithm that the key itself
    is for: a caller chooses neither.

    Raises:
        TokenRefused: a forbidden header, an unknown key, another algorithm, a wrong signature.
    """
    if not FORBIDDEN_HEADERS.isdisjoint(token.header):
        raise TokenRefused("forbidden header")
    key_id = key_id_of(token)
    key = keys.get(key_id)
    if key is None:
        raise TokenRefused("unknown key")
    algorithm = token.header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or algorithm != key.alg:
        raise TokenRefused("algorithm is not the key's")
    try:
        is_signed = JWSRegistry.algorithms[algorithm].verify(token.signed, token.signature, key)
    except (JoseError, ValueError) as cause:
        raise TokenRefused("signature cannot be checked") from cause
    if not is_signed:
        raise TokenRefused("wrong signature")
    return parse_object(token.payload)


def key_id_of(token: UnverifiedToken) -> str:
    """Return the name of the key that the token says it was signed with.

    Raises:
        TokenRefused: there is no such name, or it is not a short text.
    """
    key_id = token.header.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_LENGTH:
        raise TokenRefused("no usable key id")
    return key_id


def encode_segment(octets: bytes) -> str:
    """Write octets as base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def parse_object(octets: bytes) -> dict[str, Any]:
    """Read a JSON object in which no name appears twice and no number is NaN or infinite.

    Raises:
        TokenRefused: it is not such an object.
    """
    try:
        parsed = json.loads(
            octets.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as cause:
        raise TokenRefused("not a JSON object") from cause
    if not isinstance(parsed, dict):
        raise TokenRefused("not a JSON object")
    return parsed


def _decode_segment(segment: str) -> bytes:
    try:
        octets = urlsafe_b64decode(segment.encode("ascii") + b"=" * (-len(segment) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError) as cause:
        raise TokenRefused("not base64url") from cause
    # The decoder skips foreign letters and forgives loose bits: two spellings of one token
    # would pass as two tokens.
    if encode_segment(octets) != segment:
        raise TokenRefused("not canonical base64url")
    return octets


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError("duplicate name")
    return parsed


def _refuse_constant(constant: str) -> None:
    raise ValueError(constant)
