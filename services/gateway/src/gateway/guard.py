"""The door: every connection is judged, timed and counted before uvicorn's parser sees a byte.

uvicorn has no time limit for headers and its parser forgives what a front proxy may read in
another way. This protocol hands the parser one judged head at a time and exactly its body.
"""

import asyncio
import time
from collections import Counter
from enum import Enum, auto
from ipaddress import ip_address
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.door import DoorLimits, raw_answer
from gateway.heads import MAX_HEAD_BYTES, check_beginning, read_head
from gateway.refusals import TooManyConnections, TooSlow, UnreadableRequest
from shared.errors import Refusal
from shared.routing import BodyTooLarge


class _Reading(Enum):
    HEAD = auto()
    BODY = auto()
    NOTHING = auto()


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Class attributes are shared by all connections of the process."""

    limits = DoorLimits()
    addresses: ClassVar[Counter[str]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inbox = bytearray()
        self._reading = _Reading.HEAD
        self._remaining_bytes = 0
        self._is_chunked = False
        self._is_message_awaited = False
        self._is_followed = False
        self._framing_allowance_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None
        self._body_began_at = self._body_grew_at = 0.0
        self._body_bytes = 0

    # Connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count a connection in, or turn it away."""
        super().connection_made(transport)  # type: ignore[arg-type]  # as uvicorn has it
        address = self.client[0] if self.client else ""
        self.addresses[address] += 1
        is_crowded = len(self.connections) > self.limits.connections or (
            self.addresses[address] > self.limits.connections_per_address
            and not _is_this_machine(address)
        )
        if is_crowded:
            self._refuse(TooManyConnections())
            return
        self._start_timer(self.limits.head_seconds, self._time_out)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a connection out."""
        address = self.client[0] if self.client else ""
        self.addresses[address] -= 1
        if self.addresses[address] <= 0:
            del self.addresses[address]
        self._stop_timer()
        self._stop_reader_timer()
        self._reading = _Reading.NOTHING
        super().connection_lost(exc)

    # Bytes in

    def data_received(self, data: bytes) -> None:
        """Judge what arrived; after a refusal it is thrown away unread."""
        if self._reading is _Reading.NOTHING:
            return
        self._inbox += data
        self._advance()

    def _advance(self) -> None:
        try:
            while self._inbox and self._reading is not _Reading.NOTHING:
                if not (self._take_head() if self._reading is _Reading.HEAD else self._take_body()):
                    return
        except Refusal as refusal:
            self._refuse(refusal)
        except httptools.HttpParserError:
            self._refuse(UnreadableRequest(reason="HTTP"))

    def _take_head(self) -> bool:
        if self._is_answering():
            # The next request waits for the answer to this one, unread.
            if len(self._inbox) > MAX_HEAD_BYTES:
                self.flow.pause_reading()
            return False
        self._unset_keepalive_if_required()
        if self._timer is None:
            self._start_timer(self.limits.head_seconds, self._time_out)
        end = self._inbox.find(b"\r\n\r\n") + 4
        if end < 4:  # noqa: PLR2004 - not found
            check_beginning(self._inbox)
            return False
        head = read_head(bytes(self._inbox[:end]))
        del self._inbox[:end]
        self._stop_timer()
        self._remaining_bytes, self._is_chunked = head.content_length, head.is_chunked
        self._framing_allowance_bytes = self.limits.framing_bytes
        self._is_message_awaited = True
        if head.content_length or head.is_chunked:
            self._begin_body()
        self.parser.feed_data(head.octets)
        return True

    def _begin_body(self) -> None:
        self._reading = _Reading.BODY
        self._body_began_at = self._body_grew_at = time.monotonic()
        self._body_bytes = 0
        self._start_timer(1.0, self._check_pace)

    def _take_body(self) -> bool:
        piece = bytes(self._inbox if self._is_chunked else self._inbox[: self._remaining_bytes])
        del self._inbox[: len(piece)]
        self._body_grew_at = time.monotonic()
        self._body_bytes += len(piece)
        self._framing_allowance_bytes -= len(piece) if self._is_chunked else 0
        self._remaining_bytes -= 0 if self._is_chunked else len(piece)
        self.parser.feed_data(piece)
        # A chunk's length line may carry an endless comment, which no limit on bodies would see.
        if self._framing_allowance_bytes < 0:
            raise BodyTooLarge
        return self._reading is _Reading.HEAD

    # The parser's view: one message per judged head, and nothing after it

    def on_message_begin(self) -> None:
        """Begin the message whose head was judged; ignore one that follows chunked content."""
        if not self._is_message_awaited:
            self._is_followed = True
            if self.cycle is not None:
                self.cycle.keep_alive = False
            return
        self._is_message_awaited = False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take the target of the judged request."""
        if not self._is_followed:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer after the body is dropped (RFC 9110 §6.5.1)."""
        is_trailer = self.cycle is not None and self.cycle.scope is self.scope
        if not self._is_followed and not is_trailer:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start answering."""
        if not self._is_followed:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; what it really carries pays for its framing."""
        if not self._is_followed:
            self._framing_allowance_bytes += 2 * len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body: the next bytes are another head."""
        if self._is_followed:
            return
        self._stop_timer()
        self._reading = _Reading.HEAD
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what has arrived meanwhile, or close where that could not be told apart."""
        super().on_response_complete()
        if self.transport.is_closing() or self._reading is _Reading.NOTHING:
            return
        is_unread = self._reading is _Reading.BODY and (
            self._is_chunked or self._remaining_bytes > self.limits.unread_bytes
        )
        if self._is_followed or is_unread:
            self._linger()
            return
        self._advance()

    def send_400_response(self, msg: str) -> None:
        """Answer what uvicorn itself refuses as a problem document."""
        self._refuse(UnreadableRequest(reason="HTTP"))

    # Time

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _time_out(self) -> None:
        self._timer = None
        self._refuse(TooSlow())

    def _check_pace(self) -> None:
        self._timer = None
        if self._reading is not _Reading.BODY:
            return
        now = time.monotonic()
        if self.flow.read_paused:  # we are the slow ones
            self._body_grew_at = now
            self._body_began_at += 1.0
        elapsed_seconds = now - self._body_began_at
        is_idle = now - self._body_grew_at > self.limits.body_idle_seconds
        is_dripping = (
            elapsed_seconds > self.limits.body_idle_seconds
            and self._body_bytes < elapsed_seconds * self.limits.body_bytes_per_second
        )
        if is_idle or is_dripping:
            self._refuse(TooSlow())
            return
        self._start_timer(1.0, self._check_pace)

    def pause_writing(self) -> None:
        """Give a reader who does not take its answer a last term."""
        super().pause_writing()
        self._stop_reader_timer()
        self._reader_timer = self.loop.call_later(self.limits.reader_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the reader has taken what was waiting."""
        self._stop_reader_timer()
        super().resume_writing()

    def _start_timer(self, seconds: float, action: Any) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, action)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_reader_timer(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None

    # Refusing

    def _refuse(self, refusal: Refusal) -> None:
        """Tell why, read nothing more, and leave; a half-sent answer can only be cut."""
        if self.transport.is_closing() or self._reading is _Reading.NOTHING:
            return
        self._reading = _Reading.NOTHING
        is_half_sent = self._is_answering() and self.cycle.response_started
        if self._is_answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if is_half_sent:
            self.transport.abort()
            return
        self.transport.write(raw_answer(refusal))
        self._linger()

    def _linger(self) -> None:
        """Close only after the client had time to read the answer: unread bytes would reset it."""
        self._reading = _Reading.NOTHING
        self._inbox.clear()
        self._unset_keepalive_if_required()
        self._stop_timer()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(self.limits.linger_seconds, self.transport.close)


def _is_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True
