"""Counts in the database: what was decided, by which rule, and how to repeat it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.database import Session

_ADD = text("""
    insert into counts (round_id, is_decisive, parameters, engine_version, digest, ballots,
        ballots_with_nothing, winners, cost_tiyn, explanations, counted_on, counted_by)
    values (:round_id, :is_decisive, cast(:parameters as jsonb), :engine_version, :digest, :ballots,
        :ballots_with_nothing, :winners, :cost_tiyn, cast(:explanations as jsonb), :counted_on,
        :counted_by)
""")
_OF_ROUND = text("""
    select * from counts where round_id = :round_id order by is_decisive desc, id
""").columns(parameters=JSONB, explanations=JSONB)


async def add_count(session: Session, values: Mapping[str, Any]) -> None:
    """Store the outcome of a rule on a round's ballots."""
    as_json = {
        name: json.dumps(values[name], ensure_ascii=False)
        for name in ("parameters", "explanations")
    }
    await session.execute(_ADD, {**values, **as_json})


async def find_counts(session: Session, round_id: UUID) -> Sequence[Row[Any]]:
    """Return a round's counts, the decisive one first; none before it was counted."""
    return (await session.execute(_OF_ROUND, {"round_id": round_id})).all()
