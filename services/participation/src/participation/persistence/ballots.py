"""The roll of voters, the ballot box and the sealed ballots."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from shared.database import Session

_VOTER = text("insert into voters (round_id, resident_id) values (:round_id, :resident_id)")
_BALLOT = text("""
    insert into ballot_box (id, round_id, project_ids) values (:id, :round_id, :project_ids)
""")
_SEAL = text("select seal_ballots(:round_id)")
_BALLOTS = text("select id, project_ids from ballots where round_id = :round_id order by id")


async def add_voter(session: Session, round_id: UUID, resident_id: UUID) -> None:
    """Enter on the roll that a resident has voted.

    Raises:
        sqlalchemy.exc.IntegrityError: `AlreadyVoted` or `NotEligible`, told by the database.
    """
    await session.execute(_VOTER, {"round_id": round_id, "resident_id": resident_id})


async def add_ballot(
    session: Session, ballot_id: UUID, round_id: UUID, project_ids: Sequence[UUID]
) -> None:
    """Put a ballot into the box, out of which nothing can be read.

    Raises:
        sqlalchemy.exc.IntegrityError: `VotingClosed`, `WrongNumberOfProjects` or `UnknownChoice`,
            told by the database.
    """
    values = {"id": ballot_id, "round_id": round_id, "project_ids": list(project_ids)}
    await session.execute(_BALLOT, values)


async def seal_ballots(session: Session, round_id: UUID) -> None:
    """Take the ballots out of the box of a closed round, shuffled; more do not come."""
    await session.execute(_SEAL, {"round_id": round_id})


async def read_ballots(session: Session, round_id: UUID) -> list[tuple[UUID, list[UUID]]]:
    """Return a round's sealed ballots, id and project ids, in the order of their random ids."""
    rows = await session.execute(_BALLOTS, {"round_id": round_id})
    return [(row.id, row.project_ids) for row in rows]
