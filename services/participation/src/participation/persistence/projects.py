"""Projects in the database."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from participation.domain.projects import ProjectNotFound
from shared.database import Session

_ADD = text("""
    insert into projects (round_id, proposal_id, unit_id, title_kk, title_ru, title_en, cost_tiyn,
        admitted_by)
    values (:round_id, :proposal_id, :unit_id, :title_kk, :title_ru, :title_en, :cost_tiyn,
        :admitted_by)
    returning *
""")
_OF_ROUND = text("select * from projects where round_id = :round_id order by id")
# `has_won` is null before the count.
_LIST = """
    select p.*, r.unit_id as self_government_id, r.fiscal_year, r.status as round_status,
        r.opens_at, r.closes_at, p.id = any (c.winners) as has_won, c.counted_on
    from projects p join rounds r on r.id = p.round_id
    left join counts c on c.round_id = r.id and c.is_decisive where true
"""
_GET = text(f"{_LIST} and p.id = :id")
_FILTERS = {
    "round_id": "and p.round_id = :round_id",
    "unit_id": "and :unit_id in (p.unit_id, r.unit_id)",
    "after": "and p.id < :after",
}


async def add_project(session: Session, values: Mapping[str, Any]) -> Row[Any]:
    """Put a proposal on the ballot of a round."""
    return (await session.execute(_ADD, values)).one()


async def find_projects_of(session: Session, round_id: UUID) -> Sequence[Row[Any]]:
    """Return the projects of a round in the order of their admission."""
    return (await session.execute(_OF_ROUND, {"round_id": round_id})).all()


async def find_projects(
    session: Session,
    *,
    unit_id: UUID | None,
    round_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Return projects, the newest first."""
    values = {"unit_id": unit_id, "round_id": round_id, "after": after}
    used = {name: value for name, value in values.items() if value}
    conditions = " ".join(_FILTERS[name] for name in used)
    query = text(f"{_LIST} {conditions} order by p.id desc limit :limit")
    return (await session.execute(query, {**used, "limit": limit})).all()


async def get_project(session: Session, project_id: UUID) -> Row[Any]:
    """Return a project.

    Raises:
        ProjectNotFound: no project has this id.
    """
    project = (await session.execute(_GET, {"id": project_id})).one_or_none()
    if project is None:
        raise ProjectNotFound
    return project
