"""The first start of an installation: the country's units, and somebody to give roles."""

from datetime import UTC, datetime
from uuid import UUID

from registry.domain.terms import day_in_country
from registry.persistence.classifier import lock_units, newest_edition_day
from registry.persistence.grants import has_admin
from registry.usecases.classifier_imports import (
    ImportReport,
    import_classifier,
    shipped_edition,
)
from registry.usecases.granting import give_role
from shared.database import Session
from shared.permissions import Role

BASIS = "installation"


async def install_units(session: Session) -> ImportReport | None:
    """Take in the shipped classifier, unless an edition has been taken in before."""
    await lock_units(session)
    if await newest_edition_day(session) is not None:
        return None
    return await import_classifier(session, shipped_edition())


async def install_admin(session: Session, account_id: UUID) -> bool:
    """Make an account the first administrator; return False where there has been one before.

    It happens once, so that a changed setting gives nobody power over a running installation.
    """
    await lock_units(session)
    if await has_admin(session):
        return False
    await give_role(
        session,
        account_id,
        Role.ADMIN,
        unit_id=None,
        valid_from=day_in_country(datetime.now(UTC)),
        valid_to=None,
        basis=BASIS,
        given_by=None,
    )
    return True
