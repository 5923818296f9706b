"""Commitments, acts of work, payment orders, and the reversal of what they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from budget.domain.ledger import ReversalNotPrepared
from budget.domain.spending import ActNotFound, CommitmentNotFound, PaymentNotFound
from shared.database import Session
from shared.errors import NotFound

_COMMITMENT = """
    select c.*, b.unit_id from commitments c join budgets b on b.id = c.budget_id
"""
_OBLIGATION = """
    select o.*, c.budget_id, c.line_id, c.enterprise_id, c.contract_number, b.unit_id
    from obligations o join commitments c on c.id = o.commitment_id
    join budgets b on b.id = c.budget_id
"""
_PAYMENT = """
    select p.*, c.line_id, c.enterprise_id, c.contract_number, o.act_number, o.accepted_on,
           b.unit_id
    from payments p join obligations o on o.id = p.obligation_id
    join commitments c on c.id = o.commitment_id join budgets b on b.id = p.budget_id
"""
_ADD_COMMITMENT = text("""
    insert into commitments (budget_id, line_id, enterprise_id, contract_number, amount_tiyn,
        signed_on, committed_by, entry_id)
    values (:budget_id, :line_id, :enterprise_id, :contract_number, :amount_tiyn, :signed_on,
        :committed_by, :entry_id)
    returning id
""")
_ADD_OBLIGATION = text("""
    insert into obligations (commitment_id, act_number, amount_tiyn, worked_on, handed_in_by)
    values (:commitment_id, :act_number, :amount_tiyn, :worked_on, :handed_in_by) returning id
""")
_HANDED_IN = text("""
    select coalesce(sum(amount_tiyn), 0)::bigint from obligations
    where commitment_id = :commitment_id and state in ('handed_in', 'accepted')
""")
_ACCEPT = text("""
    with accepted as (
        update obligations set state = 'accepted', accepted_by = :accepted_by,
            accepted_on = :accepted_on, entry_id = :entry_id
        where id = :obligation_id returning commitment_id, amount_tiyn)
    update commitments set accrued_tiyn = accrued_tiyn + accepted.amount_tiyn
    from accepted where id = accepted.commitment_id
""")
_REJECT = text("""
    update obligations set state = 'rejected', accepted_by = :account_id, rejected_because = :reason
    where id = :obligation_id
""")
_ADD_PAYMENT = text("""
    insert into payments (budget_id, obligation_id, number, amount_tiyn, prepared_by)
    values (:budget_id, :obligation_id, :number, :amount_tiyn, :prepared_by) returning id
""")
_PAY = text("""
    with paid as (
        update payments set state = 'paid', approved_by = :approved_by, paid_on = :paid_on,
            entry_id = :entry_id
        where id = :payment_id returning obligation_id, amount_tiyn)
    update obligations set paid_tiyn = paid_tiyn + paid.amount_tiyn
    from paid where id = paid.obligation_id
""")
_PREPARE_REVERSAL = text("""
    insert into reversals (entry_id, reason, prepared_by) values (:entry_id, :reason, :account_id)
    returning id
""")
_LOCK_REVERSAL = text("select * from reversals where entry_id = :entry_id for no key update")
_SETTLE_REVERSAL = text("""
    update reversals set approved_by = :account_id, reversal_entry_id = :reversal_entry_id
    where entry_id = :entry_id
""")
_UNDO = {
    "commit": text("update commitments set state = 'released' where entry_id = :entry_id"),
    "accrue": text("""
        with undone as (update obligations set state = 'reversed' where entry_id = :entry_id
            returning commitment_id, amount_tiyn)
        update commitments set accrued_tiyn = accrued_tiyn - undone.amount_tiyn
        from undone where id = undone.commitment_id
    """),
    "pay": text("""
        with undone as (update payments set state = 'returned' where entry_id = :entry_id
            returning obligation_id, amount_tiyn)
        update obligations set paid_tiyn = paid_tiyn - undone.amount_tiyn
        from undone where id = undone.obligation_id
    """),
    "receive": text("""
        update invoices set paid_tiyn = paid_tiyn - receipts.amount_tiyn
        from receipts where receipts.invoice_id = invoices.id and receipts.entry_id = :entry_id
    """),
}
"""What the document of a reversed entry turns into, by the entry's kind."""


