"""What communal enterprises sell: tariffs, invoices, and fees that land in the village budget."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budget.domain.budgets import LineNotFound
from budget.domain.enterprises import InvoicePaid, NoTariffInForce, check_bin, price_of
from budget.domain.ledger import Kind, NewEntry, receive
from budget.persistence import enterprises, lines
from budget.usecases.announcing import receive_and_tell
from shared.contracts.budget import EnterpriseRegistered
from shared.database import Session
from shared.messaging import outbox


async def register_enterprise(
    session: Session, account_id: UUID, enterprise: Mapping[str, Any]
) -> UUID:
    """Enter a communal enterprise of a unit and tell the others.

    Raises:
        BinNotValid: its BIN is none.
        EnterpriseExists: the BIN is registered already.
    """
    check_bin(enterprise["bin"])
    enterprise_id = await enterprises.add_enterprise(
        session, {**enterprise, "registered_by": account_id}
    )
    told = {key: value for key, value in enterprise.items() if key != "founded_on"}
    await outbox.record(session, EnterpriseRegistered(enterprise_id=enterprise_id, **told))
    return enterprise_id


async def issue_invoice(
    session: Session, service: Any, account_id: UUID, invoice: Mapping[str, Any]
) -> UUID:
    """Ask a consumer for the price of what was delivered, at the tariff of its day.

    Raises:
        NoTariffInForce: the service has no price for this group of payers on that day.
        PriceNotExact: the price is not a whole number of tiyn.
        LineNotFound: the budget has no such revenue line.
        InvoiceExists: refused by the database.
    """
    values = dict(invoice)
    line = await lines.get_line(session, values["budget_id"], values["line_id"])
    if line.direction != "revenue":
        raise LineNotFound
    tariff = await enterprises.tariff_on(
        session, service.id, values.pop("payer_group"), values["issued_on"]
    )
    if tariff is None:
        raise NoTariffInForce
    values |= {
        "enterprise_id": service.enterprise_id,
        "tariff_id": tariff.id,
        "amount_tiyn": price_of(values["quantity_thousandths"], tariff.price_tiyn),
        "issued_by": account_id,
    }
    return await enterprises.add_invoice(session, values)


async def receive_fee(
    session: Session, invoice_id: UUID, account_id: UUID, receipt: Mapping[str, Any]
) -> UUID:
    """Take the payment of an invoice, in whole or in part, in as revenue of the village budget.

    Raises:
        InvoiceNotFound: there is no such invoice.
        InvoicePaid, DocumentAlreadyPosted, BudgetNotOpen, PeriodClosed: refused by the database.
    """
    invoice = await enterprises.lock_invoice(session, invoice_id)
    line = await lines.get_line(session, invoice.budget_id, invoice.line_id)
    amount_tiyn = receipt["amount_tiyn"] or invoice.amount_tiyn - invoice.paid_tiyn
    if not 0 < amount_tiyn <= invoice.amount_tiyn - invoice.paid_tiyn:
        raise InvoicePaid
    entry = NewEntry(
        budget_id=invoice.budget_id,
        kind=Kind.RECEIVE,
        effective_on=receipt["received_on"],
        source_ref=f"{invoice.bin}/{invoice.number}/{receipt['number']}",
        posted_by=account_id,
        postings=receive(line.id, amount_tiyn),
    )
    taken = {
        "invoice_id": invoice_id,
        "number": receipt["number"],
        "amount_tiyn": amount_tiyn,
        "received_on": receipt["received_on"],
        "received_by": account_id,
        "entry_id": await receive_and_tell(session, entry, invoice.unit_id, line.code),
    }
    return await enterprises.add_receipt(session, taken)
