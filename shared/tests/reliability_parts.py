"""The processes of the reliability tests: a writer, a relay and a consumer that can be killed.

    python reliability_parts.py writer|relay|consumer|'forgetful relay'|…

Relay and consumer are the product's own. The environment variable RELIABILITY_STAGE says where
they work. The other parts lack one safeguard each, and fail at the instant that it is for: they are
the negative controls.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.event import Event
from shared.database import Session, Sessions, connect
from shared.logs import write_logs
from shared.messaging import outbox
from shared.messaging.consumer import run_consumer
from shared.messaging.envelope import read_message, write_headers
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import start_producer
from shared.messaging.lease import Lease
from shared.messaging.relay import pause, run_relay
from shared.messaging.worker import keep_going

STAGE = "RELIABILITY_STAGE"
SOURCE = "/probe"
WRITERS = 4
DAWDLE_SECONDS = 5.0

SOURCE_TABLES = "create table aggregates (id uuid primary key, version bigint not null)"
TARGET_TABLES = """
    create table applied (n bigserial primary key, subject uuid not null, version bigint not null);
    create table counters (subject uuid primary key, count bigint not null, last bigint not null)
"""


class VersionReached(Event):
    """An aggregate has come to a version; the topic is the stage's own."""

    type: ClassVar[str] = "kz.ortaq.probe.version.reached.v1"
    subject_field: ClassVar[str] = "aggregate_id"

    aggregate_id: UUID
    version: int


@dataclass(frozen=True)
class Stage:
    """Where one story plays: two databases, a topic and a file for what was acknowledged."""

    source: str
    target: str
    kafka: str
    topic: str
    acknowledged: str
    aggregates: Sequence[str]
    seed: int

    @property
    def consumer(self) -> str:
        """The consumer group; the dead members of one story must not hold up the next."""
        return f"{self.topic}.main"

    def write(self) -> dict[str, str]:
        """Return the environment of the stage's processes."""
        return os.environ | {STAGE: json.dumps(asdict(self))}


class Part(Protocol):
    async def __call__(self, stage: Stage, stop: asyncio.Event) -> None: ...


_NEXT_VERSION = text("""
    insert into aggregates values (:id, 1)
    on conflict (id) do update set version = aggregates.version + 1 returning version
""")


async def advance(session: Session, aggregate_id: str, hold_seconds: float = 0.0) -> int:
    """Bring an aggregate to its next version and tell so, in the caller's transaction."""
    version: int = (await session.execute(_NEXT_VERSION, {"id": aggregate_id})).scalar_one()
    await outbox.record(session, VersionReached(aggregate_id=UUID(aggregate_id), version=version))
    await asyncio.sleep(hold_seconds)
    return version


async def run_writer(stage: Stage, stop: asyncio.Event) -> None:
    """Advance aggregates, one or two at a time, and note down what the database acknowledged."""
    database = connect(
        stage.source.replace("postgresql:", "postgresql+asyncpg:"), pool_size=WRITERS
    )
    # Written without a buffer: what was noted down survives kill -9.
    with Path(stage.acknowledged).open("ab", buffering=0) as notes:  # noqa: ASYNC230

        async def write(chance: random.Random) -> None:
            while not stop.is_set():
                with contextlib.suppress(SQLAlchemyError, asyncpg.PostgresError, OSError, Undone):
                    notes.write(await _commit(database.sessions, stage, chance))
                await asyncio.sleep(chance.uniform(0.01, 0.04))

        tasks = [
            write(random.Random(stage.seed + number))  # noqa: S311 - no secret
            for number in range(WRITERS)
        ]
        await asyncio.gather(*tasks)
    await database.engine.dispose()


class Undone(Exception):
    """A writer changed its mind."""


async def _commit(sessions: Sessions, stage: Stage, chance: random.Random) -> bytes:
    lines = ""
    async with sessions.begin() as session:
        # In the order of their ids, or two writers would wait for each other.
        for aggregate_id in sorted(chance.sample(stage.aggregates, chance.choice((1, 1, 2)))):
            hold_seconds = chance.choice((0.0, 0.0, 0.0, 0.05))
            version = await advance(session, aggregate_id, hold_seconds)
            lines += f"{aggregate_id} {version}\n"
        if chance.random() < 0.05:
            raise Undone
    return lines.encode()


async def relay(stage: Stage, stop: asyncio.Event) -> None:
    """Run the product's relay."""

    async def run() -> None:
        await run_relay(SOURCE, stage.source, stage.kafka, stop)

    await keep_going("relay", run, stop)


async def consume(stage: Stage, stop: asyncio.Event) -> None:
    """Run the product's consumer; its effect is a count and the last version of each aggregate."""
    database = connect(stage.target.replace("postgresql:", "postgresql+asyncpg:"), pool_size=2)
    handlers: Handlers = {VersionReached: apply}

    async def run() -> None:
        async with Lease(stage.target) as lease:
            await run_consumer(
                stage.consumer, handlers, database.sessions, stage.kafka, lease, stop
            )

    await keep_going("consumer", run, stop)
    await database.engine.dispose()


