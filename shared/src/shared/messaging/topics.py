"""Topics as the catalogue has them: created by the deployment, checked by the services."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.catalogue import TOPICS, Topic
from shared.messaging.kafka import within_limit


class TopicsDiffer(Exception):
    """The broker's partitions are not the catalogue's: keys would lie elsewhere, and lose order."""


async def create_topics(
    brokers: str, *, replication: int = 1, topics: Sequence[Topic] = TOPICS
) -> list[str]:
    """Create the topics that are missing and return their names.

    Raises:
        TopicsDiffer: a topic exists with another number of partitions.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, request_timeout_ms=15_000)
    await within_limit(admin.start())
    try:
        missing = await _missing(admin, topics)
        if missing:
            await within_limit(
                admin.create_topics(
                    [
                        NewTopic(one.name, one.partitions, replication, topic_configs=one.config)
                        for one in missing
                    ]
                )
            )
    finally:
        await within_limit(admin.close())
    return [one.name for one in missing]


async def check_topics(brokers: str, topics: Sequence[Topic] = TOPICS) -> None:
    """Go on only if every topic exists as the catalogue has it.

    Raises:
        TopicsDiffer: a topic is missing, or has another number of partitions.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, request_timeout_ms=15_000)
    await within_limit(admin.start())
    try:
        missing = await _missing(admin, topics)
    finally:
        await within_limit(admin.close())
    if missing:
        raise TopicsDiffer(f"missing topics: {', '.join(one.name for one in missing)}")


async def _missing(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[Topic]:
    existing = set(await within_limit(admin.list_topics()))
    known = await within_limit(
        admin.describe_topics([one.name for one in topics if one.name in existing])
    )
    partitions = {one["topic"]: len(one["partitions"]) for one in known}
    for topic in topics:
        found = partitions.get(topic.name, topic.partitions)
        if found != topic.partitions:
            raise TopicsDiffer(f"{topic.name} has {found} partitions instead of {topic.partitions}")
    return [topic for topic in topics if topic.name not in existing]
