"""What the registry's tests share."""

from functools import partial

import pytest
from registry_builders import Village, an_admin, beineu_edition, find_village

from registry.app import create_app as create_registry
from registry.domain.sealing import PersonalKey
from registry.usecases.classifier_imports import import_classifier
from shared.database import Database
from shared.testing import CreateApp


@pytest.fixture(scope="session")
def service() -> str:
    return "registry"


@pytest.fixture(scope="session")
def personal_key() -> PersonalKey:
    return PersonalKey.derive(b"only for tests, 32 bytes long!!!")


@pytest.fixture
def create_app(personal_key: PersonalKey) -> CreateApp:
    return partial(create_registry, personal_key=personal_key)


@pytest.fixture
async def village(database: Database) -> Village:
    """Borankul with its district and region, in the test's own transaction."""
    return await _arrange(database)


@pytest.fixture
async def committed_village(committed: Database) -> Village:
    """The same with real commits."""
    return await _arrange(committed)


async def _arrange(database: Database) -> Village:
    async with database.sessions.begin() as session:
        await import_classifier(session, beineu_edition())
        admin = await an_admin(session)
        return await find_village(session, admin)