_APPLY = text("insert into applied (subject, version) values (:subject, :version)")
_COUNT = text("""
    insert into counters as known values (:subject, 1, :version)
    on conflict (subject) do update set count = known.count + 1, last = excluded.last
""")


async def apply(session: Session, events: Sequence[VersionReached]) -> None:
    """Count events; nothing here would notice a repeated one."""
    rows = [{"subject": event.aggregate_id, "version": event.version} for event in events]
    await session.execute(_APPLY, rows)
    await session.execute(_COUNT, rows)


_PENDING = """
    select *, headers ->> 'trace' as trace from outbox
    where published_at is null order by id limit 500
"""


async def relay_forgetfully(stage: Stage, stop: asyncio.Event) -> None:
    """Mark first, send later, ask for no answer; die once between the two."""
    connection = await asyncpg.connect(stage.source)
    producer = await start_producer(stage.kafka)
    while not stop.is_set():
        rows = await connection.fetch(_PENDING)
        await connection.execute(
            "update outbox set published_at = now() where id = any($1::bigint[])",
            [row["id"] for row in rows],
        )
        if rows:
            die_once(stage)
        for row in rows:
            await send(producer, row)
        await pause(stop, 0.05)
    await producer.stop()
    await connection.close()


async def send(producer: Any, row: Mapping[str, Any]) -> asyncio.Future[Any]:
    """Hand one row of the outbox to the producer; return its answer to come."""
    headers = write_headers(row, source=SOURCE, epoch=0)
    return await producer.send(  # type: ignore[no-any-return]
        row["topic"], key=row["key"].encode(), value=row["payload"], headers=headers
    )


async def relay_by_cursor(stage: Stage, stop: asyncio.Event) -> None:
    """Remember the last id instead of asking what is unsent."""
    connection = await asyncpg.connect(stage.source)
    producer = await start_producer(stage.kafka)
    last = 0
    while not stop.is_set():
        for row in await connection.fetch("select * from outbox where id > $1 order by id", last):
            await _send_and_mark(connection, producer, row)
            last = row["id"]
        await pause(stop, 0.05)
    await connection.close()


async def relay_in_competition(stage: Stage, stop: asyncio.Event) -> None:
    """Take what no other relay has locked; the first to do so dawdles until it may go on."""
    connection = await asyncpg.connect(stage.source)
    producer = await start_producer(stage.kafka)
    while not stop.is_set():
        async with connection.transaction():
            row = await connection.fetchrow(
                "select * from outbox where published_at is null order by id"
                " limit 1 for update skip locked"
            )
            if row:
                await dawdle_once(stage)
                await _send_and_mark(connection, producer, row)
        await pause(stop, 0.05)
    await connection.close()


async def _send_and_mark(connection: Any, producer: Any, row: asyncpg.Record) -> None:
    await (await send(producer, {**row, "trace": ""}))
    await connection.execute("update outbox set published_at = now() where id = $1", row["id"])


async def consume_forgetfully(stage: Stage, stop: asyncio.Event) -> None:
    """Apply without remembering ids; die once between the effect and the committed offset."""
    database = connect(stage.target.replace("postgresql:", "postgresql+asyncpg:"), pool_size=2)
    consumer = AIOKafkaConsumer(
        stage.topic,
        bootstrap_servers=stage.kafka,
        group_id=stage.consumer,
        group_instance_id=f"{stage.consumer}-0",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    while not stop.is_set():
        found = await consumer.getmany(timeout_ms=200)
        records = [record for batch in found.values() for record in batch]
        if not records:
            continue
        bodies = [read_message(record.headers, record.value).body for record in records]
        async with database.sessions.begin() as session:
            await apply(session, [VersionReached.model_validate_json(body) for body in bodies])
        die_once(stage)
        await consumer.commit()
    await consumer.stop()
    await database.engine.dispose()


def is_first(stage: Stage) -> bool:
    """Return whether no process of the stage has been here before."""
    try:
        Path(stage.acknowledged).with_suffix(".first").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def die_once(stage: Stage) -> None:
    """Kill this process, if it is the first to come here."""
    if is_first(stage):
        os.kill(os.getpid(), signal.SIGKILL)


async def dawdle_once(stage: Stage) -> None:
    """Let the others overtake, if this is the first to come here."""
    if is_first(stage):
        await asyncio.sleep(DAWDLE_SECONDS)


PARTS: dict[str, Part] = {
    "writer": run_writer,
    "relay": relay,
    "consumer": consume,
    "forgetful relay": relay_forgetfully,
    "cursor relay": relay_by_cursor,
    "competing relay": relay_in_competition,
    "forgetful consumer": consume_forgetfully,
}


async def main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stage = Stage(**json.loads(os.environ[STAGE]))
    VersionReached.topic = stage.topic
    await PARTS[sys.argv[1]](stage, stop)


if __name__ == "__main__":
    write_logs("INFO")
    asyncio.run(main())
