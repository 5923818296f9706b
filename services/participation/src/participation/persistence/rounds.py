"""Rounds and their projects in the database."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB

from participation.domain.rounds import RoundNotFound
from shared.database import Session


def _rounds(query: str) -> TextClause:
    """Return a query of rounds, whose column of JSON is read as such."""
    return text(query).columns(parameters=JSONB)  # type: ignore[return-value]


_SELECT = "select r.* from rounds r"
_ADD = _rounds("""
    insert into rounds (unit_id, title_kk, title_ru, title_en, fiscal_year, budget_tiyn, parameters,
        fewest_projects, most_projects, eligible_on, opens_at, closes_at, created_by)
    values (:unit_id, :title_kk, :title_ru, :title_en, :fiscal_year, :budget_tiyn,
        cast(:parameters as jsonb), :fewest_projects, :most_projects, :eligible_on, :opens_at,
        :closes_at, :created_by)
    returning *
""")
_GET = _rounds(f"{_SELECT} where r.id = :id")
_LOCK = _rounds(f"{_SELECT} where r.id = :id for update")
_CONFIRM = _rounds("""
    update rounds set status = 'confirmed', confirmed_by = :by, confirmed_at = :now where id = :id
    returning *
""")
_OPEN = _rounds("""
    update rounds set status = 'open', rules = :rules, rules_digest = :rules_digest,
        opened_at = :now
    where id = :id returning *
""")
_COUNTED = text("update rounds set status = 'counted', counted_at = :now where id = :id")
_ELECTORS = text("select count(*) from electors where round_id = :id")
# One worker at a time takes up a round; another passes it by.
_DUE = text("""
    select id, status from rounds r
    where id <> all (:passed) and ((status = 'confirmed' and opens_at <= :now and closes_at > :now
           and exists (select from projects where round_id = r.id))
       or (status = 'open' and closes_at <= :now))
    order by opens_at limit 1 for update skip locked
""")
_FILTERS = {"unit_id": "and r.unit_id = :unit_id", "after": "and r.id < :after"}


async def add_round(session: Session, values: Mapping[str, Any]) -> Row[Any]:
    """Store a draft of a round."""
    stored = {**values, "parameters": json.dumps(values["parameters"], ensure_ascii=False)}
    return (await session.execute(_ADD, stored)).one()


async def find_rounds(
    session: Session, *, unit_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Return rounds, the newest first."""
    used = {name: value for name, value in (("unit_id", unit_id), ("after", after)) if value}
    conditions = " ".join(_FILTERS[name] for name in used)
    query = _rounds(f"{_SELECT} where true {conditions} order by r.id desc limit :limit")
    return (await session.execute(query, {**used, "limit": limit})).all()


async def get_round(session: Session, round_id: UUID) -> Row[Any]:
    """Return a round.

    Raises:
        RoundNotFound: no round has this id.
    """
    return await _one(session, _GET, round_id)


async def lock_round(session: Session, round_id: UUID) -> Row[Any]:
    """Return a round that nobody else changes until the transaction ends.

    Raises:
        RoundNotFound: no round has this id.
    """
    return await _one(session, _LOCK, round_id)


async def _one(session: Session, query: Any, round_id: UUID) -> Row[Any]:
    found = (await session.execute(query, {"id": round_id})).one_or_none()
    if found is None:
        raise RoundNotFound
    return found


async def lock_due_round(
    session: Session, now: datetime, passed: Sequence[UUID] = ()
) -> Row[Any] | None:
    """Return id and status of a round, not `passed`, that is due to open or to be counted."""
    due = await session.execute(_DUE, {"now": now, "passed": list(passed)})
    return due.one_or_none()


async def mark_confirmed(session: Session, round_id: UUID, by: UUID, now: datetime) -> Row[Any]:
    """Store who confirmed a round."""
    return (await session.execute(_CONFIRM, {"id": round_id, "by": by, "now": now})).one()


async def mark_open(
    session: Session, round_id: UUID, *, rules: str, rules_digest: str, now: datetime
) -> Row[Any]:
    """Store the rules that residents now vote by."""
    values = {"id": round_id, "rules": rules, "rules_digest": rules_digest, "now": now}
    return (await session.execute(_OPEN, values)).one()


async def mark_counted(session: Session, round_id: UUID, now: datetime) -> None:
    """Store that a round is over."""
    await session.execute(_COUNTED, {"id": round_id, "now": now})


async def count_electors(session: Session, round_id: UUID) -> int:
    """Return how many residents may vote in a round."""
    electors: int = (await session.execute(_ELECTORS, {"id": round_id})).scalar_one()
    return electors
