"""The topics of the catalogue on a real broker."""

import secrets

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from launcher.refusals import BrokerUnreachable
from launcher.topics import create_topics
from shared.contracts.catalogue import TOPICS, Topic
from shared.messaging.topics import TopicsDiffer

pytestmark = pytest.mark.timeout(180)


def a_topic(partitions: int = 2) -> Topic:
    return Topic(f"test.{secrets.token_hex(4)}.v1", partitions, {"cleanup.policy": "compact"})


async def partitions_of(address: str, name: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        return len((await admin.describe_topics([name]))[0]["partitions"])
    finally:
        await admin.close()


async def test_a_missing_topic_is_created_as_the_catalogue_cuts_it(kafka: str) -> None:
    topic = a_topic(partitions=5)

    created = await create_topics(kafka, [topic])

    assert created == [topic.name]
    assert await partitions_of(kafka, topic.name) == 5


async def test_a_second_time_changes_nothing(kafka: str) -> None:
    topic = a_topic()
    await create_topics(kafka, [topic])

    created = await create_topics(kafka, [topic])

    assert created == []


async def test_a_topic_cut_differently_is_refused(kafka: str) -> None:
    topic = a_topic(partitions=2)
    await create_topics(kafka, [topic])

    with pytest.raises(TopicsDiffer, match=topic.name):
        await create_topics(kafka, [Topic(topic.name, 3, {})])


async def test_every_topic_of_the_catalogue_suits_the_broker(kafka: str) -> None:
    await create_topics(kafka, TOPICS)

    assert await create_topics(kafka, TOPICS) == []


async def test_a_silent_address_is_named() -> None:
    with pytest.raises(BrokerUnreachable, match=r"No Kafka broker answers at 127\.0\.0\.1:1\."):
        await create_topics("127.0.0.1:1", [])
