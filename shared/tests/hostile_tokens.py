"""Tokens that must not open anything, each named after what is wrong with it.

Also used by the gateway's tests, which send each of them over the wire.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "alg": "RS256", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "alg": "ES256", "use": "sig"})
EDWARDS = OKPKey.generate_key("Ed25519", {"kid": "ed-1", "alg": "EdDSA", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1", "alg": "RS256", "use": "sig"})
KEYS = {"RS256": RSA, "ES256": EC, "EdDSA": EDWARDS}
DROP = object()


@dataclass(frozen=True)
class Setting:
    """Who issues the tokens, for whom, and when it is."""

    issuer: str
    audience: str
    now: datetime

    @property
    def second(self) -> int:
        return int(self.now.timestamp())


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def good_claims(setting: Setting) -> dict[str, Any]:
    return {
        "iss": setting.issuer,
        "aud": setting.audience,
        "sub": "resident-1",
        "iat": setting.second,
        "exp": setting.second + 900,
        "auth_time": setting.second - 30,
        "acr": "basic",
        "sid": "s-1",
    }


def a_token(
    setting: Setting,
    *,
    algorithm: str = "RS256",
    key: Any = None,
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
) -> str:
    """A good token, but for the changes that are asked for (`DROP` leaves a name out)."""
    key = key or KEYS[algorithm]
    head = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", **(header or {})}
    body = {**good_claims(setting), **(claims or {})}
    parts = ({k: v for k, v in part.items() if v is not DROP} for part in (head, body))
    return sign(".".join(b64(json.dumps(part).encode()) for part in parts), algorithm, key)


def sign(text: str, algorithm: str = "RS256", key: Any = RSA) -> str:
    return f"{text}.{b64(JWSRegistry.algorithms[algorithm].sign(text.encode(), key))}"


def hostile_tokens(setting: Setting) -> Iterator[tuple[str, str]]:
    """Every hostile token, as (what is wrong with it, token)."""
    for name, header in _headers().items():
        yield name, a_token(setting, header=header)
    for name, claims in _claims(setting).items():
        yield name, a_token(setting, claims=claims)
    for name, forge in _forgeries().items():
        yield name, forge(setting)


def _headers() -> dict[str, dict[str, Any]]:
    public = RSA.as_dict(private=False)
    return {
        "jku header": {"jku": "https://evil.example/jwks"},
        "x5u header": {"x5u": "https://evil.example/cert"},
        "jwk header": {"jwk": public},
        "x5c header": {"x5c": ["AAAA"]},
        "crit header": {"crit": ["exp"], "exp": 1},
        "b64 header": {"b64": False},
        "no key id": {"kid": DROP},
        "empty key id": {"kid": ""},
        "numeric key id": {"kid": 1},
        "listed key id": {"kid": ["rsa-1"]},
        "null key id": {"kid": None},
        "path as key id": {"kid": "../../etc/passwd"},
        "long key id": {"kid": "k" * 129},
        "unknown key id": {"kid": "rsa-2"},
        "key id of another kind of key": {"kid": "ec-1"},
        "algorithm none": {"alg": "none"},
        "algorithm nOnE": {"alg": "nOnE"},
        "algorithm RS512": {"alg": "RS512"},
        "algorithm missing": {"alg": DROP},
        "algorithm list": {"alg": ["RS256"]},
        "type JWT": {"typ": "JWT"},
        "type missing": {"typ": DROP},
        "type of an internal token": {"typ": "int+jwt"},
        "type number": {"typ": 7},
    }


def _claims(setting: Setting) -> dict[str, dict[str, Any]]:
    now = setting.second
    return {
        "no expiry": {"exp": DROP},
        "ten years": {"exp": now + 10 * 365 * 86400},
        "an hour and a second": {"exp": now + 3601},
        "expired": {"iat": now - 3000, "exp": now - 61},
        "expiry as text": {"exp": str(now + 900)},
        "expiry as fraction": {"exp": now + 900.5},
        "expiry true": {"exp": True},
        "expiry beyond time": {"exp": 10**30},
        "expiry before issue": {"iat": now + 30, "exp": now + 20},
        "no issue instant": {"iat": DROP},
        "issued in the future": {"iat": now + 3600, "exp": now + 4000},
        "issue true": {"iat": True},
        "issue negative": {"iat": -1},
        "not yet valid": {"nbf": now + 600},
        "not before as text": {"nbf": "0"},
        "login in the future": {"auth_time": now + 600},
        "login true": {"auth_time": True},
        "no subject": {"sub": DROP},
        "empty subject": {"sub": ""},
        "blank subject": {"sub": " "},
        "numeric subject": {"sub": 5},
        "null subject": {"sub": None},
        "subject with line end": {"sub": "resident-1\nadmin"},
        "subject with NUL": {"sub": "resident-1\x00"},
        "long subject": {"sub": "s" * 256},
        "other issuer": {"iss": "https://evil.example"},
        "issuer with a slash more": {"iss": setting.issuer + "/"},
        "no issuer": {"iss": DROP},
        "issuer list": {"iss": [setting.issuer]},
        "other audience": {"aud": "another-platform"},
        "audience prefix": {"aud": setting.audience + "-2"},
        "no audience": {"aud": DROP},
        "audience object": {"aud": {"name": setting.audience}},
        "audience list with a number": {"aud": [setting.audience, 1]},
        "ID token by nonce": {"nonce": "n"},
        "ID token by at_hash": {"at_hash": "h"},
        "ID token by its own type": {"typ": "ID"},
        "acr list": {"acr": ["strong"]},
        "session number": {"sid": 9},
        "nine kilobytes": {"padding": "p" * 9000},
    }


def _forgeries() -> dict[str, Callable[[Setting], str]]:
    return {
        "signed by a stranger": lambda s: a_token(s, key=STRANGER),
        "HS256 over the public key": _confused,
        "no signature": lambda s: a_token(s).rpartition(".")[0] + ".",
        "signature of another token": lambda s: (
            a_token(s, claims={"sub": "admin"}).rpartition(".")[0]
            + "."
            + a_token(s).rpartition(".")[2]
        ),
        "four segments": lambda s: a_token(s) + ".e30",
        "five segments": lambda s: a_token(s) + ".e30.e30",
        "two segments": lambda s: a_token(s).rpartition(".")[0],
        "padding letters": lambda s: a_token(s) + "==",
        "trailing garbage": lambda s: a_token(s) + "!",
        "trailing blank": lambda s: a_token(s) + "%20",
        "not base64": lambda s: "***.***.***",
        "empty segments": lambda s: "..",
        "payload is a list": lambda s: sign(_head() + "." + b64(b"[]")),
        "payload is no JSON": lambda s: sign(_head() + "." + b64(b"\xff\xfe")),
        "a claim twice": lambda s: sign(_head() + "." + b64(_twice(s))),
        "NaN in the payload": lambda s: sign(_head() + "." + b64(b'{"exp":NaN}')),
        "deep payload": lambda s: sign(_head() + "." + b64(b"[" * 5000)),
        "header twice": lambda s: sign(
            b64(b'{"alg":"none","alg":"RS256","kid":"rsa-1","typ":"at+jwt"}')
            + "."
            + b64(json.dumps(good_claims(s)).encode())
        ),
        "loose bits in the signature": _loose,
        "Cyrillic letters": lambda s: a_token(s).replace("e", "е", 1),
    }


def _head() -> str:
    return b64(b'{"alg":"RS256","kid":"rsa-1","typ":"at+jwt"}')


def _twice(setting: Setting) -> bytes:
    text = json.dumps(good_claims(setting))
    return (text[:-1] + ',"sub":"admin"}').encode()


def _confused(setting: Setting) -> str:
    text = a_token(setting, header={"alg": "HS256"}).rpartition(".")[0]
    secret = RSA.as_pem(private=False)
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def _loose(setting: Setting) -> str:
    token = a_token(setting)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 256 octets leave four bits unused in the last letter: another letter decodes to the same.
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
