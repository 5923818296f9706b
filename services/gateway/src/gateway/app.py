"""The gateway as a process: its own pages, its start and its end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from gateway.edge import Edge, connect
from gateway.guard import GuardedProtocol
from gateway.pages import add_pages
from gateway.settings import Settings
from gateway.upstream import new_client
from shared.logs import write_logs
from shared.problems import answer_problems
from shared.tokens.keys import load_signing_key

GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 5


def create_app(settings: Settings, signing_key: OKPKey) -> Edge:
    """Return the gateway as an ASGI application; it connects when it starts."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with new_client() as client:
            edge.connections = connect(settings, signing_key, client)
            yield

    own = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    edge = Edge(settings, own)
    add_pages(own, edge, settings)
    answer_problems(own)
    return edge


def configuration(app: Edge, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn serves the gateway: behind the guard, with nothing it adds itself."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=1024,
    )


def main() -> None:
    """Answer until told to stop by SIGTERM or SIGINT; refuse to start when unfit to."""
    settings = Settings()
    write_logs(settings.log_level)
    signing_key = load_signing_key(settings.internal_signing_key_file)
    uvicorn.Server(configuration(create_app(settings, signing_key), settings)).run()


if __name__ == "__main__":
    main()
