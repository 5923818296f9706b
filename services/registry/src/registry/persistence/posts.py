"""Posts and mandates in the database."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text

from registry.domain.posts import MandateNotFound, PostNotFound
from registry.persistence.units import Moment
from shared.database import Session

_POST = """
    id, unit_id, kind, name_kk, name_ru, name_en, lower(valid) as valid_from,
    upper(valid) as valid_to
"""
_MANDATE = """
    m.id, m.post_id, m.kind, m.holder_name, m.act, m.end_reason, lower(m.valid) as valid_from,
    upper(m.valid) as valid_to
"""
_ADD_POST = text(f"""
    insert into posts (unit_id, kind, name_kk, name_ru, name_en, valid, recorded_by)
    values (:unit_id, :kind, :name_kk, :name_ru, :name_en,
            daterange(:valid_from, :valid_to), :recorded_by)
    returning {_POST}
""")  # noqa: S608 - a constant of this module
_GET_POST = text(f"select {_POST} from posts where id = :id order by valid desc limit 1")  # noqa: S608
_FIND_POSTS = text(f"""
    select {_POST} from posts where unit_id = :unit_id
    and valid @> coalesce(:as_of, (now() at time zone 'Asia/Almaty')::date)
    and id > :after order by id limit :limit
""")  # noqa: S608 - a constant of this module
_ADD_MANDATE = text(f"""
    insert into mandates as m (post_id, kind, holder_name, account_id, act, valid, recorded_by)
    values (:post_id, :kind, :holder_name, :account_id, :act,
            daterange(:valid_from, :valid_to), :recorded_by)
    returning {_MANDATE}
""")  # noqa: S608 - a constant of this module
_LOCK_MANDATE = text(f"select {_MANDATE} from mandates m where id = :id for update")  # noqa: S608
_END_MANDATE = text(f"""
    update mandates m set valid = daterange(lower(valid), :ended_on), end_reason = :reason
    where id = :id returning {_MANDATE}
""")  # noqa: S608 - a constant of this module
NO_ID = UUID(int=0)


async def add_post(session: Session, values: Mapping[str, Any]) -> RowMapping:
    """Store a post."""
    return (await session.execute(_ADD_POST, values)).mappings().one()


async def get_post(session: Session, post_id: UUID) -> RowMapping:
    """Return a post.

    Raises:
        PostNotFound: no post has this id.
    """
    post = (await session.execute(_GET_POST, {"id": post_id})).mappings().one_or_none()
    if post is None:
        raise PostNotFound
    return post


async def find_posts(
    session: Session, unit_id: UUID, as_of: date | None, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Return a unit's posts on a day (None: today), oldest first."""
    values = {"unit_id": unit_id, "as_of": as_of, "after": after or NO_ID, "limit": limit}
    return (await session.execute(_FIND_POSTS, values)).mappings().all()


async def add_mandate(session: Session, values: Mapping[str, Any]) -> RowMapping:
    """Store a mandate.

    Raises:
        sqlalchemy.exc.IntegrityError: `PostTaken`, `MandateOutsidePost`, told by the database.
    """
    return (await session.execute(_ADD_MANDATE, values)).mappings().one()


async def lock_mandate(session: Session, mandate_id: UUID) -> Row[Any]:
    """Return a mandate, locked until the transaction ends.

    Raises:
        MandateNotFound: no mandate has this id.
    """
    mandate = (await session.execute(_LOCK_MANDATE, {"id": mandate_id})).one_or_none()
    if mandate is None:
        raise MandateNotFound
    return mandate


async def end_mandate_row(
    session: Session, mandate_id: UUID, ended_on: date, reason: str
) -> RowMapping:
    """Store that a mandate ends before `ended_on`."""
    values = {"id": mandate_id, "ended_on": ended_on, "reason": reason}
    return (await session.execute(_END_MANDATE, values)).mappings().one()


async def find_mandates(
    session: Session, unit_id: UUID, moment: Moment, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Return who held the posts of a unit at a moment, in the order of recording."""
    mandates = "mandates m" if moment.known_at is None else "mandate_history m"
    posts = "posts p" if moment.known_at is None else "post_history p"
    known = "" if moment.known_at is None else "and m.known @> instant and p.known @> instant"
    query = text(f"""
        with moment as (
            select coalesce(:as_of, (now() at time zone 'Asia/Almaty')::date) as day,
                   cast(:known_at as timestamptz) as instant
        )
        select {_MANDATE} from moment, {mandates} join {posts} on p.id = m.post_id
        where p.unit_id = :unit_id and p.valid @> day and m.valid @> day {known}
        and m.id > :after order by m.id limit :limit
    """)  # noqa: S608 - built from constants of this module
    values = {"unit_id": unit_id, "after": after or NO_ID, "limit": limit}
    values |= {"as_of": moment.as_of, "known_at": moment.known_at}
    return (await session.execute(query, values)).mappings().all()
