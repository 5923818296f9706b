"""Answers and fields that several groups of routes share."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import Field

from shared.answers import Answer
from shared.requests import Code, Line

KAZAKHSTAN = ZoneInfo("Asia/Almaty")

Year = Annotated[int, Field(ge=2018, le=2100)]
"""The first budgets of the fourth level are those of 2018."""
YearFilter = Annotated[int | None, Query(ge=2018, le=2100)]
Number = Line
"""The number of a document as it is printed, Cyrillic letters included."""
ClassCodes = Annotated[dict[Code, Code], Field(max_length=10)]
"""Codes by classification, such as `{"functional": "07", "programme": "008"}`."""


def today() -> date:
    """Return the day in Kazakhstan."""
    return datetime.now(UTC).astimezone(KAZAKHSTAN).date()


class Created(Answer):
    """The id of what was created."""

    id: UUID


class Disagreement(Answer):
    """A printed figure that its own parts contradict."""

    name: str
    published_tiyn: int
    computed_tiyn: int


class LineAnswer(Answer):
    """A line's plan and what has happened to its money; all in tiyn."""

    id: UUID
    direction: str
    kind: str
    code: str
    class_codes: dict[str, str]
    name_kk: str
    name_ru: str
    name_en: str
    status: str
    revision: int
    project_id: UUID | None
    amount_tiyn: int
    available_tiyn: int
    committed_tiyn: int
    accrued_tiyn: int
    paid_tiyn: int
    received_tiyn: int
