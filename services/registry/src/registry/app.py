"""The registry's HTTP side: units, posts and mandates, residents, grants."""

import asyncio
import multiprocessing
import sys
from functools import partial

from fastapi import FastAPI

from registry.api import grants, posts, residents, units
from registry.domain.sealing import PersonalKey
from registry.settings import RegistrySettings, load_personal_key
from registry.usecases.installation import install_admin, install_units
from shared.database import Database, connect
from shared.logs import logger, write_logs
from shared.service import build_app, run_service
from shared.tokens.access import account_id
from shared.tokens.keys import PublicKeys

ROUTES = (
    units.routes,
    grants.me_routes,
    residents.routes,
    posts.post_routes,
    posts.mandate_routes,
    grants.grant_routes,
    grants.assembly_routes,
)


def create_app(
    database: Database, internal_keys: PublicKeys, cursor_key: bytes, personal_key: PersonalKey
) -> FastAPI:
    """Return the registry's HTTP side."""
    app = build_app(
        "registry", ROUTES, database=database, internal_keys=internal_keys, cursor_key=cursor_key
    )
    app.state.personal_key = personal_key
    return app


async def install(settings: RegistrySettings) -> None:
    """Do what only the first start of an installation has to do."""
    database = connect(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with database.sessions.begin() as session:
            report = await install_units(session)
        if report:
            logger.info("classifier imported", extra={"units": report.units})
        issuer, _, subject = settings.first_admin.strip().rpartition(" ")
        if issuer and subject:
            async with database.sessions.begin() as session:
                await install_admin(session, account_id(issuer.strip(), subject))
    finally:
        await database.engine.dispose()


def install_apart(settings: RegistrySettings) -> None:
    """Install in a process of its own: the import of the classifier takes 50 MB and frees none."""
    child = multiprocessing.get_context("fork").Process(
        target=lambda: asyncio.run(install(settings))
    )
    child.start()
    child.join()
    if child.exitcode:
        sys.exit("The classifier was not imported: see the lines above.")


def main() -> None:
    """Be the HTTP process."""
    settings = RegistrySettings()
    write_logs(settings.log_level)
    key = load_personal_key(settings)
    install_apart(settings)
    run_service(partial(create_app, personal_key=key))


if __name__ == "__main__":
    main()
