"""A budget's year through the API, and what each step refuses."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from budget_builders import YEAR
from budget_calls import DECISION, NAMES, Office, a_place, paid_work, problem
from sqlalchemy import text

from shared.database import Session

LINE = {"kind": "expenditure", "code": "124.008", **NAMES, "amount_tiyn": 5}
MINUTES = {"minutes_number": "7", "agreed_on": f"{YEAR - 1}-11-20"}


async def events(session: Session) -> list[str]:
    rows = await session.execute(text("select type from outbox order by id"))
    return [kind.removeprefix("kz.ortaq.budget.").removesuffix(".v1") for kind in rows.scalars()]


async def test_a_budget_goes_from_draft_to_payment(office: Office, session: Session) -> None:
    place = await a_place(office)

    await paid_work(office, place, 4_000)

    shown = (await office.get(None, f"budgets/{place.budget_id}/execution")).json()
    line = next(line for line in shown["lines"] if line["id"] == place.line_id)
    assert shown["status"] == "executing"
    assert (line["available_tiyn"], line["paid_tiyn"]) == (6_000, 4_000)
    assert (line["committed_tiyn"], line["accrued_tiyn"]) == (0, 0)
    assert (shown["cash_tiyn"], shown["received_tiyn"], shown["paid_tiyn"]) == (
        6_000,
        10_000,
        4_000,
    )
    verified = await office.get(
        office.village.accountant, f"budgets/{place.budget_id}/verification"
    )
    assert verified.json()["is_chain_intact"]
    assert await events(session) == [
        "line.opened",
        "line.opened",
        "line.changed",
        "budget.approved",
        "revenue.received",
        "line.changed",
        "line.changed",
        "line.changed",
    ]


async def test_a_published_budget_names_its_decision(office: Office) -> None:
    place = await a_place(office)

    shown = (await office.get(None, f"budgets/{place.budget_id}")).json()

    assert shown["decision_number"] == DECISION["decision_number"]
    assert shown["minutes_number"] == "7"
    assert shown["figures"]["revenue"] == shown["figures"]["expenditure"] == 10_000
    assert shown["disagreements"] == []
    listed = (await office.get(None, f"budgets?unit_id={office.village.unit_id}")).json()
    assert [one["id"] for one in listed["items"]] == [place.budget_id]


async def test_a_draft_is_shown_only_to_those_who_may_read_drafts(office: Office) -> None:
    budget_id = await office.draft()
    village = office.village

    statuses = [
        (await office.get(who, path)).status_code
        for who, path in (
            (None, f"budgets/{budget_id}"),
            (None, f"budgets/{budget_id}/execution"),
            (village.deputy, f"budgets/{budget_id}/draft"),
            (village.resident, f"budgets/{budget_id}/draft"),
            (village.stranger, f"budgets/{budget_id}/draft"),
        )
    ]

    assert statuses == [404, 404, 200, 403, 404]
    assert (await office.get(None, "budgets")).json()["items"] == []
    drafts = await office.get(village.member, f"budgets/drafts?unit_id={village.unit_id}")
    assert [one["id"] for one in drafts.json()["items"]] == [budget_id]


async def test_a_unit_has_one_budget_a_year(office: Office) -> None:
    await office.draft()
    body = {"unit_id": str(office.village.unit_id), "fiscal_year": YEAR}

    again = await office.post(office.village.accountant, "budgets", body)

    assert problem(again) == (409, "budget-exists")


async def test_a_unit_without_an_akim_of_its_own_has_no_budget(
    office: Office, session: Session
) -> None:
    await session.execute(text("update known_units set is_self_government = false"))
    await session.commit()
    body = {"unit_id": str(office.village.unit_id), "fiscal_year": YEAR}

    answer = await office.post(office.village.accountant, "budgets", body)

    assert problem(answer) == (422, "not-self-government")


async def test_a_draft_that_does_not_add_up_by_one_tiyn_is_not_submitted(office: Office) -> None:
    budget_id = await office.draft()
    await office.line(budget_id, "taxes", 10_000)
    await office.line(budget_id, "expenditure", 10_001)

    answer = await office.post(office.village.akim, f"budgets/{budget_id}/submissions")

    assert problem(answer) == (422, "does-not-add-up")


async def test_every_step_has_its_stage(office: Office) -> None:
    budget_id = await office.draft()
    village = office.village

    early = [
        await office.post(village.member, f"budgets/{budget_id}/agreements", MINUTES),
        await office.post(village.deputy, f"budgets/{budget_id}/approvals", DECISION),
        await office.post(
            village.akim, f"budgets/{budget_id}/closings", {"through": f"{YEAR}-01-31"}
        ),
    ]
    await office.decide(budget_id)
    late = [
        await office.post(village.akim, f"budgets/{budget_id}/submissions"),
        await office.post(village.deputy, f"budgets/{budget_id}/approvals", DECISION),
        await office.post(village.accountant, "budget-lines", {**LINE, "budget_id": budget_id}),
    ]

    assert {problem(answer) for answer in early + late} == {(409, "wrong-stage")}


async def test_each_step_belongs_to_its_role(office: Office) -> None:
    budget_id = await office.draft()
    village = office.village

    answers = [
        await office.post(village.akim, "budget-lines", {**LINE, "budget_id": budget_id}),
        await office.post(village.accountant, f"budgets/{budget_id}/submissions"),
        await office.post(village.akim, f"budgets/{budget_id}/agreements", MINUTES),
        await office.post(village.akim, f"budgets/{budget_id}/approvals", DECISION),
        await office.post(village.stranger, "budget-lines", {**LINE, "budget_id": budget_id}),
        await office.post(None, f"budgets/{budget_id}/submissions"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 404, 401]


async def test_the_assembly_may_return_a_draft(office: Office) -> None:
    budget_id = await office.draft()
    await office.made(office.village.akim, f"budgets/{budget_id}/submissions")

    await office.made(
        office.village.member,
        f"budgets/{budget_id}/agreements",
        MINUTES | {"returned_because": "Жарық жоқ"},
    )

    draft = (await office.get(office.village.akim, f"budgets/{budget_id}/draft")).json()
    assert (draft["status"], draft["returned_because"]) == ("draft", "Жарық жоқ")
    await office.decide(budget_id)


async def test_who_drafted_does_not_approve(office: Office, session: Session) -> None:
    budget_id = await office.draft()
    await office.line(budget_id, "taxes", 5)
    await office.line(budget_id, "expenditure", 5)
    village = office.village
    await session.execute(text("update lines set drafted_by = :deputy"), {"deputy": village.deputy})
    await session.commit()
    await office.made(village.akim, f"budgets/{budget_id}/submissions")
    await office.made(village.member, f"budgets/{budget_id}/agreements", MINUTES)

    answer = await office.post(village.deputy, f"budgets/{budget_id}/approvals", DECISION)

    assert problem(answer) == (403, "four-eyes")


async def test_a_budget_is_approved_once_however_many_ask(racing_office: Office) -> None:
    office = racing_office
    budget_id = await office.draft()
    await office.line(budget_id, "taxes", 5)
    await office.line(budget_id, "expenditure", 5)
    await office.made(office.village.akim, f"budgets/{budget_id}/submissions")
    await office.made(office.village.member, f"budgets/{budget_id}/agreements", MINUTES)

    answers = await asyncio.gather(
        *(
            office.post(office.village.deputy, f"budgets/{budget_id}/approvals", DECISION)
            for _ in range(4)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_line_is_changed_from_the_revision_that_was_seen(office: Office) -> None:
    budget_id = await office.draft()
    line_id = await office.line(budget_id, "expenditure", 5)
    path = f"/v1/budget-lines/{budget_id}/{line_id}"
    accountant = office.village.accountant

    async def change(seen: str | None, body: Any = None) -> Any:
        headers = office.headers(accountant) | ({"If-Match": seen} if seen else {})
        return await office.client.patch(path, json=body or {"amount_tiyn": 6}, headers=headers)

    blind, weak, stale = await change(None), await change('W/"1"'), await change('"2"')
    right, again = await change('"1"'), await change('"1"')
    negative = await change('"2"', {"amount_tiyn": -1})

    assert problem(blind) == (428, "if-match-needed")
    assert {problem(one) for one in (weak, stale, again)} == {(412, "line-changed-meanwhile")}
    assert (right.status_code, right.headers["ETag"]) == (200, '"2"')
    assert problem(negative) == (422, "line-expects-sign")
    shown = await office.get(accountant, f"budget-lines/{budget_id}/{line_id}")
    assert (shown.json()["amount_tiyn"], shown.headers["ETag"]) == (6, '"2"')
    listed = await office.get(accountant, f"budget-lines?budget_id={budget_id}")
    assert [line["id"] for line in listed.json()["items"]] == [line_id]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_tiyn": 5.0},
        {"amount_tiyn": "5"},
        {"amount_tiyn": 2**63},
        {"kind": "gifts"},
        {"code": "a b"},
        {"name_kk": ""},
        {"status": "approved"},
        {"class_codes": {"functional": 7}},
    ],
)
async def test_a_wrong_line_is_refused(office: Office, changes: dict[str, Any]) -> None:
    body = {**LINE, "budget_id": await office.draft(), **changes}

    answer = await office.post(office.village.accountant, "budget-lines", body)

    assert answer.status_code == 400


async def test_a_negative_expenditure_is_refused(office: Office) -> None:
    body = {**LINE, "budget_id": await office.draft(), "amount_tiyn": -1}

    answer = await office.post(office.village.accountant, "budget-lines", body)

    assert problem(answer) == (422, "line-expects-sign")


async def test_what_is_not_there_is_not_found(office: Office) -> None:
    place = await a_place(office)
    nowhere, accountant = uuid4(), office.village.accountant
    receipt = {"number": "1", "amount_tiyn": 5, "received_on": f"{YEAR}-02-01"}

    async def take(line_id: UUID | str) -> Any:
        path = f"budgets/{place.budget_id}/receipts"
        return await office.post(accountant, path, {**receipt, "line_id": str(line_id)})

    assert problem(await office.get(None, f"budgets/{nowhere}")) == (404, "budget-not-found")
    assert problem(await take(nowhere)) == (404, "line-not-found")
    assert problem(await take(place.line_id)) == (404, "line-not-found")
    entry = await office.post(accountant, f"entries/{nowhere}/reversals", {"reason": "x"})
    assert problem(entry) == (404, "entry-not-found")


async def test_a_closed_period_takes_no_entry_and_its_last_day_closes_the_year(
    office: Office,
) -> None:
    place = await a_place(office)
    path = f"budgets/{place.budget_id}/closings"
    village = office.village

    own = await office.post(village.accountant, path, {"through": f"{YEAR}-03-31"})
    await office.made(village.akim, path, {"through": f"{YEAR}-03-31"})
    again = await office.post(village.akim, path, {"through": f"{YEAR}-03-31"})
    late = await office.commitment(place, 5)
    await office.made(village.akim, path, {"through": f"{YEAR}-12-31"})
    after = await office.commitment(place, 5)

    assert problem(own) == (403, "four-eyes")
    assert problem(again) == problem(late) == (409, "period-closed")
    assert problem(after) == (409, "budget-not-open")


async def test_a_receipt_is_taken_once_and_in_its_year(office: Office) -> None:
    place = await a_place(office)
    path = f"budgets/{place.budget_id}/receipts"
    receipt = {"line_id": place.revenue_line_id, "amount_tiyn": 5}

    twin = await office.post(
        office.village.accountant,
        path,
        receipt | {"number": "п/п 1", "received_on": f"{YEAR}-02-01"},
    )
    astray = await office.post(
        office.village.accountant,
        path,
        receipt | {"number": "п/п 2", "received_on": f"{YEAR + 1}-01-01"},
    )

    assert problem(twin) == (409, "document-already-posted")
    assert problem(astray) == (422, "outside-fiscal-year")


async def test_the_ledger_is_listed_by_pages_in_the_order_of_its_chain(office: Office) -> None:
    place = await a_place(office)
    await paid_work(office, place, 4_000)
    path = f"entries?budget_id={place.budget_id}&limit=3"

    first = (await office.get(office.village.deputy, path)).json()
    second = (await office.get(office.village.deputy, f"{path}&cursor={first['next']}")).json()

    entries = first["items"] + second["items"]
    assert [entry["kind"] for entry in entries] == [
        "appropriate",
        "receive",
        "commit",
        "accrue",
        "pay",
    ]
    assert [entry["sequence"] for entry in entries] == [1, 2, 3, 4, 5]
    assert all(sum(leg["amount_tiyn"] for leg in entry["postings"]) == 0 for entry in entries)
    assert [entry["prev_hash"] for entry in entries[1:]] == [
        entry["hash"] for entry in entries[:-1]
    ]
    assert (await office.get(office.village.resident, path)).status_code == 403
