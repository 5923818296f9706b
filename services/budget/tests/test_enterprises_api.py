"""Communal enterprises: what they sell, and the fees that land in the village budget."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from budget_builders import YEAR
from budget_calls import Office, Place, a_place, problem

BIN = "020240000555"
NAMES = {"name_kk": "Монша", "name_ru": "Баня", "name_en": "Bath"}


async def a_service(office: Office) -> str:
    """Offer a bath at 500 tenge from the beginning of the year."""
    path = f"enterprises/{office.village.enterprise_id}/services"
    service_id = await office.made(office.village.manager, path, NAMES | {"measure": "адам"})
    await office.made(
        office.village.manager, f"enterprises/services/{service_id}/tariffs", a_tariff()
    )
    return service_id


def a_tariff(**changes: Any) -> dict[str, Any]:
    return {
        "price_tiyn": 50_000,
        "valid_from": f"{YEAR}-01-01",
        "valid_to": f"{YEAR}-07-01",
        "decision_number": "14",
    } | changes


def an_invoice(place: Place, service_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "service_id": service_id,
        "budget_id": place.budget_id,
        "line_id": place.revenue_line_id,
        "number": "501",
        "consumer": "A-17",
        "quantity_thousandths": 2_500,
        "issued_on": f"{YEAR}-05-01",
    } | changes


def a_receipt(number: str = "1", **changes: Any) -> dict[str, Any]:
    return {"number": number, "received_on": f"{YEAR}-05-03"} | changes


async def test_a_fee_lands_as_revenue_of_the_village_budget(office: Office) -> None:
    place = await a_place(office)
    service_id = await a_service(office)
    invoice = await office.post(office.village.manager, "invoices", an_invoice(place, service_id))

    await office.made(
        office.village.accountant, f"invoices/{invoice.json()['id']}/receipts", a_receipt()
    )

    assert invoice.json()["amount_tiyn"] == 125_000
    shown = (await office.get(None, f"budgets/{place.budget_id}/execution")).json()
    line = next(line for line in shown["lines"] if line["id"] == place.revenue_line_id)
    assert line["received_tiyn"] == shown["cash_tiyn"] == 10_000 + 125_000
    path = f"enterprises/{office.village.enterprise_id}/invoices"
    listed = (await office.get(office.village.manager, path)).json()["items"]
    assert [(one["number"], one["paid_tiyn"]) for one in listed] == [("501", 125_000)]


async def test_an_invoice_takes_no_more_than_it_asks_for(office: Office) -> None:
    place = await a_place(office)
    invoice = an_invoice(place, await a_service(office))
    invoice_id = await office.made(office.village.manager, "invoices", invoice)
    path, accountant = f"invoices/{invoice_id}/receipts", office.village.accountant

    part = await office.post(accountant, path, a_receipt(amount_tiyn=100_000))
    twin = await office.post(accountant, path, a_receipt(amount_tiyn=5))
    too_much = await office.post(accountant, path, a_receipt("2", amount_tiyn=25_001))
    rest = await office.post(accountant, path, a_receipt("2"))
    more = await office.post(accountant, path, a_receipt("3"))

    assert [part.status_code, rest.status_code] == [201, 201]
    assert problem(twin) == (409, "document-already-posted")
    assert problem(too_much) == problem(more) == (409, "invoice-paid")


async def test_an_invoice_is_paid_once_however_many_take_the_money(racing_office: Office) -> None:
    office = racing_office
    place = await a_place(office)
    invoice = an_invoice(place, await a_service(office))
    invoice_id = await office.made(office.village.manager, "invoices", invoice)
    path = f"invoices/{invoice_id}/receipts"

    answers = await asyncio.gather(
        *(office.post(office.village.accountant, path, a_receipt(str(n))) for n in range(6))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_the_manager_of_another_enterprise_sells_nothing_here(office: Office) -> None:
    place = await a_place(office)
    service_id = await a_service(office)
    invoice = an_invoice(place, service_id)

    statuses = [
        (await office.post(who, "invoices", invoice)).status_code
        for who in (office.village.accountant, office.village.stranger, None)
    ]

    assert statuses == [403, 404, 401]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"issued_on": f"{YEAR}-07-01"}, (409, "no-tariff-in-force")),
        ({"payer_group": "firm"}, (409, "no-tariff-in-force")),
        ({"service_id": str(uuid4())}, (404, "service-not-found")),
        ({"line_id": str(uuid4())}, (404, "line-not-found")),
        ({"budget_id": str(uuid4())}, (404, "budget-not-found")),
        ({"quantity_thousandths": 0}, (400, "invalid-request")),
        ({"consumer": "Иванов Иван"}, (400, "invalid-request")),
    ],
)
async def test_a_wrong_invoice_is_refused(
    office: Office, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    place = await a_place(office)
    invoice = an_invoice(place, await a_service(office)) | changes

    answer = await office.post(office.village.manager, "invoices", invoice)

    assert problem(answer) == refusal


async def test_a_price_that_is_not_exact_is_refused_and_a_number_stands_once(
    office: Office,
) -> None:
    place = await a_place(office)
    service_id = await a_service(office)
    odd = a_tariff(price_tiyn=333, valid_from=f"{YEAR}-07-01", valid_to=None)
    await office.made(office.village.manager, f"enterprises/services/{service_id}/tariffs", odd)
    invoice = an_invoice(place, service_id)

    uneven = await office.post(
        office.village.manager, "invoices", invoice | {"issued_on": f"{YEAR}-08-01"}
    )
    first = await office.post(office.village.manager, "invoices", invoice)
    twin = await office.post(office.village.manager, "invoices", invoice)

    assert problem(uneven) == (422, "price-not-exact")
    assert first.status_code == 201
    assert problem(twin) == (409, "invoice-exists")


async def test_tariffs_of_one_service_and_payer_group_do_not_overlap(office: Office) -> None:
    service_id = await a_service(office)
    path = f"enterprises/services/{service_id}/tariffs"
    manager = office.village.manager

    overlap = await office.post(manager, path, a_tariff(valid_from=f"{YEAR}-06-30", valid_to=None))
    backwards = await office.post(
        manager, path, a_tariff(valid_from=f"{YEAR}-09-02", valid_to=f"{YEAR}-09-01")
    )
    empty = await office.post(
        manager, path, a_tariff(valid_from=f"{YEAR}-09-01", valid_to=f"{YEAR}-09-01")
    )
    firms = await office.post(manager, path, a_tariff(payer_group="firm"))
    later = await office.post(manager, path, a_tariff(valid_from=f"{YEAR}-07-01", valid_to=None))
    stray = await office.post(manager, f"enterprises/services/{uuid4()}/tariffs", a_tariff())

    assert problem(overlap) == (409, "tariffs-overlap")
    assert backwards.status_code == empty.status_code == 400
    assert [firms.status_code, later.status_code] == [201, 201]
    assert problem(stray) == (404, "service-not-found")
    listed = await office.get(None, f"enterprises/{office.village.enterprise_id}/tariffs")
    assert len(listed.json()["items"]) == 3


async def test_an_enterprise_is_founded_by_the_akim_under_a_valid_bin(office: Office) -> None:
    body = {"unit_id": str(office.village.unit_id), "bin": BIN, "founded_on": "2024-05-01"} | NAMES

    by_accountant = await office.post(office.village.accountant, "enterprises", body)
    false_bin = await office.post(
        office.village.akim, "enterprises", body | {"bin": "020240000556"}
    )
    founded = await office.post(office.village.akim, "enterprises", body)
    twin = await office.post(office.village.akim, "enterprises", body)

    assert by_accountant.status_code == 403
    assert problem(false_bin) == (422, "bin-not-valid")
    assert founded.status_code == 201
    assert problem(twin) == (409, "enterprise-exists")
    listed = await office.get(None, f"enterprises?unit_id={office.village.unit_id}")
    assert {one["bin"] for one in listed.json()["items"]} == {BIN, "941240000193"}
    missing = await office.post(
        office.village.akim, f"enterprises/{uuid4()}/services", NAMES | {"measure": "m3"}
    )
    assert problem(missing) == (404, "enterprise-not-found")
