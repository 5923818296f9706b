"""What aiokafka does when a broker goes away, and that the guard in `kafka.py` answers it.

Each test shows the behaviour itself where it can, so that a release of aiokafka that changes it is
seen, and then what the guard makes of it. The broker is this module's own: it is killed here.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalStateError

from launcher import kafka as embedded_kafka
from launcher.kafka import KafkaServer
from shared.contracts.catalogue import Topic
from shared.messaging.kafka import (
    BROKER_FAULTS,
    CALL_SECONDS,
    STOP_SECONDS,
    end_offsets,
    send_batch,
    start_consumer,
    start_producer,
    throw_away,
    within_limit,
)
from shared.messaging.lease import Lease
from shared.messaging.topics import create_topics
from shared.testing import Urls

SLACK_SECONDS = 2.0
"""What a busy machine may add to a limit."""


class Broker:
    """A broker that can be lost and comes back on its log and port."""

    def __init__(self, server: KafkaServer) -> None:
        self.server = server
        self.is_up = True

    @property
    def address(self) -> str:
        return self.server.address

    def lose(self) -> None:
        self.server.kill()  # a second time it does nothing
        self.is_up = False

    async def bring_back(self) -> None:
        self.server = await asyncio.to_thread(
            embedded_kafka.start, self.server.directory, self.server.port
        )
        self.is_up = True


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(embedded_kafka.start(tmp_path_factory.mktemp("guard")))
    yield broker
    if broker.is_up:
        broker.server.kill()


@pytest.fixture
async def broker(own_broker: Broker) -> Broker:
    if not own_broker.is_up:
        await own_broker.bring_back()
    return own_broker


@pytest.fixture
async def topic(broker: Broker) -> str:
    name = f"guard.{uuid4().hex[:8]}.v1"
    await create_topics(broker.address, topics=[Topic(name, 1, {})])
    return name


@pytest.fixture(autouse=True)
async def no_task_stays() -> AsyncIterator[None]:
    """A client that is thrown away leaves nothing running behind it."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0.1)
    left = [task.get_coro() for task in asyncio.all_tasks() - before if not task.done()]
    assert [one for one in left if "aiokafka" in one.cr_code.co_filename] == []


def seconds_since(began: float) -> float:
    return asyncio.get_running_loop().time() - began


def now() -> float:
    return asyncio.get_running_loop().time()


async def send_one(producer: AIOKafkaProducer, topic: str, value: bytes = b"1") -> int:
    """Send a record and return its offset."""
    [(_, offset)] = await send_batch(producer, [(topic, b"key", value, [])])
    return offset


@pytest.mark.slow
async def test_without_a_broker_a_send_ends_within_the_limit(broker: Broker, topic: str) -> None:
    producer = await start_producer(broker.address)
    await send_one(producer, topic)
    broker.lose()

    began = now()
    with pytest.raises(TimeoutError):
        await send_one(producer, topic)

    # The client itself would wait for ever: the limit is what ended it.
    assert CALL_SECONDS - 0.1 < seconds_since(began) < CALL_SECONDS + SLACK_SECONDS
    await throw_away(producer)


async def test_a_producer_whose_stop_would_hang_is_thrown_away_within_the_limit(
    broker: Broker, topic: str
) -> None:
    hanging, producer = [await start_producer(broker.address) for _ in range(2)]
    for one in (hanging, producer):
        await send_one(one, topic)
    broker.lose()
    for one in (hanging, producer):
        await one.send(topic, key=b"key", value=b"2")
    stopping = asyncio.create_task(hanging.stop())

    began = now()
    await throw_away(producer)
    took_seconds = seconds_since(began)

    assert took_seconds < 2 * STOP_SECONDS + SLACK_SECONDS
    await asyncio.wait({stopping}, timeout=3)
    assert not stopping.done()
    await throw_away(hanging)
    stopping.cancel()
    # What `stop()` itself began nobody can end by way of the client.
    for task in asyncio.all_tasks():
        if "MessageAccumulator.close" in repr(task):
            task.cancel()


@pytest.mark.slow
async def test_after_an_outage_a_new_producer_sends_and_a_thrown_away_one_does_not(
    broker: Broker, topic: str
) -> None:
    producer, idle = [await start_producer(broker.address) for _ in range(2)]
    offsets = [await send_one(producer, topic), await send_one(idle, topic)]
    broker.lose()
    await producer.send(topic, key=b"key", value=b"late")
    await throw_away(producer)
    await broker.bring_back()

    fresh = await start_producer(broker.address)
    offsets += [await send_one(one, topic) for one in (fresh, idle, fresh, idle)]
    await asyncio.sleep(1)
    ends = await end_offsets(broker.address, [TopicPartition(topic, 0)])

    assert offsets == [0, 1, 2, 3, 4, 5]
    assert ends == {TopicPartition(topic, 0): 6}
    await throw_away(fresh)
    await throw_away(idle)


