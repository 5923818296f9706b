"""The head of a request, judged byte by byte before any parser sees it (RFC 9112).

A parser is lenient so that old clients work; between two servers that are lenient in different
ways a second request can hide. Here everything that could be read in two ways is refused.
"""

import re
from dataclasses import dataclass

from gateway.refusals import (
    AddressTooLong,
    HeadersTooLarge,
    UnknownExpectation,
    UnknownMethod,
    UnknownVersion,
    UnreadableRequest,
)

MAX_TARGET_BYTES = 8 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_HEADER_LINES = 64
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")
# One request line at its longest: method, target, version and two blanks.
MAX_REQUEST_LINE_BYTES = MAX_TARGET_BYTES + 32
MAX_HEAD_BYTES = MAX_REQUEST_LINE_BYTES + MAX_HEADER_BYTES

_LONE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?![\n])(?!\Z)")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VERSION = re.compile(rb"HTTP/[0-9]+(\.[0-9]+)?")
_TARGET = re.compile(rb"[!-\"$-~]+")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*?)[ \t]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")
# A second one of these would let the two sides of a proxy choose differently.
_ONCE = frozenset(
    {
        b"host",
        b"authorization",
        b"content-length",
        b"content-type",
        b"content-encoding",
        b"transfer-encoding",
        b"expect",
        b"origin",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"traceparent",
    }
)
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})
# We never change protocols, so the parser need not know that a client offered to.
_UNHEARD = frozenset({b"upgrade", b"http2-settings", b"connection", b"keep-alive", b"te"})
_TLS_HANDSHAKE = 0x16


@dataclass(frozen=True)
class Head:
    """A head without ambiguity, and how its body is framed.

    `octets` is what the parser is given: the lines that passed, without those that only concern
    the connection. `content_length` is 0 where there is no body or a chunked one.
    """

    octets: bytes
    content_length: int
    is_chunked: bool


def check_beginning(octets: bytes | bytearray) -> None:
    """Refuse a head that can no longer become a good one, although its end has not arrived.

    Raises:
        UnreadableRequest, UnknownMethod, UnknownVersion, AddressTooLong, HeadersTooLarge: see
            `read_head`.
    """
    if octets[:1] == bytes([_TLS_HANDSHAKE]):
        raise UnreadableRequest(reason="TLS")
    if _LONE_LINE_END.search(octets):
        raise UnreadableRequest(reason="line end")
    line_end = octets.find(b"\r\n")
    if line_end < 0:
        if len(octets) > MAX_REQUEST_LINE_BYTES:
            raise AddressTooLong
        return
    _check_request_line(bytes(octets[:line_end]))
    if len(octets) - line_end > MAX_HEADER_BYTES:
        raise HeadersTooLarge


def read_head(octets: bytes) -> Head:
    """Judge a whole head, up to and including its empty line.

    Raises:
        UnreadableRequest: it is not exactly one HTTP/1.1 head, or frames its body ambiguously.
        UnknownMethod, UnknownVersion, AddressTooLong, HeadersTooLarge, UnknownExpectation: it is
            one, but asks for what we do not do.
    """
    check_beginning(octets)
    request_line, *lines = octets[:-4].split(b"\r\n")
    if len(octets) - len(request_line) > MAX_HEADER_BYTES or len(lines) > MAX_HEADER_LINES:
        raise HeadersTooLarge
    headers = [_read_header(line) for line in lines]
    single = _singles(headers)
    _check_host(request_line, single.get(b"host"))
    if single.get(b"expect", b"100-continue").lower() != b"100-continue":
        raise UnknownExpectation
    content_length, is_chunked = _framing(single)
    return Head(_rebuild(request_line, headers), content_length, is_chunked)


def _check_request_line(line: bytes) -> None:
    parts = line.split(b" ")
    if len(parts) != 3:  # noqa: PLR2004 - method, target, version (RFC 9112 §3)
        raise UnreadableRequest(reason="request line")
    method, target, version = parts
    if not _TOKEN.fullmatch(method) or not _VERSION.fullmatch(version):
        raise UnreadableRequest(reason="request line")
    if version != b"HTTP/1.1":
        raise UnknownVersion
    if method not in METHODS:
        raise UnknownMethod
    if len(target) > MAX_TARGET_BYTES:
        raise AddressTooLong
    if not _TARGET.fullmatch(target):
        raise UnreadableRequest(reason="target")
    if not target.startswith((b"/", b"http://", b"https://")):
        raise UnreadableRequest(reason="target")


def _read_header(line: bytes) -> tuple[bytes, bytes]:
    match = _HEADER.fullmatch(line)
    if match is None:
        raise UnreadableRequest(reason="header line")
    return match[1].lower(), match[2]


def _singles(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    single: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _ONCE:
            if name in single:
                raise UnreadableRequest(reason=f"{name.decode('ascii').title()} × 2")
            single[name] = value
    return single


def _check_host(request_line: bytes, host: bytes | None) -> None:
    if host is None:
        raise UnreadableRequest(reason="Host")
    target = request_line.split(b" ")[1]
    if target.startswith(b"/"):
        return
    # An address with its host in it goes before `Host` (RFC 9112 §3.2.2); we only take it where
    # both say the same.
    authority = target.partition(b"://")[2].partition(b"/")[0]
    if authority != host:
        raise UnreadableRequest(reason="Host")


def _framing(single: dict[bytes, bytes]) -> tuple[int, bool]:
    length, coding = single.get(b"content-length"), single.get(b"transfer-encoding")
    if coding is not None:
        if length is not None or coding.lower() != b"chunked":
            raise UnreadableRequest(reason="Transfer-Encoding")
        return 0, True
    if length is None:
        return 0, False
    if not _LENGTH.fullmatch(length):
        raise UnreadableRequest(reason="Content-Length")
    return int(length), False


def _rebuild(request_line: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    named = {
        token.strip().lower()
        for name, value in headers
        if name == b"connection"
        for token in value.split(b",")
    }
    if not named.isdisjoint(_FRAMING):
        raise UnreadableRequest(reason="Connection")
    kept = [
        b"%b: %b" % header
        for header in headers
        if header[0] not in _UNHEARD and header[0] not in named
    ]
    if b"close" in named:
        kept.append(b"connection: close")
    return b"\r\n".join([request_line, *kept, b"", b""])
