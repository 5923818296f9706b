"""Keys: a signing key in a private file, and the sets that its public half is published in."""

import json
import os
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared.tokens.refusals import KeySetRefused, SigningKeyRefused

Key = RSAKey | ECKey | OKPKey
PublicKeys = Mapping[str, Key]
"""Public keys by their key id."""

MAX_KEY_SET_BYTES = 64 * 1024
MAX_KEYS = 20
MAX_KEY_ID_LENGTH = 128
MIN_RSA_BITS = 2048


@dataclass(frozen=True)
class _Kind:
    key_type: str
    curve: str | None
    kind: type[RSAKey] | type[ECKey] | type[OKPKey]


_KINDS = {
    "RS256": _Kind("RSA", None, RSAKey),
    "ES256": _Kind("EC", "P-256", ECKey),
    "EdDSA": _Kind("OKP", "Ed25519", OKPKey),
}
ALGORITHMS = frozenset(_KINDS)


def parse_public_keys(document: bytes) -> PublicKeys:
    """Read a published key set (RFC 7517 §5), keeping the signature keys that we can use.

    Keys for encryption, of other algorithms or without an algorithm are left out: real issuers
    publish them side by side. What would make the set ambiguous refuses all of it.

    Raises:
        KeySetRefused: larger than 64 KiB, more than 20 keys, a key id twice, or not a key set.
    """
    if len(document) > MAX_KEY_SET_BYTES:
        raise KeySetRefused("larger than 64 KiB")
    try:
        entries = json.loads(document)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as cause:
        raise KeySetRefused("not a key set") from cause
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise KeySetRefused("not a key set")
    if len(entries) > MAX_KEYS:
        raise KeySetRefused("more than 20 keys")
    key_ids = [entry.get("kid") for entry in entries if "kid" in entry]
    if len(key_ids) != len({str(key_id) for key_id in key_ids}):
        raise KeySetRefused("a key id twice")
    return {entry["kid"]: key for entry in entries if (key := _public_key(entry)) is not None}


def load_public_keys(path: Path) -> PublicKeys:
    """Read a key set from a file.

    Raises:
        KeySetRefused: the file cannot be read, or holds no usable key.
    """
    try:
        keys = parse_public_keys(path.read_bytes())
    except OSError as cause:
        raise KeySetRefused(f"cannot read {path}") from cause
    if not keys:
        raise KeySetRefused(f"no usable key in {path}")
    return keys


def load_signing_key(path: Path) -> OKPKey:
    """Read an Ed25519 signing key that only its owner may read.

    Raises:
        SigningKeyRefused: the file cannot be read, is open to others, or holds another kind.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as cause:
        raise SigningKeyRefused(f"cannot read the signing key {path}") from cause
    if mode & 0o077:
        raise SigningKeyRefused(f"the signing key {path} is open to others (mode {mode:04o})")
    try:
        key = OKPKey.import_key(document)
    except (JoseError, ValueError, TypeError, KeyError) as cause:
        raise SigningKeyRefused(f"{path} holds no Ed25519 key") from cause
    if not key.is_private or key.curve_name != "Ed25519" or not key.kid:
        raise SigningKeyRefused(f"{path} holds no private Ed25519 key with a key id")
    return key


def generate_signing_key(private_path: Path, public_path: Path) -> None:
    """Make a new Ed25519 key: its private half for one reader, its public half as a key set.

    Both files appear whole or not at all; the private one has mode 0600 from its first byte.
    """
    key = new_signing_key()
    _write(private_path, json.dumps(key.as_dict(private=True)), 0o600)
    _write(public_path, json.dumps(public_document(key)), 0o644)


def new_signing_key() -> OKPKey:
    """Make an Ed25519 key with a random key id, in memory only."""
    return OKPKey.generate_key("Ed25519", {"kid": uuid4().hex, "alg": "EdDSA", "use": "sig"})


def public_document(*keys: Key) -> dict[str, Any]:
    """Return the public halves of keys as a key set (RFC 7517 §5)."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def _public_key(entry: dict[str, Any]) -> Key | None:
    key_id, algorithm = entry.get("kid"), entry.get("alg")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_LENGTH:
        return None
    kind = _KINDS.get(algorithm) if isinstance(algorithm, str) else None
    if kind is None or entry.get("use", "sig") != "sig":
        return None
    if (entry.get("kty"), entry.get("crv")) != (kind.key_type, kind.curve):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of a weak key; we leave it out
            key = kind.kind.import_key(entry)
        return key if _is_strong(key) else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _is_strong(key: Key) -> bool:
    material = key.get_op_key("verify")
    return not isinstance(material, RSAPublicKey) or material.key_size >= MIN_RSA_BITS


def _write(path: Path, text: str, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
