"""Which headers pass, in each direction. Whatever is not listed stays here."""

from collections.abc import Mapping

REQUEST_HEADERS = (
    b"accept",
    b"accept-language",
    b"content-type",
    b"idempotency-key",
    b"if-match",
    b"if-none-match",
)
RESPONSE_HEADERS = frozenset(
    {
        b"allow",
        b"api-version",
        b"cache-control",
        b"content-disposition",
        b"content-language",
        b"content-type",
        b"deprecation",
        b"etag",
        b"idempotent-replayed",
        b"last-modified",
        b"link",
        b"location",
        b"retry-after",
        b"sunset",
        b"vary",
        b"www-authenticate",
    }
)
_SECURITY: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_NOTHING_LOADS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_ONLY_TLS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def pass_on(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Return the request headers that a service may see."""
    return {
        name.decode("ascii"): headers[name].decode("ascii")
        for name in REQUEST_HEADERS
        if name in headers
    }


def pass_back(headers: tuple[tuple[bytes, bytes], ...]) -> list[tuple[bytes, bytes]]:
    """Return the response headers that a caller may see.

    A `Location` or `Link` is kept only if it stays on this host: a service does not know the
    address that its callers use, so another host there is a leak or a lure.
    """
    kept = []
    for name, value in headers:
        lower = name.lower()
        if lower not in RESPONSE_HEADERS:
            continue
        if lower == b"location" and not is_local(value):
            continue
        if lower == b"link" and b"://" in value:
            continue
        kept.append((lower, value))
    return kept


def is_local(address: bytes) -> bool:
    """Tell whether an address stays on the host that it is read on."""
    return address.startswith(b"/") and not address.startswith((b"//", b"/\\"))


def security_headers(
    present: list[tuple[bytes, bytes]], *, is_production: bool
) -> list[tuple[bytes, bytes]]:
    """Return what every answer carries, where the answer itself does not say otherwise.

    `no-store` unless the answer allows caching: most of what we know is about people.
    """
    names = {name for name, _ in present}
    added = list(_SECURITY)
    if b"content-security-policy" not in names:
        added.append(_NOTHING_LOADS)
    if b"cache-control" not in names:
        added.append((b"cache-control", b"no-store"))
    if is_production:
        added.append(_ONLY_TLS)
    return added