async def test_a_producer_that_cannot_start_leaves_nothing_behind(own_broker: Broker) -> None:
    own_broker.lose()

    with pytest.raises(BROKER_FAULTS):
        await start_producer(own_broker.address)


async def consume_one(broker: Broker, topic: str, instance: str) -> AIOKafkaConsumer:
    """Return a consumer that has received the first record of the topic."""
    consumer = await start_consumer(
        broker.address, group=f"{topic}.readers", instance=instance, topics=[topic]
    )
    async with asyncio.timeout(20):
        while not await consumer.getmany(timeout_ms=200):
            pass
    return consumer


@pytest.fixture
async def filled(broker: Broker, topic: str) -> str:
    """A topic with a record in it."""
    producer = await start_producer(broker.address)
    await send_one(producer, topic)
    await throw_away(producer)
    return topic


async def test_stopping_a_consumer_without_a_broker_cancels_nobody(
    broker: Broker, filled: str
) -> None:
    consumer = await consume_one(broker, filled, "one")
    broker.lose()
    await asyncio.sleep(0.5)

    began = now()
    await throw_away(consumer)

    assert seconds_since(began) < 2 * STOP_SECONDS + SLACK_SECONDS
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_throwing_a_client_away_lets_the_process_be_cancelled(
    broker: Broker, topic: str
) -> None:
    producer = await start_producer(broker.address)
    await send_one(producer, topic)
    broker.lose()
    await producer.send(topic, key=b"key", value=b"2")
    throwing = asyncio.create_task(throw_away(producer))
    await asyncio.sleep(0)

    throwing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await throwing
    await throw_away(producer)


async def test_a_call_that_the_client_cancels_is_a_broker_fault_and_no_cancellation() -> None:
    answer = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(within_limit(answer))
    await asyncio.sleep(0)

    answer.cancel()

    with pytest.raises(BROKER_FAULTS):
        await waiting


async def test_a_call_is_cancelled_when_the_process_is_told_to_stop() -> None:
    waiting = asyncio.create_task(within_limit(asyncio.sleep(10)))
    await asyncio.sleep(0)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_commit_without_a_broker_ends_within_its_limit(broker: Broker, filled: str) -> None:
    consumer = await consume_one(broker, filled, "one")
    broker.lose()

    with pytest.raises(BROKER_FAULTS):
        await within_limit(consumer.commit({TopicPartition(filled, 0): 1}), 3)

    await throw_away(consumer)


@pytest.mark.slow
async def test_of_two_members_with_one_instance_id_the_first_is_told_by_a_broker_fault(
    broker: Broker, filled: str
) -> None:
    first = await consume_one(broker, filled, "one")
    second = await consume_one(broker, filled, "one")
    place = TopicPartition(filled, 0)

    with pytest.raises(BROKER_FAULTS):
        await within_limit(first.commit({place: 1}))

    await throw_away(first)
    # The first has thrown the second out as well; left alone, it comes back.
    async with asyncio.timeout(20):
        while await within_limit(second.committed(place)) != 1:
            await second.getmany(timeout_ms=200)
            with suppress(*BROKER_FAULTS):
                await within_limit(second.commit({place: 1}))
    await throw_away(second)


async def test_two_members_with_a_lease_each_have_ids_of_their_own(
    broker: Broker, filled: str, own_urls: Urls
) -> None:
    async with Lease(own_urls.plain_runtime) as one, Lease(own_urls.plain_runtime) as two:
        first = await consume_one(broker, filled, f"member-{one.slot}")
        second = await start_consumer(
            broker.address,
            group=f"{filled}.readers",
            instance=f"member-{two.slot}",
            topics=[filled],
        )

        await within_limit(second.getmany(timeout_ms=2_000))
        owners = [bool(member.assignment()) for member in (first, second)]

    assert sorted(owners) == [False, True]
    await throw_away(first)
    await throw_away(second)


async def test_a_commit_for_a_partition_that_was_taken_away_is_a_broker_fault(
    broker: Broker, filled: str
) -> None:
    consumer = await consume_one(broker, filled, "one")
    consumer.unsubscribe()

    with pytest.raises(IllegalStateError):
        await within_limit(consumer.commit({TopicPartition(filled, 0): 1}))

    assert IllegalStateError in BROKER_FAULTS
    await throw_away(consumer)


async def test_a_missing_topic_ends_within_the_limit_instead_of_being_made(
    broker: Broker,
) -> None:
    missing = f"guard.{uuid4().hex[:8]}.missing.v1"
    consumer = AIOKafkaConsumer(missing, bootstrap_servers=broker.address, group_id=missing)

    with pytest.raises(TimeoutError):
        await within_limit(consumer.start(), 2)

    await throw_away(consumer)
