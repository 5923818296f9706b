"""Creates the topics of the catalogue on any broker: the embedded one, or an operator's three.

`python -m launcher.topics` with the broker's address in `ORTAQ_KAFKA`. Run again, it adds what
is missing and changes nothing else.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from launcher.refusals import BrokerUnreachable
from shared.contracts.catalogue import TOPICS, Topic
from shared.messaging import topics as shared_topics
from shared.messaging.topics import TopicsDiffer

# Three copies outlive one broker, and two of them must have every acknowledged event.
_COPIES = 3
_SAFE = {"min.insync.replicas": "2"}

_TIMEOUT_SECONDS = 20.0


async def create_topics(address: str, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Create the topics that the broker lacks, wait until it shows them, and return their names.

    Raises:
        BrokerUnreachable: no broker answers.
        TopicsDiffer: a topic has another number of partitions than the catalogue.
    """
    copies = min(_COPIES, await count_brokers(address))
    if copies == _COPIES:
        topics = [replace(topic, config=topic.config | _SAFE) for topic in topics]
    created = await shared_topics.create_topics(address, replication=copies, topics=topics)
    await _wait_shown(address, topics)
    return created


async def count_brokers(address: str) -> int:
    """Return how many brokers the cluster has.

    Raises:
        BrokerUnreachable: none of them answers.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    try:
        await asyncio.wait_for(admin.start(), _TIMEOUT_SECONDS)
        return len((await admin.describe_cluster())["brokers"])
    except (KafkaError, TimeoutError) as refusal:
        raise BrokerUnreachable(f"No Kafka broker answers at {address}.") from refusal
    finally:
        await admin.close()


async def _wait_shown(address: str, topics: Sequence[Topic]) -> None:
    """A created topic is known to the broker's clients only a moment later."""
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while True:
        try:
            await shared_topics.check_topics(address, topics)
        except TopicsDiffer:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            return


def main() -> int:
    """Create the topics of the broker in `ORTAQ_KAFKA`; exit code 1 and one line when refused."""
    try:
        created = asyncio.run(create_topics(os.environ["ORTAQ_KAFKA"]))
    except (BrokerUnreachable, TopicsDiffer, KafkaError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(f"{len(created)} topics created\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
