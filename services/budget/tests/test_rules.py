"""The rules that need no database: figures, money, entries, BINs and prices."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.domain.budgets import DoesNotAddUp, Totals
from budget.domain.enterprises import BinNotValid, PriceNotExact, check_bin, price_of
from budget.domain.figures import SECTION_NAMES, SECTIONS, SOURCES, disagreements
from budget.domain.ledger import Account, accrue, appropriate, commit, mirror, pay, receive
from budget.domain.money import AmountNotExact, thousand_tenge
from budget.domain.second_person import FourEyes, need_second_person

LINE_ID = UUID(int=1)
amounts = st.integers(0, 10**15)


@given(st.integers(-(10**12), 10**12), st.integers(0, 99_999))
def test_thousand_tenge_become_exactly_their_tiyn(thousands: int, rest: int) -> None:
    assert thousand_tenge(f"{thousands}.{rest:05d}") == int(f"{thousands}{rest:05d}")


@pytest.mark.parametrize(
    ("printed", "tiyn"),
    [
        ("37435.0", 3_743_500_000),
        ("37 435,5", 3_743_550_000),
        ("−1 292.8", -129_280_000),
        ("0", 0),
        ("0.00001", 1),
        ("92233720368547.75807", 2**63 - 1),
    ],
)
def test_figures_are_read_as_acts_print_them(printed: str, tiyn: int) -> None:
    assert thousand_tenge(printed) == tiyn


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "abc",
        "1e3",
        "NaN",
        "1_000",
        "0.000001",
        "1.000010001",
        "1.2.3",
        "--1",
        "92233720368547.75808",
        "١٢",
    ],
)
def test_what_is_not_exact_in_tiyn_is_refused(printed: str) -> None:
    with pytest.raises(AmountNotExact):
        thousand_tenge(printed)


@given(st.dictionaries(st.sampled_from(SOURCES), amounts), amounts, amounts)
def test_figures_that_follow_the_identity_agree(
    sources: dict[str, int], expenditure: int, lending: int
) -> None:
    revenue = sum(sources.values())
    balance = revenue - expenditure - lending
    figures = sources | {
        "revenue": revenue,
        "expenditure": expenditure,
        "net_lending": lending,
        "balance": balance,
        "financing": -balance,
    }

    assert disagreements(figures) == []


@given(st.integers(-1_000, 1_000).filter(bool), st.sampled_from(["revenue", "balance"]))
def test_a_figure_off_by_some_tiyn_is_named_with_both_amounts(by: int, name: str) -> None:
    right = {"revenue": 100_000, "taxes": 60_000, "transfers": 40_000, "expenditure": 100_000}
    figures = right | {"balance": 0}

    found = disagreements(figures | {name: figures[name] + by})

    assert (found[0].name, found[0].published_tiyn) == (name, figures[name] + by)
    assert abs(found[0].published_tiyn - found[0].computed_tiyn) == abs(by)


def test_every_section_has_its_name() -> None:
    assert set(SECTION_NAMES) == set(SECTIONS)


@given(amounts, amounts, st.integers(-(10**15), 10**15))
def test_a_draft_adds_up_only_when_financing_covers_its_balance(
    taxes: int, expenditure: int, financing: int
) -> None:
    totals = Totals({"taxes": taxes, "expenditure": expenditure, "financing": financing})

    if financing == expenditure - taxes:
        totals.check()
    else:
        with pytest.raises(DoesNotAddUp):
            totals.check()


@given(st.integers(1, 2**63 - 1))
def test_every_entry_sums_to_zero_in_money_and_in_appropriation(amount_tiyn: int) -> None:
    for make in (appropriate, commit, accrue, pay, receive):
        postings = make(LINE_ID, amount_tiyn)
        money = [leg for leg in postings if leg.account >= Account.CASH]
        assert sum(leg.amount_tiyn for leg in postings) == 0
        assert sum(leg.amount_tiyn for leg in money) == 0
        assert mirror(mirror(postings)) == postings


@pytest.mark.parametrize(
    "number",
    [
        "941240000193",
        "020240000555",
        "971240001315",
        "940140000385",
        "081140000436",
        "970740000838",
        "020540003431",
    ],
)
def test_public_bins_are_valid_and_no_other_last_digit_is(number: str) -> None:
    check_bin(number)

    for digit in set("0123456789") - {number[-1]}:
        with pytest.raises(BinNotValid):
            check_bin(number[:-1] + digit)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "94124000019",
        "9412400001930",
        "94124000019x",
        "500101100010",
        "９４１２４００００１９３",
    ],
)
def test_what_is_no_bin_is_refused(number: str) -> None:
    with pytest.raises(BinNotValid):
        check_bin(number)


def test_some_bins_need_the_second_weights_and_some_do_not_exist() -> None:
    found = {"valid": 0, "impossible": 0}
    for serial in range(200):
        prefix = f"2401400{serial:04d}"
        valid = []
        for digit in "0123456789":
            try:
                check_bin(prefix + digit)
            except BinNotValid:
                continue
            valid.append(digit)
        found["valid" if valid else "impossible"] += 1
        assert len(valid) <= 1

    assert found["valid"] > 190
    assert found["impossible"] > 0


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_price_is_exact_or_refused(thousandths: int, price_tiyn: int) -> None:
    try:
        amount_tiyn = price_of(thousandths, price_tiyn)
    except PriceNotExact:
        assert thousandths * price_tiyn % 1_000 or thousandths * price_tiyn < 1_000
    else:
        assert amount_tiyn * 1_000 == thousandths * price_tiyn


def test_one_person_is_not_two() -> None:
    with pytest.raises(FourEyes):
        need_second_person(LINE_ID, None, LINE_ID)
