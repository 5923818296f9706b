"""Routes of results: counting a closed round, its result, its ballots and receipts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi.responses import PlainTextResponse
from sqlalchemy import Row

from participation.api.proposals import title_of
from participation.api.rounds import permitted_round
from participation.domain.ballots import receipt_of
from participation.domain.days import day_of
from participation.domain.exports import recount_command, write_ballots
from participation.domain.results import (
    NoResultYet,
    TooFewBallots,
    build_election,
    is_publishable,
)
from participation.domain.voting_rules import read_parameters
from participation.persistence.ballots import read_ballots
from participation.persistence.counts import find_counts
from participation.persistence.projects import find_projects_of
from participation.persistence.rounds import count_electors, get_round
from participation.persistence.units import get_unit_name
from participation.usecases.tallying import count_round
from shared.answers import Answer, TrilingualText
from shared.database import Reading, Session, Transaction
from shared.identity import Known
from shared.requests import Identifier
from shared.routing import Routes
from shared.texts import current_language

routes = Routes("/v1/rounds", tag="results")


class ProjectResult(Answer):
    """What became of a project and why; `place` is its number among the winners, in order."""

    project_id: UUID
    title: TrilingualText
    cost_tiyn: int
    won: bool
    place: int | None
    votes: int | None
    explanation: str | None


class RuleResult(Answer):
    """Who wins under a rule, and how many voters get nothing they voted for."""

    rule: str
    is_decisive: bool
    winners: Sequence[UUID]
    cost_tiyn: int
    ballots_with_nothing: int
    share_with_nothing: Decimal
    digest: str


class Result(Answer):
    """The result of a round.

    Where fewer than the set number have voted, winners are named, but no figure that would tell
    of single people: `is_withheld`. `recount` is the command that repeats the count from the
    downloaded ballots and prints the same digest.
    """

    round_id: UUID
    counted_on: date
    rules_digest: str
    budget_tiyn: int
    cost_tiyn: int
    winners: Sequence[UUID]
    is_withheld: bool
    ballots: int
    electors: int
    rule: str
    parameters: dict[str, Any]
    engine_version: str
    digest: str | None
    recount: str
    projects: Sequence[ProjectResult]
    comparison: Sequence[RuleResult]


class Receipts(Answer):
    """The receipts of all counted ballots, in an order that tells nothing."""

    round_id: UUID
    receipts: Sequence[str]


async def _counts(session: Session, round_id: UUID) -> Sequence[Row[Any]]:
    """Return the round's counts; before them everything about its ballots is “not found”."""
    await get_round(session, round_id)
    counts = await find_counts(session, round_id)
    if not counts:
        raise NoResultYet
    return counts


@routes.post("/{round_id}/counts", action="poll.create")
async def post_count(round_id: Identifier, caller: Known, session: Transaction) -> Result:
    """Count a closed round; answers the result also where the clock has counted already."""
    await permitted_round(session, caller, round_id)
    await count_round(session, round_id, caller.account_id, datetime.now(UTC))
    return await show_result(session, round_id)


@routes.get("/{round_id}/result", action="poll.result.read")
async def get_result(round_id: Identifier, reading: Reading) -> Result:
    """Show who won and why, and how it would have come out under other rules."""
    return await show_result(reading, round_id)


async def show_result(session: Session, round_id: UUID) -> Result:
    """Return the result of a counted round.

    Raises:
        RoundNotFound, NoResultYet: there is none.
    """
    round_ = await get_round(session, round_id)
    counts = await _counts(session, round_id)
    decisive, is_public = counts[0], is_publishable(counts[0].ballots, counts[0].counted_on)
    projects = await find_projects_of(session, round_id)
    return Result(
        round_id=round_id,
        counted_on=decisive.counted_on,
        rules_digest=round_.rules_digest,
        budget_tiyn=round_.budget_tiyn,
        cost_tiyn=decisive.cost_tiyn,
        winners=decisive.winners,
        is_withheld=not is_public,
        ballots=decisive.ballots,
        electors=await count_electors(session, round_id),
        rule=decisive.parameters["rule"],
        parameters=decisive.parameters,
        engine_version=decisive.engine_version,
        digest=decisive.digest if is_public else None,
        recount=recount_command(read_parameters(decisive.parameters)),
        projects=[_show_project(project, decisive, is_public=is_public) for project in projects],
        comparison=[_show_rule(one) for one in counts] if is_public else [],
    )


def _show_project(project: Row[Any], decisive: Row[Any], *, is_public: bool) -> ProjectResult:
    found = decisive.explanations[str(project.id)]
    return ProjectResult(
        project_id=project.id,
        title=title_of(project),
        cost_tiyn=project.cost_tiyn,
        won=found["place"] is not None,
        place=found["place"],
        votes=found["votes"] if is_public else None,
        explanation=found["texts"][current_language.get()] if is_public else None,
    )


def _show_rule(counted: Row[Any]) -> RuleResult:
    share = Decimal(counted.ballots_with_nothing) / (counted.ballots or 1)
    return RuleResult(
        rule=counted.parameters["rule"],
        is_decisive=counted.is_decisive,
        winners=counted.winners,
        cost_tiyn=counted.cost_tiyn,
        ballots_with_nothing=counted.ballots_with_nothing,
        share_with_nothing=share.quantize(Decimal("0.0001")),
        digest=counted.digest,
    )


@routes.get("/{round_id}/receipts", action="poll.result.read")
async def get_receipts(round_id: Identifier, reading: Reading) -> Receipts:
    """List the receipts of the counted ballots; whoever voted finds the own one among them."""
    await _counts(reading, round_id)
    ballots = await read_ballots(reading, round_id)
    receipts = sorted(receipt_of(ballot_id, round_id, chosen) for ballot_id, chosen in ballots)
    return Receipts(round_id=round_id, receipts=receipts)


@routes.get(
    "/{round_id}/ballots.pb",
    action="poll.result.read",
    response_class=PlainTextResponse,
    response_model=None,
)
async def get_ballots(round_id: Identifier, reading: Reading) -> PlainTextResponse:
    """Download the ballots as a Pabulib file, so that anybody can repeat the count."""
    decisive = (await _counts(reading, round_id))[0]
    if not is_publishable(decisive.ballots, decisive.counted_on):
        raise TooFewBallots
    round_ = await get_round(reading, round_id)
    projects = await find_projects_of(reading, round_id)
    costs = {project.id: project.cost_tiyn for project in projects}
    ballots = [chosen for _, chosen in await read_ballots(reading, round_id)]
    file = write_ballots(
        build_election(costs, round_.budget_tiyn, ballots),
        {**round_._mapping, "unit": await get_unit_name(reading, round_.unit_id)},
        {str(project.id): project.title_kk for project in projects},
        parameters=read_parameters(decisive.parameters),
        days=(day_of(round_.opens_at), day_of(round_.closes_at)),
        winners=[str(winner) for winner in decisive.winners],
    )
    headers = {"Content-Disposition": 'attachment; filename="ballots.pb"'}
    return PlainTextResponse(file, headers=headers)
