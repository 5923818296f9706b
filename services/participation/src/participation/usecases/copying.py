"""What participation remembers of the facts that registry and budget tell."""

from collections.abc import Sequence

from participation.persistence import residents
from shared.contracts.registry import ResidentChanged
from shared.database import Session


async def keep_residents(session: Session, events: Sequence[ResidentChanged]) -> None:
    """Bring this service's copy of the residents up to date."""
    await residents.keep(session, events)
