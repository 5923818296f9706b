"""The gateway's own pages: health, the joined documentation, a page for every problem."""

import asyncio
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse

from gateway.documents import (
    CONTENT_SECURITY_POLICY,
    documentation_page,
    problem_list,
    problem_page,
)
from gateway.edge import Connections, Edge
from gateway.openapi import JoinedDocument
from gateway.settings import Settings
from shared.errors import Unavailable
from shared.problems import NoSuchPage, problem_catalogue

READY_SECONDS = 1.5
_READ = ["GET", "HEAD"]


def add_pages(own: FastAPI, edge: Edge, settings: Settings) -> None:
    """Add the gateway's own routes; the documentation page only where nobody depends on us."""
    _add_health(own, edge)
    joined = JoinedDocument()

    async def openapi() -> JSONResponse:
        """Describe every operation of every service."""
        return JSONResponse(await joined.read(edge.open_connections()))

    async def docs() -> HTMLResponse:
        """Describe every operation for people."""
        return _html(documentation_page(await joined.read(edge.open_connections())))

    async def problems() -> HTMLResponse:
        """List every problem that can be answered."""
        return _html(problem_list(await _problems(joined, edge.open_connections())))

    async def problem(slug: str) -> HTMLResponse:
        """Explain one problem in three languages."""
        known = await _problems(joined, edge.open_connections())
        if slug not in known:
            raise NoSuchPage
        return _html(problem_page(slug, known[slug]))

    own.add_api_route("/v1/openapi.json", openapi, methods=_READ)
    own.add_api_route("/problems", problems, methods=_READ, response_class=HTMLResponse)
    own.add_api_route("/problems/{slug}", problem, methods=_READ, response_class=HTMLResponse)
    if not settings.is_production:
        own.add_api_route("/docs", docs, methods=_READ, response_class=HTMLResponse)


def _add_health(own: FastAPI, edge: Edge) -> None:
    async def livez() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    async def readyz() -> JSONResponse:
        """Tell whether every service is ready; which one is not is nobody's business outside."""
        services = edge.open_connections().services.values()
        if all(await asyncio.gather(*(service.is_ready(READY_SECONDS) for service in services))):
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready"}, 503)

    own.add_api_route("/livez", livez, methods=_READ)
    own.add_api_route("/readyz", readyz, methods=_READ)


async def _problems(joined: JoinedDocument, connections: Connections) -> dict[str, Any]:
    """Return every known problem; the gateway's own while a service does not answer."""
    try:
        found: dict[str, Any] = (await joined.read(connections))["x-ortaq-problems"]
    except Unavailable:
        return problem_catalogue()
    return found


def _html(page: str) -> HTMLResponse:
    return HTMLResponse(
        page,
        headers={
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Cache-Control": "public, max-age=60",
        },
    )
