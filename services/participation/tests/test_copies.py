"""What participation remembers of units, grants and residents: each event twice has one effect."""

from uuid import UUID, uuid4

from aiokafka import ConsumerRecord
from participation_builders import People, a_grant, a_record, a_resident, a_unit
from sqlalchemy import text

from participation.events.handlers import HANDLERS
from shared.contracts.event import Event
from shared.database import Database, Session
from shared.messaging.inbox import deliver


async def tell(database: Database, *records: ConsumerRecord) -> None:
    await deliver("participation.main", records, HANDLERS, database.sessions)


async def test_every_fact_told_twice_is_kept_once(
    people: People, database: Database, session: Session
) -> None:
    village = people.village
    facts: list[Event] = [
        a_unit(uuid4()),
        a_grant(uuid4(), "resident", village.settlement_id),
        a_resident(uuid4(), village),
    ]
    records = [a_record(fact, uuid4(), number) for number, fact in enumerate(facts)]
    before = await sizes(session)

    await tell(database, *records)
    await tell(database, *records)

    assert await sizes(session) == [size + 1 for size in before]


async def test_the_newest_word_about_a_resident_is_the_state(
    people: People, database: Database, session: Session
) -> None:
    resident_id, account = uuid4(), uuid4()
    here = a_resident(None, people.village, resident_id=resident_id)
    known = here.model_copy(update={"account_id": account})

    await tell(database, a_record(here, uuid4(), 0), a_record(known, uuid4(), 1))

    assert await account_of(session, resident_id) == account


async def account_of(session: Session, resident_id: UUID) -> UUID | None:
    found = await session.execute(
        text("select account_id from known_residents where resident_id = :id"), {"id": resident_id}
    )
    account: UUID | None = found.scalar_one()
    return account


async def sizes(session: Session) -> list[int]:
    found = await session.execute(
        text(
            "select (select count(*) from known_units), (select count(*) from known_grants),"
            " (select count(*) from known_residents)"
        )
    )
    return list(found.one())
