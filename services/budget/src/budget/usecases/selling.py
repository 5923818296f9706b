"""What communal enterprises sell: tariffs, invoices, and fees that land in the village budget."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budget.domain.budgets import LineNotFound
from budget.domain.enterprises import NoTariffInForce, check_bin, price_of
from budget.domain.ledger import NewEntry, receive
from budget.persistence import budgets, enterprises
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
    names = {key: enterprise[key] for key in ("name_kk", "name_ru", "name_en")}
    await outbox.record(
        session,
        EnterpriseRegistered(
            enterprise_id=enterprise_id,
            unit_id=enterprise["unit_id"],
            bin=enterprise["bin"],
            **names,
        ),
    )
    return enterprise_id


async def issue_invoice(session: Session, service_id: UUID, invoice: Mapping[str, Any]) -> UUID:
    """Ask a consumer for the price of what was delivered, at the tariff of its day.

    Raises:
        NoTariffInForce: the service has no price on that day.
        PriceNotExact: the price is not a whole number of tiyn.
        LineNotFound: the budget has no such revenue line.
    """
    line = await budgets.get_line(session, invoice["budget_id"], invoice["line_id"])
    if line.direction != "revenue":
        raise LineNotFound
    price_tiyn = await enterprises.price_on(session, service_id, invoice["issued_on"])
    if price_tiyn is None:
        raise NoTariffInForce
    amount_tiyn = price_of(invoice["quantity_thousandths"], price_tiyn)
    return await enterprises.add_invoice(
        session, {**invoice, "service_id": service_id, "amount_tiyn": amount_tiyn}
    )


async def receive_fee(
    session: Session, invoice_id: UUID, account_id: UUID, receipt: Mapping[str, Any]
) -> UUID:
    """Take the payment of an invoice in as revenue of the village budget.

    Raises:
        InvoiceNotFound: there is no such invoice.
        InvoicePaid, NotYetApproved, PeriodClosed: refused by the database.
    """
    invoice = await enterprises.get_invoice(session, invoice_id)
    line = await budgets.get_line(session, invoice.budget_id, invoice.line_id)
    entry = NewEntry(
        budget_id=invoice.budget_id,
        kind="receive",
        effective_on=receipt["received_on"],
        source_ref=f"{invoice_id}/{receipt['number']}",
        posted_by=account_id,
        postings=receive(line.id, invoice.amount_tiyn),
    )
    entry_id = await receive_and_tell(session, entry, invoice.unit_id, line.code)
    return await enterprises.add_receipt(
        session,
        {
            **receipt,
            "invoice_id": invoice_id,
            "amount_tiyn": invoice.amount_tiyn,
            "entry_id": entry_id,
        },
    )
