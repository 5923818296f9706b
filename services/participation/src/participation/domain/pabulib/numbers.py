"""Decimal numbers of a file, kept exact as integers over a common power of ten."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

# Enough for 10^30 with decimals, and little enough that no file can make a count slow.
MOST_DIGITS = 60
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,2})?", re.ASCII)


class UnreadableFile(ValueError):
    """A file breaks its format: the sentence says how, `line` where (counted from 1)."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def decimal(text: str, *, line: int, what: str) -> Decimal:
    """A number as written, with decimal point or comma.

    Raises:
        UnreadableFile: it is no number or has more than 60 digits.
    """
    text = text.strip()
    if len(text) > MOST_DIGITS or not NUMBER.fullmatch(text):
        raise UnreadableFile(line, f"{what} {text[:80]!r} is not a number.")
    value = Decimal(text.replace(",", "."))
    if abs(value.adjusted()) > MOST_DIGITS or len(value.as_tuple().digits) > MOST_DIGITS:
        raise UnreadableFile(line, f"{what} {text!r} has too many digits.")
    return value


def whole(text: str, *, line: int, what: str) -> int:
    """A whole number of zero or more.

    Raises:
        UnreadableFile: it is anything else.
    """
    value = decimal(text, line=line, what=what)
    if value < 0 or value != value.to_integral_value():
        raise UnreadableFile(line, f"{what} {text!r} must be a whole number of zero or more.")
    return int(value)


def common_scale(values: Iterable[Decimal]) -> int:
    """The least power of ten that makes every one of the numbers whole."""
    places = 0
    for value in values:
        _, digits, exponent = value.as_tuple()
        if isinstance(exponent, int) and exponent < -places and any(digits):
            fraction = "".join(map(str, digits)).rjust(-exponent, "0")[exponent:]
            places = max(places, len(fraction.rstrip("0")))
    return int(10**places)


def scaled(value: Decimal, scale: int) -> int:
    """The number times the scale, exactly."""
    over, under = value.as_integer_ratio()
    return over * scale // under
