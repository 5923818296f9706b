"""Counting a closed round, once, and telling the others who won."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from participation.domain.days import day_of
from participation.domain.proposals import ProposalStatus
from participation.domain.results import (
    NoResultYet,
    Result,
    VotingGoesOn,
    build_election,
    decide,
    is_publishable,
)
from participation.domain.rounds import Phase, RoundStatus, phase_of
from participation.domain.voting_rules import read_parameters, write_parameters
from participation.persistence.ballots import read_ballots, seal_ballots
from participation.persistence.counts import add_count
from participation.persistence.projects import find_projects_of
from participation.persistence.proposals import set_statuses
from participation.persistence.rounds import lock_round, mark_counted
from shared.contracts.participation import ProjectWon, RoundCounted
from shared.database import Session
from shared.messaging import outbox


async def count_round(session: Session, round_id: UUID, by: UUID | None, now: datetime) -> None:
    """Seal the ballots of a closed round and count them; a round already counted stays as it is.

    `by` is who asked for it, None for the clock.

    Raises:
        RoundNotFound, NoResultYet, VotingGoesOn: there is nothing to count.
        sqlalchemy.exc.IntegrityError: `BallotsDoNotMatchRoll`, told by the database.
    """
    round_ = await lock_round(session, round_id)
    if round_.status == RoundStatus.COUNTED:
        return
    phase = phase_of(round_.status, round_.closes_at, now)
    if phase is not Phase.CLOSED:
        raise VotingGoesOn if phase is Phase.VOTING else NoResultYet
    await seal_ballots(session, round_id)
    projects = await find_projects_of(session, round_id)
    ballots = [chosen for _, chosen in await read_ballots(session, round_id)]
    costs = {project.id: project.cost_tiyn for project in projects}
    election = build_election(costs, round_.budget_tiyn, ballots)
    # Counting is pure and may take seconds; other requests go on meanwhile.
    results = await asyncio.to_thread(decide, election, read_parameters(round_.parameters))
    await mark_counted(session, round_id, now)
    for result in results:
        await add_count(session, _count(round_id, result, costs, by, now))
    await _announce(session, round_, projects, results[0], now)


def _count(
    round_id: UUID, result: Result, costs: dict[UUID, int], by: UUID | None, now: datetime
) -> dict[str, Any]:
    explanations = {
        str(one.project_id): {"votes": one.votes, "place": one.place, "texts": one.texts}
        for one in result.projects
    }
    return {
        "round_id": round_id,
        "is_decisive": bool(result.projects),
        "parameters": write_parameters(result.parameters),
        "engine_version": result.outcome.engine_version,
        "digest": result.outcome.digest,
        "ballots": result.ballots,
        "ballots_with_nothing": result.ballots_with_nothing,
        "winners": list(result.winners),
        "cost_tiyn": sum(costs[winner] for winner in result.winners),
        "explanations": explanations,
        "counted_on": day_of(now),
        "counted_by": by,
    }


async def _announce(
    session: Session, round_: Row[Any], projects: Sequence[Row[Any]], result: Result, now: datetime
) -> None:
    """Tell who won. Losers are free for the next round."""
    won = [project for project in projects if project.id in result.winners]
    lost = [project.proposal_id for project in projects if project.id not in result.winners]
    await set_statuses(session, [one.proposal_id for one in won], ProposalStatus.WON)
    await set_statuses(session, lost, ProposalStatus.COSTED)
    digest = result.outcome.digest
    counted = RoundCounted(
        round_id=round_.id,
        unit_id=round_.unit_id,
        rule=round_.parameters["rule"],
        ballots=result.ballots,
        winner_project_ids=list(result.winners),
        cost_tiyn=sum(project.cost_tiyn for project in won),
        digest=digest if is_publishable(result.ballots, day_of(now)) else None,
    )
    await outbox.record(session, counted)
    for project in won:
        await outbox.record(session, _won(round_, project, now))


def _won(round_: Row[Any], project: Row[Any], now: datetime) -> ProjectWon:
    return ProjectWon(
        project_id=project.id,
        proposal_id=project.proposal_id,
        round_id=round_.id,
        unit_id=round_.unit_id,
        fiscal_year=round_.fiscal_year,
        title_kk=project.title_kk,
        title_ru=project.title_ru,
        title_en=project.title_en,
        cost_tiyn=project.cost_tiyn,
        counted_on=day_of(now),
    )
