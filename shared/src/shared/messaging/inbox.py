"""Facts on their way in: each handled once, in the transaction that remembers its id.

A batch of up to 500 records is one transaction. If a handler fails, the batch is undone and gone
through one by one: the event that fails three times is parked with its reason, later events of the
same key are parked behind it, so that their order is kept, and every other key goes on.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aiokafka import ConsumerRecord
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from shared.contracts.event import Event
from shared.database import Session, Sessions
from shared.logs import logger, trace_id
from shared.messaging.envelope import Message, UnreadableMessage, read_message

Handler = Callable[[Session, Sequence[Any]], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]
"""What a service does about which facts. A handler gets facts of one type, in order."""

TRIES = 3
FIRST_PAUSE_SECONDS = 0.1

_REMEMBER = text("""
    insert into inbox (consumer, event_id)
    select :consumer, event_id from unnest(cast(:ids as uuid[])) as event_id
    on conflict do nothing returning event_id
""")
_PARKED_KEYS = text("""
    select topic, key from dead_letters
    where consumer = :consumer and settled_at is null and key = any(:keys)
""")
_PARK = text("""
    insert into dead_letters
        (consumer, event_id, topic, partition, record_offset, key, headers, payload, reason,
        attempts)
    values (:consumer, :event_id, :topic, :partition, :record_offset, :key, cast(:headers as jsonb),
            :payload, :reason, :attempts)
    on conflict do nothing
""")


@dataclass(frozen=True)
class Arrival:
    """One record with the fact it carries; `event` is None where the service does not care."""

    record: ConsumerRecord
    message: Message | None
    event: Event | None
    fault: str = ""
    """Why it cannot be read, if it cannot."""

    @property
    def key(self) -> str:
        """What its order is kept by."""
        raw: bytes = self.record.key or b""
        return raw.decode("utf-8", "replace")


def open_record(record: ConsumerRecord, handlers: Handlers) -> Arrival:
    """Return the fact in a record, read by the contract of its type."""
    try:
        message = read_message(record.headers, record.value)
        contract = next((kind for kind in handlers if kind.type == message.type), None)
        event = contract.model_validate_json(message.body) if contract else None
    except (UnreadableMessage, ValidationError) as error:
        return Arrival(
            record, None, None, fault=f"unreadable: {type(error).__name__}: {error}"[:2_000]
        )
    return Arrival(record, message, event)


async def deliver(
    consumer: str, records: Iterable[ConsumerRecord], handlers: Handlers, sessions: Sessions
) -> None:
    """Handle records, in order, at most once each; park what no retry can mend.

    Raises:
        OperationalError, InterfaceError, OSError: the database is away; deliver them all again.
    """
    arrivals = [open_record(record, handlers) for record in records]
    wanted = [arrival for arrival in arrivals if arrival.event is not None or arrival.fault]
    if not wanted:
        return
    try:
        await _handle(consumer, wanted, handlers, sessions)
    except Exception as error:
        if is_infrastructure(error):
            raise
        logger.warning(
            "batch failed, going one by one",
            extra={"consumer": consumer, "reason": repr(error)[:500]},
        )
        for arrival in wanted:
            await _handle_alone(consumer, arrival, handlers, sessions)


def is_infrastructure(error: BaseException) -> bool:
    """Return whether the database or network failed, rather than the event."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        away = state.startswith(("08", "57P", "53", "40"))
        return (
            away
            or error.connection_invalidated
            or isinstance(error, InterfaceError)
            or (isinstance(error, OperationalError) and not state)
        )
    return isinstance(error, OSError | asyncio.TimeoutError)


async def _handle(
    consumer: str, arrivals: Sequence[Arrival], handlers: Handlers, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        parked = await _parked_keys(session, consumer, arrivals)
        passing = []
        for arrival in arrivals:
            place = (arrival.record.topic, arrival.key)
            if arrival.fault or place in parked:
                await _park(session, consumer, arrival, arrival.fault or "behind a parked event", 0)
                parked.add(place)
            else:
                passing.append(arrival)
        fresh = await _remember(session, consumer, passing)
        for (kind, trace), run in groupby(fresh, key=lambda one: (type(one.event), _trace(one))):
            trace_id.set(trace)
            await handlers[kind](session, [arrival.event for arrival in run])


def _trace(arrival: Arrival) -> str:
    return arrival.message.trace if arrival.message else ""


async def _handle_alone(
    consumer: str, arrival: Arrival, handlers: Handlers, sessions: Sessions
) -> None:
    reason = ""
    for attempt in range(TRIES):
        try:
            await _handle(consumer, [arrival], handlers, sessions)
        except Exception as error:
            if is_infrastructure(error):
                raise
            reason = repr(error)[:2_000]
            await asyncio.sleep(FIRST_PAUSE_SECONDS * 3**attempt)
        else:
            return
    async with sessions.begin() as session:
        await _park(session, consumer, arrival, reason, TRIES)
    logger.error(
        "event parked",
        extra={"consumer": consumer, "reason": reason, "topic": arrival.record.topic},
    )


async def _parked_keys(
    session: Session, consumer: str, arrivals: Sequence[Arrival]
) -> set[tuple[str, str]]:
    keys = sorted({arrival.key for arrival in arrivals})
    rows = await session.execute(_PARKED_KEYS, {"consumer": consumer, "keys": keys})
    return {(row.topic, row.key) for row in rows}


async def _remember(session: Session, consumer: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Enter the events' ids and return those that were not there before, each once, in order."""
    first = {arrival.message.id: arrival for arrival in reversed(arrivals) if arrival.message}
    if not first:
        return []
    rows = await session.execute(_REMEMBER, {"consumer": consumer, "ids": sorted(first)})
    new = set(rows.scalars())
    return [
        arrival
        for arrival in arrivals
        if arrival.message and arrival.message.id in new and first[arrival.message.id] is arrival
    ]


async def _park(
    session: Session, consumer: str, arrival: Arrival, reason: str, attempts: int
) -> None:
    record = arrival.record
    readable = [
        [name, value.decode("utf-8", "replace").replace("\0", "�")]
        for name, value in record.headers
    ]
    await session.execute(
        _PARK,
        {
            "consumer": consumer,
            "event_id": arrival.message.id if arrival.message else None,
            "topic": record.topic,
            "partition": record.partition,
            "record_offset": record.offset,
            "key": arrival.key.replace("\0", "�"),
            "headers": json.dumps(readable),
            "payload": record.value,
            "reason": reason.replace("\0", "�"),
            "attempts": attempts,
        },
    )
