"""What the budget tells: budgets, their lines, and what happens to a project's money."""

from datetime import date
from uuid import UUID

from shared.contracts.event import Event


class BudgetApproved(Event):
    """A version of a unit's budget is in force. Amounts are in tiyn."""

    type = "kz.ortaq.budget.budget.approved.v1"
    topic = "budget.budget.fact.v1"
    subject_field = "budget_id"

    budget_id: UUID
    unit_id: UUID
    fiscal_year: int
    version: int
    revenue_tiyn: int
    expenditure_tiyn: int
    decision_number: str
    decided_on: date
    effective_from: date


class LineOpened(Event):
    """A budget has a new line; one opened for a project names it."""

    type = "kz.ortaq.budget.line.opened.v1"
    topic = "budget.budget.fact.v1"
    subject_field = "budget_id"

    budget_id: UUID
    line_id: UUID
    unit_id: UUID
    fiscal_year: int
    code: str
    project_id: UUID | None
    status: str
    """`draft` until the budget's decision, then `approved`; new values may appear."""
    amount_tiyn: int
    opened_on: date


class LineChanged(Event):
    """The money of a line was moved by a ledger entry; the amounts are the new state."""

    type = "kz.ortaq.budget.line.changed.v1"
    topic = "budget.budget.fact.v1"
    subject_field = "budget_id"

    budget_id: UUID
    line_id: UUID
    unit_id: UUID
    project_id: UUID | None
    entry_id: UUID
    entry_kind: str
    """`appropriate`, `commit`, `accrue`, `pay`, `reverse`; new values may appear."""
    effective_on: date
    document: str
    """What the entry rests on: decision, contract, act of work or payment order, by number."""
    available_tiyn: int
    committed_tiyn: int
    accrued_tiyn: int
    paid_tiyn: int


class RevenueReceived(Event):
    """Money came into a unit's budget: a tax, a fee for a communal service, a transfer."""

    type = "kz.ortaq.budget.revenue.received.v1"
    topic = "budget.budget.fact.v1"
    subject_field = "budget_id"

    budget_id: UUID
    unit_id: UUID
    entry_id: UUID
    code: str
    amount_tiyn: int
    effective_on: date


class EnterpriseRegistered(Event):
    """A unit founded a communal enterprise."""

    type = "kz.ortaq.budget.enterprise.registered.v1"
    topic = "budget.enterprise.fact.v1"
    subject_field = "enterprise_id"

    enterprise_id: UUID
    unit_id: UUID
    bin: str
    name_kk: str
    name_ru: str
    name_en: str
