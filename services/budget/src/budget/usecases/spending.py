"""From contract to payment: commit, accept the work, pay."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from budget.domain.budgets import FourEyes
from budget.domain.enterprises import AlreadyAccepted, AlreadyPaid, NotAccepted
from budget.domain.ledger import NewEntry, NotReversible, accrue, commit, mirror, pay, receive
from budget.persistence import budgets, entries, spending
from budget.persistence.enterprises import get_enterprise
from budget.usecases.announcing import post_and_tell, receive_and_tell
from shared.database import Session


async def sign_contract(
    session: Session, budget_id: UUID, account_id: UUID, contract: Mapping[str, Any]
) -> UUID:
    """Set money of a line aside for a contract with a communal enterprise.

    Raises:
        LineNotFound, EnterpriseNotFound: there is no such line or enterprise.
        AppropriationExceeded, NotYetApproved, PeriodClosed, ContractExists: refused by the database.
    """
    await budgets.get_line(session, budget_id, contract["line_id"])
    await get_enterprise(session, contract["enterprise_id"])
    entry = NewEntry(
        budget_id=budget_id,
        kind="commit",
        effective_on=contract["signed_on"],
        source_ref=contract["contract_number"],
        posted_by=account_id,
        postings=commit(contract["line_id"], contract["amount_tiyn"]),
    )
    entry_id = await post_and_tell(session, entry, contract["line_id"], contract["contract_number"])
    return await spending.add_commitment(
        session, {**contract, "budget_id": budget_id, "posted_by": account_id, "entry_id": entry_id}
    )


async def hand_in_work(
    session: Session, commitment_id: UUID, account_id: UUID, act: Mapping[str, Any]
) -> UUID:
    """Hand in an act of work under a contract; it is owed only once it is accepted.

    Raises:
        ActExists, ActsExceedContract: refused by the database.
    """
    return await spending.add_obligation(
        session, {**act, "commitment_id": commitment_id, "handed_in_by": account_id}
    )


async def accept_work(
    session: Session, obligation_id: UUID, account_id: UUID, accepted_on: date
) -> None:
    """Accept an act of work: its amount is now owed.

    Raises:
        AlreadyAccepted: it was accepted before.
        FourEyes: who handed it in cannot accept it.
        CommitmentExceeded, PeriodClosed: refused by the database.
    """
    act = await spending.lock_obligation(session, obligation_id)
    if act.entry_id is not None:
        raise AlreadyAccepted
    if act.handed_in_by == account_id:
        raise FourEyes
    entry = NewEntry(
        budget_id=act.budget_id,
        kind="accrue",
        effective_on=accepted_on,
        source_ref=f"{act.commitment_id}/{act.act_number}",
        posted_by=act.handed_in_by,
        approved_by=account_id,
        postings=accrue(act.line_id, act.amount_tiyn),
    )
    entry_id = await post_and_tell(session, entry, act.line_id, act.act_number)
    await spending.accept_obligation(
        session,
        {
            "obligation_id": obligation_id,
            "accepted_by": account_id,
            "accepted_on": accepted_on,
            "entry_id": entry_id,
        },
    )


async def prepare_payment(
    session: Session, obligation_id: UUID, account_id: UUID, number: str
) -> UUID:
    """Prepare the payment of an accepted act, in full.

    Raises:
        NotAccepted: the act is not accepted.
        PaymentExists: it has its payment order.
    """
    act = await spending.lock_obligation(session, obligation_id)
    if act.entry_id is None:
        raise NotAccepted
    return await spending.add_payment(
        session,
        {
            "obligation_id": obligation_id,
            "number": number,
            "amount_tiyn": act.amount_tiyn,
            "prepared_by": account_id,
        },
    )


async def approve_payment(
    session: Session, payment_id: UUID, account_id: UUID, paid_on: date
) -> None:
    """Approve a prepared payment: the money leaves the control account.

    Raises:
        AlreadyPaid: it was approved before.
        FourEyes: who prepared it cannot approve it.
        NotEnoughCash, PeriodClosed: refused by the database.
    """
    order = await spending.lock_payment(session, payment_id)
    if order.entry_id is not None:
        raise AlreadyPaid
    if order.prepared_by == account_id:
        raise FourEyes
    entry = NewEntry(
        budget_id=order.budget_id,
        kind="pay",
        effective_on=paid_on,
        source_ref=f"{order.obligation_id}/{order.number}",
        posted_by=order.prepared_by,
        approved_by=account_id,
        postings=pay(order.line_id, order.amount_tiyn),
    )
    entry_id = await post_and_tell(session, entry, order.line_id, order.number)
    await spending.approve_payment(
        session,
        {
            "payment_id": payment_id,
            "approved_by": account_id,
            "paid_on": paid_on,
            "entry_id": entry_id,
        },
    )


async def receive_revenue(
    session: Session, budget_id: UUID, account_id: UUID, receipt: Mapping[str, Any]
) -> UUID:
    """Take a tax, fee or transfer in on a revenue line.

    Raises:
        LineNotFound: the budget has no such line.
        AlreadyPosted, NotYetApproved, PeriodClosed: refused by the database.
    """
    line = await budgets.get_line(session, budget_id, receipt["line_id"])
    budget = await budgets.get_budget(session, budget_id)
    entry = NewEntry(
        budget_id=budget_id,
        kind="receive",
        effective_on=receipt["received_on"],
        source_ref=receipt["number"],
        posted_by=account_id,
        postings=receive(line.id, receipt["amount_tiyn"]),
    )
    return await receive_and_tell(session, entry, budget.unit_id, line.code)


async def reverse_entry(
    session: Session, entry_id: UUID, account_id: UUID, *, reason: str, today: date
) -> UUID:
    """Undo an entry by its mirror image, dated today; the original stays.

    Raises:
        EntryNotFound: there is no such entry.
        NotReversible: it is a reversal itself.
        FourEyes: its author cannot reverse it alone.
        AlreadyReversed: it was reversed before.
    """
    original = await entries.get_entry(session, entry_id)
    if original.kind == "reverse":
        raise NotReversible
    if original.posted_by == account_id:
        raise FourEyes
    postings = mirror(await entries.get_postings(session, entry_id))
    entry = NewEntry(
        budget_id=original.budget_id,
        kind="reverse",
        effective_on=today,
        source_ref=str(entry_id),
        posted_by=original.posted_by,
        approved_by=account_id,
        reverses=entry_id,
        reason=reason,
        postings=postings,
    )
    line_id = next((leg.line_id for leg in postings if leg.line_id), None)
    if line_id is None:
        return await entries.post_entry(session, entry)
    return await post_and_tell(session, entry, line_id, original.source_ref)
