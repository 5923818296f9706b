"""Rules of identification numbers. All persons here were born in the 19th century (digit 7: 1)."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.domain.iin import (
    IinFlag,
    NumberProblem,
    find_age_day,
    find_bin_problem,
    find_check_digit,
    find_iin_flags,
    find_iin_problem,
    mask_iin,
    read_birth_date,
)

ELEVEN_DIGITS = st.from_regex(r"[0-9]{11}", fullmatch=True).filter(str.isascii)


def test_the_first_pass_gives_the_check_digit() -> None:
    assert find_iin_problem("500101100010") is None


def test_a_remainder_of_ten_takes_the_second_pass() -> None:
    assert find_iin_problem("500101100106") is None


def test_ten_twice_means_that_the_number_is_never_issued() -> None:
    assert find_check_digit("50010110012") is None
    for digit in range(10):
        assert find_iin_problem(f"50010110012{digit}") is NumberProblem.WRONG_CHECK_DIGIT


@pytest.mark.parametrize(
    "number",
    ["941240000193", "020240000555", "971240001315", "940140000385", "081140000436"],
)
def test_published_organisations_have_valid_numbers(number: str) -> None:
    assert find_bin_problem(number) is None
    assert find_iin_problem(number) is NumberProblem.NOT_A_PERSON


def test_a_person_is_no_organisation() -> None:
    assert find_bin_problem("500101100010") is NumberProblem.NOT_AN_ORGANISATION


@pytest.mark.parametrize(
    "number", ["", "50010110001", "5001011000100", "50010110001x", "٥٠٠١٠١١٠٠٠١٠", "500101100010\n"]
)
def test_other_than_twelve_latin_digits_is_no_number(number: str) -> None:
    assert find_iin_problem(number) is NumberProblem.NOT_TWELVE_DIGITS


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    assert find_iin_problem(text) is None or find_iin_problem(text) in NumberProblem


# The eleventh digit weighs 11, hence nothing: the first pass cannot notice a slip in it.
@given(ELEVEN_DIGITS, st.integers(0, 9))
def test_one_wrong_digit_among_ten_is_noticed_in_the_first_pass(eleven: str, place: int) -> None:
    total = sum(int(digit) * weight for weight, digit in enumerate(eleven, start=1))
    assume(total % 11 != 10)
    changed = eleven[:place] + str((int(eleven[place]) + 1) % 10) + eleven[place + 1 :]
    changed_total = sum(int(digit) * weight for weight, digit in enumerate(changed, start=1))
    assume(changed_total % 11 != 10)

    assert find_check_digit(changed) != find_check_digit(eleven)


def test_the_birth_date_is_read_with_its_century() -> None:
    assert read_birth_date("500101100010") == date(1850, 1, 1)


def test_an_impossible_birth_date_is_flagged_and_not_refused() -> None:
    eleven = "50023010001"
    number = f"{eleven}{find_check_digit(eleven)}"

    assert find_iin_problem(number) is None
    assert find_iin_flags(number) == (IinFlag.IMPOSSIBLE_BIRTH_DATE,)
    assert read_birth_date(number) is None


def test_a_foreigner_with_century_zero_is_flagged_and_not_refused() -> None:
    eleven = "50010100001"
    number = f"{eleven}{find_check_digit(eleven)}"

    assert find_iin_problem(number) is None
    assert find_iin_flags(number) == (IinFlag.UNKNOWN_CENTURY,)


def test_an_ordinary_number_has_no_flags() -> None:
    assert find_iin_flags("500101100010") == ()


def test_a_masked_number_shows_the_first_four_and_last_two_digits() -> None:
    assert mask_iin("500101100010") == "5001******10"


def test_a_person_born_on_29_february_comes_of_age_on_1_march() -> None:
    assert find_age_day(date(1852, 2, 29), 18) == date(1870, 3, 1)
    assert find_age_day(date(1850, 1, 1), 18) == date(1868, 1, 1)
