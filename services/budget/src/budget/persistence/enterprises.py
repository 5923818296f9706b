"""Communal enterprises, services, tariffs, invoices and receipts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from budget.domain.enterprises import EnterpriseNotFound, InvoiceNotFound, ServiceNotFound
from shared.database import Session

_ADD = text("""
    insert into enterprises (unit_id, bin, name_kk, name_ru, name_en, founded_on, registered_by)
    values (:unit_id, :bin, :name_kk, :name_ru, :name_en, :founded_on, :registered_by) returning id
""")
_GET = text("select * from enterprises where id = :enterprise_id")
_LIST = text("""
    select * from enterprises
    where (cast(:unit_id as uuid) is null or unit_id = :unit_id)
      and (cast(:after as uuid) is null or id > :after)
    order by id limit :limit
""")
_ADD_SERVICE = text("""
    insert into communal_services (enterprise_id, name_kk, name_ru, name_en, measure)
    values (:enterprise_id, :name_kk, :name_ru, :name_en, :measure) returning id
""")
_SERVICE = text("""
    select s.*, e.unit_id from communal_services s join enterprises e on e.id = s.enterprise_id
    where s.id = :service_id
""")
_ADD_TARIFF = text("""
    insert into tariffs (service_id, payer_group, price_tiyn, valid, decision_number, set_by)
    values (:service_id, :payer_group, :price_tiyn, daterange(:valid_from, :valid_to),
        :decision_number, :set_by)
    returning id
""")
_TARIFF = text("""
    select id, price_tiyn from tariffs
    where service_id = :service_id and payer_group = :payer_group and valid @> cast(:day as date)
""")
_ADD_INVOICE = text("""
    insert into invoices (enterprise_id, service_id, tariff_id, budget_id, line_id, number,
        consumer, quantity_thousandths, amount_tiyn, issued_on, issued_by)
    values (:enterprise_id, :service_id, :tariff_id, :budget_id, :line_id, :number, :consumer,
        :quantity_thousandths, :amount_tiyn, :issued_on, :issued_by)
    returning id
""")
_INVOICE = text("""
    select i.*, e.unit_id, e.bin from invoices i join enterprises e on e.id = i.enterprise_id
    where i.id = :invoice_id
""")
_ADD_RECEIPT = text("""
    with added as (
        insert into receipts (invoice_id, number, amount_tiyn, received_on, received_by, entry_id)
        values (:invoice_id, :number, :amount_tiyn, :received_on, :received_by, :entry_id)
        returning id, invoice_id, amount_tiyn),
    paid as (
        update invoices set paid_tiyn = paid_tiyn + added.amount_tiyn from added
        where invoices.id = added.invoice_id)
    select id from added
""")


_LOCK_INVOICE = text("select from invoices where id = :invoice_id for no key update")
_LISTS = {
    "services": text("""
        select * from communal_services
        where enterprise_id = :id and (cast(:after as uuid) is null or id > :after)
        order by id limit :limit
    """),
    "tariffs": text("""
        select t.*, lower(t.valid) as valid_from, upper(t.valid) as valid_to
        from tariffs t join communal_services s on s.id = t.service_id
        where s.enterprise_id = :id and (cast(:after as uuid) is null or t.id > :after)
        order by t.id limit :limit
    """),
    "invoices": text("""
        select * from invoices
        where enterprise_id = :id and (cast(:after as uuid) is null or id > :after)
        order by id limit :limit
    """),
}


async def add_enterprise(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store an enterprise and return its id."""
    enterprise_id: UUID = (await session.execute(_ADD, dict(values))).scalar_one()
    return enterprise_id


async def get_enterprise(session: Session, enterprise_id: UUID) -> Row[Any]:
    """Return an enterprise; raises EnterpriseNotFound."""
    row = (await session.execute(_GET, {"enterprise_id": enterprise_id})).one_or_none()
    if row is None:
        raise EnterpriseNotFound
    return row


async def list_enterprises(
    session: Session, *, unit_id: UUID | None, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Return enterprises in the order of their registration."""
    rows = await session.execute(
        _LIST, {"unit_id": unit_id, "after": after and UUID(after), "limit": limit}
    )
    return rows.all()


async def add_service(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a service and return its id."""
    service_id: UUID = (await session.execute(_ADD_SERVICE, dict(values))).scalar_one()
    return service_id


async def get_service(session: Session, service_id: UUID) -> Row[Any]:
    """Return a service with its enterprise's unit; raises ServiceNotFound."""
    row = (await session.execute(_SERVICE, {"service_id": service_id})).one_or_none()
    if row is None:
        raise ServiceNotFound
    return row


async def add_tariff(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a tariff and return its id."""
    tariff_id: UUID = (await session.execute(_ADD_TARIFF, dict(values))).scalar_one()
    return tariff_id


async def tariff_on(
    session: Session, service_id: UUID, payer_group: str, day: date
) -> Row[Any] | None:
    """Return the tariff for a group of payers on a day; None where none is in force."""
    place = {"service_id": service_id, "payer_group": payer_group, "day": day}
    return (await session.execute(_TARIFF, place)).one_or_none()


async def add_invoice(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store an invoice and return its id."""
    invoice_id: UUID = (await session.execute(_ADD_INVOICE, dict(values))).scalar_one()
    return invoice_id


async def get_invoice(session: Session, invoice_id: UUID) -> Row[Any]:
    """Return an invoice with its enterprise and unit; raises InvoiceNotFound."""
    row = (await session.execute(_INVOICE, {"invoice_id": invoice_id})).one_or_none()
    if row is None:
        raise InvoiceNotFound
    return row


async def lock_invoice(session: Session, invoice_id: UUID) -> Row[Any]:
    """Return an invoice, locked until the transaction ends; raises InvoiceNotFound."""
    await session.execute(_LOCK_INVOICE, {"invoice_id": invoice_id})
    return await get_invoice(session, invoice_id)


async def list_of_enterprise(
    session: Session, kind: str, enterprise_id: UUID, *, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Return an enterprise's `services`, `tariffs` or `invoices`, oldest first."""
    place = {"id": enterprise_id, "after": after and UUID(after), "limit": limit}
    return (await session.execute(_LISTS[kind], place)).all()


async def add_receipt(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store the payment of an invoice, which counts it as paid, and return its id."""
    receipt_id: UUID = (await session.execute(_ADD_RECEIPT, dict(values))).scalar_one()
    return receipt_id
