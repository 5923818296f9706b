"""Territorial units as the registry keeps them, and what an edition of the classifier changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from registry.domain.classifier import ClassifiedUnit
from shared.errors import Conflict, Invalid, NotFound
from shared.texts import Text

LARGEST_ENDED_SHARE = 0.1
"""Between October 2022 and July 2026 the country lost 7.7 % of its codes, renumbering included."""


class UnitNotFound(NotFound):
    """No unit has this id, or none had it at the time asked about."""

    title = Text(
        "Мұндай аумақтық бірлік табылмады.",
        "Такая территориальная единица не найдена.",
        "There is no such territorial unit.",
    )


class EditionTooOld(Conflict):
    """Editions are taken in by their dates: an older one would end what came later."""

    title = Text(
        "Бұдан кейінгі жіктеуіш басылымы енгізіліп қойған.",
        "Более поздняя редакция классификатора уже загружена.",
        "A later edition of the classifier has been taken in already.",
    )
    detail = Text(
        "{valid_from} күнінен қолданылатын басылым енгізіліп қойған.",
        "Уже загружена редакция, действующая с {valid_from}.",
        "An edition in force from {valid_from} has been taken in already.",
    )


class TooManyUnitsEnd(Invalid):
    """A file that lacks a tenth of the country is a part of the classifier, not the classifier."""

    title = Text(
        "Файлда тым көп аумақтық бірлік жоқ: бұл жіктеуіштің бір бөлігі ғана сияқты.",
        "В файле нет слишком многих единиц: похоже, это лишь часть классификатора.",
        "The file lacks too many units: it seems to be only a part of the classifier.",
    )
    detail = Text(
        "Файл бойынша {ended} бірлік жойылар еді (барлығы {known}).",
        "По файлу исчезло бы {ended} единиц из {known}.",
        "By this file {ended} of {known} units would end.",
    )


@dataclass(frozen=True)
class UnitState:
    """What is known of a unit during one period.

    `path` leads from the country's root unit to this one, both included; `self_government_id` is
    the unit at or above this one with an akim and a budget of its own.
    """

    unit_id: UUID
    kato: str
    kind: str
    level: int
    name_kk: str
    name_ru: str
    name_en: str
    parent_id: UUID | None
    path: tuple[UUID, ...]
    self_government_id: UUID | None

    @property
    def is_self_government(self) -> bool:
        """Whether the unit has an elected akim and a budget of its own."""
        return self.self_government_id == self.unit_id


@dataclass(frozen=True)
class ClassifierChanges:
    """What an edition of the classifier changes; parents stand before their children."""

    created: Sequence[UnitState]
    changed: Sequence[UnitState]
    ended: Sequence[UnitState]

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.ended)


def plan_changes(
    known: Mapping[str, UnitState], classified: Sequence[ClassifiedUnit], new_ids: Iterator[UUID]
) -> ClassifierChanges:
    """Compare the units known today with an edition of the classifier.

    A code stays with its unit; a code that is gone ends its unit, because a unit that moves gets
    a new one. `known` is by code, `classified` has parents before children.
    """
    states: dict[str, UnitState] = {}
    created, changed = [], []
    for unit in classified:
        before = known.get(unit.kato)
        state = _state(unit, before.unit_id if before else next(new_ids), states)
        states[unit.kato] = state
        if before is None:
            created.append(state)
        elif before != state:
            changed.append(state)
    ended = [state for kato, state in known.items() if kato not in states]
    return ClassifierChanges(created, changed, ended)


def _state(unit: ClassifiedUnit, unit_id: UUID, states: Mapping[str, UnitState]) -> UnitState:
    parent = states[unit.parent_kato] if unit.parent_kato else None
    own = unit_id if unit.is_self_government else None
    return UnitState(
        unit_id=unit_id,
        kato=unit.kato,
        kind=unit.kind.value,
        level=unit.level,
        name_kk=unit.name_kk,
        name_ru=unit.name_ru,
        name_en=unit.name_en,
        parent_id=parent.unit_id if parent else None,
        path=(*parent.path, unit_id) if parent else (unit_id,),
        self_government_id=own or (parent.self_government_id if parent else None),
    )


def require_whole_classifier(changes: ClassifierChanges, known_count: int) -> None:
    """Let only a file pass that could be the whole country.

    Raises:
        TooManyUnitsEnd: more than a tenth of the known units would end.
    """
    if len(changes.ended) > known_count * LARGEST_ENDED_SHARE:
        raise TooManyUnitsEnd(ended=len(changes.ended), known=known_count)
