"""Each service's own copy of the units and of who holds which role in them.

The registry owns both and publishes them; budget and participation keep the tables `known_units`
and
`known_grants` by its events, the registry offers views of the same names. So a permission is
decided
without asking another service, also while that one is down.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from shared.contracts.registry import GrantChanged, UnitChanged
from shared.database import Session
from shared.permissions import Grant, Role

_GRANTS = text("""
    select held.role, held.object_id, unit.path, unit.self_government_id
    from known_grants held left join known_units unit on unit.unit_id = held.unit_id
    where held.holder_id = :holder_id and held.valid @> (now() at time zone 'Asia/Almaty')::date
""")
_PATH = text("select path from known_units where unit_id = :unit_id")
_KEEP_UNITS = text("""
    insert into known_units
        (unit_id, kato, kind, name_kk, name_ru, name_en, parent_id, path, self_government_id,
         is_self_government, valid)
    values (:unit_id, :kato, :kind, :name_kk, :name_ru, :name_en, :parent_id, :path,
            :self_government_id, :is_self_government, daterange(:valid_from, :valid_to))
    on conflict (unit_id) do update set
        kato = excluded.kato, kind = excluded.kind, name_kk = excluded.name_kk,
        name_ru = excluded.name_ru, name_en = excluded.name_en, parent_id = excluded.parent_id,
        path = excluded.path, self_government_id = excluded.self_government_id,
        is_self_government = excluded.is_self_government, valid = excluded.valid
""")
_KEEP_GRANTS = text("""
    insert into known_grants (grant_id, holder_id, role, unit_id, object_id, valid)
    values (:grant_id, :holder_id, :role, :unit_id, :object_id, daterange(:valid_from, :valid_to))
    on conflict (grant_id) do update set
        holder_id = excluded.holder_id, role = excluded.role, unit_id = excluded.unit_id,
        object_id = excluded.object_id, valid = excluded.valid
""")


async def grants_of(session: Session, holder_id: UUID) -> Sequence[Grant]:
    """Return the roles that an account holds today (the day in Kazakhstan)."""
    rows = await session.execute(_GRANTS, {"holder_id": holder_id})
    return [
        Grant(Role(row.role), row.path or (), row.self_government_id, row.object_id) for row in rows
    ]


async def path_of(session: Session, unit_id: UUID) -> Sequence[UUID]:
    """Return the way from the country's root to a unit; empty for a unit that is not known here."""
    return (await session.execute(_PATH, {"unit_id": unit_id})).scalar() or ()


async def keep_units(session: Session, events: Sequence[UnitChanged]) -> None:
    """Bring this service's copy of the units up to date."""
    await session.execute(_KEEP_UNITS, [event.model_dump() for event in events])


async def keep_grants(session: Session, events: Sequence[GrantChanged]) -> None:
    """Bring this service's copy of the grants up to date."""
    await session.execute(_KEEP_GRANTS, [event.model_dump() for event in events])
