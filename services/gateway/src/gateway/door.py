"""The terms of the door: how long and how much a connection may take, and its last answer."""

import secrets
from dataclasses import dataclass

from shared.errors import Refusal
from shared.logs import trace_id
from shared.problems import problem_response


@dataclass(frozen=True)
class DoorLimits:
    """How long and how much a connection may take.

    Connections from this machine itself are not counted per address: they are all of one front
    proxy, or of a developer.
    """

    head_seconds: float = 10.0
    body_idle_seconds: float = 10.0
    body_bytes_per_second: int = 500
    reader_seconds: float = 10.0
    linger_seconds: float = 1.0
    connections: int = 1000
    connections_per_address: int = 50
    framing_bytes: int = 16 * 1024
    unread_bytes: int = 256 * 1024


def raw_answer(refusal: Refusal) -> bytes:
    """Return a refusal as the last answer of a connection."""
    trace_id.set(secrets.token_hex(16))
    answer = problem_response(refusal)
    lines = [b"HTTP/1.1 %d %b" % (answer.status_code, _PHRASES.get(answer.status_code, b"Refused"))]
    lines += [b"%b: %b" % header for header in answer.raw_headers]
    if answer.status_code == 405:  # noqa: PLR2004 - RFC 9110 §15.5.6
        lines.append(b"allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
    lines += [b"cache-control: no-store", b"x-content-type-options: nosniff", b"connection: close"]
    return b"\r\n".join([*lines, b"", bytes(answer.body)])


_PHRASES = {
    400: b"Bad Request",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    414: b"URI Too Long",
    417: b"Expectation Failed",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
    505: b"HTTP Version Not Supported",
}
