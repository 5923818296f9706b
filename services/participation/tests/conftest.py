"""Participation's application, and a village to play in."""

import httpx
import pytest
from participation_builders import People, Village, settle

from participation.app import create_app as create_participation
from shared.database import Database, Session
from shared.testing import AsAccount, CreateApp


@pytest.fixture(scope="session")
def service() -> str:
    return "participation"


@pytest.fixture
def create_app() -> CreateApp:
    return create_participation


@pytest.fixture
async def village(session: Session) -> Village:
    """A village inside the test's outer transaction."""
    found = await settle(session)
    await session.commit()
    return found


@pytest.fixture
async def settled(committed: Database) -> Village:
    """A village in a database of the test's own."""
    async with committed.sessions.begin() as session:
        return await settle(session)


@pytest.fixture
def people(client: httpx.AsyncClient, as_account: AsAccount, village: Village) -> People:
    """The village's people over HTTP, inside the test's outer transaction."""
    return People(client, as_account, village)


@pytest.fixture
def crowd(racing_client: httpx.AsyncClient, as_account: AsAccount, settled: Village) -> People:
    """The village's people over HTTP, with real commits."""
    return People(racing_client, as_account, settled)
