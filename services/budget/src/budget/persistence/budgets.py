"""Budgets and their lines."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from budget.domain.budgets import Budget, BudgetNotFound, LineNotFound, Totals, totals
from shared.database import Session

_FIELDS = "id, unit_id, fiscal_year, status, version, submitted_by, closed_through"
_GET = text(f"select {_FIELDS} from budgets where id = :budget_id")  # noqa: S608
_LOCK = text(f"select {_FIELDS} from budgets where id = :budget_id for no key update")  # noqa: S608
_OF_YEAR = text(
    f"select {_FIELDS} from budgets where unit_id = :unit_id and fiscal_year = :year for no key update"  # noqa: S608
)
_SHOW = text("""
    select b.*, coalesce(h.cash_tiyn, 0) as cash_tiyn, coalesce(h.revenue_tiyn, 0) as received_tiyn,
           coalesce(h.expense_tiyn, 0) as spent_tiyn, h.sequence, encode(h.hash, 'hex') as head_hash
    from budgets b left join ledger_heads h on h.budget_id = b.id where b.id = :budget_id
""")
_LIST = text("""
    select * from budgets
    where (cast(:unit_id as uuid) is null or unit_id = :unit_id)
      and (cast(:year as integer) is null or fiscal_year = :year)
      and (cast(:after as uuid) is null or id > :after)
      and (:drafts_too or status in ('approved', 'closed'))
    order by id limit :limit
""")
_ADD = text("""
    insert into budgets (unit_id, fiscal_year, drafted_by) values (:unit_id, :year, :drafted_by)
    on conflict do nothing returning id
""")
_HEAD = text("insert into ledger_heads (budget_id) values (:budget_id)")
_ADD_LINE = text("""
    insert into budget_lines
        (budget_id, direction, kind, code, name_kk, name_ru, name_en, amount_tiyn, project_id)
    values (:budget_id, :direction, :kind, :code, :name_kk, :name_ru, :name_en, :amount_tiyn, :project_id)
    returning id
""")
_LINES = text("""
    select l.*, coalesce(s.available_tiyn, 0) as available_tiyn, coalesce(s.committed_tiyn, 0) as committed_tiyn,
           coalesce(s.accrued_tiyn, 0) as accrued_tiyn, coalesce(s.paid_tiyn, 0) as paid_tiyn,
           coalesce(s.received_tiyn, 0) as received_tiyn
    from budget_lines l left join line_balances s on s.line_id = l.id
    where l.budget_id = :budget_id order by l.direction desc, l.code, l.id
""")
_LINE = text("select * from budget_lines where id = :line_id and budget_id = :budget_id")
_LINE_OF_PROJECT = text("select id from budget_lines where project_id = :project_id")
_CHANGE_LINE = text("""
    update budget_lines set amount_tiyn = :amount_tiyn, version = version + 1
    where id = :line_id and budget_id = :budget_id and version = :version returning id
""")
_APPROVE_LINES = text("update budget_lines set status = 'approved' where budget_id = :budget_id")
_STEPS = {
    "submitted": "submitted_by = :account_id, submitted_at = now()",
    "agreed": "agreed_by = :account_id, agreed_at = now(), minutes_number = :minutes_number",
    "approved": (
        "approved_by = :account_id, approved_at = now(), decision_number = :decision_number,"
        " decided_on = :decided_on, effective_from = :effective_from"
    ),
}


async def get_budget(session: Session, budget_id: UUID) -> Budget:
    """Return a budget.

    Raises:
        BudgetNotFound: there is none of this id.
    """
    return _budget((await session.execute(_GET, {"budget_id": budget_id})).one_or_none())


async def lock_budget(session: Session, budget_id: UUID) -> Budget:
    """Return a budget, locked until the transaction ends.

    Raises:
        BudgetNotFound: there is none of this id.
    """
    return _budget((await session.execute(_LOCK, {"budget_id": budget_id})).one_or_none())


def _budget(row: Row[Any] | None) -> Budget:
    if row is None:
        raise BudgetNotFound
    return Budget(*row)


async def show_budget(session: Session, budget_id: UUID) -> Row[Any]:
    """Return a budget with its ledger's sums.

    Raises:
        BudgetNotFound: there is none of this id.
    """
    row = (await session.execute(_SHOW, {"budget_id": budget_id})).one_or_none()
    if row is None:
        raise BudgetNotFound
    return row


async def list_budgets(session: Session, filters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Return budgets by `unit_id`, `year`, `drafts_too`, after the id `after`, at most `limit`."""
    return (await session.execute(_LIST, dict(filters))).all()


async def find_or_add_budget(
    session: Session, unit_id: UUID, year: int, drafted_by: UUID | None
) -> tuple[Budget, bool]:
    """Return the unit's budget of a year, locked, and whether it is new."""
    place = {"unit_id": unit_id, "year": year}
    budget_id = (await session.execute(_ADD, {**place, "drafted_by": drafted_by})).scalar()
    if budget_id is not None:
        await session.execute(_HEAD, {"budget_id": budget_id})
    return _budget((await session.execute(_OF_YEAR, place)).one_or_none()), budget_id is not None


async def advance(
    session: Session, budget_id: UUID, status: str, values: Mapping[str, Any]
) -> None:
    """Move a locked budget to its next stage, with who and on what ground."""
    await session.execute(
        text(  # the columns come from the table above, never from a request
            f"update budgets set status = :status, version = version + 1, {_STEPS[status]}"  # noqa: S608
            " where id = :budget_id"
        ),
        {"budget_id": budget_id, "status": status, **values},
    )
    if status == "approved":
        await session.execute(_APPROVE_LINES, {"budget_id": budget_id})


async def add_line(session: Session, budget_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Store a line and return its id, which it keeps for ever."""
    line = await session.execute(_ADD_LINE, {"budget_id": budget_id, "project_id": None, **values})
    line_id: UUID = line.scalar_one()
    return line_id


async def list_lines(session: Session, budget_id: UUID) -> Sequence[Row[Any]]:
    """Return a budget's lines with what has happened to their money."""
    return (await session.execute(_LINES, {"budget_id": budget_id})).all()


async def get_line(session: Session, budget_id: UUID, line_id: UUID) -> Row[Any]:
    """Return a line of this budget.

    Raises:
        LineNotFound: the budget has none of this id.
    """
    line = (
        await session.execute(_LINE, {"budget_id": budget_id, "line_id": line_id})
    ).one_or_none()
    if line is None:
        raise LineNotFound
    return line


async def has_line_of_project(session: Session, project_id: UUID) -> bool:
    """Return whether some budget has a line for the project."""
    found = await session.execute(_LINE_OF_PROJECT, {"project_id": project_id})
    return found.scalar() is not None


async def change_line(
    session: Session, budget_id: UUID, line_id: UUID, *, amount_tiyn: int, version: int
) -> bool:
    """Set a line's amount if it still is at `version`; False if somebody was faster."""
    changed = await session.execute(
        _CHANGE_LINE,
        {
            "budget_id": budget_id,
            "line_id": line_id,
            "amount_tiyn": amount_tiyn,
            "version": version,
        },
    )
    return changed.scalar() is not None


async def totals_of(session: Session, budget_id: UUID) -> Totals:
    """Return the sums of a budget's sections."""
    lines = await list_lines(session, budget_id)
    return totals((line.direction, line.kind, line.amount_tiyn) for line in lines)
