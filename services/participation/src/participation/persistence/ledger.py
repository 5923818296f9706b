"""What the budget told about projects: lines and entries, kept as told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.contracts.budget import LineChanged, LineOpened
from shared.database import Session

# Of two tellings of one line and status the later day wins, then the larger amount: some rule that
# does not ask which came first.
_KEEP_LINES = text("""
    insert into project_lines (line_id, status, project_id, budget_id, fiscal_year, code,
        amount_tiyn, opened_on)
    values (:line_id, :status, :project_id, :budget_id, :fiscal_year, :code, :amount_tiyn,
        :opened_on)
    on conflict (line_id, status) do update set
        project_id = excluded.project_id, budget_id = excluded.budget_id,
        fiscal_year = excluded.fiscal_year, code = excluded.code,
        amount_tiyn = excluded.amount_tiyn, opened_on = excluded.opened_on
    where (excluded.opened_on, excluded.amount_tiyn, excluded.code)
        > (project_lines.opened_on, project_lines.amount_tiyn, project_lines.code)
""")
_KEEP_ENTRIES = text("""
    insert into project_entries (entry_id, line_id, project_id, entry_kind, effective_on, document,
        available_tiyn, committed_tiyn, accrued_tiyn, paid_tiyn)
    values (:entry_id, :line_id, :project_id, :entry_kind, :effective_on, :document,
        :available_tiyn, :committed_tiyn, :accrued_tiyn, :paid_tiyn)
    on conflict do nothing
""")
_LINES = text("select * from project_lines where project_id = any (:ids) order by line_id, status")
_ENTRIES = text("select * from project_entries where project_id = any (:ids) order by entry_id")


async def keep_lines(session: Session, events: Sequence[LineOpened]) -> None:
    """Remember the lines that were opened for projects."""
    lines = [event.model_dump() for event in events if event.project_id]
    if lines:
        await session.execute(_KEEP_LINES, lines)


async def keep_entries(session: Session, events: Sequence[LineChanged]) -> None:
    """Remember what happened to the money of projects."""
    entries = [event.model_dump() for event in events if event.project_id]
    if entries:
        await session.execute(_KEEP_ENTRIES, entries)


async def find_lines(session: Session, project_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Return the lines of projects."""
    return (await session.execute(_LINES, {"ids": list(project_ids)})).all()


async def find_entries(session: Session, project_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Return the ledger's entries on the lines of projects, in the order of posting."""
    return (await session.execute(_ENTRIES, {"ids": list(project_ids)})).all()
