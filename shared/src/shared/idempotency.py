"""`Idempotency-Key`: the same request twice has one effect and gets the same answer.

The key is written first in the business transaction and the answer last, so that key, effect and
answer commit together. A racing duplicate waits at the unique key for the first to commit, then
repeats its answer. A request that fails leaves no key behind. The request's hash is keyed, so that
whoever gets hold of the table cannot guess a body (an identity number, say) by trying.
"""

import hmac
import json
import re
from typing import Annotated

from fastapi import Header, Request, Response
from sqlalchemy import text

from shared.database import Transaction
from shared.errors import Invalid, Malformed
from shared.identity import Known
from shared.texts import Text

_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_CLAIM = text("""
    insert into idempotency_keys (account_id, key, route, request_hash)
    values (:account_id, :key, :route, :request_hash) on conflict do nothing returning 1
""")
_RECALL = text("""
    select request_hash, status, body, headers from idempotency_keys
    where account_id = :account_id and key = :key and route = :route
""")
_REMEMBER = text("""
    update idempotency_keys set status = :status, body = :body, headers = cast(:headers as jsonb)
    where account_id = :account_id and key = :key and route = :route
""")


class IdempotencyKeyMissing(Malformed):
    """Money, roles and ballots are only changed under a key, so that a retry cannot do it twice."""

    title = Text(
        "Idempotency-Key тақырыбы керек.",
        "Нужен заголовок Idempotency-Key.",
        "The header Idempotency-Key is needed.",
    )


class IdempotencyKeyUnusable(Malformed):
    """A key is 1 to 255 visible ASCII characters."""

    title = Text(
        "Idempotency-Key 1–255 көрінетін ASCII таңбасынан тұрады.",
        "Idempotency-Key — это от 1 до 255 видимых символов ASCII.",
        "An Idempotency-Key is 1 to 255 visible ASCII characters.",
    )


class IdempotencyKeyReused(Invalid):
    """The key stands for another request already."""

    title = Text(
        "Бұл Idempotency-Key басқа сұрауға қолданылған.",
        "Этот Idempotency-Key уже использован для другого запроса.",
        "This Idempotency-Key has been used for another request.",
    )


class Repeated(Exception):
    """The request has been answered before; carries that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("repeated")
        self.response = response


async def claim_key(
    request: Request,
    caller: Known,
    transaction: Transaction,
    idempotency_key: Annotated[str | None, Header(max_length=1_000)] = None,
) -> None:
    """Take the request's key for this transaction.

    Raises:
        IdempotencyKeyMissing: the action needs one.
        IdempotencyKeyUnusable: empty, too long, or with unprintable characters.
        IdempotencyKeyReused: the key came with another body before.
        Repeated: the same request was answered before.
    """
    if idempotency_key is None:
        if caller.action.needs_idempotency_key:
            raise IdempotencyKeyMissing
        return
    if (
        not _VISIBLE.fullmatch(idempotency_key)
        or len(request.headers.getlist("idempotency-key")) > 1
    ):
        raise IdempotencyKeyUnusable
    claim = {
        "account_id": caller.account_id,
        "key": idempotency_key,
        "route": f"{request.method} {request.url.path}",
    }
    digest = hmac.digest(request.app.state.cursor_key, await request.body(), "sha256")
    won = (await transaction.execute(_CLAIM, {**claim, "request_hash": digest})).scalar()
    if won:
        request.state.idempotency_claim = claim
        return
    stored = (await transaction.execute(_RECALL, claim)).one()
    if stored.request_hash != digest:
        raise IdempotencyKeyReused
    raise Repeated(
        Response(
            stored.body, stored.status, {**_as_dict(stored.headers), "Idempotent-Replayed": "true"}
        )
    )


def _as_dict(headers: str | dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = json.loads(headers) if isinstance(headers, str) else headers
    return found


async def remember_answer(request: Request, response: Response) -> None:
    """Store the answer beside the key, in the transaction that has the effect."""
    claim = getattr(request.state, "idempotency_claim", None)
    if claim is None:
        return
    kept = {
        name: response.headers[name]
        for name in ("content-type", "location", "etag")
        if name in response.headers
    }
    await request.state.transaction.execute(
        _REMEMBER,
        {
            **claim,
            "status": response.status_code,
            "body": response.body,
            "headers": json.dumps(kept),
        },
    )
