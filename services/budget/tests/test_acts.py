"""Acts of maslikhats, read as they were published: real ones where they are at hand."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from budget_builders import YEAR, add_grant, add_unit
from budget_calls import Office, problem

from budget.domain.act_files import ActRow, UnreadableActs, read_acts
from shared.database import Session

HEAD = (
    "doc_id,unit_as_written,kato,budget_year,rev_total,rev_tax,rev_nontax,rev_capital,rev_special,"
    "rev_transfers,exp_total,net_lending,fin_assets,balance,financing"
)


@pytest.fixture
def real_acts(data_folder: Path) -> list[ActRow]:
    path = data_folder / "budgets" / "rural_and_district_budgets.csv"
    if not path.is_file():
        pytest.skip("the real acts are not on this machine")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(read_acts(lines))


def test_real_acts_disagree_where_they_are_known_to(real_acts: list[ActRow]) -> None:
    found = {
        (row.fields["number"], one.name, one.published_tiyn, one.computed_tiyn)
        for row in real_acts
        for one in row.disagreements
    }

    assert len(real_acts) == 22
    assert found == {
        ("G24ZK00301M", "revenue", 50_785_400_000, 45_875_400_000),
        ("G25BD00452M", "revenue", 966_760_200_000, 916_760_200_000),
        ("V18LF006643", "balance", 0, -129_280_000),
    }


@pytest.fixture
async def importer(session: Session, real_acts: list[ActRow]) -> UUID:
    """An accountant of a country that has every unit of the real acts."""
    country_id, account_id = uuid4(), uuid4()
    await add_unit(session, country_id, [country_id], kato="000000000", is_village=False)
    for kato in {str(row.fields["kato"]) for row in real_acts if "kato" in row.fields}:
        unit_id = uuid4()
        await add_unit(session, unit_id, [country_id, unit_id], kato=kato)
    await add_grant(session, account_id, "accountant", country_id)
    await session.commit()
    return account_id


async def test_real_acts_are_kept_as_published_and_twice_adds_nothing(
    office: Office, importer: UUID, real_acts: list[ActRow]
) -> None:
    placed = [dict(row.fields) for row in real_acts if "kato" in row.fields]

    first = await office.post(importer, "acts/batches", {"acts": placed})
    again = await office.post(importer, "acts/batches", {"acts": placed})

    assert first.status_code == 201, first.text
    assert len(placed) == 20
    assert [len(one["disagreements"]) for one in first.json()["items"]].count(1) == 3
    assert {one["id"] for one in again.json()["items"]} == {None}
    listed = (await office.get(None, "acts?fiscal_year=2022")).json()["items"]
    assert listed[0]["figures_tiyn"]["balance"] == -73_500_000


async def test_a_real_acts_budget_is_kept_with_what_its_parts_contradict(
    office: Office, importer: UUID, real_acts: list[ActRow]
) -> None:
    row = next(row for row in real_acts if row.fields["number"] == "V18LF006643")
    act = (await office.post(importer, "acts", dict(row.fields))).json()
    stored = (await office.get(None, "acts?fiscal_year=2019")).json()["items"][0]
    body = {"unit_id": stored["unit_id"], "fiscal_year": 2019, "act_id": act["id"]}

    budget_id = await office.made(importer, "budgets", body)

    shown = (await office.get(importer, f"budgets/{budget_id}/draft")).json()
    lines = (await office.get(importer, f"budget-lines?budget_id={budget_id}")).json()["items"]
    assert shown["figures"] == stored["figures_tiyn"]
    assert shown["disagreements"] == [
        {"name": "balance", "published_tiyn": 0, "computed_tiyn": -129_280_000}
    ]
    assert {line["kind"] for line in lines} == {"taxes", "non_tax", "transfers", "expenditure"}


def an_act(office: Office, **changes: Any) -> dict[str, Any]:
    figures = {"revenue": "100.0", "taxes": "60", "transfers": "40.0", "expenditure": "100"}
    return {
        "number": "8С-37/5",
        "unit_id": str(office.village.unit_id),
        "unit_name": "Боранқұл",
        "fiscal_year": YEAR,
        "figures": figures,
    } | changes


async def test_a_budget_takes_the_figures_of_its_act_through_to_approval(office: Office) -> None:
    village = office.village
    figures = {"revenue": "100", "taxes": "50", "transfers": "40", "expenditure": "100"}
    act_id = await office.made(village.accountant, "acts", an_act(office, figures=figures))
    body = {"unit_id": str(village.unit_id), "fiscal_year": YEAR, "act_id": act_id}
    budget_id = await office.made(village.accountant, "budgets", body)

    await office.decide(budget_id)

    shown = (await office.get(None, f"budgets/{budget_id}")).json()
    assert shown["figures"]["revenue"] == 10_000_000
    assert [(one["name"], one["computed_tiyn"]) for one in shown["disagreements"]] == [
        ("revenue", 9_000_000),
        ("lines.revenue", 9_000_000),
    ]


async def test_an_act_of_another_year_gives_no_budget(office: Office) -> None:
    village = office.village
    act_id = await office.made(village.accountant, "acts", an_act(office))
    body = {"unit_id": str(village.unit_id), "fiscal_year": YEAR + 1, "act_id": act_id}

    answer = await office.post(village.accountant, "budgets", body)

    assert problem(answer) == (404, "act-of-maslikhat-not-found")


async def test_an_act_is_not_published_again_with_other_figures(office: Office) -> None:
    accountant = office.village.accountant
    await office.made(accountant, "acts", an_act(office))

    other = an_act(office, figures=None, figures_tiyn={"revenue": 1})
    answer = await office.post(accountant, "acts", other)

    assert problem(answer) == (409, "act-differs")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"figures": {"revenue": "0.000001"}}, (422, "amount-not-exact")),
        ({"figures": {"revenue": "1e3"}}, (422, "amount-not-exact")),
        ({"figures": {"revenue": "9" * 20}}, (422, "amount-not-exact")),
        ({"unit_id": None, "kato": "999999999"}, (422, "unit-not-known")),
        ({"unit_id": None}, (422, "unit-not-known")),
        ({"figures": {"revenue": 100.0}}, (400, "invalid-request")),
        ({"figures": {"gifts": "1"}}, (400, "invalid-request")),
        ({"figures_tiyn": {"revenue": 1}}, (400, "invalid-request")),
        ({"figures": None}, (400, "invalid-request")),
        ({"unit_id": str(uuid4())}, (404, "out-of-sight")),
    ],
)
async def test_an_act_that_cannot_be_kept_exactly_is_refused(
    office: Office, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = await office.post(office.village.accountant, "acts", an_act(office, **changes))

    assert problem(answer) == refusal
    assert (await office.get(None, "acts")).json()["items"] == []


async def test_a_batch_with_one_wrong_act_stores_none(office: Office) -> None:
    acts = [an_act(office), an_act(office, number="2", figures={"revenue": "0.0000001"})]

    answer = await office.post(office.village.accountant, "acts/batches", {"acts": acts})

    assert answer.status_code == 422
    assert (await office.get(None, "acts")).json()["items"] == []


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "line 1: columns missing"),
        (["doc_id,kato"], "line 1: columns missing"),
        ([HEAD, "A,b,1,20x6,1,,,,,,,,,,"], "line 2: not a year"),
        ([HEAD, "A,b,1,2026,,,,,,,,,,,"], "line 2: no figures"),
        ([HEAD, "A,b,1,2026,1,,,,,,,,,,", "A,b,1,2026,0.000001,,,,,,,,,,"], "line 3: "),
        ([HEAD, "A,b,1,2026,1_000,,,,,,,,,,"], "line 2: "),
    ],
)
def test_an_unreadable_file_is_refused_with_its_line(lines: list[str], reason: str) -> None:
    with pytest.raises(UnreadableActs) as caught:
        list(read_acts(lines))

    assert str(caught.value).startswith(reason)


def test_a_row_of_a_file_is_what_the_api_takes(real_acts: list[ActRow]) -> None:
    for row in real_acts:
        assert json.loads(json.dumps(row.fields)) == row.fields