async def _add(session: Session, statement: Any, values: Mapping[str, Any]) -> UUID:
    added: UUID = (await session.execute(statement, dict(values))).scalar_one()
    return added


async def _one(session: Session, statement: str, key: UUID, missing: type[NotFound]) -> Row[Any]:
    row = (await session.execute(text(statement), {"id": key})).one_or_none()
    if row is None:
        raise missing
    return row


async def add_commitment(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a contract with the entry that set its money aside."""
    return await _add(session, _ADD_COMMITMENT, values)


async def add_obligation(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store an act of work that was handed in."""
    return await _add(session, _ADD_OBLIGATION, values)


async def add_payment(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a payment order that was prepared."""
    return await _add(session, _ADD_PAYMENT, values)


async def accept_obligation(session: Session, values: Mapping[str, Any]) -> None:
    """Store who accepted an act, when, and by which entry; its contract counts it as accrued."""
    await session.execute(_ACCEPT, dict(values))


async def reject_obligation(session: Session, values: Mapping[str, Any]) -> None:
    """Store who rejected an act and why."""
    await session.execute(_REJECT, dict(values))


async def approve_payment(session: Session, values: Mapping[str, Any]) -> None:
    """Store who approved a payment, when, and by which entry; its act counts it as paid."""
    await session.execute(_PAY, dict(values))


async def get_commitment(session: Session, commitment_id: UUID) -> Row[Any]:
    """Return a commitment with its unit; raises CommitmentNotFound."""
    return await _one(session, f"{_COMMITMENT} where c.id = :id", commitment_id, CommitmentNotFound)


async def lock_commitment(session: Session, commitment_id: UUID) -> Row[Any]:
    """Return a commitment, locked until the transaction ends; raises CommitmentNotFound."""
    locking = f"{_COMMITMENT} where c.id = :id for no key update of c"
    return await _one(session, locking, commitment_id, CommitmentNotFound)


async def sum_of_acts(session: Session, commitment_id: UUID) -> int:
    """Return the tiyn of a contract's acts that are handed in or accepted."""
    found = await session.execute(_HANDED_IN, {"commitment_id": commitment_id})
    total: int = found.scalar_one()
    return total


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


_LISTS = {
    "commitments": (_COMMITMENT, "c"),
    "obligations": (_OBLIGATION, "o"),
    "payments": (_PAYMENT, "p"),
}


async def list_documents(
    session: Session, kind: str, budget_id: UUID, *, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Return a budget's `commitments`, `obligations` or `payments` in the order they were made."""
    select, name = _LISTS[kind]
    statement = f"""
        {select} where b.id = :budget_id and (cast(:after as uuid) is null or {name}.id > :after)
        order by {name}.id limit :limit
    """
    place = {"budget_id": budget_id, "after": after and UUID(after), "limit": limit}
    return (await session.execute(text(statement), place)).all()


async def prepare_reversal(session: Session, entry_id: UUID, account_id: UUID, reason: str) -> UUID:
    """Store that an entry is to be reversed, by whom and why."""
    values = {"entry_id": entry_id, "account_id": account_id, "reason": reason}
    return await _add(session, _PREPARE_REVERSAL, values)


async def lock_reversal(session: Session, entry_id: UUID) -> Row[Any]:
    """Return what was prepared for an entry, locked.

    Raises:
        ReversalNotPrepared: nothing was.
    """
    row = (await session.execute(_LOCK_REVERSAL, {"entry_id": entry_id})).one_or_none()
    if row is None:
        raise ReversalNotPrepared
    return row


async def settle_reversal(
    session: Session, entry_id: UUID, kind: str, account_id: UUID, reversal_entry_id: UUID
) -> None:
    """Store who approved a reversal, and undo the document of the entry of this kind."""
    values = {"entry_id": entry_id, "account_id": account_id}
    await session.execute(_SETTLE_REVERSAL, values | {"reversal_entry_id": reversal_entry_id})
    if kind in _UNDO:
        await session.execute(_UNDO[kind], {"entry_id": entry_id})
