"""Creates the topics of the catalogue, and refuses a broker whose topics are cut differently.

`python -m launcher.topics` with the broker's address in `ORTAQ_KAFKA`. Run again, it adds what
is missing and changes nothing else.
"""

import asyncio
import os
import sys
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from launcher.refusals import BrokerUnreachable, CannotStart
from shared.contracts.catalogue import TOPICS, Topic

# Three copies outlive one broker; two of them must have every acknowledged event.
_COPIES = 3
_TIMEOUT_MS = 20_000


class OtherPartitions(CannotStart):
    """A topic exists with another number of partitions: keys would lie elsewhere."""


async def create_topics(address: str, topics: Iterable[Topic] = TOPICS) -> list[str]:
    """Create the topics that the broker lacks and return their names.

    Raises:
        BrokerUnreachable: no broker answers.
        OtherPartitions: a topic has another number of partitions than the catalogue.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=_TIMEOUT_MS)
    try:
        await asyncio.wait_for(admin.start(), _TIMEOUT_MS / 1000)
    except (KafkaError, TimeoutError) as refusal:
        raise BrokerUnreachable(f"No Kafka broker answers at {address}.") from refusal
    try:
        wanted = {topic.name: topic for topic in topics}
        existing = await _partitions(admin)
        _require_same_partitions(wanted, existing)
        missing = [topic for name, topic in wanted.items() if name not in existing]
        copies = min(_COPIES, len((await admin.describe_cluster())["brokers"]))
        await _create(admin, missing, copies)
    finally:
        await admin.close()
    return [topic.name for topic in missing]


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    described = await admin.describe_topics()
    return {entry["topic"]: len(entry["partitions"]) for entry in described}


def _require_same_partitions(wanted: dict[str, Topic], existing: dict[str, int]) -> None:
    for name, topic in wanted.items():
        found = existing.get(name, topic.partitions)
        if found != topic.partitions:
            raise OtherPartitions(
                f"Topic {name} has {found} partitions on the broker, {topic.partitions} in the"
                " catalogue: events of one subject would lose their order. Use another broker."
            )


async def _create(admin: AIOKafkaAdminClient, missing: list[Topic], copies: int) -> None:
    if not missing:
        return
    safety = {"min.insync.replicas": "2"} if copies == _COPIES else {}
    asked = [
        NewTopic(topic.name, topic.partitions, copies, topic_configs={**topic.config, **safety})
        for topic in missing
    ]
    answer = await admin.create_topics(asked, timeout_ms=_TIMEOUT_MS)
    for name, code, *message in answer.topic_errors:
        # Two launchers on one broker may create at the same time.
        if code not in (0, TopicAlreadyExistsError.errno):
            raise CannotStart(f"Topic {name} could not be created: {message or code}")


def main() -> int:
    """Create the topics of the broker in `ORTAQ_KAFKA`; exit code 1 and one line when refused."""
    try:
        created = asyncio.run(create_topics(os.environ["ORTAQ_KAFKA"]))
    except (CannotStart, KafkaError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(f"{len(created)} topics created\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
