"""Which web pages may call us from a browser (Fetch standard, CORS protocol)."""

from collections.abc import Mapping

from starlette.responses import Response

from gateway.refusals import OriginNotAllowed

PREFLIGHT_SECONDS = 600
_EXPOSED = b"ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed"
_SENDABLE = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Accept-Language, "
    "traceparent"
)


class Origins:
    """The exact origins that may call; no wildcard, no cookies, nothing by suffix."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = frozenset(origin.encode("ascii") for origin in allowed)

    def headers(self, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers that let a listed page read the answer."""
        origin = headers.get(b"origin")
        if origin is None or origin not in self._allowed:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, headers: Mapping[bytes, bytes], allowed_methods: bytes) -> Response:
        """Answer the browser's question whether a page may call.

        Raises:
            OriginNotAllowed: the page's origin is not listed.
        """
        answer = Response(status_code=204, headers={"Allow": allowed_methods.decode("ascii")})
        if b"access-control-request-method" not in headers:
            return answer
        if headers.get(b"origin") not in self._allowed:
            raise OriginNotAllowed
        answer.headers["Access-Control-Allow-Methods"] = allowed_methods.decode("ascii")
        answer.headers["Access-Control-Allow-Headers"] = _SENDABLE
        answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return answer
