"""Residents in the database. Nothing here ever sees an IIN in the clear."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text

from registry.domain.names import fold
from shared.database import Session
from shared.identity import OutOfSight

_RESIDENT = """
    r.id, r.unit_id, r.account_id, r.name, r.iin_masked, r.iin_flags, r.lives_here_from, r.left_on
"""
_HERE = "coalesce(r.left_on, 'infinity') > (now() at time zone 'Asia/Almaty')::date"
_NEW_ID = text("select uuidv7()")
_ADD = text(f"""
    insert into residents as r (id, unit_id, account_id, name, born_on, iin_sealed, iin_index,
                                iin_masked, iin_flags, lives_here_from, registered_by)
    values (:id, :unit_id, :account_id, :name, :born_on, :iin_sealed, :iin_index, :iin_masked,
            :iin_flags, :lives_here_from, :registered_by)
    returning {_RESIDENT}
""")  # noqa: S608 - a constant of this module
_GET = text(f"select {_RESIDENT} from residents r where id = :id")  # noqa: S608
_LOCK = text(f"select {_RESIDENT}, born_on from residents r where id = :id for update")  # noqa: S608
_FIND = text(f"""
    select {_RESIDENT} from residents r join known_units u on u.unit_id = r.unit_id
    where u.path @> array[cast(:unit_id as uuid)] and {_HERE}
    and r.search like '%' || :name || '%' and r.id > :after order by r.id limit :limit
""")  # noqa: S608 - a constant of this module
_LINK = text(f"""
    update residents r set account_id = :account_id where id = :id returning {_RESIDENT}
""")  # noqa: S608 - a constant of this module
_LEAVE = text(f"""
    update residents r set left_on = :left_on where id = :id returning {_RESIDENT}
""")  # noqa: S608 - a constant of this module
_ROLE = text("""
    select id, valid from grants where object_id = :id and role = 'resident' and ended_at is null
    for update
""")
_OWN = text(f"""
    select r.id, r.unit_id, u.self_government_id, r.born_on, r.lives_here_from
    from residents r join known_units u on u.unit_id = r.unit_id
    where r.account_id = :account_id and {_HERE}
""")  # noqa: S608 - a constant of this module
_SEALED = text("select iin_sealed from residents where id = :id")
_REVEAL = text("""
    insert into iin_reveals (resident_id, account_id, reason)
    values (:resident_id, :account_id, :reason)
""")
NO_ID = UUID(int=0)


async def new_resident_id(session: Session) -> UUID:
    """Return an id for a resident; it is needed before the row, to seal the IIN for it."""
    resident_id: UUID = (await session.execute(_NEW_ID)).scalar_one()
    return resident_id


async def add_resident(session: Session, values: Mapping[str, Any]) -> RowMapping:
    """Store a resident.

    Raises:
        sqlalchemy.exc.IntegrityError: `LivesElsewhere` or `AccountTaken`, told by the database.
    """
    return (await session.execute(_ADD, values)).mappings().one()


async def get_resident(session: Session, resident_id: UUID) -> RowMapping:
    """Return a resident.

    Raises:
        OutOfSight: no resident has this id; the answer is the same for one out of reach.
    """
    found = (await session.execute(_GET, {"id": resident_id})).mappings().one_or_none()
    if found is None:
        raise OutOfSight
    return found


async def lock_resident(session: Session, resident_id: UUID) -> Row[Any]:
    """Return a resident with the birth date, locked until the transaction ends.

    Raises:
        OutOfSight: no resident has this id.
    """
    found = (await session.execute(_LOCK, {"id": resident_id})).one_or_none()
    if found is None:
        raise OutOfSight
    return found


async def find_residents(
    session: Session, unit_id: UUID, name: str, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Return who lives in a unit and below, in the order of registration."""
    if name and not fold(name):
        return []
    values = {"unit_id": unit_id, "name": fold(name), "after": after or NO_ID, "limit": limit}
    return (await session.execute(_FIND, values)).mappings().all()


async def link_account(session: Session, resident_id: UUID, account_id: UUID) -> RowMapping:
    """Store which account is the resident's."""
    values = {"id": resident_id, "account_id": account_id}
    return (await session.execute(_LINK, values)).mappings().one()


async def leave(session: Session, resident_id: UUID, left_on: date) -> RowMapping:
    """Store the first day on which the resident lives here no more."""
    values = {"id": resident_id, "left_on": left_on}
    return (await session.execute(_LEAVE, values)).mappings().one()


async def find_resident_role(session: Session, resident_id: UUID) -> UUID | None:
    """Return the grant that makes the resident's account a resident here, if there is one."""
    found = (await session.execute(_ROLE, {"id": resident_id})).one_or_none()
    return found.id if found else None


async def find_own_resident(session: Session, account_id: UUID) -> RowMapping | None:
    """Return where the account's person lives now."""
    rows = await session.execute(_OWN, {"account_id": account_id})
    return rows.mappings().one_or_none()


async def get_sealed_iin(session: Session, resident_id: UUID) -> bytes:
    """Return a resident's IIN as it is stored."""
    sealed: bytes = (await session.execute(_SEALED, {"id": resident_id})).scalar_one()
    return sealed


async def log_reveal(session: Session, resident_id: UUID, account_id: UUID, reason: str) -> None:
    """Keep who is shown a whole IIN, and why; it can never be taken back."""
    values = {"resident_id": resident_id, "account_id": account_id, "reason": reason}
    await session.execute(_REVEAL, values)
