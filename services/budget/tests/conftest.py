"""What the budget's tests share."""

import pytest
from budget_builders import Village, settle

from budget import app
from shared.database import Database, Session
from shared.testing import CreateApp


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
