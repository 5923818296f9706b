"""Contract, act of work, payment and reversal: what each refuses, and who wins a race."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from budget_builders import YEAR, add_grant, balances
from budget_calls import Office, Place, a_place, paid_work, problem
from sqlalchemy import text

from shared.database import Database, Session


@pytest.fixture
async def place(office: Office) -> Place:
    return await a_place(office)


async def test_a_line_is_not_overspent_by_a_tiyn(
    office: Office, place: Place, session: Session
) -> None:
    too_much = await office.commitment(place, 10_001)
    all_of_it = await office.commitment(place, 10_000)
    one_more = await office.commitment(place, 1, "13")

    assert problem(too_much) == problem(one_more) == (409, "appropriation-exceeded")
    assert all_of_it.status_code == 201
    assert await balances(session, UUID(place.line_id)) == (0, 10_000, 0, 0)


async def test_sixteen_writers_commit_exactly_what_fits(
    racing_office: Office, committed: Database
) -> None:
    office, place = racing_office, await a_place(racing_office)
    answers: list[Any] = []

    async def write(writer: int) -> None:
        for number in range(25):
            answers.append(await office.commitment(place, 100, f"{writer}-{number}"))

    await asyncio.gather(*(write(writer) for writer in range(16)))

    accepted = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(accepted) == 100
    assert {problem(answer) for answer in refused} == {(409, "appropriation-exceeded")}
    async with committed.sessions() as session:
        assert await balances(session, UUID(place.line_id)) == (0, 10_000, 0, 0)
        replayed = await session.execute(
            text("select sum(amount_tiyn) from postings where account_id = 3")
        )
        broken = await session.execute(
            text("select first_broken_entry(:id)"), {"id": UUID(place.budget_id)}
        )
        assert (replayed.scalar(), broken.scalar()) == (10_000, None)


async def test_one_contract_number_commits_once_however_many_ask(racing_office: Office) -> None:
    place = await a_place(racing_office)

    answers = await asyncio.gather(*(racing_office.commitment(place, 5) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    problems = {problem(answer)[1] for answer in answers if answer.status_code == 409}
    assert problems == {"document-already-posted"}


async def test_a_contract_rests_on_an_expenditure_line_and_an_enterprise_of_the_unit(
    office: Office, place: Place
) -> None:
    on_revenue = Place(place.budget_id, place.revenue_line_id, "", place.enterprise_id)
    by_nobody = Place(place.budget_id, place.line_id, "", str(uuid4()))

    answers = [await office.commitment(on_revenue, 5), await office.commitment(by_nobody, 5)]

    assert [problem(answer)[1] for answer in answers] == ["line-not-found", "enterprise-not-found"]


async def test_acts_of_work_stay_within_their_contract(office: Office, place: Place) -> None:
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    first = await office.obligation(commitment_id, 600)

    too_much = await office.obligation(commitment_id, 401, "2")
    twin = await office.obligation(commitment_id, 400)
    fits = await office.obligation(commitment_id, 400, "2")

    assert problem(too_much) == (409, "acts-exceed-contract")
    assert problem(twin) == (409, "act-exists")
    assert [first.status_code, fits.status_code] == [201, 201]


async def test_an_act_is_decided_once_and_a_rejected_one_leaves_room(
    office: Office, place: Place
) -> None:
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    poor = (await office.obligation(commitment_id, 1_000)).json()["id"]
    path = f"obligations/{poor}/rejections"

    rejected = await office.post(office.village.accountant, path, {"reason": "Шам жанбайды"})
    again = await office.post(office.village.accountant, path, {"reason": "x"})
    late = await office.accept(poor)
    unpaid = await office.payment(poor)
    better = await office.obligation(commitment_id, 1_000, "2")

    assert rejected.status_code == better.status_code == 201
    assert problem(again) == problem(late) == (409, "act-decided")
    assert problem(unpaid) == (409, "not-accepted")


async def test_work_is_handed_in_by_the_manager_of_that_enterprise_alone(
    office: Office, place: Place, session: Session
) -> None:
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    other = uuid4()
    await add_grant(session, other, "manager", office.village.unit_id, object_id=uuid4())
    await session.commit()
    body = {"commitment_id": commitment_id, "act_number": "1", "amount_tiyn": 5}

    statuses = [
        (await office.post(who, "obligations", body | {"worked_on": f"{YEAR}-04-01"})).status_code
        for who in (office.village.accountant, other, office.village.stranger)
    ]

    assert statuses == [403, 404, 404]


async def test_who_hands_in_work_does_not_accept_it(
    office: Office, place: Place, session: Session
) -> None:
    village = office.village
    await add_grant(session, village.manager, "accountant", village.unit_id)
    await session.commit()
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    obligation_id = (await office.obligation(commitment_id, 1_000)).json()["id"]

    accepted = await office.accept(obligation_id, village.manager)
    rejected = await office.post(
        village.manager, f"obligations/{obligation_id}/rejections", {"reason": "x"}
    )

    assert problem(accepted) == problem(rejected) == (403, "four-eyes")


async def test_a_payment_needs_another_person_a_fresh_login_and_an_accepted_act(
    office: Office, place: Place, session: Session
) -> None:
    village = office.village
    await add_grant(session, village.accountant, "akim", village.unit_id)
    await session.commit()
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    obligation_id = (await office.obligation(commitment_id, 1_000)).json()["id"]
    early = await office.payment(obligation_id)
    await office.accept(obligation_id)
    payment_id = (await office.payment(obligation_id)).json()["id"]

    own = await office.pay(payment_id, village.accountant)
    weak = await office.client.post(
        f"/v1/payments/{payment_id}/approvals",
        json={"paid_on": f"{YEAR}-04-10"},
        headers=office.headers(village.akim),
    )
    paid, again = await office.pay(payment_id), await office.pay(payment_id)

    assert problem(early) == (409, "not-accepted")
    assert problem(own) == (403, "four-eyes")
    assert problem(weak) == (403, "strong-login-needed")
    assert paid.status_code == 201
    assert problem(again) == (409, "already-paid")


async def test_an_act_is_paid_in_parts_but_no_more_than_once(office: Office, place: Place) -> None:
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    obligation_id = (await office.obligation(commitment_id, 1_000)).json()["id"]
    await office.accept(obligation_id)
    orders = [await office.payment(obligation_id, f"{n}", amount_tiyn=600) for n in (1, 2)]
    twin = await office.payment(obligation_id, "1", amount_tiyn=5)
    huge = await office.payment(obligation_id, "3", amount_tiyn=1_001)

    first = await office.pay(orders[0].json()["id"])
    second = await office.pay(orders[1].json()["id"])

    assert problem(twin) == (409, "payment-exists")
    assert problem(huge) == (409, "payment-exceeds-act")
    assert first.status_code == 201
    assert problem(second) == (409, "accrual-exceeded")


async def test_one_payment_leaves_once_however_many_approve(racing_office: Office) -> None:
    office = racing_office
    place = await a_place(office)
    commitment_id = (await office.commitment(place, 1_000)).json()["id"]
    obligation_id = (await office.obligation(commitment_id, 1_000)).json()["id"]
    await office.accept(obligation_id)
    payment_id = (await office.payment(obligation_id)).json()["id"]

    answers = await asyncio.gather(*(office.pay(payment_id) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    shown = (await office.get(None, f"budgets/{place.budget_id}/execution")).json()
    assert (shown["paid_tiyn"], shown["cash_tiyn"]) == (1_000, 9_000)


async def test_no_payment_goes_beyond_the_cash(office: Office) -> None:
    budget_id = await office.draft()
    await office.line(budget_id, "taxes", 1_000)
    line_id = await office.line(budget_id, "expenditure", 1_000)
    await office.decide(budget_id)
    poor = Place(budget_id, line_id, "", str(office.village.enterprise_id))
    commitment_id = (await office.commitment(poor, 1_000)).json()["id"]
    obligation_id = (await office.obligation(commitment_id, 1_000)).json()["id"]
    await office.accept(obligation_id)
    payment_id = (await office.payment(obligation_id)).json()["id"]

    answer = await office.pay(payment_id)

    assert problem(answer) == (409, "cash-exceeded")


async def entry_of(office: Office, budget_id: str, kind: str) -> str:
    found = await office.get(office.village.akim, f"entries?budget_id={budget_id}")
    return next(str(entry["id"]) for entry in found.json()["items"] if entry["kind"] == kind)


async def reverse(office: Office, entry_id: str, by: UUID | None = None) -> Any:
    village = office.village
    await office.post(village.accountant, f"entries/{entry_id}/reversals", {"reason": "Қате"})
    body = {"effective_on": f"{YEAR}-05-01"}
    path = f"entries/{entry_id}/reversals/approvals"
    return await office.post(by or village.akim, path, body)


async def test_a_chain_of_work_is_undone_from_its_end(
    office: Office, place: Place, session: Session
) -> None:
    await paid_work(office, place, 4_000)
    kinds = ("commit", "accrue", "pay")
    commit_id, accrue_id, pay_id = [await entry_of(office, place.budget_id, kind) for kind in kinds]

    too_early = [await reverse(office, entry_id) for entry_id in (commit_id, accrue_id)]
    paid_back = await reverse(office, pay_id)
    unaccepted, released = await reverse(office, accrue_id), await reverse(office, commit_id)

    assert [problem(answer)[1] for answer in too_early] == [
        "commitment-exceeded",
        "accrual-exceeded",
    ]
    assert [one.status_code for one in (paid_back, unaccepted, released)] == [201, 201, 201]
    assert await balances(session, UUID(place.line_id)) == (10_000, 0, 0, 0)
    documents = [
        (await office.get(office.village.akim, f"{kind}?budget_id={place.budget_id}")).json()
        for kind in ("commitments", "obligations", "payments")
    ]
    assert [one["items"][0]["state"] for one in documents] == ["released", "reversed", "returned"]


async def test_a_reversal_takes_two_people_and_happens_once(office: Office, place: Place) -> None:
    entry_id = await entry_of(office, place.budget_id, "receive")
    village = office.village
    unasked = await office.post(village.akim, f"entries/{entry_id}/reversals/approvals", {})

    alone = await reverse(office, entry_id, by=village.accountant)
    asked_twice = await office.post(village.akim, f"entries/{entry_id}/reversals", {"reason": "x"})
    done, again = await reverse(office, entry_id), await reverse(office, entry_id)
    undo = await office.post(
        village.akim, f"entries/{done.json()['id']}/reversals", {"reason": "x"}
    )

    assert problem(unasked) == (404, "reversal-not-prepared")
    assert problem(alone) == (403, "four-eyes")
    assert problem(asked_twice) == problem(again) == (409, "already-reversed")
    assert done.status_code == 201
    assert problem(undo) == (409, "reversal-not-reversible")


async def test_an_appropriation_in_use_is_not_reversed(office: Office, place: Place) -> None:
    await office.commitment(place, 1)

    answer = await reverse(office, await entry_of(office, place.budget_id, "appropriate"))

    assert problem(answer) == (409, "appropriation-exceeded")


async def test_documents_that_are_not_there_are_not_found(office: Office) -> None:
    village, nowhere = office.village, str(uuid4())
    receipt = {"number": "1", "received_on": f"{YEAR}-05-03"}

    answers = [
        await office.obligation(nowhere, 5),
        await office.accept(nowhere),
        await office.payment(nowhere),
        await office.pay(nowhere),
        await office.post(village.accountant, f"invoices/{nowhere}/receipts", receipt),
    ]

    assert [problem(answer) for answer in answers] == [
        (404, "commitment-not-found"),
        (404, "act-not-found"),
        (404, "act-not-found"),
        (404, "payment-not-found"),
        (404, "invoice-not-found"),
    ]


async def test_the_days_from_contract_to_payment_go_forward(office: Office) -> None:
    village, place = office.village, await a_place(office)
    commitment_id = (await office.commitment(place, 4_000)).json()["id"]
    act = {"commitment_id": commitment_id, "act_number": "1", "amount_tiyn": 4_000}
    early_work = await office.post(
        village.manager, "obligations", act | {"worked_on": f"{YEAR}-02-28"}
    )
    obligation_id = (await office.obligation(commitment_id, 4_000)).json()["id"]
    acceptances = f"obligations/{obligation_id}/acceptances"
    early_acceptance = await office.post(
        village.accountant, acceptances, {"accepted_on": f"{YEAR}-03-31"}
    )
    await office.accept(obligation_id)
    payment_id = (await office.payment(obligation_id)).json()["id"]

    early_payment = await office.post(
        village.akim, f"payments/{payment_id}/approvals", {"paid_on": f"{YEAR}-04-04"}
    )

    refused = (422, "dates-out-of-order")
    assert [problem(one) for one in (early_work, early_acceptance, early_payment)] == [refused] * 3
