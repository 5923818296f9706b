"""Figures of acts, as published."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.database import Session

_ADD = text("""
    insert into acts (number, unit_id, unit_name, fiscal_year, version, figures_tiyn, disagreements, registered_by)
    values (:number, (select unit_id from known_units where kato = :kato limit 1), :unit_name, :fiscal_year,
            :version, cast(:figures_tiyn as jsonb), cast(:disagreements as jsonb), :registered_by)
    on conflict on constraint acts_number_unit_key do nothing returning id
""")
_LIST = text("""
    select id, number, unit_id, unit_name, fiscal_year, version, figures_tiyn, disagreements from acts
    where (cast(:after as uuid) is null or id > :after)
      and (cast(:year as integer) is null or fiscal_year = :year)
    order by id limit :limit
""")


async def add_act(session: Session, values: Mapping[str, Any]) -> UUID | None:
    """Store an act's figures and return its id; None if the same act is stored already."""
    plain = {
        **values,
        "figures_tiyn": json.dumps(values["figures_tiyn"]),
        "disagreements": json.dumps(values["disagreements"]),
    }
    return (await session.execute(_ADD, plain)).scalar()


async def list_acts(
    session: Session, *, year: int | None, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Return acts in the order of their registration."""
    rows = await session.execute(
        _LIST, {"year": year, "after": after and UUID(after), "limit": limit}
    )
    return rows.all()
