"""Days in Kazakhstan, which the law counts in, out of instants."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

KAZAKHSTAN = ZoneInfo("Asia/Almaty")


def day_of(instant: datetime) -> date:
    """Return the day that an instant falls on in Kazakhstan."""
    return instant.astimezone(KAZAKHSTAN).date()
