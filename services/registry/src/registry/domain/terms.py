"""Terms: periods of days, from the first day to the first day that no longer counts."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.errors import Invalid
from shared.texts import Text

COUNTRY = ZoneInfo("Asia/Almaty")


class TermEndsBeforeItBegins(Invalid):
    """A term lasts a day at least."""

    title = Text(
        "Мерзім басталмай жатып аяқталады.",
        "Срок заканчивается раньше, чем начинается.",
        "The term ends before it begins.",
    )


class EndOutsideTerm(Invalid):
    """What is ended ends within its term, not before it began nor after it would have ended."""

    title = Text(
        "Аяқталатын күн мерзімнен тыс.",
        "День окончания лежит вне срока.",
        "The day of ending lies outside the term.",
    )


def require_term(valid_from: date, valid_to: date | None) -> None:
    """Check a term given by its first day and the first day after it.

    Raises:
        TermEndsBeforeItBegins: it has no day at all.
    """
    if valid_to is not None and valid_to <= valid_from:
        raise TermEndsBeforeItBegins


def require_end_within(ended_on: date, valid_from: date, valid_to: date | None) -> None:
    """Check the first day on which something that has a term no longer counts.

    Raises:
        EndOutsideTerm: it would begin later, or would have ended earlier.
    """
    if ended_on < valid_from or (valid_to is not None and ended_on > valid_to):
        raise EndOutsideTerm


def day_in_country(instant: datetime) -> date:
    """Return which day it is in Kazakhstan, which has one time zone since 1 March 2024."""
    return instant.astimezone(COUNTRY).date()
