"""Every topic and every event: the one list that launcher, documentation and tests go by."""

from dataclasses import dataclass
from typing import Final

from shared.contracts import budget, participation, registry
from shared.contracts.event import Event

DAY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Topic:
    """A Kafka topic. Never add partitions to it in place: keys would move and lose their order."""

    name: str
    partitions: int
    config: dict[str, str]


def _events() -> list[type[Event]]:
    found = [
        value
        for module in (registry, participation, budget)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value is not Event
    ]
    return sorted(found, key=lambda kind: kind.type)


def _topic(name: str) -> Topic:
    if ".state." in name:
        compacted = {
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": str(DAY_MS // 24),
            "max.compaction.lag.ms": str(7 * DAY_MS),
            "delete.retention.ms": str(7 * DAY_MS),
        }
        return Topic(name, 3, compacted)
    return Topic(
        name,
        6,
        {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS), "segment.ms": str(DAY_MS)},
    )


EVENTS: Final = _events()
TOPICS: Final = [_topic(name) for name in sorted({kind.topic for kind in EVENTS})]
