"""What the budget's tests share."""

import httpx
import pytest
from budget_builders import Village, settle
from budget_calls import Office

from budget import app
from shared.database import Database, Session
from shared.testing import AsAccount, CreateApp


@pytest.fixture(scope="session")
def service() -> str:
    return "budget"


@pytest.fixture
def create_app() -> CreateApp:
    return app.create_app


@pytest.fixture
async def village(session: Session) -> Village:
    """Borankul with its officials, in the test's own transaction."""
    found = await settle(session)
    await session.commit()
    return found


@pytest.fixture
async def settled(committed: Database) -> Village:
    """The same with real commits."""
    async with committed.sessions.begin() as session:
        return await settle(session)


@pytest.fixture
async def office(client: httpx.AsyncClient, as_account: AsAccount, village: Village) -> Office:
    """The village's officials at the API; the enterprise they found is the manager's."""
    return Office(client, as_account, village)


@pytest.fixture
async def racing_office(
    racing_client: httpx.AsyncClient, as_account: AsAccount, settled: Village
) -> Office:
    """The same with real commits."""
    return Office(racing_client, as_account, settled)
