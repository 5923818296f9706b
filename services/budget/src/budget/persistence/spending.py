"""Commitments, acts of work and payment orders."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from budget.domain.enterprises import ActNotFound, CommitmentNotFound, PaymentNotFound
from shared.database import Session
from shared.errors import NotFound

_ADD_COMMITMENT = text("""
    insert into commitments
        (budget_id, line_id, enterprise_id, contract_number, amount_tiyn, signed_on, posted_by, entry_id)
    values (:budget_id, :line_id, :enterprise_id, :contract_number, :amount_tiyn, :signed_on, :posted_by, :entry_id)
    returning id
""")
_COMMITMENT = """
    select c.id, c.budget_id, c.line_id, c.enterprise_id, c.contract_number, c.amount_tiyn, c.signed_on,
           c.entry_id, b.unit_id
    from commitments c join budgets b on b.id = c.budget_id
"""
_OBLIGATION = """
    select o.id, o.commitment_id, o.act_number, o.amount_tiyn, o.worked_on, o.handed_in_by, o.accepted_by,
           o.accepted_on, o.entry_id, c.budget_id, c.line_id, c.enterprise_id, b.unit_id
    from obligations o join commitments c on c.id = o.commitment_id join budgets b on b.id = c.budget_id
"""
_PAYMENT = """
    select p.id, p.obligation_id, p.number, p.amount_tiyn, p.prepared_by, p.approved_by, p.paid_on, p.entry_id,
           c.budget_id, c.line_id, c.enterprise_id, b.unit_id
    from payment_orders p join obligations o on o.id = p.obligation_id
    join commitments c on c.id = o.commitment_id join budgets b on b.id = c.budget_id
"""
_ADD_OBLIGATION = text("""
    insert into obligations (commitment_id, act_number, amount_tiyn, worked_on, handed_in_by)
    values (:commitment_id, :act_number, :amount_tiyn, :worked_on, :handed_in_by) returning id
""")
_ACCEPT = text("""
    update obligations set accepted_by = :accepted_by, accepted_on = :accepted_on, entry_id = :entry_id
    where id = :obligation_id
""")
_ADD_PAYMENT = text("""
    insert into payment_orders (obligation_id, number, amount_tiyn, prepared_by)
    values (:obligation_id, :number, :amount_tiyn, :prepared_by) returning id
""")
_APPROVE = text("""
    update payment_orders set approved_by = :approved_by, paid_on = :paid_on, entry_id = :entry_id
    where id = :payment_id
""")


async def add_commitment(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a contract with the entry that set its money aside."""
    commitment_id: UUID = (await session.execute(_ADD_COMMITMENT, dict(values))).scalar_one()
    return commitment_id


async def add_obligation(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store an act of work that was handed in."""
    obligation_id: UUID = (await session.execute(_ADD_OBLIGATION, dict(values))).scalar_one()
    return obligation_id


async def add_payment(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a payment order that was prepared."""
    payment_id: UUID = (await session.execute(_ADD_PAYMENT, dict(values))).scalar_one()
    return payment_id


async def accept_obligation(session: Session, values: Mapping[str, Any]) -> None:
    """Store who accepted an act, when, and by which entry."""
    await session.execute(_ACCEPT, dict(values))


async def approve_payment(session: Session, values: Mapping[str, Any]) -> None:
    """Store who approved a payment, when, and by which entry."""
    await session.execute(_APPROVE, dict(values))


async def get_commitment(session: Session, commitment_id: UUID) -> Row[Any]:
    """Return a commitment with its unit; raises CommitmentNotFound."""
    return await _one(session, f"{_COMMITMENT} where c.id = :id", commitment_id, CommitmentNotFound)


async def get_obligation(session: Session, obligation_id: UUID) -> Row[Any]:
    """Return an act of work with its line and unit; raises ActNotFound."""
    return await _one(session, f"{_OBLIGATION} where o.id = :id", obligation_id, ActNotFound)


async def lock_obligation(session: Session, obligation_id: UUID) -> Row[Any]:
    """Return an act of work, locked until the transaction ends; raises ActNotFound."""
    locking = f"{_OBLIGATION} where o.id = :id for no key update of o"
    return await _one(session, locking, obligation_id, ActNotFound)


async def get_payment(session: Session, payment_id: UUID) -> Row[Any]:
    """Return a payment order with its line and unit; raises PaymentNotFound."""
    return await _one(session, f"{_PAYMENT} where p.id = :id", payment_id, PaymentNotFound)


async def lock_payment(session: Session, payment_id: UUID) -> Row[Any]:
    """Return a payment order, locked until the transaction ends; raises PaymentNotFound."""
    locking = f"{_PAYMENT} where p.id = :id for no key update of p"
    return await _one(session, locking, payment_id, PaymentNotFound)


async def _one(session: Session, statement: str, key: UUID, missing: type[NotFound]) -> Row[Any]:
    row = (await session.execute(text(statement), {"id": key})).one_or_none()
    if row is None:
        raise missing
    return row


async def list_commitments(
    session: Session, budget_id: UUID, *, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Return a budget's commitments in the order they were made."""
    rows = await session.execute(
        text(
            f"{_COMMITMENT} where c.budget_id = :budget_id and (cast(:after as uuid) is null or c.id > :after)"
            " order by c.id limit :limit"
        ),
        {"budget_id": budget_id, "after": after and UUID(after), "limit": limit},
    )
    return rows.all()
