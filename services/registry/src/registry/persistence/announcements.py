"""Many facts at once into the outbox; for one, `shared.messaging.outbox.record` is the way."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import text

from shared.contracts.event import Event
from shared.database import Session
from shared.logs import trace_id

_RECORD_ALL = text("""
    with fact as materialized (
        select * from unnest(cast(:subjects as text[]), cast(:payloads as bytea[]))
            with ordinality as fact (subject, payload, place)
    ), subject as (
        insert into event_subjects as known (subject, sequence)
        select subject, 1 from fact order by subject
        on conflict (subject) do update set sequence = known.sequence + 1
        returning subject, sequence
    )
    insert into outbox (type, subject, sequence, topic, key, payload, headers, happened_at)
    select :type, fact.subject, subject.sequence, :topic, fact.subject, fact.payload,
           cast(:headers as jsonb), :happened_at
    from fact join subject using (subject) order by fact.place
""")


async def record_all(session: Session, events: Sequence[Event]) -> None:
    """Tell the other services many facts of one type, each about another subject, in this order.

    The rows are the same as those of `record` called for each (tested), in one statement.
    """
    if not events:
        return
    await session.execute(
        _RECORD_ALL,
        {
            "subjects": [event.subject for event in events],
            "payloads": [event.model_dump_json().encode() for event in events],
            "type": events[0].type,
            "topic": events[0].topic,
            "headers": json.dumps({"trace": trace_id.get()} if trace_id.get() else {}),
            "happened_at": datetime.now(UTC),
        },
    )
