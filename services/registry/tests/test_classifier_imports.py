"""Taking in editions of the classifier: whole, repeatable, dated, told to the others."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_builders import Village, beineu_edition, said
from sqlalchemy import text

from registry.domain.classifier import ClassifiedUnit, read_classifier
from registry.domain.units import EditionTooOld, TooManyUnitsEnd, plan_changes
from registry.persistence.announcements import record_all
from registry.persistence.units import Moment, UnitFilter, find_units, get_unit
from registry.usecases.classifier_imports import (
    Edition,
    ImportReport,
    import_classifier,
    shipped_edition,
)
from shared.contracts.registry import UnitChanged
from shared.database import Database, Session
from shared.messaging import outbox

LATER = date(2026, 7, 1)
RENAMED = {"473639000": "473639000,Жаңа Боранқұл а.ә.,Новоборанкульская с.а."}
GONE = {"473633125": ""}


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.changed, report.ended


async def take_in(database: Database, edition: Edition, **options: bool) -> ImportReport:
    async with database.sessions.begin() as session:
        return await import_classifier(session, edition, **options)


@pytest.mark.timeout(120)
async def test_the_whole_country_is_taken_in_and_told(committed: Database) -> None:
    report = await take_in(committed, shipped_edition())
    again = await take_in(committed, shipped_edition())

    assert counts(report) == (15_594, 0, 0)
    assert counts(again) == (0, 0, 0)
    async with committed.sessions() as session:
        rows = await session.execute(
            text("""
                select count(*), count(distinct subject), min(sequence), max(sequence)
                from outbox where topic = 'registry.unit.state.v1'
            """)
        )
        assert rows.one() == (15_594, 15_594, 1, 1)
        known = await session.execute(
            text("select count(*), count(*) filter (where is_self_government) from known_units")
        )
        assert known.one() == (15_594, 2_337)


async def test_the_same_edition_again_changes_nothing(session: Session, village: Village) -> None:
    before = await said(session, "unit.changed")

    report = await import_classifier(session, beineu_edition())

    assert counts(report) == (0, 0, 0)
    assert await said(session, "unit.changed") == before


async def test_a_file_with_a_problem_is_not_taken_at_all(
    session: Session, village: Village
) -> None:
    broken = beineu_edition(valid_from=LATER, replaced={**RENAMED, "473639100": "473639100,,"})

    report = await import_classifier(session, broken)

    assert [problem.kind for problem in report.problems] == ["empty_name", "empty_name"]
    assert (await get_unit(session, village.borankul, Moment(LATER)))["name_kk"] == "Боранқұл"


async def test_a_renamed_unit_keeps_its_id_and_its_past(session: Session, village: Village) -> None:
    report = await import_classifier(session, beineu_edition(valid_from=LATER, replaced=RENAMED))

    before = await get_unit(session, village.borankul, Moment(LATER - timedelta(days=1)))
    after = await get_unit(session, village.borankul, Moment(LATER))
    assert counts(report) == (0, 1, 0)
    assert (before["name_kk"], before["valid_to"]) == ("Боранқұл", LATER)
    assert (after["name_kk"], after["valid_from"]) == ("Жаңа Боранқұл", LATER)
    assert (await said(session, "unit.changed"))[-1]["name_kk"] == "Жаңа Боранқұл"


async def test_a_unit_that_is_gone_ends_on_that_day(session: Session, village: Village) -> None:
    report = await import_classifier(session, beineu_edition(valid_from=LATER, replaced=GONE))

    told = (await said(session, "unit.changed"))[-1]
    found = await find_units(
        session, UnitFilter(kato="473633125"), Moment(LATER), after=None, limit=1
    )
    assert counts(report) == (0, 0, 1)
    assert found == []
    assert (told["kato"], told["valid_to"]) == ("473633125", LATER.isoformat())


async def test_a_dry_run_says_the_same_and_stores_nothing(committed: Database) -> None:
    await take_in(committed, beineu_edition())
    edition = beineu_edition(valid_from=LATER, replaced={**RENAMED, **GONE})

    rehearsal = await take_in(committed, edition, is_dry_run=True)
    report = await take_in(committed, edition)

    assert counts(rehearsal) == counts(report) == (0, 1, 1)


async def test_a_part_of_the_classifier_ends_nothing_by_mistake(
    session: Session, village: Village
) -> None:
    lines = beineu_edition().content.splitlines()
    part = Edition("part", LATER, b"\n".join(lines[: len(lines) // 2]))

    with pytest.raises(TooManyUnitsEnd):
        await import_classifier(session, part)


async def test_a_part_may_be_taken_in_on_purpose(session: Session, village: Village) -> None:
    lines = beineu_edition().content.splitlines()
    part = Edition("part", LATER, b"\n".join(lines[: len(lines) // 2]))

    report = await import_classifier(session, part, may_be_partial=True)

    assert report.ended == len(lines) - len(lines) // 2


async def test_an_older_edition_is_refused(session: Session, village: Village) -> None:
    with pytest.raises(EditionTooOld):
        await import_classifier(session, beineu_edition(valid_from=date(2025, 1, 31)))


async def test_a_correction_of_the_same_day_keeps_the_former_answer(committed: Database) -> None:
    await take_in(committed, beineu_edition())
    await asyncio.sleep(0.01)
    meanwhile = datetime.now(UTC)
    await take_in(committed, beineu_edition(replaced={**RENAMED, **GONE}))

    async with committed.sessions() as session:
        wanted = UnitFilter(kato="473639000")
        then = await find_units(session, wanted, Moment(LATER, meanwhile), after=None, limit=2)
        now = await find_units(session, wanted, Moment(LATER), after=None, limit=2)
        now_by_history = await find_units(
            session, wanted, Moment(LATER, datetime.now(UTC)), after=None, limit=2
        )
        gone = UnitFilter(kato="473633125")
        gone_then = await find_units(session, gone, Moment(LATER, meanwhile), after=None, limit=2)
        gone_now = await find_units(session, gone, Moment(LATER), after=None, limit=2)
    assert [unit["name_kk"] for unit in then] == ["Боранқұл"]
    assert [unit["name_kk"] for unit in now] == ["Жаңа Боранқұл"]
    assert now_by_history == now
    assert (len(gone_then), len(gone_now)) == (1, 0)


async def test_two_first_starts_at_once_take_the_country_in_once(committed: Database) -> None:
    reports = await asyncio.gather(*[take_in(committed, beineu_edition()) for _ in range(4)])

    assert sorted(report.created for report in reports)[:3] == [0, 0, 0]
    async with committed.sessions() as session:
        imports = await session.execute(text("select count(*) from classifier_imports"))
        assert imports.scalar() == 1


async def test_many_facts_at_once_are_stored_as_one_by_one(
    session: Session, village: Village
) -> None:
    fields = (await said(session, "unit.changed"))[-2:]
    events = [UnitChanged.model_validate(field) for field in fields]
    query = text("""
        select type, subject, topic, key, payload, headers from outbox order by id desc limit 2
    """)

    await record_all(session, events)
    at_once = (await session.execute(query)).all()
    for event in events:
        await outbox.record(session, event)
    one_by_one = (await session.execute(query)).all()

    assert at_once == one_by_one


def editions(names: dict[int, str]) -> list[ClassifiedUnit]:
    """A region with districts that bear these names."""
    lines = [f"47{number:02d}00000,{name} ауданы,район {name}" for number, name in names.items()]
    heading = ["kato,name_kk,name_ru", "470000000,Маңғыстау облысы,Мангистауская область"]
    return read_classifier("\n".join(heading + lines).encode())[0]


def new_ids() -> Iterator[UUID]:
    while True:
        yield uuid4()


NAMES = st.dictionaries(st.integers(30, 40), st.sampled_from(["Абай", "Бейнеу", "Тупкараган"]))


@given(NAMES, NAMES)
def test_a_plan_is_the_difference_of_two_editions(
    before: dict[int, str], after: dict[int, str]
) -> None:
    first = plan_changes({}, editions(before), new_ids())
    known = {state.kato: state for state in first.created}

    changes = plan_changes(known, editions(after), new_ids())

    renamed = {number for number in before.keys() & after.keys() if before[number] != after[number]}
    assert {int(state.kato[2:4]) for state in changes.created} == after.keys() - before.keys()
    assert {int(state.kato[2:4]) for state in changes.ended} == before.keys() - after.keys()
    assert {int(state.kato[2:4]) for state in changes.changed} == renamed
    assert all(known[state.kato].unit_id == state.unit_id for state in changes.changed)


@given(NAMES)
def test_a_plan_from_an_edition_to_itself_is_empty(names: dict[int, str]) -> None:
    first = plan_changes({}, editions(names), new_ids())

    again = plan_changes({state.kato: state for state in first.created}, editions(names), new_ids())

    assert not again
