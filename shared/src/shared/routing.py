"""Routes that declare their action, read strictly and answer once per idempotency key."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.errors import Malformed
from shared.idempotency import claim_key, remember_answer
from shared.identity import identify
from shared.permissions import ACTIONS
from shared.requests import parse_json
from shared.texts import Text

LARGEST_BODY_BYTES = 256 * 1024
LARGEST_BULK_BYTES = 5 * 1024 * 1024
MOST_QUERY_FIELDS = 50

Endpoint = Callable[..., Coroutine[Any, Any, Any]]


class UndeclaredAction(Exception):
    """A route names an action that the permission table does not have. Found at import."""


class UndecidedPermission(Exception):
    """A route answered without asking whether the caller may: a fault of ours."""


class BodyTooLarge(Malformed):
    """The body is larger than this address takes."""

    status = 413
    title = Text("Сұрау тым үлкен.", "Запрос слишком велик.", "The request is too large.")


class UnsupportedMediaType(Malformed):
    """Bodies are JSON in UTF-8 and not compressed."""

    status = 415
    title = Text(
        "Сұрау денесі application/json болуы керек (UTF-8, қысылмаған).",
        "Тело запроса должно быть application/json (UTF-8, без сжатия).",
        "The body must be application/json (UTF-8, not compressed).",
    )


class NotAcceptable(Malformed):
    """Answers are JSON."""

    status = 406
    title = Text(
        "Жауап тек application/json түрінде беріледі.",
        "Ответ даётся только в виде application/json.",
        "Answers are given as application/json only.",
    )


class UnknownParameter(Malformed):
    """A name in the query is unknown here, or stands there twice."""

    title = Text(
        "Сұрау жолында белгісіз немесе қайталанған параметр бар.",
        "В строке запроса есть неизвестный или повторённый параметр.",
        "The query has an unknown or repeated parameter.",
    )
    detail = Text(
        "«{name}» параметрі белгісіз немесе қайталанған.",
        "Параметр «{name}» неизвестен или повторён.",
        "The parameter “{name}” is unknown or given twice.",
    )


class StrictRoute(APIRoute):
    """A route that checks form before anything else, and stores its answer with its effect."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler; it runs inside the transaction that commits before the answer."""
        handle = super().get_route_handler()
        action = ACTIONS[(self.openapi_extra or {})["x-ortaq-action"]]
        limit = (
            LARGEST_BULK_BYTES
            if (self.openapi_extra or {}).get("x-ortaq-bulk")
            else LARGEST_BODY_BYTES
        )
        known = query_names(self.dependant)

        async def strictly(request: Request) -> Response:
            request.state.action = action
            check_query(request, known)
            check_accept(request)
            if request.method not in {"GET", "HEAD"}:
                await read_body(request, limit)
            response = await handle(request)
            caller = getattr(request.state, "caller", None)
            if caller is None or not caller.is_decided:
                raise UndecidedPermission(f"{request.method} {request.url.path}")
            await remember_answer(request, response)
            return response

        return strictly


def query_names(dependant: Dependant) -> set[str]:
    """Return the names that a route and all it depends on read from the query."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*(query_names(inner) for inner in dependant.dependencies))


def check_query(request: Request, known: set[str]) -> None:
    """Refuse query names that the route does not know, and names given twice."""
    raw = request.scope["query_string"].decode("latin-1")
    seen: set[str] = set()
    for name, value in parse_qsl(raw, keep_blank_values=True, max_num_fields=MOST_QUERY_FIELDS):
        if name not in known or name in seen or "\0" in value or "\ufffd" in value:
            raise UnknownParameter(name=name[:50])
        seen.add(name)


def check_accept(request: Request) -> None:
    """Refuse a reader who takes no JSON."""
    accepted = request.headers.get("accept", "*/*").lower()
    if not any(kind in accepted for kind in ("json", "*/*", "application/*")):
        raise NotAcceptable


async def read_body(request: Request, limit_bytes: int) -> None:
    """Read and parse the body once; FastAPI then finds the parsed document."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit_bytes:
            raise BodyTooLarge
    body = bytes(chunks)
    request._body = body
    if not body:
        return
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"')
    if media_type.strip() != "application/json" or charset not in {"", "utf-8", "utf8"}:
        raise UnsupportedMediaType
    request._json = parse_json(body)


class Routes:
    """The routes under one path. Each names its action, or the import fails."""

    def __init__(self, prefix: str, *, tag: str) -> None:
        self.router = APIRouter(prefix=prefix, tags=[tag], route_class=StrictRoute)

    def get(self, path: str, *, action: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a reading route."""
        return self._declare("GET", path, action, options)

    def post(self, path: str, *, action: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a route that creates something: 201 after commit, once per `Idempotency-Key`."""
        return self._declare("POST", path, action, {"status_code": 201, **options})

    def put(self, path: str, *, action: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a route that replaces something."""
        return self._declare("PUT", path, action, options)

    def patch(self, path: str, *, action: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a route that changes some fields."""
        return self._declare("PATCH", path, action, options)

    def _declare(
        self, method: str, path: str, action: str, options: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        if action not in ACTIONS:
            raise UndeclaredAction(f"{method} {self.router.prefix}{path}: {action}")
        extra = {"x-ortaq-action": action}
        if options.pop("bulk", False):
            extra["x-ortaq-bulk"] = "true"
        guards = [Depends(identify)]
        if method == "POST" and options.pop("once", True):
            guards.append(Depends(claim_key, scope="function"))
        problem = {"description": "RFC 9457 problem", "content": {"application/problem+json": {}}}
        return self.router.api_route(
            path,
            methods=[method],
            openapi_extra=extra,
            dependencies=guards,
            responses={"default": problem},
            **options,
        )
