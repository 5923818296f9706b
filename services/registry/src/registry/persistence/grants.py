"""Grants of role in the database, and the accounts that hold them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text

from registry.domain.grants import GrantNotFound
from shared.database import Session

_GRANT = """
    g.id, g.holder_id, g.role, g.unit_id, g.object_id, g.basis, lower(g.valid) as valid_from,
    upper(g.valid) as valid_to, g.ended_at
"""
_ADD = text(f"""
    insert into grants as g (holder_id, role, unit_id, object_id, valid, basis, given_by)
    values (:holder_id, :role, :unit_id, :object_id, daterange(:valid_from, :valid_to),
            :basis, :given_by)
    returning {_GRANT}
""")  # noqa: S608 - a constant of this module
_LOCK = text(f"select {_GRANT} from grants g where id = :id for update")  # noqa: S608
_END = text(f"""
    update grants g set valid = daterange(lower(valid), :ended_on), ended_by = :ended_by,
        ended_at = now(), end_basis = :basis
    where id = :id returning {_GRANT}
""")  # noqa: S608 - a constant of this module
_HELD = text(f"""
    select {_GRANT}, u.kato, u.kind, u.name_kk, u.name_ru, u.name_en
    from grants g left join known_units u on u.unit_id = g.unit_id
    where g.holder_id = :holder_id and not isempty(g.valid)
    and (upper(g.valid) is null or upper(g.valid) > (now() at time zone 'Asia/Almaty')::date)
    order by lower(g.valid), g.id
""")  # noqa: S608 - a constant of this module
_ANY_ADMIN = text("select exists (select from grants where role = 'admin')")


async def add_grant(session: Session, values: Mapping[str, Any]) -> RowMapping:
    """Store a grant.

    Raises:
        sqlalchemy.exc.IntegrityError: `GrantToOneself`, `GrantGivenAlready` or
            `IncompatibleRoles`, told by the database.
    """
    return (await session.execute(_ADD, values)).mappings().one()


async def lock_grant(session: Session, grant_id: UUID) -> Row[Any]:
    """Return a grant, locked until the transaction ends.

    Raises:
        GrantNotFound: no grant has this id.
    """
    grant = (await session.execute(_LOCK, {"id": grant_id})).one_or_none()
    if grant is None:
        raise GrantNotFound
    return grant


async def end_grant_row(
    session: Session, grant_id: UUID, *, ended_on: date, ended_by: UUID, basis: str
) -> RowMapping:
    """Store that a grant ends before `ended_on`."""
    values = {"id": grant_id, "ended_on": ended_on, "ended_by": ended_by, "basis": basis}
    return (await session.execute(_END, values)).mappings().one()


async def find_held(session: Session, holder_id: UUID) -> Sequence[RowMapping]:
    """Return the roles that an account holds or will hold, with their units."""
    return (await session.execute(_HELD, {"holder_id": holder_id})).mappings().all()


async def has_admin(session: Session) -> bool:
    """Return whether anybody ever was made administrator of this installation."""
    return bool((await session.execute(_ANY_ADMIN)).scalar())
