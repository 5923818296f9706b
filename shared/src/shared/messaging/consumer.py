"""The consumer: reads topics in batches; an offset moves after the work is committed."""

import asyncio
import random
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from sqlalchemy import text

from shared.database import Sessions
from shared.logs import logger
from shared.messaging.inbox import Handlers, deliver, is_infrastructure
from shared.messaging.kafka import start_consumer, throw_away, within_limit
from shared.messaging.lease import Lease

POLL_MILLISECONDS = 200
LONGEST_PAUSE_SECONDS = 30.0
MOST_EPOCH_DIGITS = 18
"""What fits into a bigint: a forged header must not stop a partition."""

_RAISE_EPOCH = text("""
    insert into consumer_partitions as known (consumer, topic, partition, epoch)
    values (:consumer, :topic, :partition, :epoch)
    on conflict (consumer, topic, partition) do update set epoch = excluded.epoch
    where known.epoch < excluded.epoch
""")
_KNOWN_EPOCH = text("""
    select epoch from consumer_partitions
    where consumer = :consumer and topic = :topic and partition = :partition
""")


class _FinishBatchFirst(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Holds a rebalance back until the batch in flight is committed."""

    def __init__(self, busy: asyncio.Lock) -> None:
        self.busy = busy

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Wait for the batch in flight."""
        del revoked
        async with self.busy:
            pass

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Go on from the committed offsets."""
        del assigned


async def run_consumer(
    name: str,
    handlers: Handlers,
    sessions: Sessions,
    brokers: str,
    lease: Lease,
    stop: asyncio.Event,
) -> None:
    """Handle the facts that the service cares about, until told to stop.

    Args:
        name: the consumer group and the consumer's name in the inbox: `<service>.<purpose>`.
        handlers: what to do about which facts; their topics are subscribed to.
        sessions: of the service's own database.
        brokers: `host:port` of Kafka.
        lease: the slot that makes this process's instance id its own.
        stop: set when the process has been told to stop.

    Raises:
        KafkaError, TimeoutError, OSError: the caller starts the consumer again after a pause.
    """
    topics = sorted({kind.topic for kind in handlers})
    busy = asyncio.Lock()
    consumer = await start_consumer(
        brokers, group=name, instance=f"{name}-{lease.slot}", topics=topics
    )
    try:
        consumer.subscribe(topics, listener=_FinishBatchFirst(busy))
        while not stop.is_set():
            lease.check()
            found = await consumer.getmany(timeout_ms=POLL_MILLISECONDS)
            if not found:
                continue
            async with busy:
                await _work_off(name, consumer, found, handlers, sessions, stop)
    finally:
        await throw_away(consumer)


async def _work_off(
    name: str,
    consumer: AIOKafkaConsumer,
    found: dict[TopicPartition, list[ConsumerRecord]],
    handlers: Handlers,
    sessions: Sessions,
    stop: asyncio.Event,
) -> None:
    for place, records in found.items():
        epoch = newest_epoch(records)
        if epoch and await _is_news(name, place, epoch, sessions):
            await _read_from_beginning(consumer, place)
            await _remember_epoch(name, place, epoch, sessions)
            continue
        if not await _deliver_with_patience(name, consumer, records, handlers, sessions, stop):
            return
        await within_limit(consumer.commit({place: records[-1].offset + 1}))


async def _deliver_with_patience(
    name: str,
    consumer: AIOKafkaConsumer,
    records: Sequence[ConsumerRecord],
    handlers: Handlers,
    sessions: Sessions,
    stop: asyncio.Event,
) -> bool:
    """Deliver a batch, waiting for an absent database; False if told to stop meanwhile."""
    pause_seconds = 0.1
    while not stop.is_set():
        try:
            await deliver(name, records, handlers, sessions)
        except Exception as error:
            if not is_infrastructure(error):
                raise
            logger.warning("database away", extra={"consumer": name, "reason": repr(error)[:300]})
            # Polling with everything paused keeps the membership while we wait.
            consumer.pause(*consumer.assignment())
            await consumer.getmany(timeout_ms=0)
            await asyncio.sleep(pause_seconds * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            consumer.resume(*consumer.paused())
            pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        else:
            return True
    return False


def newest_epoch(records: Sequence[ConsumerRecord]) -> int:
    """Return how often the log of these records was written again (see `relay.py`)."""
    epochs = [
        int(value)
        for record in records
        for key, value in record.headers
        if key == "x-log-epoch" and value.isdigit() and len(value) <= MOST_EPOCH_DIGITS
    ]
    return max(epochs, default=0)


async def _is_news(name: str, place: TopicPartition, epoch: int, sessions: Sessions) -> bool:
    async with sessions() as session:
        known = await session.execute(
            _KNOWN_EPOCH, {"consumer": name, "topic": place.topic, "partition": place.partition}
        )
        return epoch > (known.scalar() or 0)


async def _read_from_beginning(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    """Committed before the epoch is remembered: who dies in between reads it all once more."""
    beginnings = await within_limit(consumer.beginning_offsets([place]))
    await within_limit(consumer.commit({place: beginnings[place]}))
    consumer.seek(place, beginnings[place])


async def _remember_epoch(name: str, place: TopicPartition, epoch: int, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(
            _RAISE_EPOCH,
            {"consumer": name, "topic": place.topic, "partition": place.partition, "epoch": epoch},
        )
