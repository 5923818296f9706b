"""Sealing of identification numbers: unreadable without the key, yet found by their owner's number.

AES-256-GCM (NIST SP 800-38D) keeps the number, HMAC-SHA-256 under another key gives the index that
equal numbers share. The resident's id is authenticated with the number: a sealed number that is
copied to another person's row does not open.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


@dataclass(frozen=True)
class PersonalKey:
    """The installation's key to personal data, split by purpose."""

    sealing: bytes
    indexing: bytes

    @classmethod
    def derive(cls, secret: bytes) -> Self:
        """Split one secret of 32 random bytes.

        Raises:
            ValueError: it is not 32 bytes long.
        """
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a personal key has {KEY_BYTES} bytes, not {len(secret)}")
        return cls(_derive(secret, b"ortaq iin sealing"), _derive(secret, b"ortaq iin index"))

    def __repr__(self) -> str:
        return "PersonalKey(…)"

    def seal(self, iin: str, resident_id: UUID) -> bytes:
        """Return an IIN as it is stored."""
        nonce = os.urandom(_NONCE_BYTES)
        box = AESGCM(self.sealing)
        return _VERSION + nonce + box.encrypt(nonce, iin.encode("ascii"), resident_id.bytes)

    def unseal(self, sealed: bytes, resident_id: UUID) -> str:
        """Return the IIN that was sealed for this resident.

        Raises:
            cryptography.exceptions.InvalidTag: another key, another resident, or changed bytes.
        """
        nonce, box = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        return AESGCM(self.sealing).decrypt(nonce, box, resident_id.bytes).decode("ascii")

    def index(self, iin: str) -> bytes:
        """Return what equal IINs have in common, and nothing else tells of them."""
        return hmac.new(self.indexing, iin.encode("ascii"), hashlib.sha256).digest()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, purpose, hashlib.sha256).digest()
