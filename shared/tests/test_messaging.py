"""From outbox to inbox over a real Apache Kafka: once, in order, also when everything repeats."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat
from probe import unit_changed
from sqlalchemy import text

from shared.contracts.catalogue import TOPICS, Topic
from shared.contracts.registry import UnitChanged
from shared.database import Database, Session
from shared.messaging import outbox
from shared.messaging.consumer import run_consumer
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import start_producer, throw_away
from shared.messaging.lease import Lease, LeaseLost
from shared.messaging.relay import Relay, check_log, relay_batch, run_relay
from shared.messaging.topics import TopicsDiffer, check_topics, create_topics
from shared.testing import Urls

TOPIC = UnitChanged.topic


@pytest.fixture
async def relay(own_urls: Urls, kafka: str) -> AsyncIterator[Relay]:
    connection = await asyncpg.connect(own_urls.plain_runtime)
    relay = Relay("/registry", kafka, connection)
    yield relay
    if relay.producer:
        await throw_away(relay.producer)
    await connection.close()


async def tell(database: Database, *units: UUID) -> None:
    async with database.sessions.begin() as session:
        for unit_id in units:
            await outbox.record(session, unit_changed(unit_id))


async def read_all(kafka: str, count: int, keys: set[UUID]) -> list[Any]:
    """Return the records of these keys that lie in the topic, waiting for `count` of them."""
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Any] = []
    wanted = {str(key).encode() for key in keys}
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                batches = await consumer.getmany(timeout_ms=200)
                found += [one for batch in batches.values() for one in batch if one.key in wanted]
    finally:
        await consumer.stop()
    return found


async def test_a_fact_is_told_only_if_its_transaction_commits(committed: Database) -> None:
    async def fail_after_telling() -> None:
        async with committed.sessions.begin() as session:
            await outbox.record(session, unit_changed(uuid4()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_telling()

    async with committed.sessions() as session:
        assert (await session.execute(text("select count(*) from outbox"))).scalar() == 0


async def test_racing_writers_number_a_subject_without_gap_and_in_the_order_of_ids(
    committed: Database,
) -> None:
    units = [uuid4() for _ in range(3)]

    await asyncio.gather(*(tell(committed, unit) for unit in units * 40))

    async with committed.sessions() as session:
        rows = (
            await session.execute(text("select subject, sequence from outbox order by id"))
        ).all()
    for unit in units:
        numbers = [row.sequence for row in rows if row.subject == str(unit)]
        assert numbers == list(range(1, 41))


async def test_what_the_relay_sends_is_a_cloudevent_that_a_foreign_reader_understands(
    committed: Database, relay: Relay, kafka: str
) -> None:
    unit_id = uuid4()
    await tell(committed, unit_id)

    assert await relay_batch(relay) == 1

    record = (await read_all(kafka, 1, {unit_id}))[0]
    headers = dict(record.headers)
    event = from_kafka(KafkaMessage(headers, record.key, record.value), JSONFormat())
    assert event.get_type() == "kz.ortaq.registry.unit.changed.v1"
    assert event.get_source() == "/registry"
    assert event.get_subject() == str(unit_id)
    assert event.get_extension("sequence") == "1".zfill(20)
    assert event.get_data()["name_kk"] == "Боранқұл"
    assert record.key == str(unit_id).encode()


async def test_the_relay_sends_each_event_once_and_each_subject_in_order(
    committed: Database, relay: Relay, kafka: str
) -> None:
    units = [uuid4() for _ in range(5)]
    await tell(committed, *units * 200)

    sent = [await relay_batch(relay) for _ in range(3)]

    assert sent == [500, 500, 0]
    records = await read_all(kafka, 1_000, set(units))
    for unit in units:
        numbers = [
            int(dict(one.headers)["ce_sequence"])
            for one in records
            if one.key == str(unit).encode()
        ]
        assert numbers == list(range(1, 201))


async def test_only_one_of_two_relays_leads_and_the_other_takes_over(
    committed: Database, own_urls: Urls, kafka: str
) -> None:
    stops = [asyncio.Event(), asyncio.Event()]
    running = [
        asyncio.create_task(run_relay("/registry", own_urls.plain_runtime, kafka, stop))
        for stop in stops
    ]
    unit_id = uuid4()
    await tell(committed, *[unit_id] * 10)
    first = await read_all(kafka, 10, {unit_id})

    stops[0].set()
    await running[0]
    await tell(committed, *[unit_id] * 10)
    both = await read_all(kafka, 20, {unit_id})
    stops[1].set()
    await running[1]

    assert len(first) == 10
    assert [int(dict(one.headers)["ce_sequence"]) for one in both] == list(range(1, 21))


async def test_a_shortened_log_is_noticed_and_everything_is_sent_again(
    committed: Database, relay: Relay, own_urls: Urls, kafka: str
) -> None:
    unit_id = uuid4()
    await tell(committed, unit_id)
    await relay_batch(relay)
    async with committed.sessions.begin() as session:
        await session.execute(
            text("update relay_partitions set acknowledged_offset = acknowledged_offset + 1000")
        )

    await check_log(relay)

    assert relay.epoch == 1
    assert await relay_batch(relay) == 1
    again = await read_all(kafka, 2, {unit_id})
    assert [dict(one.headers)["x-log-epoch"] for one in again] == [b"0", b"1"]
    assert len({dict(one.headers)["ce_id"] for one in again}) == 1


class Listener:
    """A consumer of the probe, run until it has applied what it is waited for."""

    def __init__(self, name: str, database: Database, url: str, kafka: str) -> None:
        self.name, self.database, self.url, self.kafka = name, database, url, kafka
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def listen(self, handlers: Handlers) -> None:
        async def run() -> None:
            async with Lease(self.url) as lease:
                await run_consumer(
                    self.name, handlers, self.database.sessions, self.kafka, lease, self.stop
                )

        self.stop = asyncio.Event()
        self.task = asyncio.create_task(run())

    async def until(self, statement: str, wanted: int) -> None:
        async with asyncio.timeout(45):
            while True:
                async with self.database.sessions() as session:
                    if (await session.execute(text(statement))).scalar() == wanted:
                        return
                assert self.task is not None
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.05)

    async def end(self) -> None:
        self.stop.set()
        if self.task:
            await asyncio.wait_for(self.task, 15)


@pytest.fixture
async def listener(committed: Database, own_urls: Urls, kafka: str) -> AsyncIterator[Listener]:
    connection = await asyncpg.connect(own_urls.plain_superuser)
    await connection.execute(
        "create table applied (n bigserial primary key, subject uuid, name text)"
    )
    await connection.execute("grant all on applied, applied_n_seq to probe")
    await connection.close()
    listener = Listener(f"probe.{uuid4().hex[:8]}", committed, own_urls.plain_runtime, kafka)
    yield listener
    await listener.end()


async def apply(session: Session, events: Sequence[UnitChanged]) -> None:
    """Count what arrives, and choke on a unit named Poison."""
    for event in events:
        if event.name_en == "Poison":
            raise ValueError("poison")
        await session.execute(
            text("insert into applied (subject, name) values (:subject, :name)"),
            {"subject": event.unit_id, "name": event.name_en},
        )


async def test_an_event_delivered_twice_is_applied_once(
    committed: Database, relay: Relay, listener: Listener
) -> None:
    units = [uuid4() for _ in range(20)]
    await tell(committed, *units)
    await relay_batch(relay)
    async with committed.sessions.begin() as session:
        await session.execute(text("update outbox set published_at = null"))
    await relay_batch(relay)
    last = uuid4()
    await tell(committed, last)
    await relay_batch(relay)

    await listener.listen({UnitChanged: apply})
    own = "select count(*) from applied where subject::text in (select subject from outbox)"
    await listener.until(own, 21)
    await asyncio.sleep(0.5)

    await listener.until(own, 21)


async def test_poison_is_parked_with_its_key_and_the_others_go_on(
    committed: Database, relay: Relay, listener: Listener
) -> None:
    good, bad = uuid4(), uuid4()
    async with committed.sessions.begin() as session:
        await outbox.record(session, unit_changed(good))
        await outbox.record(session, unit_changed(bad, name_en="Poison"))
        await outbox.record(session, unit_changed(bad))
        await outbox.record(session, unit_changed(good))
    await relay_batch(relay)

    await listener.listen({UnitChanged: apply})
    await listener.until(f"select count(*) from dead_letters where key = '{bad}'", 2)
    await listener.until(f"select count(*) from applied where subject = '{good}'", 2)

    async with committed.sessions() as session:
        letters = await session.execute(
            text(
                "select reason, attempts from dead_letters where key = :key order by record_offset"
            ),
            {"key": str(bad)},
        )
        assert [(row.reason, row.attempts) for row in letters] == [
            ("ValueError('poison')", 3),
            ("behind a parked event", 0),
        ]


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ([], b"{}"),
        ([("ce_specversion", b"1.0")], b"{}"),
        ([("ce_specversion", b"\xff")], b"{}"),
        ([("ce_specversion", b"1.0"), ("ce_id", b"x"), ("ce_type", b"t")], b"{}"),
        ("whole", b"not json"),
        ("whole", b"{}"),
        ("whole", b"\xff\xfe"),
        ("whole", None),
    ],
)
async def test_an_unreadable_record_is_parked_and_the_next_ones_are_applied(
    committed: Database,
    relay: Relay,
    listener: Listener,
    kafka: str,
    headers: list[tuple[str, bytes]] | str,
    value: bytes | None,
) -> None:
    key = uuid4()
    if headers == "whole":
        headers = [
            (name, text_.encode())
            for name, text_ in {
                "ce_specversion": "1.0",
                "ce_id": str(uuid4()),
                "ce_type": UnitChanged.type,
                "ce_source": "/registry",
                "ce_subject": str(key),
                "ce_sequence": "1",
            }.items()
        ]
    producer = await start_producer(kafka)
    await producer.send_and_wait(TOPIC, key=str(key).encode(), value=value, headers=headers)
    await throw_away(producer)
    good = uuid4()
    await tell(committed, good)
    await relay_batch(relay)

    await listener.listen({UnitChanged: apply})
    await listener.until(f"select count(*) from applied where subject = '{good}'", 1)

    await listener.until(
        f"select count(*) from dead_letters where key = '{key}' and reason like 'unreadable%'", 1
    )


async def test_an_unknown_type_and_a_newer_contract_do_no_harm(
    committed: Database, relay: Relay, listener: Listener, kafka: str
) -> None:
    unit_id = uuid4()
    newer = unit_changed(unit_id).model_dump_json().replace("{", '{"population": 5, ', 1).encode()
    async with committed.sessions.begin() as session:
        await outbox.record(session, unit_changed(unit_id))
        await session.execute(text("update outbox set payload = :newer"), {"newer": newer})
        await outbox.record(session, unit_changed(unit_id))
        await session.execute(
            text("update outbox set type = 'kz.ortaq.registry.unit.sung.v1' where sequence = 2")
        )
    await relay_batch(relay)

    await listener.listen({UnitChanged: apply})

    await listener.until(f"select count(*) from applied where subject = '{unit_id}'", 1)
    await listener.until(f"select count(*) from dead_letters where key = '{unit_id}'", 0)


async def test_a_log_that_began_anew_is_read_from_its_beginning(
    committed: Database, relay: Relay, listener: Listener, own_urls: Urls
) -> None:
    unit_id = uuid4()
    await tell(committed, unit_id)
    await relay_batch(relay)
    await listener.listen({UnitChanged: apply})
    await listener.until(f"select count(*) from applied where subject = '{unit_id}'", 1)
    await listener.end()
    # What the inbox forgets will show whether the old records are read once more.
    connection = await asyncpg.connect(own_urls.plain_superuser)
    await connection.execute("delete from inbox")
    # Other tests raise the epoch of the shared topic to 1, which is no news for this consumer.
    await connection.execute("update relay_log set epoch = 2")
    await connection.close()
    relay.checked_at = float("-inf")
    await check_log(relay)
    await tell(committed, unit_id)
    await relay_batch(relay)

    await listener.listen({UnitChanged: apply})

    await listener.until(f"select count(*) from applied where subject = '{unit_id}'", 3)


async def test_no_two_live_processes_share_a_slot(own_urls: Urls) -> None:
    async with Lease(own_urls.plain_runtime) as first, Lease(own_urls.plain_runtime) as second:
        assert (first.slot, second.slot) == (0, 1)

    async with Lease(own_urls.plain_runtime) as third:
        assert third.slot == 0


async def test_a_lease_whose_connection_died_is_noticed(own_urls: Urls) -> None:
    async with Lease(own_urls.plain_runtime) as lease:
        lease.check()
        connection = await asyncpg.connect(own_urls.plain_superuser)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
        )
        await connection.close()
        await asyncio.sleep(0.2)

        with pytest.raises(LeaseLost):
            lease.check()


async def test_topics_that_differ_from_the_catalogue_are_refused(kafka: str) -> None:
    name = f"probe.{uuid4().hex[:8]}.fact.v1"
    await create_topics(kafka, topics=[Topic(name, 2, {})])

    await check_topics(kafka, TOPICS)
    with pytest.raises(TopicsDiffer, match="2 partitions instead of 3"):
        await check_topics(kafka, [Topic(name, 3, {})])
    with pytest.raises(TopicsDiffer, match="missing"):
        await check_topics(kafka, [Topic(name + "x", 3, {})])
