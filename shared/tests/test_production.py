"""A service that real people depend on refuses to start where a rule could be switched off."""

import pytest

from shared.database import Database, connect
from shared.production import UnfitForProduction, check_database_role, check_secret, check_service
from shared.testing import Urls


@pytest.mark.parametrize("secret", ["", "short", "postgres" * 8, "changeme" * 8])
def test_a_secret_that_can_be_guessed_is_refused(secret: str) -> None:
    with pytest.raises(UnfitForProduction):
        check_secret("the database password", secret)


async def test_the_owner_and_the_superuser_of_the_tables_are_refused(urls: Urls) -> None:
    for url in (urls.owner, urls.superuser):
        database = connect(url, pool_size=1)
        async with database.readings() as session:
            with pytest.raises(UnfitForProduction):
                await check_database_role(session)
        await database.engine.dispose()


async def test_the_runtime_role_is_fit(database: Database) -> None:
    async with database.readings() as session:
        await check_database_role(session)


async def test_a_machine_with_the_demo_issuer_is_refused(urls: Urls) -> None:
    with pytest.raises(UnfitForProduction, match="demo"):
        await check_service(urls.runtime)
