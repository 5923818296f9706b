"""Routes of territorial units: open to everybody."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator
from sqlalchemy import RowMapping

from registry.domain.unit_kinds import UnitKind
from registry.persistence.units import Moment, UnitFilter, find_ancestors, find_units, get_unit
from shared.answers import Answer, TrilingualText
from shared.database import Reading
from shared.pages import Listing, Page, Paging
from shared.requests import Day, Identifier
from shared.routing import Routes

routes = Routes("/v1/units", tag="units")


class Unit(Answer):
    """A territorial unit during a period; `valid_to` is the first day on which it no longer is."""

    id: UUID
    kato: str
    kind: UnitKind
    level: int
    name: TrilingualText
    parent_id: UUID | None
    self_government_id: UUID | None
    is_self_government: bool
    valid_from: date
    valid_to: date | None


def name_of(row: RowMapping) -> TrilingualText:
    """Take a name in three languages out of a row."""
    return TrilingualText(kk=row["name_kk"], ru=row["name_ru"], en=row["name_en"])


def show_unit(row: RowMapping) -> Unit:
    """Make a stored unit fit for the reader."""
    shown = {field: row[field] for field in Unit.model_fields if field != "name"}
    return Unit(name=name_of(row), **shown)


def last_id(listing: Paging) -> UUID | None:
    """Return the id after which a list that is ordered by id goes on."""
    return UUID(listing.after[0]) if listing.after else None


def _with_time_zone(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("instant with time zone expected")
    return instant.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_with_time_zone)]


def read_moment(as_of: Day | None = None, known_at: Instant | None = None) -> Moment:
    """Read `as_of` (a day in law) and `known_at` (an instant of our knowledge) from the query."""
    return Moment(as_of, known_at)


Then = Annotated[Moment, Depends(read_moment)]


@routes.get("/{unit_id}", action="unit.read")
async def read_unit(unit_id: Identifier, moment: Then, reading: Reading) -> Unit:
    """Show one unit."""
    return show_unit(await get_unit(reading, unit_id, moment))


@routes.get("", action="unit.read")
async def list_units(  # noqa: PLR0913 - one parameter per filter
    *,
    reading: Reading,
    listing: Listing,
    moment: Then,
    code: Annotated[str | None, Query(pattern="^[0-9]{9}$")] = None,
    name: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    parent: Identifier | None = None,
    kind: UnitKind | None = None,
) -> Page[Unit]:
    """Find units by code, by part of the name, by parent or by kind."""
    rows = await find_units(
        reading,
        UnitFilter(code, name, parent, kind),
        moment,
        after=listing.after and (listing.after[0], listing.after[1]),
        limit=listing.limit + 1,
    )
    return listing.page(rows, show_unit, lambda row: (row["rank"], row["kato"]))


@routes.get("/{unit_id}/children", action="unit.read")
async def list_children(
    unit_id: Identifier, reading: Reading, listing: Listing, moment: Then
) -> Page[Unit]:
    """List the units right below one."""
    await get_unit(reading, unit_id, moment)
    rows = await find_units(
        reading,
        UnitFilter(parent_id=unit_id),
        moment,
        after=listing.after and (listing.after[0], listing.after[1]),
        limit=listing.limit + 1,
    )
    return listing.page(rows, show_unit, lambda row: (row["rank"], row["kato"]))


@routes.get("/{unit_id}/ancestors", action="unit.read")
async def list_ancestors(unit_id: Identifier, reading: Reading, moment: Then) -> list[Unit]:
    """List the units above one, from the region down to the parent."""
    return [show_unit(row) for row in await find_ancestors(reading, unit_id, moment)]
