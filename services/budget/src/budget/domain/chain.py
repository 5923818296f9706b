"""The chain of a budget's entries, recomputed outside the database from what the API publishes.

Each entry's hash is `sha256(previous hash ‖ canonical entry)`; the canonical form is a JSON array
as PostgreSQL prints `jsonb`, so that anyone can recompute it with a JSON library and SHA-256.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from budget.domain.ledger import Account

GENESIS = "00" * 32
"""What the first entry of a budget is chained to."""


def seal(entry: Mapping[str, Any], prev_hash: str) -> str:
    """Return the hash that an entry of `GET /v1/entries` should have after `prev_hash`."""
    legs = [
        [number, Account[leg["account"].upper()], leg["line_id"], leg["amount_tiyn"]]
        for number, leg in enumerate(entry["postings"], start=1)
    ]
    postings_hash = hashlib.sha256(_canonical(legs)).hexdigest()
    fields = [
        entry["id"],
        entry["budget_id"],
        entry["sequence"],
        entry["effective_on"],
        _microseconds(entry["posted_at"]),
        *(entry[name] for name in ("kind", "source_ref", "reverses", "reason")),
        *(entry[name] for name in ("posted_by", "approved_by")),
        len(legs),
        postings_hash,
    ]
    return hashlib.sha256(bytes.fromhex(prev_hash) + _canonical(fields)).hexdigest()


def first_broken(entries: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the first entry, in the order of its chain, that is not what was sealed.

    Args:
        entries: all entries of one budget, by sequence.
    """
    prev_hash = GENESIS
    for sequence, entry in enumerate(entries, start=1):
        is_balanced = sum(leg["amount_tiyn"] for leg in entry["postings"]) == 0
        is_next = entry["sequence"] == sequence and entry["prev_hash"] == prev_hash
        if not is_balanced or not is_next or seal(entry, prev_hash) != entry["hash"]:
            return entry
        prev_hash = entry["hash"]
    return None


def _canonical(value: list[Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _microseconds(instant: str) -> str:
    """Write an RFC 3339 instant in UTC with all six decimals, which JSON answers may shorten."""
    whole, _, decimals = instant.removesuffix("Z").partition(".")
    return f"{whole}.{decimals.ljust(6, '0')}Z"
