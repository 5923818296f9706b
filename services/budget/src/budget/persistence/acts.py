"""Figures of acts, as published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from budget.domain.acts import ActDiffers, ActOfMaslikhatNotFound, PublishedAct
from budget.domain.figures import Disagreement
from shared.database import Session

_ADD = text("""
    insert into acts (unit_id, fiscal_year, document, unit_as_written, figures, amends, act_number,
        act_date, body, source_url, language, note, disagreements, recorded_by)
    values (:unit_id, :fiscal_year, :document, :unit_as_written, cast(:figures as jsonb), :amends,
        :act_number, :act_date, :body, :source_url, :language, :note,
        cast(:disagreements as jsonb), :recorded_by)
    on conflict on constraint acts_document do nothing returning id
""")
_STORED = text("""
    select figures from acts
    where document = :document and unit_id = :unit_id and fiscal_year = :fiscal_year
""")
_LIST = text("""
    select * from acts
    where (cast(:after as uuid) is null or id > :after)
      and (cast(:unit_id as uuid) is null or unit_id = :unit_id)
      and (cast(:year as integer) is null or fiscal_year = :year)
    order by id limit :limit
""")
_OF_BUDGET = text("""
    select figures, disagreements from acts
    where id = :act_id and unit_id = :unit_id and fiscal_year = :year
""")
_UNIT = text("select unit_id from known_units where kato = :kato order by valid desc limit 1")


async def add_act(
    session: Session, act: PublishedAct, found: Sequence[Disagreement], recorded_by: UUID
) -> UUID | None:
    """Store an act's figures and return its id; None if the same act is stored already.

    Raises:
        ActDiffers: it is stored with other figures.
    """
    values = asdict(act) | {
        "figures": json.dumps(dict(act.figures)),
        "disagreements": json.dumps([asdict(one) for one in found]),
        "recorded_by": recorded_by,
    }
    act_id: UUID | None = (await session.execute(_ADD, values)).scalar()
    if act_id is None:
        stored = (await session.execute(_STORED, values)).scalar_one()
        if stored != dict(act.figures):
            raise ActDiffers(document=act.document)
    return act_id


async def list_acts(session: Session, filters: Mapping[str, Any]) -> Sequence[RowMapping]:
    """Return acts by `unit_id` and `year`, after the id `after`, at most `limit`."""
    rows = await session.execute(_LIST, dict(filters))
    return rows.mappings().all()


async def figures_of_act(
    session: Session, act_id: UUID, unit_id: UUID, year: int
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Return what an act prints for a unit and year, and what disagrees in it.

    Raises:
        ActOfMaslikhatNotFound: there is no such act of this unit and year.
    """
    place = {"act_id": act_id, "unit_id": unit_id, "year": year}
    row = (await session.execute(_OF_BUDGET, place)).one_or_none()
    if row is None:
        raise ActOfMaslikhatNotFound
    return row.figures, row.disagreements


async def unit_of_kato(session: Session, kato: str) -> UUID | None:
    """Return the unit that has, or had last, a code of the classifier."""
    return (await session.execute(_UNIT, {"kato": kato})).scalar()
