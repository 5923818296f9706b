"""Access tokens of the demo issuer (RFC 9068), signed with a key that names itself a demo key."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from shared.production import DEMO_KEY_PREFIX
from shared.tokens.compact import encode_segment
from shared.tokens.keys import load_signing_key, new_signing_key

LIFETIME = timedelta(minutes=15)
BASIC_LOGIN, STRONG_LOGIN = "basic", "strong"


@dataclass(frozen=True)
class Login:
    """One login: who, how strongly, and when; a login of the past shows what is no longer fresh."""

    sub: str
    is_strong: bool
    authenticated_at: datetime


def demo_key(path: Path | None) -> OKPKey:
    """Return the signing key: the one in the file, so that tokens outlive a restart, or a new one.

    Raises:
        SigningKeyRefused: the file holds no private Ed25519 key of our own.
    """
    key = load_signing_key(path) if path else new_signing_key()
    # Whoever meets this key can tell that it proves nothing; production refuses it by its name.
    return OKPKey.import_key(
        {**key.as_dict(private=True), "kid": f"{DEMO_KEY_PREFIX}{key.kid}", "alg": "EdDSA"}
    )


def sign_token(key: OKPKey, login: Login, *, issuer: str, audience: str, now: datetime) -> str:
    """Sign an access token for a login; it holds for 15 minutes."""
    header = {"alg": "EdDSA", "kid": key.kid, "typ": "at+jwt"}
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": login.sub,
        "client_id": "ortaq-demo",
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "auth_time": int(login.authenticated_at.timestamp()),
        "acr": STRONG_LOGIN if login.is_strong else BASIC_LOGIN,
        "sid": uuid4().hex,
        "jti": uuid4().hex,
    }
    signed = f"{_segment(header)}.{_segment(claims)}"
    signature = JWSRegistry.algorithms["EdDSA"].sign(signed.encode("ascii"), key)
    return f"{signed}.{encode_segment(signature)}"


def _segment(document: dict[str, Any]) -> str:
    return encode_segment(json.dumps(document, separators=(",", ":")).encode("utf-8"))
