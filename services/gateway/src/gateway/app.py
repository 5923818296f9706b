"""The gateway as a process: its own pages, its start and its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from pydantic import ValidationError
from pydantic_settings import SettingsError

from gateway.edge import Edge, connect
from gateway.guard import GuardedProtocol
from gateway.pages import add_pages
from gateway.settings import Settings
from gateway.upstream import new_client
from shared.logs import write_logs
from shared.problems import answer_problems
from shared.production import (
    UnfitForProduction,
    check_algorithms,
    check_issuer,
    check_keys,
    check_no_demo_issuer,
    check_origins,
    check_private_file,
    refuse_to_start,
    start_fit,
)
from shared.tokens.caches import fetch_key_set
from shared.tokens.keys import ALGORITHMS, load_signing_key, parse_public_keys
from shared.tokens.refusals import KeySetRefused, SigningKeyRefused

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


def check_fit(settings: Settings) -> None:
    """Check that real people may depend on a gateway with these settings.

    Raises:
        UnfitForProduction: for the first thing that only development may have.
    """
    check_no_demo_issuer()
    check_algorithms(ALGORITHMS)
    check_private_file(settings.internal_signing_key_file)
    check_origins(settings.cors_origins)
    if settings.issuer_url:
        raise UnfitForProduction("ORTAQ_ISSUER_URL shows a demo issuer")
    if not settings.issuers:
        raise UnfitForProduction("ORTAQ_ISSUERS names nobody who could sign in")
    for issuer in settings.issuers:
        check_issuer(issuer.plain())


async def check_published_keys(settings: Settings) -> None:
    """Check that no issuer signs with a key of the demo; a silent issuer is asked again later.

    Raises:
        UnfitForProduction: an issuer publishes a demo key.
    """
    async with new_client() as client:
        for issuer in settings.issuers:
            try:
                keys = parse_public_keys(await fetch_key_set(client, issuer.jwks_url))
            except (KeySetRefused, OSError, TimeoutError, aiohttp.ClientError):
                continue
            check_keys(keys)


def main() -> None:
    """Answer until told to stop by SIGTERM or SIGINT; refuse to start when unfit to."""
    try:
        settings = Settings()
    except (ValidationError, SettingsError) as error:
        refuse_to_start(_first_fault(error))
    write_logs(settings.log_level)
    if settings.is_production:
        start_fit(lambda: check_fit(settings))
        start_fit(lambda: asyncio.run(check_published_keys(settings)))
    try:
        signing_key = load_signing_key(settings.internal_signing_key_file)
    except SigningKeyRefused as refusal:
        refuse_to_start(str(refusal))
    uvicorn.Server(configuration(create_app(settings, signing_key), settings)).run()


def _first_fault(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    first = error.errors()[0]
    return f"ORTAQ_{'_'.join(str(step) for step in first['loc']).upper()}: {first['msg']}"


if __name__ == "__main__":
    main()
