"""What the passing of time alone decides: rounds open and are counted when announced."""

from datetime import UTC, datetime
from uuid import UUID

from participation.domain.rounds import RoundStatus
from participation.persistence.rounds import lock_due_round
from participation.usecases.scheduling import open_round
from participation.usecases.tallying import count_round
from shared.database import Session, Sessions
from shared.logs import logger
from shared.messaging.inbox import is_infrastructure

MOST_ROUNDS = 100


async def keep_time(sessions: Sessions) -> None:
    """Open and count the rounds whose time has come, each in a transaction of its own.

    A round that cannot be counted, such as one with a stuffed ballot box, holds up no other.
    """
    passed: list[UUID] = []
    while len(passed) < MOST_ROUNDS:
        try:
            async with sessions.begin() as session:
                due = await lock_due_round(session, datetime.now(UTC), passed)
                if due is None:
                    return
                passed.append(due.id)
                await _advance(session, due.id, RoundStatus(due.status))
        except Exception as error:
            if is_infrastructure(error):
                raise
            logger.error("round stuck", extra={"round_id": str(passed[-1]), "reason": repr(error)})


async def _advance(session: Session, round_id: UUID, status: RoundStatus) -> None:
    now = datetime.now(UTC)
    if status is RoundStatus.CONFIRMED:
        await open_round(session, round_id, now)
        logger.info("round opened", extra={"round_id": str(round_id)})
    else:
        await count_round(session, round_id, None, now)
        logger.info("round counted", extra={"round_id": str(round_id)})
