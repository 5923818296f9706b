"""aiokafka behind time limits: its calls may wait for ever when a broker is gone.

Seen with aiokafka 0.14 (each has a test): a send of the idempotent producer never answers while the
broker is down, nor does its `stop()`; after some faults a producer never heals; a consumer's
`stop()` may raise `CancelledError`; a late commit raises `IllegalStateError`. So every call has a
limit, a producer that failed is thrown away, and only the process's own cancellation counts as one.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError

from shared.messaging.envelope import Headers

CALL_SECONDS = 15
STOP_SECONDS = 2
"""For each of the steps that end a client."""

T = TypeVar("T")

BROKER_FAULTS = (KafkaError, TimeoutError, ConnectionError, IllegalStateError)


async def within_limit(call: Awaitable[T], seconds: float = CALL_SECONDS) -> T:
    """Wait for a broker's answer, but not for ever.

    Raises:
        TimeoutError: it did not come in time.
        ConnectionError: the client cancelled the call by itself; passed on as it is, that would
            end our task as if the process had been told to stop, and nobody would start it again.
    """
    try:
        return await asyncio.wait_for(call, seconds)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("the client cancelled a call") from None


async def start_producer(brokers: str) -> AIOKafkaProducer:
    """Return a connected producer that keeps order within a partition over its own retries."""
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=262_144,
        max_request_size=1_048_576,
        compression_type="lz4",
        request_timeout_ms=10_000,
        retry_backoff_ms=100,
        metadata_max_age_ms=60_000,
    )
    try:
        await within_limit(producer.start())
    except BaseException:
        await throw_away(producer)
        raise
    return producer


async def start_consumer(
    brokers: str, *, group: str, instance: str, topics: Sequence[str]
) -> AIOKafkaConsumer:
    """Return a connected static member of `group`; offsets are committed by the caller alone."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=brokers,
        group_id=group,
        group_instance_id=instance,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_poll_records=500,
        max_poll_interval_ms=300_000,
        session_timeout_ms=30_000,
        heartbeat_interval_ms=3_000,
        rebalance_timeout_ms=30_000,
        request_timeout_ms=40_000,
        metadata_max_age_ms=60_000,
        check_crcs=True,
        partition_assignment_strategy=(StickyPartitionAssignor,),
    )
    try:
        await within_limit(consumer.start(), 45)
    except BaseException:
        await throw_away(consumer)
        raise
    return consumer


async def throw_away(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """End a client within the limit, whatever it raises meanwhile; nothing of it stays behind.

    A producer is not asked to `stop()`: that sends what it still holds, for which it would wait
    for ever, and once given up on it would go on in the background and send when the broker is
    back. What it holds is in the outbox anyway.
    """
    if isinstance(client, AIOKafkaProducer):
        client._closed = True  # as `stop()` does
        await _end(client._sender.close())
        await _end(client.client.close())
        return
    await _end(client.stop())
    # Where `stop()` raised or hung, it left these two running.
    if client._fetcher is not None:
        await _end(client._fetcher.close())
    await _end(client._client.close())


async def _end(call: Coroutine[Any, Any, None]) -> None:
    ending = asyncio.ensure_future(call)
    _, pending = await asyncio.wait({ending}, timeout=STOP_SECONDS)
    if pending:
        ending.cancel()
        await asyncio.wait({ending}, timeout=STOP_SECONDS)
    if ending.done() and not ending.cancelled():
        ending.exception()


async def send_batch(
    producer: AIOKafkaProducer, records: Sequence[tuple[str, bytes, bytes, Headers]]
) -> list[tuple[TopicPartition, int]]:
    """Send records `(topic, key, value, headers)` in order; return where each of them lies.

    Raises:
        KafkaError, TimeoutError: some may have been stored, some not; throw the producer away.
    """
    answers = [
        await within_limit(producer.send(topic, key=key, value=value, headers=headers))
        for topic, key, value, headers in records
    ]
    stored = await within_limit(asyncio.gather(*answers))
    return [(TopicPartition(one.topic, one.partition), one.offset) for one in stored]


async def end_offsets(
    brokers: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return the offset that the next record of each partition will get."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    try:
        await within_limit(consumer.start())
        found: dict[TopicPartition, int] = await within_limit(
            consumer.end_offsets(list(partitions))
        )
    finally:
        await throw_away(consumer)
    return found
