"""What an address and its headers may look like; the rest is refused before anything is done."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from gateway.refusals import (
    AmbiguousAddress,
    BearerTokenNeeded,
    ForeignHost,
    ForgedHeader,
    UnreadableRequest,
)

RawHeaders = Iterable[tuple[bytes, bytes]]

_PATH = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,:@/=-]|%[0-9A-Fa-f]{2})+")
_QUERY = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;:@/?=-]|%[0-9A-Fa-f]{2})*")
_HOST = re.compile(
    rb"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)
_PORT = re.compile(r":[0-9]{1,5}$")
_TOKEN_PARAMETER = re.compile(rb"(?:^|&)(?:access_token|token|id_token)=", re.IGNORECASE)


def readable_path(raw_path: bytes) -> str:
    """Return the path as text, if it can be read in one way only.

    Nothing is normalised: a path that another server would rewrite is refused. Only letters
    outside ASCII may be percent-encoded, because everything else has a plain spelling.

    Raises:
        AmbiguousAddress: dot segments, empty segments, `;`, a disguised ASCII letter, not UTF-8.
    """
    if not _PATH.fullmatch(raw_path) or not raw_path.startswith(b"/") or b"//" in raw_path:
        raise AmbiguousAddress
    if any(segment in (b".", b"..") for segment in raw_path.split(b"/")):
        raise AmbiguousAddress
    if b"%" not in raw_path:
        return raw_path.decode("ascii")
    if any(int(octet[:2], 16) < 0x80 for octet in raw_path.split(b"%")[1:]):  # noqa: PLR2004
        raise AmbiguousAddress
    return _printable(raw_path)


def check_query(query: bytes) -> None:
    """Refuse a query with broken encoding or hidden characters, or with a token in it.

    Raises:
        AmbiguousAddress: a letter that belongs encoded, a broken escape, control characters.
        BearerTokenNeeded: a token stands in the address, where every log would keep it.
    """
    if not query:
        return
    if not _QUERY.fullmatch(query):
        raise AmbiguousAddress
    if b"%" in query:
        _printable(query)
    if _TOKEN_PARAMETER.search(query):
        raise BearerTokenNeeded


def collect_headers(headers: RawHeaders) -> Mapping[bytes, bytes]:
    """Return the headers by name; where a list may be sent in several lines, the lines joined.

    Raises:
        ForgedHeader: a name begins with `internal-` or has an underscore: some frameworks read
            `Internal_Identity` as `Internal-Identity`.
    """
    collected: dict[bytes, bytes] = {}
    for name, value in headers:
        if name.startswith(b"internal-") or b"_" in name:
            raise ForgedHeader
        collected[name] = collected[name] + b", " + value if name in collected else value
    return collected


def check_host(host: bytes, hosts: frozenset[str]) -> None:
    """Refuse a request for another host; an empty set of `hosts` accepts every well-formed one.

    Raises:
        UnreadableRequest: the header is no host name with an optional port (RFC 9110 §7.2).
        ForeignHost: it names a host that is not ours.
    """
    if not _HOST.fullmatch(host):
        raise UnreadableRequest(reason="Host")
    name = _PORT.sub("", host.decode("ascii").lower())
    if hosts and name not in hosts:
        raise ForeignHost


def _printable(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise AmbiguousAddress from None
    if not text.isprintable():
        raise AmbiguousAddress
    return text
