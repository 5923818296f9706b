"""The classifier in the database: set-based, because it has 15,594 units."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import text

from registry.domain.units import ClassifierChanges, UnitState
from shared.database import Session

# One change of the tree at a time: two editions taken in together would mix.
_LOCK = text("select pg_advisory_xact_lock(7216100)")
_KNOWN = text("""
    select unit_id, kato, kind, level, name_kk, name_ru, name_en, parent_id, path,
           self_government_id
    from unit_versions where valid @> cast(:day as date)
""")
_NEW_IDS = text("insert into units select uuidv7() from generate_series(1, :count) returning id")
_ROWS = """
    json_to_recordset(cast(:rows as json)) as row (
        unit_id uuid, kato text, kind text, level smallint, name_kk text, name_ru text,
        name_en text, parent_id uuid, path uuid[], self_government_id uuid)
"""
_INSERT = text(f"""
    insert into unit_versions (unit_id, valid, kato, kind, level, name_kk, name_ru, name_en,
                               parent_id, path, self_government_id)
    select unit_id, daterange(:valid_from, null), kato, kind, level, name_kk, name_ru, name_en,
           parent_id, path, self_government_id
    from {_ROWS}
""")  # noqa: S608 - a constant of this module
_CORRECT = text(f"""
    update unit_versions version
    set kato = row.kato, kind = row.kind, level = row.level, name_kk = row.name_kk,
        name_ru = row.name_ru, name_en = row.name_en, parent_id = row.parent_id,
        path = row.path, self_government_id = row.self_government_id
    from {_ROWS}
    where version.unit_id = row.unit_id and lower(version.valid) = :valid_from
    returning version.unit_id
""")  # noqa: S608 - a constant of this module
_END = text("""
    update unit_versions set valid = daterange(lower(valid), :day)
    where unit_id = any(:unit_ids) and valid @> cast(:day as date) and lower(valid) < :day
    returning unit_id, lower(valid) as valid_from
""")
_WITHDRAW = text("""
    delete from unit_versions where unit_id = any(:unit_ids) and lower(valid) = :day
""")
_NEWEST = text("select max(valid_from) from classifier_imports")
_REMEMBER = text("""
    insert into classifier_imports (edition, file_sha256, valid_from, created, changed, ended)
    values (:edition, :file_sha256, :valid_from, :created, :changed, :ended)
""")


async def lock_units(session: Session) -> None:
    """Keep every other change of the tree of units out until the transaction ends."""
    await session.execute(_LOCK)


async def known_units(session: Session, day: date) -> dict[str, UnitState]:
    """Return the units that are in force on a day, by code."""
    rows = await session.execute(_KNOWN, {"day": day})
    return {row.kato: UnitState(**{**row._mapping, "path": tuple(row.path)}) for row in rows}


async def create_units(session: Session, count: int) -> list[UUID]:
    """Return the ids of `count` new units, which have no versions yet."""
    return list((await session.execute(_NEW_IDS, {"count": count})).scalars())


async def begin_versions(session: Session, states: Sequence[UnitState], valid_from: date) -> None:
    """Store what is in force from a day on."""
    await session.execute(_INSERT, {"rows": _as_json(states), "valid_from": valid_from})


async def end_versions(session: Session, unit_ids: Sequence[UUID], day: date) -> dict[UUID, date]:
    """Let the versions of some units end before `day`; return when each had begun."""
    rows = await session.execute(_END, {"unit_ids": list(unit_ids), "day": day})
    return {row.unit_id: row.valid_from for row in rows}


async def withdraw_versions(session: Session, unit_ids: Sequence[UUID], day: date) -> None:
    """Take back versions that were to begin on `day`; the history keeps that they were known."""
    await session.execute(_WITHDRAW, {"unit_ids": list(unit_ids), "day": day})


async def newest_edition_day(session: Session) -> date | None:
    """Return the day from which the newest edition taken in counts; None before the first."""
    day: date | None = (await session.execute(_NEWEST)).scalar()
    return day


async def correct_versions(
    session: Session, states: Sequence[UnitState], valid_from: date
) -> set[UUID]:
    """Put right the versions that begin on this very day; return whose they were."""
    rows = await session.execute(_CORRECT, {"rows": _as_json(states), "valid_from": valid_from})
    return set(rows.scalars())


async def remember_import(
    session: Session,
    changes: ClassifierChanges,
    *,
    edition: str,
    file_sha256: bytes,
    valid_from: date,
) -> None:
    """Keep which file was taken in, and what it changed."""
    counts = {name: len(getattr(changes, name)) for name in ("created", "changed", "ended")}
    await session.execute(
        _REMEMBER,
        {"edition": edition, "file_sha256": file_sha256, "valid_from": valid_from, **counts},
    )


def _as_json(states: Sequence[UnitState]) -> str:
    return json.dumps([asdict(state) for state in states], default=str, ensure_ascii=False)
