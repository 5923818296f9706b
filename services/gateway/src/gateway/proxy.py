"""Forwarding of one request: its body up, its answer down, both bounded."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import aiohttp
from starlette.types import Receive, Send

from gateway.headers import pass_back, pass_on
from gateway.limits import BULK_SUFFIXES, MAX_JSON_BYTES, max_body_bytes
from gateway.refusals import ServiceUnreachable
from gateway.upstream import BULK_SECONDS, TOTAL_SECONDS, Body, Errand, Upstream
from shared.logs import trace_id
from shared.routing import BodyTooLarge

WHOLE_ANSWER_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_REPEATABLE = frozenset({"GET", "HEAD"})
_SLOW_SUFFIXES = (*BULK_SUFFIXES, "/export")
_PROBLEM = "application/problem+json"
_FIRST_REFUSAL = 400
_FIRST_FINAL = 200


class ClientGone(Exception):
    """The caller hung up before its request was whole; there is nobody to answer."""


class AnswerTooLarge(Exception):
    """A service sends more than an answer may be; the rest is cut off."""


@dataclass(frozen=True)
class Request:
    """A judged request: `target` as it came, `path` as text, headers by lower-case name."""

    method: str
    path: str
    target: str
    headers: Mapping[bytes, bytes]
    receive: Receive


async def forward(
    request: Request, upstream: Upstream, send: Send, *, internal_identity: str | None
) -> None:
    """Ask a service and pass its answer on.

    Args:
        request: what was asked.
        upstream: the service that owns the path.
        send: where the answer goes.
        internal_identity: the service's token about the caller; None for a foreign upstream,
            whose refusals are passed on in its own format.

    Raises:
        BodyTooLarge: the body outgrew its limit on the way.
        ServiceUnreachable, ServiceTooSlow, ServiceResting: there is no answer to pass on.
        ClientGone: the caller hung up while sending.
    """
    stream = _Upload(request)
    errand = _errand(request, await stream.body(), internal_identity)
    try:
        async with upstream.answer(errand) as answer:
            if not _is_fit(answer, is_ours=internal_identity is not None):
                raise ServiceUnreachable
            await _pass_answer(answer, send, has_body=request.method != "HEAD")
    except ServiceUnreachable:
        # The upload was stopped by us, which the client library reports as a lost connection.
        if stream.stopped is not None:
            raise stream.stopped from None
        raise


def _errand(request: Request, body: Body, internal_identity: str | None) -> Errand:
    headers = pass_on(request.headers)
    headers["traceparent"] = f"00-{trace_id.get()}-{secrets.token_hex(8)}-01"
    if internal_identity is not None:
        headers["Internal-Identity"] = internal_identity
    is_whole = body is None or isinstance(body, bytes)
    return Errand(
        # A HEAD is a GET whose answer is not sent on: the services need not know it.
        method="GET" if request.method == "HEAD" else request.method,
        target=request.target,
        headers=headers,
        body=body,
        may_repeat=request.method in _REPEATABLE
        or (is_whole and b"idempotency-key" in request.headers),
        seconds=BULK_SECONDS if request.path.endswith(_SLOW_SUFFIXES) else TOTAL_SECONDS,
    )


class _Upload:
    """A request's body: small ones whole, so that a broken one never reaches a service."""

    def __init__(self, request: Request) -> None:
        self.stopped: BodyTooLarge | ClientGone | None = None
        self._receive = request.receive
        self._limit_bytes = max_body_bytes(request.path)
        self._has_body = (
            b"transfer-encoding" in request.headers
            or request.headers.get(b"content-length", b"0").strip(b"0") != b""
        )

    async def body(self) -> Body:
        """Return the body whole if it is small, else as a stream; None where there is none."""
        if not self._has_body:
            return None
        begun = bytearray()
        async for piece in self._pieces():
            begun += piece
            if len(begun) > self._limit_bytes:
                raise BodyTooLarge
            if len(begun) > MAX_JSON_BYTES:
                return self._rest(bytes(begun))
        return bytes(begun)

    async def _rest(self, begun: bytes) -> AsyncIterator[bytes]:
        sent_bytes = len(begun)
        yield begun
        try:
            async for piece in self._pieces():
                sent_bytes += len(piece)
                if sent_bytes > self._limit_bytes:
                    raise BodyTooLarge
                yield piece
        except (BodyTooLarge, ClientGone) as stop:
            self.stopped = stop
            raise

    async def _pieces(self) -> AsyncIterator[bytes]:
        is_more = True
        while is_more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            is_more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]


def _is_fit(answer: aiohttp.ClientResponse, *, is_ours: bool) -> bool:
    """Tell whether an answer is one that a service of ours gives on purpose."""
    if answer.status < _FIRST_FINAL or "Content-Encoding" in answer.headers:
        return False
    return not is_ours or answer.status < _FIRST_REFUSAL or answer.content_type == _PROBLEM


async def _pass_answer(answer: aiohttp.ClientResponse, send: Send, *, has_body: bool) -> None:
    headers = pass_back(answer.raw_headers)
    length = answer.content_length
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    if not has_body:
        await send(start)
        await send({"type": "http.response.body"})
        return
    if length is not None and length <= WHOLE_ANSWER_BYTES:
        body = await answer.read()
        headers.append((b"content-length", str(len(body)).encode()))
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    if length is not None and length > MAX_ANSWER_BYTES:
        raise ServiceUnreachable
    await _stream_answer(answer, start, send)


async def _stream_answer(
    answer: aiohttp.ClientResponse, start: dict[str, object], send: Send
) -> None:
    sent_bytes = 0
    is_started = False
    async for piece in answer.content.iter_any():
        if not is_started:
            is_started = True
            await send(start)
        sent_bytes += len(piece)
        if sent_bytes > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if not is_started:
        await send(start)
    await send({"type": "http.response.body"})
