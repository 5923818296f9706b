"""Communal enterprises, what they sell, and the fees they are paid."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from budget.api.answers import Created, Number
from budget.domain.budgets import BudgetNotFound
from budget.persistence import budgets
from budget.persistence import enterprises as stored
from budget.usecases import selling
from shared.answers import Answer
from shared.database import Reading, Session, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page, Paging
from shared.requests import Amount, Body, Code, Day, Identifier, Line
from shared.routing import Routes

routes = Routes("/v1/enterprises", tag="enterprises")
invoice_routes = Routes("/v1/invoices", tag="enterprises")


PayerGroup = Literal["household", "firm", "budget"]


class NewEnterprise(Body):
    """A communal enterprise founded by a unit's akimat."""

    unit_id: Identifier
    bin: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    name_kk: Line
    name_ru: Line
    name_en: Line
    founded_on: Day


class EnterpriseAnswer(Answer):
    """A communal enterprise."""

    id: UUID
    unit_id: UUID
    bin: str
    name_kk: str
    name_ru: str
    name_en: str
    founded_on: date


class NewService(Body):
    """Something that an enterprise sells, and by what measure."""

    name_kk: Line
    name_ru: Line
    name_en: Line
    measure: Line


class NewTariff(Body):
    """The price of one measure over a period; `valid_to` is the first day after it."""

    payer_group: PayerGroup = "household"
    price_tiyn: Amount
    valid_from: Day
    valid_to: Day | None = None
    decision_number: Number

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to is after valid_from")
        return self


class NewInvoice(Body):
    """What was delivered to a consumer; quantity in thousandths of the measure."""

    service_id: Identifier
    budget_id: Identifier
    line_id: Identifier
    number: Number
    payer_group: PayerGroup = "household"
    consumer: Code | None = None
    quantity_thousandths: Annotated[int, Field(gt=0, le=10**12)]
    issued_on: Day


class InvoiceAnswer(Answer):
    """An invoice with its price and what has been paid of it."""

    id: UUID
    service_id: UUID
    number: str
    consumer: str | None
    quantity_thousandths: int
    amount_tiyn: int
    paid_tiyn: int
    issued_on: date


class ServiceAnswer(Answer):
    """Something that an enterprise sells, and by what measure."""

    id: UUID
    measure: str
    name_kk: str
    name_ru: str
    name_en: str


class TariffAnswer(Answer):
    """The price of one measure for a group of payers over a period."""

    id: UUID
    service_id: UUID
    payer_group: str
    price_tiyn: int
    valid_from: date
    valid_to: date | None
    decision_number: str


class NewReceipt(Body):
    """The payment of an invoice: of all that is unpaid, or of `amount_tiyn`."""

    number: Number
    amount_tiyn: Amount | None = None
    received_on: Day


@routes.get("", action="unit.read", response_model=Page[EnterpriseAnswer])
async def get_enterprises(session: Reading, listing: Listing, unit_id: UUID | None = None) -> Any:
    """List communal enterprises."""
    rows = await stored.list_enterprises(
        session,
        unit_id=unit_id,
        after=listing.after[0] if listing.after else None,
        limit=listing.limit + 1,
    )
    return listing.page(rows, EnterpriseAnswer.model_validate, lambda row: [row.id])


@routes.post("", action="infrastructure.edit", response_model=Created)
async def post_enterprise(new: NewEnterprise, caller: Known, session: Transaction) -> Any:
    """Register a communal enterprise."""
    await permit(session, caller, new.unit_id)
    return Created(
        id=await selling.register_enterprise(session, caller.account_id, new.model_dump())
    )


@routes.post("/{enterprise_id}/services", action="infrastructure.edit", response_model=Created)
async def post_service(
    enterprise_id: UUID, new: NewService, caller: Known, session: Transaction
) -> Any:
    """Offer a service."""
    enterprise = await stored.get_enterprise(session, enterprise_id)
    await permit(session, caller, enterprise.unit_id, owner_ids=(enterprise_id,))
    service_id = await stored.add_service(
        session, {**new.model_dump(), "enterprise_id": enterprise_id}
    )
    return Created(id=service_id)


@routes.get("/{enterprise_id}/services", action="unit.read", response_model=Page[ServiceAnswer])
async def get_services(enterprise_id: UUID, session: Reading, listing: Listing) -> Any:
    """List what an enterprise sells."""
    rows = await _list(session, "services", enterprise_id, listing)
    return listing.page(rows, ServiceAnswer.model_validate, lambda row: [row.id])


@routes.get("/{enterprise_id}/tariffs", action="unit.read", response_model=Page[TariffAnswer])
async def get_tariffs(enterprise_id: UUID, session: Reading, listing: Listing) -> Any:
    """List an enterprise's prices, past ones too."""
    rows = await _list(session, "tariffs", enterprise_id, listing)
    return listing.page(rows, TariffAnswer.model_validate, lambda row: [row.id])


@routes.get("/{enterprise_id}/invoices", action="ledger.read", response_model=Page[InvoiceAnswer])
async def get_invoices(
    enterprise_id: UUID, caller: Known, session: Reading, listing: Listing
) -> Any:
    """List an enterprise's invoices."""
    enterprise = await stored.get_enterprise(session, enterprise_id)
    await permit(session, caller, enterprise.unit_id, owner_ids=(enterprise_id,))
    rows = await _list(session, "invoices", enterprise_id, listing)
    return listing.page(rows, InvoiceAnswer.model_validate, lambda row: [row.id])


async def _list(session: Session, kind: str, enterprise_id: UUID, listing: Paging) -> Any:
    after = listing.after[0] if listing.after else None
    return await stored.list_of_enterprise(
        session, kind, enterprise_id, after=after, limit=listing.limit + 1
    )


@routes.post("/services/{service_id}/tariffs", action="infrastructure.edit", response_model=Created)
async def post_tariff(service_id: UUID, new: NewTariff, caller: Known, session: Transaction) -> Any:
    """Set the price of a service for a period."""
    service = await stored.get_service(session, service_id)
    await permit(session, caller, service.unit_id, owner_ids=(service.enterprise_id,))
    values = {**new.model_dump(), "service_id": service_id, "set_by": caller.account_id}
    tariff_id = await stored.add_tariff(session, values)
    return Created(id=tariff_id)


@invoice_routes.post("", action="enterprise.report", response_model=InvoiceAnswer)
async def post_invoice(new: NewInvoice, caller: Known, session: Transaction) -> Any:
    """Ask a consumer for the price of a service, at the tariff of the day."""
    service = await stored.get_service(session, new.service_id)
    await permit(session, caller, service.unit_id, owner_ids=(service.enterprise_id,))
    budget = await budgets.get_budget(session, new.budget_id)
    if budget.unit_id != service.unit_id:
        raise BudgetNotFound
    invoice_id = await selling.issue_invoice(session, service, caller.account_id, new.model_dump())
    return await stored.get_invoice(session, invoice_id)


@invoice_routes.post("/{invoice_id}/receipts", action="ledger.post", response_model=Created)
async def post_fee(
    invoice_id: UUID, receipt: NewReceipt, caller: Known, session: Transaction
) -> Any:
    """Take the payment of an invoice in as revenue of the village budget."""
    invoice = await stored.get_invoice(session, invoice_id)
    await permit(session, caller, invoice.unit_id)
    receipt_id = await selling.receive_fee(
        session, invoice_id, caller.account_id, receipt.model_dump()
    )
    return Created(id=receipt_id)
