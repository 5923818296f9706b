"""The frame of a service: routes in, problem documents out, health, trace and language."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.database import Database, connect
from shared.idempotency import Repeated
from shared.identity import read_claims
from shared.logs import trace_id, write_logs
from shared.pages import derive_cursor_key
from shared.problems import answer_problems, problem_catalogue
from shared.production import check_service, start_fit
from shared.routing import Routes
from shared.settings import Environment, ServiceSettings
from shared.texts import current_language, preferred_language
from shared.tokens.keys import PublicKeys, load_public_keys

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def build_app(
    name: str,
    routes: Sequence[Routes],
    *,
    database: Database,
    internal_keys: PublicKeys,
    cursor_key: bytes,
) -> FastAPI:
    """Return the HTTP side of a service.

    Args:
        name: the service, which is also the audience of its internal tokens.
        routes: its routes; the hottest first, because they are tried in order.
        database: its own database.
        internal_keys: the public keys of the gateway.
        cursor_key: seals the cursors of its lists.
    """
    app = FastAPI(
        title=f"Ortaq {name}",
        version="1.0.0",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_close_database,
    )
    app.state.service_name, app.state.database = name, database
    app.state.internal_keys, app.state.cursor_key = internal_keys, cursor_key
    for group in routes:
        app.include_router(group.router)
    answer_problems(app)
    app.add_exception_handler(Repeated, _answer_again)
    _add_health(app)
    app.add_middleware(RequestContext)
    return app


@asynccontextmanager
async def _close_database(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.database.engine.dispose()


async def _answer_again(_: Request, repeated: Exception) -> Response:
    response: Response = repeated.response  # type: ignore[attr-defined]
    return response


def _add_health(app: FastAPI) -> None:
    async def livez() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    async def readyz() -> JSONResponse:
        """Tell whether the service can do its work: the database answers and has its tables."""
        try:
            async with app.state.database.readings() as session:
                await session.execute(text("select 1 from outbox limit 1"))
        except Exception:
            return JSONResponse({"status": "not ready"}, 503)
        return JSONResponse({"status": "ready"})

    async def openapi(request: Request) -> Response:
        """Describe the routes, for the gateway alone."""
        read_claims(request, datetime.now(UTC))
        return JSONResponse(describe(app))

    for path, endpoint in (("/livez", livez), ("/readyz", readyz), ("/openapi.json", openapi)):
        app.add_api_route(path, endpoint, include_in_schema=False, response_model=None)


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the service's OpenAPI 3.1 document with its catalogue of problems."""
    document = get_openapi(
        title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes
    )
    document["x-ortaq-problems"] = problem_catalogue()
    return document


class RequestContext:
    """Carries trace id and language of each request; pure ASGI, which costs microseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the context, answer, and name the language of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        match = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
        trace_id.set(match[1].decode() if match else secrets.token_hex(16))
        current_language.set(
            preferred_language(headers.get(b"accept-language", b"").decode("latin-1"))
        )
        await self.app(scope, receive, send)


def run_service(create_app: Callable[[Database, PublicKeys, bytes], FastAPI]) -> None:
    """Be the HTTP process of a service: read the environment, connect, answer."""
    settings = ServiceSettings()
    write_logs(settings.log_level)
    url = settings.database_url.get_secret_value()
    if settings.env is Environment.PRODUCTION:
        start_fit(lambda: asyncio.run(check_service(url)))
    app = create_app(
        connect(url), load_public_keys(settings.internal_keys_file), derive_cursor_key(url)
    )
    serve(app, host=settings.host, port=settings.port)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Answer HTTP until told to stop by SIGTERM or SIGINT."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
        date_header=True,
        log_config=None,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=16_384,
        proxy_headers=False,
    )
