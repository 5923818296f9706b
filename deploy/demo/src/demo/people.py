"""Residents who cannot exist: born in 1850 by the seventh digit of their IIN."""

from datetime import date, timedelta

FIRST_WEIGHTS = tuple(range(1, 12))
SECOND_WEIGHTS = (*range(3, 12), 1, 2)
FIRST_BIRTHDAY = date(1850, 1, 1)


def impossible_iin(number: int) -> str:
    """Return the IIN of the `number`-th person of the nineteenth century, check digit included."""
    day = FIRST_BIRTHDAY + timedelta(days=number // 20)
    serial = 100 + number % 20 * 450
    while True:
        sex = 1 if number % 2 else 2
        digits = f"{day:%y%m%d}{sex}{serial:04d}"
        check = _check_digit(digits)
        if check is not None:
            return digits + str(check)
        serial += 1  # some serials are never issued


def sample_bin() -> str:
    """Return the BIN of an enterprise that nobody has registered: serial 99991 on."""
    for serial in range(99_991, 100_000):
        digits = f"250340{serial:05d}"
        check = _check_digit(digits)
        if check is not None:
            return digits + str(check)
    raise AssertionError("nine serials in a row have no check digit")


def _check_digit(digits: str) -> int | None:
    for weights in (FIRST_WEIGHTS, SECOND_WEIGHTS):
        pairs = zip(digits, weights, strict=True)
        check: int = sum(int(digit) * weight for digit, weight in pairs) % 11
        if check < 10:  # noqa: PLR2004
            return check
    return None
