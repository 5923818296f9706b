"""Acts of maslikhats: what they print about a unit's budget, kept as published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.errors import Conflict, Invalid, NotFound
from shared.texts import Text


class ActOfMaslikhatNotFound(NotFound):
    """There is no such act, or not of this unit and year."""

    title = Text(
        "Бұл бірлік пен жылдың мұндай актісі жоқ.",
        "Такого акта этой единицы и года нет.",
        "There is no such act of this unit and year.",
    )


class UnitNotKnown(Invalid):
    """An act is kept under the unit whose budget it gives."""

    title = Text(
        "Мұндай аумақтық бірлік белгісіз.",
        "Такая территориальная единица неизвестна.",
        "There is no such territorial unit.",
    )
    detail = Text(
        "«{document}» актісінің бірлігі белгісіз (КАТО {kato}).",
        "Единица акта «{document}» неизвестна (КАТО {kato}).",
        "The unit of the act “{document}” is not known (KATO {kato}).",
    )


class ActDiffers(Conflict):
    """What was published is not published again with other figures under the same number."""

    title = Text(
        "Бұл акт басқа сандармен тіркелген.",
        "Этот акт записан с другими суммами.",
        "This act is stored with other figures.",
    )
    detail = Text(
        "«{document}» актісі басқа сандармен тіркелген.",
        "Акт «{document}» записан с другими суммами.",
        "The act “{document}” is stored with other figures.",
    )


@dataclass(frozen=True)
class PublishedAct:
    """The figures of one unit and year in an act, in tiyn by section, exactly as printed."""

    unit_id: UUID
    fiscal_year: int
    document: str
    unit_as_written: str
    figures: Mapping[str, int]
    amends: str | None = None
    act_number: str | None = None
    act_date: date | None = None
    body: str | None = None
    source_url: str | None = None
    language: str | None = None
    note: str | None = None
