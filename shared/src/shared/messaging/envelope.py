"""The envelope: CloudEvents 1.0, Kafka protocol binding 1.0.2, binary content mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

SEQUENCE_DIGITS = 20
"""The `sequence` extension asks for a string whose order is the lexical one."""

Headers = list[tuple[str, bytes]]


class UnreadableMessage(Exception):
    """A record that no retry can make readable: a header is missing or is not what it should be."""


@dataclass(frozen=True)
class Message:
    """An event as it travels: attributes of the envelope and the bytes of the fact."""

    id: UUID
    type: str
    source: str
    subject: str
    sequence: int
    body: bytes
    trace: str
    epoch: int


def write_headers(row: Mapping[str, Any], *, source: str, epoch: int) -> Headers:
    """Return the Kafka headers of an outbox row.

    `x-log-epoch` tells of the log, not of the event: see `relay.py`.
    """
    attributes = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(row["event_id"]),
        "ce_source": source,
        "ce_type": row["type"],
        "ce_subject": row["subject"],
        "ce_time": _instant(row["happened_at"]),
        "ce_recordedtime": _instant(row["recorded_at"]),
        "ce_dataschema": f"https://ortaq.kz/schemas/{row['type']}.json",
        "ce_sequence": str(row["sequence"]).zfill(SEQUENCE_DIGITS),
        "ce_partitionkey": row["key"],
        "x-log-epoch": str(epoch),
    }
    if row["trace"]:
        attributes["ce_traceparent"] = f"00-{row['trace']}-{row['trace'][:16]}-01"
    return [(name, value.encode()) for name, value in attributes.items()]


def read_message(headers: Sequence[tuple[str, bytes]], body: bytes | None) -> Message:
    """Return the event that a Kafka record carries.

    Raises:
        UnreadableMessage: it is not a CloudEvent in binary mode, or lacks what we need of one.
    """
    try:
        found = {name.lower(): value.decode("utf-8") for name, value in headers}
        if found["ce_specversion"] != "1.0" or body is None:
            raise UnreadableMessage("not CloudEvents 1.0 with data")
        return Message(
            id=UUID(found["ce_id"]),
            type=found["ce_type"],
            source=found["ce_source"],
            subject=found["ce_subject"],
            sequence=int(found["ce_sequence"]),
            body=body,
            trace=found.get("ce_traceparent", "")[3:35],
            epoch=int(found.get("x-log-epoch", "0")),
        )
    except (KeyError, ValueError, UnicodeDecodeError) as error:
        raise UnreadableMessage(f"{type(error).__name__}: {error}") from error


def _instant(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
