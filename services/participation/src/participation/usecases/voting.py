"""Voting: once per resident, and never to be seen with a name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row

from participation.domain.ballots import NotEligible, receipt_of, require_choices, require_voting
from participation.persistence.ballots import add_ballot, add_voter
from participation.persistence.projects import find_projects_of
from participation.persistence.residents import find_resident
from shared.database import Session


async def cast_ballot(
    session: Session, voting: Row[Any], account_id: UUID, chosen: Sequence[UUID], now: datetime
) -> str:
    """Take a resident's ballot and return its receipt.

    No event tells of it: a ballot leaves no trace but its two rows until voting is over.

    Raises:
        VotingNotOpen, VotingClosed, WrongNumberOfProjects, UnknownChoice, NotEligible: the ballot
            is refused; so is, by the database, a second one (`AlreadyVoted`).
    """
    require_voting(voting.status, voting.closes_at, now)
    offered = {project.id for project in await find_projects_of(session, voting.id)}
    choices = require_choices(
        chosen, offered, fewest=voting.fewest_projects, most=voting.most_projects
    )
    resident = await find_resident(session, account_id)
    if resident is None:
        raise NotEligible
    await add_voter(session, voting.id, resident.resident_id)
    # Version 4: an id that told the time would tell whose ballot it is.
    ballot_id = uuid4()
    await add_ballot(session, ballot_id, voting.id, choices)
    return receipt_of(ballot_id, voting.id, choices)
