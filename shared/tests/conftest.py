"""The probe service's database and application."""

import asyncpg
import probe
import pytest

from launcher.postgres import PostgresServer
from shared.database import Database, Session
from shared.testing import CreateApp, Urls, prepare_database

_created: set[str] = set()


@pytest.fixture(scope="session")
def service() -> str:
    return "probe"


@pytest.fixture
async def urls(postgres: PostgresServer, service: str) -> Urls:
    found = await prepare_database(postgres, service)
    if service not in _created:
        connection = await asyncpg.connect(found.owner.replace("+asyncpg", ""))
        for statement in probe.schema(service):
            await connection.execute(statement)
        await connection.close()
        _created.add(service)
    return found


@pytest.fixture
def create_app() -> CreateApp:
    return probe.create_probe


@pytest.fixture
async def village(session: Session) -> probe.Village:
    found = await probe.settle(session)
    await session.commit()
    return found


@pytest.fixture
async def settled(committed: Database) -> probe.Village:
    async with committed.sessions.begin() as session:
        return await probe.settle(session)
