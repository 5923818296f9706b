"""The relay: one leading process per service sends stored events to Kafka, in order.

If the log is found shorter than what it had acknowledged (a broker restored from an older copy, an
unclean election), the epoch is raised and everything kept is sent again. A consumer that sees a
higher
epoch reads that partition from its beginning once more, and its inbox swallows what it knows: its
old
offset may lie inside the new log, so that reading on from there would skip events unnoticed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import asyncpg
from aiokafka import AIOKafkaProducer, TopicPartition

from shared.logs import logger
from shared.messaging.envelope import write_headers
from shared.messaging.kafka import end_offsets, send_batch, start_producer, throw_away

BATCH = 500
POLL_SECONDS = 0.05
LOG_CHECK_SECONDS = 10.0
LEADER_LOCK = 7_216_001
"""Advisory lock of the leading relay; locks are per database, and each service has its own."""

_PENDING = """
    select id, event_id, type, subject, sequence, topic, key, payload, headers ->> 'trace' as trace,
           happened_at, recorded_at
    from outbox where published_at is null order by id limit $1
"""
_MARK = "update outbox set published_at = clock_timestamp() where id = any($1::bigint[])"
_ACKNOWLEDGE = """
    insert into relay_partitions (topic, partition, acknowledged_offset)
    select * from unnest($1::text[], $2::int[], $3::bigint[])
    on conflict (topic, partition) do update
    set acknowledged_offset =
        greatest(relay_partitions.acknowledged_offset, excluded.acknowledged_offset)
"""


@dataclass
class Relay:
    """The state of one relay: its connection, its producer, what it knows of the log."""

    source: str
    brokers: str
    connection: asyncpg.Connection
    producer: AIOKafkaProducer | None = None
    epoch: int = 0
    checked_at: float = float("-inf")


async def run_relay(source: str, database_url: str, brokers: str, stop: asyncio.Event) -> None:
    """Send the service's events until told to stop; wait while another process leads.

    Raises:
        OSError, asyncpg.PostgresError, KafkaError: the caller starts the relay again after a pause.
    """
    connection = await asyncpg.connect(database_url, timeout=5, command_timeout=30)
    relay = Relay(source, brokers, connection)
    try:
        while not stop.is_set() and not await connection.fetchval(
            "select pg_try_advisory_lock($1)", LEADER_LOCK
        ):
            await pause(stop, 1.0)
        while not stop.is_set():
            await check_log(relay)
            if await relay_batch(relay) == 0:
                await pause(stop, POLL_SECONDS)
    finally:
        if relay.producer is not None:
            await throw_away(relay.producer)
        connection.terminate()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but wake up when told to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def relay_batch(relay: Relay) -> int:
    """Send the oldest unsent events, then mark them; return how many.

    A crash between the two sends them again: consumers know them by id.
    """
    rows = await relay.connection.fetch(_PENDING, BATCH)
    if not rows:
        return 0
    if relay.producer is None:
        relay.producer = await start_producer(relay.brokers)
    records = [
        (
            row["topic"],
            row["key"].encode(),
            row["payload"],
            write_headers(row, source=relay.source, epoch=relay.epoch),
        )
        for row in rows
    ]
    stored = await send_batch(relay.producer, records)
    await _mark_sent(relay, [row["id"] for row in rows], stored)
    return len(rows)


async def _mark_sent(
    relay: Relay, ids: list[int], stored: Sequence[tuple[TopicPartition, int]]
) -> None:
    highest: dict[TopicPartition, int] = {}
    for partition, offset in stored:
        highest[partition] = max(offset, highest.get(partition, -1))
    places = sorted(highest)
    async with relay.connection.transaction():
        await relay.connection.execute(_MARK, ids)
        await relay.connection.execute(
            _ACKNOWLEDGE,
            [place.topic for place in places],
            [place.partition for place in places],
            [highest[place] for place in places],
        )


async def check_log(relay: Relay) -> None:
    """Notice, now and then, that the log has lost what it had acknowledged, and send it again."""
    if monotonic() - relay.checked_at < LOG_CHECK_SECONDS:
        return
    known = await relay.connection.fetch(
        "select topic, partition, acknowledged_offset from relay_partitions"
    )
    acknowledged = {TopicPartition(row[0], row[1]): row[2] for row in known}
    ends = await end_offsets(relay.brokers, list(acknowledged)) if acknowledged else {}
    lost = [place for place, offset in acknowledged.items() if ends[place] < offset + 1]
    if lost:
        await _start_new_epoch(relay, ends)
    relay.epoch = await relay.connection.fetchval("select epoch from relay_log")
    relay.checked_at = monotonic()


async def _start_new_epoch(relay: Relay, ends: dict[TopicPartition, int]) -> None:
    async with relay.connection.transaction():
        await relay.connection.execute("update relay_log set epoch = epoch + 1")
        for place, end in ends.items():
            await relay.connection.execute(
                "update relay_partitions set acknowledged_offset = $3::bigint - 1"
                " where topic = $1 and partition = $2",
                place.topic,
                place.partition,
                end,
            )
        again = await relay.connection.execute(
            "update outbox set published_at = null where published_at is not null"
        )
    logger.error("broker lost acknowledged events; sending them again", extra={"events": again})
