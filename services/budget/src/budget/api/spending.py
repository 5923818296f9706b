"""Contracts, acts of work and payments."""

from datetime import date
from typing import Any
from uuid import UUID

from budget.api.answers import Created, Number
from budget.persistence import budgets
from budget.persistence import spending as stored
from budget.usecases import spending
from shared.answers import Answer
from shared.database import Reading, Session, Transaction
from shared.identity import Caller, Known, permit
from shared.pages import Listing, Page, Paging
from shared.requests import Amount, Body, Day, Identifier, Line
from shared.routing import Routes

commitment_routes = Routes("/v1/commitments", tag="spending")
obligation_routes = Routes("/v1/obligations", tag="spending")
payment_routes = Routes("/v1/payments", tag="spending")


class NewCommitment(Body):
    """A contract with a communal enterprise, on a line."""

    budget_id: Identifier
    line_id: Identifier
    enterprise_id: Identifier
    contract_number: Number
    amount_tiyn: Amount
    signed_on: Day


class CommitmentAnswer(Answer):
    """A contract whose money is set aside."""

    id: UUID
    budget_id: UUID
    line_id: UUID
    enterprise_id: UUID
    contract_number: str
    amount_tiyn: int
    accrued_tiyn: int
    signed_on: date
    state: str
    entry_id: UUID


class ObligationAnswer(Answer):
    """An act of work, and what became of it."""

    id: UUID
    commitment_id: UUID
    act_number: str
    amount_tiyn: int
    paid_tiyn: int
    worked_on: date
    state: str
    accepted_on: date | None
    rejected_because: str | None
    entry_id: UUID | None


class PaymentAnswer(Answer):
    """A payment order, and what became of it."""

    id: UUID
    obligation_id: UUID
    number: str
    amount_tiyn: int
    state: str
    paid_on: date | None
    entry_id: UUID | None


class NewObligation(Body):
    """An act of work under a contract."""

    commitment_id: Identifier
    act_number: Number
    amount_tiyn: Amount
    worked_on: Day


class Acceptance(Body):
    """The day on which an act was accepted."""

    accepted_on: Day


class Rejection(Body):
    """Why an act was sent back."""

    reason: Line


class NewPayment(Body):
    """A payment order for an accepted act: for all that is unpaid, or for `amount_tiyn`."""

    obligation_id: Identifier
    number: Number
    amount_tiyn: Amount | None = None


class PaymentApproval(Body):
    """The day on which the money leaves."""

    paid_on: Day


@commitment_routes.get("", action="ledger.read", response_model=Page[CommitmentAnswer])
async def get_commitments(
    budget_id: UUID, caller: Known, session: Reading, listing: Listing
) -> Any:
    """List the contracts of a budget."""
    rows = await _documents("commitments", budget_id, caller, session, listing)
    return listing.page(rows, CommitmentAnswer.model_validate, lambda row: [row.id])


@obligation_routes.get("", action="ledger.read", response_model=Page[ObligationAnswer])
async def get_obligations(
    budget_id: UUID, caller: Known, session: Reading, listing: Listing
) -> Any:
    """List the acts of work of a budget."""
    rows = await _documents("obligations", budget_id, caller, session, listing)
    return listing.page(rows, ObligationAnswer.model_validate, lambda row: [row.id])


@payment_routes.get("", action="ledger.read", response_model=Page[PaymentAnswer])
async def get_payments(budget_id: UUID, caller: Known, session: Reading, listing: Listing) -> Any:
    """List the payment orders of a budget."""
    rows = await _documents("payments", budget_id, caller, session, listing)
    return listing.page(rows, PaymentAnswer.model_validate, lambda row: [row.id])


async def _documents(
    kind: str, budget_id: UUID, caller: Caller, session: Session, listing: Paging
) -> Any:
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    after = listing.after[0] if listing.after else None
    return await stored.list_documents(
        session, kind, budget_id, after=after, limit=listing.limit + 1
    )


@commitment_routes.post("", action="ledger.post", response_model=Created)
async def post_commitment(new: NewCommitment, caller: Known, session: Transaction) -> Any:
    """Sign a contract: its money is set aside on the line."""
    budget = await budgets.get_budget(session, new.budget_id)
    await permit(session, caller, budget.unit_id)
    commitment_id = await spending.sign_contract(
        session, new.budget_id, caller.account_id, new.model_dump(exclude={"budget_id"})
    )
    return Created(id=commitment_id)


@obligation_routes.post("", action="enterprise.report", response_model=Created)
async def post_obligation(new: NewObligation, caller: Known, session: Transaction) -> Any:
    """Hand in an act of work, as the manager of the enterprise that did it."""
    commitment = await stored.get_commitment(session, new.commitment_id)
    await permit(session, caller, commitment.unit_id, owner_ids=(commitment.enterprise_id,))
    obligation_id = await spending.hand_in_work(
        session, new.commitment_id, caller.account_id, new.model_dump(exclude={"commitment_id"})
    )
    return Created(id=obligation_id)


@obligation_routes.post(
    "/{obligation_id}/acceptances", action="ledger.post", response_model=Created
)
async def post_acceptance(
    obligation_id: UUID, acceptance: Acceptance, caller: Known, session: Transaction
) -> Any:
    """Accept an act of work: it is now owed."""
    act = await stored.get_obligation(session, obligation_id)
    await permit(session, caller, act.unit_id)
    await spending.accept_work(session, obligation_id, caller.account_id, acceptance.accepted_on)
    return Created(id=obligation_id)


@obligation_routes.post("/{obligation_id}/rejections", action="ledger.post", response_model=Created)
async def post_rejection(
    obligation_id: UUID, rejection: Rejection, caller: Known, session: Transaction
) -> Any:
    """Send an act of work back; nothing is owed for it."""
    act = await stored.get_obligation(session, obligation_id)
    await permit(session, caller, act.unit_id)
    await spending.reject_work(session, obligation_id, caller.account_id, rejection.reason)
    return Created(id=obligation_id)


@payment_routes.post("", action="ledger.post", response_model=Created)
async def post_payment(new: NewPayment, caller: Known, session: Transaction) -> Any:
    """Prepare the payment of an accepted act."""
    act = await stored.get_obligation(session, new.obligation_id)
    await permit(session, caller, act.unit_id)
    payment_id = await spending.prepare_payment(
        session, new.obligation_id, caller.account_id, new.model_dump(exclude={"obligation_id"})
    )
    return Created(id=payment_id)


@payment_routes.post("/{payment_id}/approvals", action="payment.approve", response_model=Created)
async def post_payment_approval(
    payment_id: UUID, approval: PaymentApproval, caller: Known, session: Transaction
) -> Any:
    """Approve a payment, as another person than who prepared it: the money leaves."""
    order = await stored.get_payment(session, payment_id)
    await permit(session, caller, order.unit_id)
    await spending.approve_payment(session, payment_id, caller.account_id, approval.paid_on)
    return Created(id=payment_id)
