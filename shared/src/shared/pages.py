"""Lists a page at a time: keyset cursors that cannot be forged or used elsewhere."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from shared.errors import Malformed
from shared.identity import Known
from shared.texts import Text

T = TypeVar("T")
Row = TypeVar("Row")
TAG_BYTES = 16


class CursorUnusable(Malformed):
    """A cursor comes from the page before it, with the same filter and by the same caller."""

    title = Text(
        "Бет белгісі (cursor) жарамсыз: тізімді басынан ашыңыз.",
        "Метка страницы (cursor) непригодна: откройте список сначала.",
        "The page cursor is not usable: open the list from its beginning.",
    )


class LimitUnusable(Malformed):
    """A page has 1 to 200 rows, written in digits alone."""

    title = Text(
        "limit 1-ден 200-ге дейінгі сан болуы керек.",
        "limit — это число от 1 до 200.",
        "limit is a number from 1 to 200.",
    )


class Page(BaseModel, Generic[T]):
    """Part of a list, and the cursor of the next part; `next` is null on the last page."""

    items: list[T]
    next: str | None


@dataclass(frozen=True)
class Paging:
    """How much of a list is wanted, and after which row."""

    limit: int
    after: tuple[Any, ...] | None
    """Sort key of the last row seen; `None` for the first page."""
    _request: Request
    _response: Response
    _binding: bytes

    def page(
        self, rows: Sequence[Row], show: Callable[[Row], T], key: Callable[[Row], Sequence[Any]]
    ) -> Page[T]:
        """Return the page that shows `rows`, of which the query was asked for `limit + 1`.

        Args:
            rows: in list order, one more than `limit` if there are more.
            show: makes a row fit for the reader.
            key: the sort key that the query continues after; text, numbers, dates, ids.
        """
        shown, more = rows[: self.limit], len(rows) > self.limit
        cursor = _seal(list(key(shown[-1])), self._binding) if more else None
        if cursor:
            query = dict(self._request.query_params) | {"cursor": cursor}
            self._response.headers["Link"] = (
                f'<{self._request.url.path}?{urlencode(query)}>; rel="next"'
            )
        return Page(items=[show(row) for row in shown], next=cursor)


def read_paging(
    request: Request,
    response: Response,
    caller: Known,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Paging:
    """Read `limit` and `cursor` from the query.

    Raises:
        CursorUnusable: the cursor is forged, or comes from another list, filter or caller.
        LimitUnusable: `+5`, `5.0`, ` 5`.
    """
    if not request.query_params.get("limit", "1").isdecimal():
        raise LimitUnusable
    filters = sorted(
        (k, v) for k, v in request.query_params.items() if k not in {"limit", "cursor"}
    )
    binding = (
        repr((request.url.path, filters, caller.claims.subject)).encode()
        + request.app.state.cursor_key
    )
    after = tuple(_unseal(cursor, binding)) if cursor is not None else None
    return Paging(limit, after, request, response, binding)


Listing = Annotated[Paging, Depends(read_paging)]


def derive_cursor_key(database_url: str) -> bytes:
    """Return the key that seals a service's cursors.

    Derived from the database address, whose password is random per installation: nothing more to
    configure or to keep secret, and a restart keeps cursors valid.
    """
    return hashlib.sha256(b"ortaq cursor" + database_url.encode()).digest()


def _seal(key: list[Any], binding: bytes) -> str:
    body = json.dumps(key, ensure_ascii=False, default=str, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_tag(body, binding) + body).decode().rstrip("=")


def _unseal(cursor: str, binding: bytes) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        raise CursorUnusable from None
    tag, body = raw[:TAG_BYTES], raw[TAG_BYTES:]
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != cursor:
        raise CursorUnusable
    if not hmac.compare_digest(tag, _tag(body, binding)):
        raise CursorUnusable
    key: list[Any] = json.loads(body)
    return key


def _tag(body: bytes, binding: bytes) -> bytes:
    return hmac.new(hashlib.sha256(binding).digest(), body, hashlib.sha256).digest()[:TAG_BYTES]
