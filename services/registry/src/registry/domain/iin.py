"""Identification numbers of persons (IIN, ЖСН) and organisations (BIN, БСН): 12 digits.

Digits 1-6 of an IIN are the birth date, digit 7 the century and sex, digit 12 a check digit; a BIN
starts with the month of registration and the kind of organisation (Law of 12 January 2007 No. 223
on national registers of identification numbers; Government resolution of 22 May 2007 No. 406).
"""

import re
from datetime import date
from enum import StrEnum

_TWELVE_DIGITS = re.compile(r"[0-9]{12}", re.ASCII)
_FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_MODULUS = 11
_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


class NumberProblem(StrEnum):
    """Why twelve characters are no identification number. Never holds the number itself."""

    NOT_TWELVE_DIGITS = "not_twelve_digits"
    NOT_A_PERSON = "not_a_person"
    NOT_AN_ORGANISATION = "not_an_organisation"
    WRONG_CHECK_DIGIT = "wrong_check_digit"


class IinFlag(StrEnum):
    """What is odd about an IIN that is nevertheless accepted: old numbers were given by hand."""

    IMPOSSIBLE_BIRTH_DATE = "impossible_birth_date"
    UNKNOWN_CENTURY = "unknown_century"


def find_check_digit(eleven_digits: str) -> int | None:
    """Give the twelfth digit that belongs to the first eleven, or None if there is none.

    A remainder of 10 asks for a second pass with other weights; 10 again means that the number
    is never issued.
    """
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        total = sum(
            int(digit) * weight for digit, weight in zip(eleven_digits, weights, strict=True)
        )
        if total % _MODULUS < _MODULUS - 1:
            return total % _MODULUS
    return None


def find_iin_problem(number: str) -> NumberProblem | None:
    """Say why a text is no person's IIN, or None if it is one."""
    return _find_problem(number, "0123", NumberProblem.NOT_A_PERSON)


def find_bin_problem(number: str) -> NumberProblem | None:
    """Say why a text is no organisation's BIN, or None if it is one."""
    return _find_problem(number, "456", NumberProblem.NOT_AN_ORGANISATION)


def _find_problem(
    number: str, fifth_digits: str, other_kind: NumberProblem
) -> NumberProblem | None:
    if not _TWELVE_DIGITS.fullmatch(number):
        return NumberProblem.NOT_TWELVE_DIGITS
    if number[4] not in fifth_digits:
        return other_kind
    if find_check_digit(number[:11]) != int(number[11]):
        return NumberProblem.WRONG_CHECK_DIGIT
    return None


def read_birth_date(iin: str) -> date | None:
    """Give the day of birth that a valid IIN tells, or None where it tells none."""
    century = _CENTURIES.get(iin[6])
    if century is None:
        return None
    try:
        return date(century + int(iin[0:2]), int(iin[2:4]), int(iin[4:6]))
    except ValueError:
        return None


def find_iin_flags(iin: str) -> tuple[IinFlag, ...]:
    """Give what is odd about a valid IIN; such a number is accepted and looked at by a person."""
    if iin[6] not in _CENTURIES:
        return (IinFlag.UNKNOWN_CENTURY,)
    if read_birth_date(iin) is None:
        return (IinFlag.IMPOSSIBLE_BIRTH_DATE,)
    return ()


def mask_iin(iin: str) -> str:
    """Give an IIN as screens and letters may show it: `5001******10`."""
    return f"{iin[:4]}******{iin[-2:]}"


def find_age_day(born_on: date, age_years: int) -> date:
    """Give the day on which a person reaches an age; 29 February counts as 1 March."""
    try:
        return born_on.replace(year=born_on.year + age_years)
    except ValueError:
        return date(born_on.year + age_years, 3, 1)
