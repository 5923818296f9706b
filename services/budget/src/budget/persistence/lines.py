"""The lines of a budget, with what has happened to their money."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from budget.domain.budgets import LineNotFound, Totals
from shared.database import Session

_ADD = text("""
    insert into lines (budget_id, direction, kind, code, class_codes, name_kk, name_ru, name_en,
        amount_tiyn, project_id, drafted_by)
    values (:budget_id, :direction, :kind, :code, cast(:class_codes as jsonb), :name_kk, :name_ru,
        :name_en, :amount_tiyn, :project_id, :drafted_by)
    returning id
""")
_LIST = text("""
    select l.*, s.available_tiyn, s.committed_tiyn, s.accrued_tiyn, s.paid_tiyn, s.received_tiyn
    from lines l join line_balances s on s.line_id = l.id
    where l.budget_id = :budget_id and (cast(:after as uuid) is null or l.id > :after)
    order by l.id limit :limit
""")
_SHOW = text("""
    select l.*, s.available_tiyn, s.committed_tiyn, s.accrued_tiyn, s.paid_tiyn, s.received_tiyn
    from lines l join line_balances s on s.line_id = l.id
    where l.budget_id = :budget_id and l.id = :line_id
""")
_GET = text("select * from lines where id = :line_id and budget_id = :budget_id")
_OF_PROJECT = text("select id from lines where project_id = :project_id limit 1")
_CHANGE = text("""
    update lines set amount_tiyn = :amount_tiyn, revision = revision + 1, drafted_by = :drafted_by
    where id = :line_id and budget_id = :budget_id and revision = :revision returning id
""")
_APPROVE = text("update lines set status = 'approved' where budget_id = :budget_id")
_SUMS = text("""
    select kind, sum(amount_tiyn)::bigint as amount_tiyn from lines
    where budget_id = :budget_id group by kind
""")


async def add_line(session: Session, budget_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Store a line and return its id, which it keeps for ever."""
    defaults = {"project_id": None, "drafted_by": None}
    codes = json.dumps(values.get("class_codes") or {})
    line = await session.execute(
        _ADD, {**defaults, **values, "budget_id": budget_id, "class_codes": codes}
    )
    line_id: UUID = line.scalar_one()
    return line_id


async def list_lines(
    session: Session, budget_id: UUID, *, after: str | None = None, limit: int | None = None
) -> Sequence[Row[Any]]:
    """Return a budget's lines in the order they were opened; all of them without a limit."""
    place = {"budget_id": budget_id, "after": after and UUID(after), "limit": limit}
    return (await session.execute(_LIST, place)).all()


async def get_line(session: Session, budget_id: UUID, line_id: UUID) -> Row[Any]:
    """Return a line of this budget.

    Raises:
        LineNotFound: the budget has none of this id.
    """
    found = await session.execute(_GET, {"budget_id": budget_id, "line_id": line_id})
    line = found.one_or_none()
    if line is None:
        raise LineNotFound
    return line


async def show_line(session: Session, budget_id: UUID, line_id: UUID) -> Row[Any]:
    """Return a line of this budget with what has happened to its money.

    Raises:
        LineNotFound: the budget has none of this id.
    """
    found = await session.execute(_SHOW, {"budget_id": budget_id, "line_id": line_id})
    line = found.one_or_none()
    if line is None:
        raise LineNotFound
    return line


async def has_line_of_project(session: Session, project_id: UUID) -> bool:
    """Return whether some budget has a line for the project."""
    return (await session.execute(_OF_PROJECT, {"project_id": project_id})).scalar() is not None


async def change_line(session: Session, change: Mapping[str, Any]) -> bool:
    """Set a line's amount if it still is at `revision`; False if somebody was faster."""
    return (await session.execute(_CHANGE, dict(change))).scalar() is not None


async def approve_lines(session: Session, budget_id: UUID) -> None:
    """Make the lines of a draft those of the decision."""
    await session.execute(_APPROVE, {"budget_id": budget_id})


async def totals_of(session: Session, budget_id: UUID) -> Totals:
    """Return the sums of a budget's sections."""
    rows = await session.execute(_SUMS, {"budget_id": budget_id})
    return Totals({row.kind: row.amount_tiyn for row in rows})
