"""What the facts of others make the budget do, each of them once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord
from budget_builders import YEAR, Village, add_budget
from budget_calls import Office, a_place
from sqlalchemy import text

from budget.events.handlers import HANDLERS
from shared.contracts.event import Event
from shared.contracts.participation import ProjectWon
from shared.contracts.registry import GrantChanged, UnitChanged
from shared.database import Database, Session
from shared.messaging.envelope import write_headers
from shared.messaging.inbox import deliver

CONSUMER = "budget.main"


def a_record(event: Event, event_id: UUID | None = None, offset: int = 0) -> ConsumerRecord:
    """Return the Kafka record that carries an event of another service."""
    now = datetime.now(UTC)
    row: dict[str, Any] = {
        "event_id": event_id or uuid4(),
        "type": event.type,
        "subject": event.subject,
        "happened_at": now,
        "recorded_at": now,
        "sequence": 1,
        "key": event.subject,
        "trace": None,
    }
    return ConsumerRecord(
        topic=event.topic,
        partition=0,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=event.subject.encode(),
        value=event.model_dump_json().encode(),
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=write_headers(row, source=event.source(), epoch=0),
    )


def a_winner(village: Village, **changes: Any) -> ProjectWon:
    values = {
        "project_id": uuid4(),
        "proposal_id": uuid4(),
        "round_id": uuid4(),
        "unit_id": village.unit_id,
        "fiscal_year": YEAR,
        "title_kk": "Көше жарығы",
        "title_ru": "Уличное освещение",
        "title_en": "Street lighting",
        "cost_tiyn": 4_000,
        "counted_on": date(YEAR - 1, 10, 1),
    }
    return ProjectWon(**(values | changes))


async def lines_of(session: Session) -> list[Any]:
    rows = await session.execute(
        text("""
            select fiscal_year, project_id, amount_tiyn, l.status, direction
            from lines l join budgets b on b.id = l.budget_id where project_id is not null
            order by l.id
        """)
    )
    return list(rows)


async def told(session: Session) -> list[str]:
    return list((await session.execute(text("select type from outbox order by id"))).scalars())


async def test_a_winning_project_opens_a_draft_line_once(
    database: Database, session: Session, village: Village
) -> None:
    won = a_winner(village)
    record = a_record(won)

    await deliver(CONSUMER, [record], HANDLERS, database.sessions)
    await deliver(CONSUMER, [record, a_record(won)], HANDLERS, database.sessions)

    assert [tuple(line) for line in await lines_of(session)] == [
        (YEAR, won.project_id, 4_000, "draft", "expenditure")
    ]
    assert await told(session) == ["kz.ortaq.budget.line.opened.v1"]


async def test_winners_of_one_year_share_its_draft(
    database: Database, session: Session, village: Village
) -> None:
    records = [a_record(a_winner(village), offset=number) for number in range(3)]

    await deliver(CONSUMER, records, HANDLERS, database.sessions)

    budgets = await session.execute(text("select count(*) from budgets"))
    assert budgets.scalar() == 1
    assert len(await lines_of(session)) == 3


async def test_a_winner_too_late_for_its_year_goes_into_the_next_draft(
    database: Database, session: Session, village: Village
) -> None:
    await add_budget(session, village, status="approved")
    await session.commit()

    await deliver(CONSUMER, [a_record(a_winner(village))], HANDLERS, database.sessions)

    assert [line.fiscal_year for line in await lines_of(session)] == [YEAR + 1]


async def test_the_accountant_takes_over_the_draft_and_the_line_keeps_its_project(
    database: Database, session: Session, office: Office
) -> None:
    village, won = office.village, a_winner(office.village, cost_tiyn=10_000)
    await deliver(CONSUMER, [a_record(won)], HANDLERS, database.sessions)
    budget_id = await office.draft()
    await office.line(budget_id, "taxes", 10_000)

    await office.decide(budget_id)

    rows = await session.execute(
        text("""
            select convert_from(payload, 'UTF8')::jsonb ->> 'project_id' from outbox
            where type = 'kz.ortaq.budget.line.changed.v1'
        """)
    )
    assert rows.scalars().all() == [str(won.project_id)]
    drafts = await office.get(village.akim, f"budgets/drafts?unit_id={village.unit_id}")
    assert [one["id"] for one in drafts.json()["items"]] == [budget_id]


async def test_units_and_grants_are_kept_as_they_are_last_told(
    database: Database, session: Session
) -> None:
    unit_id, grant_id, holder_id = uuid4(), uuid4(), uuid4()
    unit = {
        "unit_id": unit_id,
        "kato": "473639000",
        "kind": "village_administration",
        "name_kk": "Боранқұл",
        "name_ru": "Боранкул",
        "name_en": "Borankul",
        "parent_id": None,
        "path": [unit_id],
        "self_government_id": unit_id,
        "is_self_government": True,
        "valid_from": date(2018, 1, 1),
        "valid_to": None,
    }
    grant = {
        "grant_id": grant_id,
        "holder_id": holder_id,
        "role": "accountant",
        "unit_id": unit_id,
        "object_id": None,
        "valid_from": date(2024, 1, 1),
    }
    facts = [
        UnitChanged(**unit),
        UnitChanged(**(unit | {"name_ru": "Бейнеу"})),
        GrantChanged(**grant, valid_to=None),
        GrantChanged(**grant, valid_to=date(2025, 1, 1)),
    ]
    records = [a_record(fact, offset=number) for number, fact in enumerate(facts)]

    await deliver(CONSUMER, records, HANDLERS, database.sessions)
    await deliver(CONSUMER, records, HANDLERS, database.sessions)

    name = await session.execute(text("select name_ru from known_units"))
    valid = await session.execute(text("select upper(valid) from known_grants"))
    assert name.scalars().all() == ["Бейнеу"]
    assert valid.scalars().all() == [date(2025, 1, 1)]


async def test_a_fact_that_cannot_be_read_is_parked(database: Database, session: Session) -> None:
    record = a_record(a_winner(Village()))
    broken = ConsumerRecord(**{**vars(record), "value": b'{"project_id": 5}'})

    await deliver(CONSUMER, [broken], HANDLERS, database.sessions)

    parked = await session.execute(text("select reason from dead_letters"))
    assert parked.scalar_one().startswith("unreadable")


async def test_revenue_and_approval_are_told_with_their_amounts(
    office: Office, session: Session
) -> None:
    await a_place(office)

    rows = await session.execute(
        text("""
            select convert_from(payload, 'UTF8')::jsonb as fact from outbox
            where type ~ 'approved|received' order by id
        """)
    )
    approved, received = rows.scalars().all()
    assert (approved["revenue_tiyn"], approved["decision_number"]) == (10_000, "26/155")
    assert (received["amount_tiyn"], received["code"]) == (10_000, "124.008")
