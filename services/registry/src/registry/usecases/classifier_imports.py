"""Taking in an edition of the classifier of territorial units."""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from registry.domain.classifier import read_classifier
from registry.domain.classifier_file import Problem
from registry.domain.units import (
    ClassifierChanges,
    EditionTooOld,
    UnitState,
    plan_changes,
    require_whole_classifier,
)
from registry.persistence.announcements import record_all
from registry.persistence.classifier import (
    begin_versions,
    correct_versions,
    create_units,
    end_versions,
    known_units,
    lock_units,
    newest_edition_day,
    remember_import,
    withdraw_versions,
)
from shared.contracts.registry import UnitChanged
from shared.database import Session

DATA = files("registry") / "data"


@dataclass(frozen=True)
class Edition:
    """An edition of the classifier: its name, the day from which it counts, and its file."""

    name: str
    valid_from: date
    content: bytes


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do; with problems it did nothing."""

    edition: str
    valid_from: date
    units: int
    created: int
    changed: int
    ended: int
    problems: Sequence[Problem] = ()


def shipped_edition() -> Edition:
    """Return the edition that comes with the registry."""
    facts = json.loads((DATA / "classifier.json").read_text(encoding="utf-8"))
    valid_from = date.fromisoformat(facts["in_force_from"])
    return Edition(facts["edition"], valid_from, (DATA / "kato.csv").read_bytes())


def english_names() -> dict[str, str]:
    """Return the established English names by code; all others are transliterated."""
    with (DATA / "english_names.csv").open(encoding="utf-8") as lines:
        return {row["kato"]: row["name_en"] for row in csv.DictReader(lines)}


async def import_classifier(
    session: Session, edition: Edition, *, is_dry_run: bool = False, may_be_partial: bool = False
) -> ImportReport:
    """Take in an edition whole, or not at all; the same one again changes nothing.

    `may_be_partial` lets more than a tenth of the known units end.

    Raises:
        EditionTooOld: a later edition has been taken in already.
        TooManyUnitsEnd: the file seems to be only a part of the classifier.
    """
    units, problems = read_classifier(edition.content, english_names())
    if problems:
        return ImportReport(edition.name, edition.valid_from, 0, 0, 0, 0, problems)
    await lock_units(session)
    newest = await newest_edition_day(session)
    if newest and edition.valid_from < newest:
        raise EditionTooOld(valid_from=newest)
    known = await known_units(session, edition.valid_from)
    missing = sum(unit.kato not in known for unit in units)
    changes = plan_changes(known, units, iter(await create_units(session, missing)))
    if not may_be_partial:
        require_whole_classifier(changes, len(known))
    if is_dry_run:
        await session.rollback()
    elif changes:
        await _store(session, changes, edition)
    return ImportReport(
        edition.name,
        edition.valid_from,
        len(units),
        len(changes.created),
        len(changes.changed),
        len(changes.ended),
    )


async def _store(session: Session, changes: ClassifierChanges, edition: Edition) -> None:
    day = edition.valid_from
    corrected = await correct_versions(session, changes.changed, day)
    renewed = [state for state in changes.changed if state.unit_id not in corrected]
    closed = [state.unit_id for state in (*renewed, *changes.ended)]
    began = await end_versions(session, closed, day)
    await withdraw_versions(session, [state.unit_id for state in changes.ended], day)
    await begin_versions(session, [*changes.created, *renewed], day)
    await remember_import(
        session,
        changes,
        edition=edition.name,
        file_sha256=hashlib.sha256(edition.content).digest(),
        valid_from=day,
    )
    news = [_event(state, day, None) for state in (*changes.created, *changes.changed)]
    ends = [_event(state, began.get(state.unit_id, day), day) for state in changes.ended]
    await record_all(session, news + ends)


def _event(state: UnitState, valid_from: date, valid_to: date | None) -> UnitChanged:
    return UnitChanged(
        unit_id=state.unit_id,
        kato=state.kato,
        kind=state.kind,
        name_kk=state.name_kk,
        name_ru=state.name_ru,
        name_en=state.name_en,
        parent_id=state.parent_id,
        path=list(state.path),
        self_government_id=state.self_government_id,
        is_self_government=state.is_self_government,
        valid_from=valid_from,
        valid_to=valid_to,
    )
