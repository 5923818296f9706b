"""The copy of the units, as far as proposals and rounds ask for it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from participation.domain.units import NoSelfGovernment, UnitNotFound
from shared.database import Session

_UNIT = text("""
    select unit_id, kato, name_kk, name_ru, name_en, self_government_id, is_self_government
    from known_units
    where unit_id = :unit_id and valid @> (now() at time zone 'Asia/Almaty')::date
""")

_NAME = text("select name_kk || ' (' || kato || ')' from known_units where unit_id = :unit_id")


async def get_unit(session: Session, unit_id: UUID) -> Row[Any]:
    """Return a unit in force today that has self-government, at least above it.

    Raises:
        UnitNotFound: no unit in force has this id.
        NoSelfGovernment: neither the unit nor one above it has a budget of its own.
    """
    unit = (await session.execute(_UNIT, {"unit_id": unit_id})).one_or_none()
    if unit is None:
        raise UnitNotFound
    if unit.self_government_id is None:
        raise NoSelfGovernment
    return unit


async def get_unit_name(session: Session, unit_id: UUID) -> str:
    """Return a unit's Kazakh name and its code, whether in force today or not."""
    return (await session.execute(_NAME, {"unit_id": unit_id})).scalar() or str(unit_id)
