"""Budgets, the decisions on them, and their lines."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text

from budget.domain.budgets import Budget, BudgetNotFound
from shared.database import Session

_FIELDS = """
    id, unit_id, fiscal_year, status, version, act_id, figures, drafted_by, submitted_by
"""
_GET = text(f"select {_FIELDS} from budgets where id = :budget_id")  # noqa: S608
_LOCK = text(f"select {_FIELDS} from budgets where id = :budget_id for no key update")  # noqa: S608
_OF_YEAR = text(f"""
    select {_FIELDS} from budgets where unit_id = :unit_id and fiscal_year = :year
    for no key update
""")  # noqa: S608
_SHOWN = """
    select b.id, b.unit_id, b.fiscal_year, b.status, b.version, b.act_id, b.minutes_number,
           b.agreed_on, b.returned_because, b.figures, b.disagreements,
           d.number as decision_number, d.decided_on, d.effective_from,
           h.seq as entries, encode(h.hash, 'hex') as head_hash,
           (select coalesce(sum(amount_tiyn), 0)::bigint from cash_balances where budget_id = b.id)
               as cash_tiyn,
           coalesce(s.received_tiyn, 0)::bigint as received_tiyn,
           coalesce(s.paid_tiyn, 0)::bigint as spent_tiyn
    from budgets b
    join ledger_heads h on h.budget_id = b.id
    left join budget_decisions d on d.budget_id = b.id and d.version = b.version
    left join lateral (select sum(received_tiyn) as received_tiyn, sum(paid_tiyn) as paid_tiyn
                       from line_balances where budget_id = b.id) s on true
"""
_SHOW = text(f"{_SHOWN} where b.id = :budget_id")
_LIST = text(f"""
    {_SHOWN}
    where (cast(:unit_id as uuid) is null or b.unit_id = :unit_id)
      and (cast(:year as integer) is null or b.fiscal_year = :year)
      and (cast(:after as uuid) is null or b.id > :after)
      and (:drafts_too or b.status in ('approved', 'executing', 'closed'))
    order by b.id limit :limit
""")
_ADD = text("""
    insert into budgets (unit_id, fiscal_year, drafted_by) values (:unit_id, :year, :drafted_by)
    on conflict do nothing returning id
""")
_STEPS = {
    "draft": "returned_because = :reason, submitted_by = null, submitted_at = null",
    "submitted": "submitted_by = :account_id, submitted_at = now(), returned_because = null",
    "agreed": """agreed_by = :account_id, agreed_at = now(), minutes_number = :minutes_number,
        agreed_on = coalesce(:agreed_on, (now() at time zone 'Asia/Almaty')::date)""",
    "approved": "approved_by = :account_id, approved_at = now()",
    "closed": "version = version",
}
_ADD_DECISION = text("""
    insert into budget_decisions (budget_id, version, kind, number, decided_on, effective_from,
        figures, recorded_by)
    values (:budget_id, :version, 'approve', :decision_number, :decided_on, :effective_from,
        cast(:figures as jsonb), :account_id)
""")
_TAKE_OVER = text("update budgets set drafted_by = :drafted_by where id = :budget_id")
_KEEP_FIGURES = text("""
    update budgets set figures = cast(:figures as jsonb), act_id = coalesce(:act_id, act_id),
        disagreements = cast(:disagreements as jsonb) where id = :budget_id
""")
_IS_SELF_GOVERNMENT = text("select is_self_government from known_units where unit_id = :unit_id")
_CLOSE_PERIOD = text("""
    insert into period_closings (budget_id, through, closed_by)
    values (:budget_id, :through, :account_id)
""")


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
    return Budget(**row._mapping)


async def show_budget(session: Session, budget_id: UUID) -> RowMapping:
    """Return a budget with its newest decision and the sums of its ledger.

    Raises:
        BudgetNotFound: there is none of this id.
    """
    row = (await session.execute(_SHOW, {"budget_id": budget_id})).one_or_none()
    if row is None:
        raise BudgetNotFound
    return row._mapping


async def list_budgets(session: Session, filters: Mapping[str, Any]) -> Sequence[RowMapping]:
    """Return budgets by `unit_id`, `year`, `drafts_too`, after the id `after`, at most `limit`."""
    return (await session.execute(_LIST, dict(filters))).mappings().all()


async def is_self_government(session: Session, unit_id: UUID) -> bool:
    """Return whether a unit has an akim and a budget of its own, as far as is known here."""
    return bool((await session.execute(_IS_SELF_GOVERNMENT, {"unit_id": unit_id})).scalar())


async def find_or_add_budget(
    session: Session, unit_id: UUID, year: int, drafted_by: UUID | None
) -> tuple[Budget, bool]:
    """Return the unit's budget of a year, locked, and whether it is new."""
    place = {"unit_id": unit_id, "year": year}
    budget_id = (await session.execute(_ADD, {**place, "drafted_by": drafted_by})).scalar()
    return _budget((await session.execute(_OF_YEAR, place)).one_or_none()), budget_id is not None


async def take_over(session: Session, budget_id: UUID, drafted_by: UUID) -> None:
    """Make an account the author of a draft that nobody drafted."""
    await session.execute(_TAKE_OVER, {"budget_id": budget_id, "drafted_by": drafted_by})


async def keep_figures(
    session: Session,
    budget_id: UUID,
    figures: Mapping[str, int],
    disagreements: Sequence[Mapping[str, Any]],
    act_id: UUID | None = None,
) -> None:
    """Store a budget's figures by section with what disagrees in them."""
    values = {"budget_id": budget_id, "act_id": act_id, "figures": json.dumps(dict(figures))}
    await session.execute(
        _KEEP_FIGURES, values | {"disagreements": json.dumps([dict(one) for one in disagreements])}
    )


async def advance(
    session: Session, budget_id: UUID, status: str, values: Mapping[str, Any]
) -> None:
    """Move a locked budget to another stage, with who and on what ground."""
    statement = f"update budgets set status = :status, {_STEPS[status]} where id = :budget_id"  # noqa: S608 - from the table above
    await session.execute(text(statement), {"budget_id": budget_id, "status": status, **values})


async def add_decision(session: Session, budget: Budget, ground: Mapping[str, Any]) -> None:
    """Store the maslikhat's decision on a version of a budget, with its figures."""
    await session.execute(
        _ADD_DECISION,
        {
            "budget_id": budget.id,
            "version": budget.version,
            **ground,
            "figures": json.dumps(dict(ground["figures"])),
        },
    )


async def close_period(
    session: Session, budget_id: UUID, through: date, *, account_id: UUID
) -> None:
    """Refuse entries effective on or before `through` from now on; waits for those in flight."""
    await session.execute(
        _CLOSE_PERIOD, {"budget_id": budget_id, "through": through, "account_id": account_id}
    )
