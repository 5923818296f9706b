"""Reading territorial units: as of a day in law, as known at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, text

from registry.domain.names import fold
from registry.domain.units import UnitNotFound
from shared.database import Session

_COLUMNS = """
    unit_id as id, kato, kind, level, name_kk, name_ru, name_en, parent_id, path,
    self_government_id, is_self_government, lower(valid) as valid_from, upper(valid) as valid_to
"""
_IN_FORCE = "valid @> coalesce(:as_of, (now() at time zone 'Asia/Almaty')::date)"
# A name found whole comes before one that begins so, and that before one that contains it.
_RANK = """
    case when :name = '' then 0
         when ' ' || search || ' ' like '% ' || :name || ' %' then 0
         when ' ' || search like '% ' || :name || '%' then 1
         else 2 end
"""
_FILTERS = {
    "kato": "kato = :kato",
    "parent_id": "parent_id = :parent_id",
    "kind": "kind = :kind",
    "name": "search like '%' || :name || '%'",
}


@dataclass(frozen=True)
class Moment:
    """When a unit is asked about: `as_of` in law (None: today), `known_at` by us (None: now)."""

    as_of: date | None = None
    known_at: datetime | None = None

    @property
    def source(self) -> str:
        """What to read from; the present state has a table of its own."""
        if self.known_at is None:
            return f"unit_versions where {_IN_FORCE}"
        return f"unit_history where known @> cast(:known_at as timestamptz) and {_IN_FORCE}"

    @property
    def values(self) -> dict[str, object]:
        """The values that `source` leaves open."""
        values: dict[str, object] = {"as_of": self.as_of}
        return values if self.known_at is None else {**values, "known_at": self.known_at}


@dataclass(frozen=True)
class UnitFilter:
    """Which units are looked for; a name is compared without regard to Kazakh letters."""

    kato: str | None = None
    name: str | None = None
    parent_id: UUID | None = None
    kind: str | None = None


async def find_units(
    session: Session,
    wanted: UnitFilter,
    moment: Moment,
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return units by rank of the name found, then by code; `after` is such a pair."""
    name = fold(wanted.name) if wanted.name is not None else ""
    if wanted.name is not None and not name:
        return []
    values = {"kato": wanted.kato, "parent_id": wanted.parent_id, "kind": wanted.kind}
    used = {key: value for key, value in values.items() if value is not None}
    if name:
        used["name"] = name
    conditions = " ".join(f"and {_FILTERS[key]}" for key in used)
    query = text(f"""
        select * from (select {_COLUMNS}, {_RANK} as rank from {moment.source} {conditions}) found
        where (rank, kato) > (:rank, :after_kato) order by rank, kato limit :limit
    """)  # noqa: S608 - built from constants of this module
    rank, kato = after or (-1, "")
    rows = await session.execute(
        query,
        {**moment.values, **used, "name": name, "rank": rank, "after_kato": kato, "limit": limit},
    )
    return rows.mappings().all()


async def get_unit(session: Session, unit_id: UUID, moment: Moment) -> RowMapping:
    """Return a unit.

    Raises:
        UnitNotFound: no unit has this id, or not at that moment.
    """
    query = text(f"select {_COLUMNS} from {moment.source} and unit_id = :unit_id")  # noqa: S608
    rows = await session.execute(query, {**moment.values, "unit_id": unit_id})
    unit = rows.mappings().one_or_none()
    if unit is None:
        raise UnitNotFound
    return unit


async def find_ancestors(session: Session, unit_id: UUID, moment: Moment) -> Sequence[RowMapping]:
    """Return the units above a unit, from the country's root down to the parent.

    Raises:
        UnitNotFound: no unit has this id, or not at that moment.
    """
    path = list((await get_unit(session, unit_id, moment))["path"])[:-1]
    query = text(f"""
        select {_COLUMNS} from {moment.source} and unit_id = any(:path)
        order by array_position(:path, unit_id)
    """)  # noqa: S608 - built from constants of this module
    rows = await session.execute(query, {**moment.values, "path": path})
    return rows.mappings().all()
