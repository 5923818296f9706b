"""The gateway as one ASGI application: judge, identify, count, forward."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from joserfc.jwk import OKPKey
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.headers import security_headers
from gateway.identity import Caller, Passports
from gateway.limits import RequestQuota, max_body_bytes
from gateway.origins import Origins
from gateway.proxy import ClientGone, Request, forward
from gateway.routes import DEMO_ISSUER_PREFIX, Service, service_for
from gateway.rules import check_host, check_query, collect_headers, readable_path
from gateway.settings import Settings
from gateway.upstream import Upstream
from shared.errors import Refusal
from shared.logs import logger, trace_id
from shared.problems import NoSuchPage, SomethingBroke, problem_response
from shared.routing import BodyTooLarge, UnsupportedMediaType
from shared.texts import current_language, preferred_language

HEALTH_PATHS = frozenset({"/livez", "/readyz"})
OWN_PATHS = HEALTH_PATHS | {"/v1/openapi.json", "/docs", "/problems"}
OWN_PREFIX = "/problems/"
ANONYMOUS_SHARE = 10
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_ALLOWED = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


@dataclass(frozen=True)
class Connections:
    """What a running gateway holds open: who signs, and the way to each service."""

    passports: Passports
    services: Mapping[Service, Upstream]
    demo_issuer: Upstream | None


def connect(settings: Settings, signing_key: OKPKey, client: aiohttp.ClientSession) -> Connections:
    """Prepare the way to every service; nothing is sent yet."""
    return Connections(
        passports=Passports(signing_key, [one.plain() for one in settings.issuers], client),
        services={
            service: Upstream(address, client) for service, address in settings.service_urls.items()
        },
        demo_issuer=Upstream(settings.issuer_url, client) if settings.issuer_url else None,
    )


class Edge:
    """Everything between the door and the services.

    `own` answers the gateway's own pages. `connections` are there from start-up to shutdown.
    """

    def __init__(self, settings: Settings, own: ASGIApp) -> None:
        self._own = own
        self._is_production = settings.is_production
        self._hosts = _accepted_hosts(settings)
        self._origins = Origins(settings.cors_origins)
        self._people = RequestQuota(settings.requests_per_minute, "user")
        self._addresses = RequestQuota(settings.requests_per_minute * ANONYMOUS_SHARE, "address")
        self.connections: Connections | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is refused on the way is told as a problem document."""
        if scope["type"] != "http":
            await self._own(scope, receive, send)
            return
        _begin_context(scope)
        answer = _Answer(send, is_production=self._is_production)
        try:
            await self._serve(scope, receive, answer)
        except ClientGone:
            return
        except Refusal as refusal:
            if answer.is_started:
                raise
            await problem_response(refusal)(scope, receive, answer.send)
        except Exception:
            logger.exception("fault", extra={"path": scope["path"]})
            if answer.is_started:
                raise
            await problem_response(SomethingBroke())(scope, receive, answer.send)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        request = _read_request(scope, receive)
        if request.path not in HEALTH_PATHS:
            check_host(request.headers.get(b"host", b""), self._hosts)
        _check_body(request)
        answer.extra += self._origins.headers(request.headers)
        if request.method == "OPTIONS":
            await self._origins.preflight(request.headers, _ALLOWED)(scope, receive, answer.send)
        elif request.path in OWN_PATHS or request.path.startswith(OWN_PREFIX):
            await self._own(scope, receive, answer.send)
        else:
            await self._route(request, scope, answer)

    async def _route(self, request: Request, scope: Scope, answer: "_Answer") -> None:
        connections = self.open_connections()
        if connections.demo_issuer is not None and request.path.startswith(DEMO_ISSUER_PREFIX):
            await self._forward_to_issuer(request, connections.demo_issuer, answer)
            return
        service = service_for(request.path)
        if service is None:
            raise NoSuchPage
        address = scope["client"][0] if scope["client"] else ""
        passports = connections.passports
        caller = await passports.identify(request.headers.get(b"authorization"), address)
        answer.extra += self._spend(caller)
        await forward(
            request,
            connections.services[service],
            answer.send,
            internal_identity=passports.passport(caller, service, current_language.get()),
        )

    async def _forward_to_issuer(
        self, request: Request, issuer: Upstream, answer: "_Answer"
    ) -> None:
        inner = request.target[len(DEMO_ISSUER_PREFIX) - 1 :]
        shortened = Request(request.method, request.path, inner, request.headers, request.receive)
        await forward(shortened, issuer, answer.send, internal_identity=None)

    def _spend(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        if caller.claims is None:
            return self._addresses.spend(caller.address)
        return self._people.spend(f"{caller.claims.issuer}\n{caller.claims.subject}")

    def open_connections(self) -> Connections:
        """Return what is held open; only asked for between start-up and shutdown."""
        if self.connections is None:
            raise RuntimeError("The gateway has not started yet.")
        return self.connections


class _Answer:
    """The way back to the caller: adds what every answer carries, knows whether one has begun."""

    def __init__(self, send: Send, *, is_production: bool) -> None:
        self._send = send
        self._is_production = is_production
        self.extra: list[tuple[bytes, bytes]] = []
        self.is_started = False

    async def send(self, message: Message) -> None:
        """Send a part of the answer on."""
        if message["type"] == "http.response.start":
            self.is_started = True
            own = list(message.get("headers", []))
            added = security_headers(own, is_production=self._is_production)
            message = {**message, "headers": own + self.extra + added}
        await self._send(message)


def _begin_context(scope: Scope) -> None:
    trace, language = b"", b""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            trace = value
        elif name == b"accept-language":
            language = value
    match = _TRACEPARENT.fullmatch(trace)
    trace_id.set(match[1].decode("ascii") if match else secrets.token_hex(16))
    current_language.set(preferred_language(language.decode("latin-1")))


def _read_request(scope: Scope, receive: Receive) -> Request:
    path, query = readable_path(scope["raw_path"]), scope["query_string"]
    headers = collect_headers(scope["headers"])
    check_query(query)
    target = scope["raw_path"] + (b"?" + query if query else b"")
    return Request(scope["method"], path, target.decode("ascii"), headers, receive)


def _check_body(request: Request) -> None:
    if request.headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType
    if int(request.headers.get(b"content-length", b"0")) > max_body_bytes(request.path):
        raise BodyTooLarge


def _accepted_hosts(settings: Settings) -> frozenset[str]:
    if settings.public_hosts:
        return frozenset(host.lower() for host in settings.public_hosts)
    # Reachable from this machine alone, it is meant by this machine's names alone; otherwise a
    # web page could reach it under a name of its own (DNS rebinding).
    is_own = not settings.is_production and settings.host in {"127.0.0.1", "::1", "localhost"}
    return _THIS_MACHINE if is_own else frozenset()
