"""From contract to payment: commit, accept the work, pay; and money that comes in."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from budget.domain.budgets import LineNotFound
from budget.domain.enterprises import EnterpriseNotFound
from budget.domain.ledger import Kind, NewEntry, accrue, commit, pay, receive
from budget.domain.second_person import need_second_person
from budget.domain.spending import (
    ActDecided,
    ActsExceedContract,
    AlreadyPaid,
    NotAccepted,
    PaymentExceedsAct,
    need_order,
)
from budget.persistence import budgets, lines, spending
from budget.persistence.enterprises import get_enterprise
from budget.usecases.announcing import post_and_tell, receive_and_tell
from shared.database import Session


async def sign_contract(
    session: Session, budget_id: UUID, account_id: UUID, contract: Mapping[str, Any]
) -> UUID:
    """Set money of a line aside for a contract with a communal enterprise of the same unit.

    Raises:
        LineNotFound, EnterpriseNotFound: there is no such line or enterprise.
        AppropriationExceeded, BudgetNotOpen, PeriodClosed, DocumentAlreadyPosted: by the database.
    """
    budget = await budgets.get_budget(session, budget_id)
    line = await lines.get_line(session, budget_id, contract["line_id"])
    if line.kind != "expenditure":
        raise LineNotFound
    enterprise = await get_enterprise(session, contract["enterprise_id"])
    if enterprise.unit_id != budget.unit_id:
        raise EnterpriseNotFound
    entry = NewEntry(
        budget_id=budget_id,
        kind=Kind.COMMIT,
        effective_on=contract["signed_on"],
        source_ref=contract["contract_number"],
        posted_by=account_id,
        postings=commit(line.id, contract["amount_tiyn"]),
    )
    entry_id = await post_and_tell(session, entry, budget.unit_id, contract["contract_number"])
    ground = {"budget_id": budget_id, "committed_by": account_id, "entry_id": entry_id}
    return await spending.add_commitment(session, {**contract, **ground})


async def hand_in_work(
    session: Session, commitment_id: UUID, account_id: UUID, act: Mapping[str, Any]
) -> UUID:
    """Hand in an act of work under a contract; it is owed only once it is accepted.

    Raises:
        DatesOutOfOrder: the work was done before the contract was signed.
        ActsExceedContract: the contract's acts would be more than the contract.
        ActExists: refused by the database.
    """
    commitment = await spending.lock_commitment(session, commitment_id)
    need_order(commitment.signed_on, act["worked_on"])
    handed_in_tiyn = await spending.sum_of_acts(session, commitment_id)
    if commitment.state != "reserved" or (
        handed_in_tiyn + act["amount_tiyn"] > commitment.amount_tiyn
    ):
        raise ActsExceedContract
    return await spending.add_obligation(
        session, {**act, "commitment_id": commitment_id, "handed_in_by": account_id}
    )


async def accept_work(
    session: Session, obligation_id: UUID, account_id: UUID, accepted_on: date
) -> None:
    """Accept an act of work: its amount is now owed.

    Raises:
        ActDecided: it was accepted or rejected before.
        FourEyes: who handed it in cannot accept it.
        DatesOutOfOrder: it would be accepted before the work was done.
        CommitmentExceeded, PeriodClosed: refused by the database.
    """
    act = await spending.lock_obligation(session, obligation_id)
    if act.state != "handed_in":
        raise ActDecided
    need_second_person(account_id, act.handed_in_by)
    need_order(act.worked_on, accepted_on)
    entry = NewEntry(
        budget_id=act.budget_id,
        kind=Kind.ACCRUE,
        effective_on=accepted_on,
        source_ref=f"{act.contract_number}/{act.act_number}",
        posted_by=act.handed_in_by,
        approved_by=account_id,
        postings=accrue(act.line_id, act.amount_tiyn),
    )
    acceptance = {
        "obligation_id": obligation_id,
        "accepted_by": account_id,
        "accepted_on": accepted_on,
        "entry_id": await post_and_tell(session, entry, act.unit_id, act.act_number),
    }
    await spending.accept_obligation(session, acceptance)


async def reject_work(session: Session, obligation_id: UUID, account_id: UUID, reason: str) -> None:
    """Send an act of work back; nothing is owed for it.

    Raises:
        ActDecided: it was accepted or rejected before.
        FourEyes: who handed it in cannot decide on it.
    """
    act = await spending.lock_obligation(session, obligation_id)
    if act.state != "handed_in":
        raise ActDecided
    need_second_person(account_id, act.handed_in_by)
    await spending.reject_obligation(
        session, {"obligation_id": obligation_id, "account_id": account_id, "reason": reason}
    )


async def prepare_payment(
    session: Session, obligation_id: UUID, account_id: UUID, order: Mapping[str, Any]
) -> UUID:
    """Prepare the payment of an accepted act: of all that is unpaid, or of `amount_tiyn`.

    Raises:
        NotAccepted: the act is not accepted.
        PaymentExceedsAct: it is more than the act has unpaid.
        PaymentExists: refused by the database.
    """
    act = await spending.lock_obligation(session, obligation_id)
    if act.state != "accepted":
        raise NotAccepted
    unpaid_tiyn = act.amount_tiyn - act.paid_tiyn
    amount_tiyn = order["amount_tiyn"] or unpaid_tiyn
    if not 0 < amount_tiyn <= unpaid_tiyn:
        raise PaymentExceedsAct
    payment = {
        "budget_id": act.budget_id,
        "obligation_id": obligation_id,
        "number": order["number"],
        "amount_tiyn": amount_tiyn,
        "prepared_by": account_id,
    }
    return await spending.add_payment(session, payment)


async def approve_payment(
    session: Session, payment_id: UUID, account_id: UUID, paid_on: date
) -> None:
    """Approve a prepared payment: the money leaves the control account.

    Raises:
        AlreadyPaid: it was approved before.
        FourEyes: who prepared it cannot approve it.
        DatesOutOfOrder: it would be paid before the work was accepted.
        AccrualExceeded, CashExceeded, PeriodClosed: refused by the database.
    """
    order = await spending.lock_payment(session, payment_id)
    if order.state != "prepared":
        raise AlreadyPaid
    need_second_person(account_id, order.prepared_by)
    need_order(order.accepted_on, paid_on)
    entry = NewEntry(
        budget_id=order.budget_id,
        kind=Kind.PAY,
        effective_on=paid_on,
        source_ref=order.number,
        posted_by=order.prepared_by,
        approved_by=account_id,
        postings=pay(order.line_id, order.amount_tiyn),
    )
    approval = {
        "payment_id": payment_id,
        "approved_by": account_id,
        "paid_on": paid_on,
        "entry_id": await post_and_tell(session, entry, order.unit_id, order.number),
    }
    await spending.approve_payment(session, approval)


async def receive_revenue(
    session: Session, budget_id: UUID, account_id: UUID, receipt: Mapping[str, Any]
) -> UUID:
    """Take a tax, fee or transfer in on a revenue line.

    Raises:
        LineNotFound: the budget has no such line.
        DocumentAlreadyPosted, BudgetNotOpen, PeriodClosed: refused by the database.
    """
    budget = await budgets.get_budget(session, budget_id)
    line = await lines.get_line(session, budget_id, receipt["line_id"])
    if line.direction == "expenditure":
        raise LineNotFound
    entry = NewEntry(
        budget_id=budget_id,
        kind=Kind.RECEIVE,
        effective_on=receipt["received_on"],
        source_ref=receipt["number"],
        posted_by=account_id,
        postings=receive(line.id, receipt["amount_tiyn"]),
    )
    return await receive_and_tell(session, entry, budget.unit_id, line.code)
