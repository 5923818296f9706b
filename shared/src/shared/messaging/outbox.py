"""Facts on their way out: stored in the transaction that makes them true."""

import json
from datetime import UTC, datetime

from sqlalchemy import text

from shared.contracts.event import Event
from shared.database import Session
from shared.logs import trace_id

# The subject's row is locked first and the outbox id drawn after it, so that for one subject the
# order of ids is the order of sequences is the order of commits. A relay that sends by id then
# keeps each subject in order without waiting for anybody else's transaction.
_RECORD = text("""
    with subject as (
        insert into event_subjects as known (subject, sequence) values (:subject, 1)
        on conflict (subject) do update set sequence = known.sequence + 1
        returning sequence
    )
    insert into outbox (type, subject, sequence, topic, key, payload, headers, happened_at)
    select :type, :subject, sequence, :topic, :subject, :payload,
           cast(:headers as jsonb), :happened_at
    from subject
""")


async def record(session: Session, event: Event, *, happened_at: datetime | None = None) -> None:
    """Tell the other services about `event` if, and only if, this transaction commits."""
    await session.execute(
        _RECORD,
        {
            "type": event.type,
            "subject": event.subject,
            "topic": event.topic,
            "payload": event.model_dump_json().encode(),
            "headers": json.dumps({"trace": trace_id.get()} if trace_id.get() else {}),
            "happened_at": happened_at or datetime.now(UTC),
        },
    )
