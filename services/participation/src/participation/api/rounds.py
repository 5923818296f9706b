"""Routes of rounds: drafting, confirming, admitting projects, opening."""

import secrets
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import Row

from participation.api.proposals import title_of
from participation.domain.counting import (
    Completion,
    Endowment,
    Parameters,
    Rule,
    Stop,
    Tie,
    Utility,
)
from participation.domain.rounds import Phase, phase_of
from participation.domain.voting_rules import usual_step, write_parameters
from participation.persistence.rounds import count_electors, find_rounds, get_round
from participation.usecases.scheduling import (
    admit_proposal,
    confirm_round,
    draft_round,
    open_round,
)
from shared.answers import Answer, TrilingualText
from shared.database import Reading, Session, Transaction
from shared.identity import Caller, Known, permit
from shared.pages import Listing, Page
from shared.requests import (
    Amount,
    Body,
    Choice,
    Count,
    Day,
    Identifier,
    Instant,
    Line,
    TrilingualLine,
)
from shared.routing import Routes

routes = Routes("/v1/rounds", tag="rounds")


class CountingRule(Body):
    """How winners are found. The seed, from which ties are drawn, is public before voting.

    `step_tenge` is what each raise of the endowment adds per voter; `threshold_votes` what a
    project needs to win at all.
    """

    rule: Choice[Rule] = Rule.EQUAL_SHARES
    utility: Choice[Utility] = Utility.COST
    completion: Choice[Completion] = Completion.ADD1U
    stop: Choice[Stop] = Stop.OVERSPEND
    endowment: Choice[Endowment] = Endowment.INTEGRAL
    step_tenge: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    threshold_votes: Annotated[Count, Field(ge=1)] = 1
    comparison: bool = False
    ties: Annotated[list[Choice[Tie]], Field(max_length=6)] = [Tie.MAX_VOTES, Tie.MIN_COST]  # noqa: RUF012 - Pydantic copies it
    seed: Line | None = None

    def parameters(self, budget_tiyn: int) -> Parameters:
        """Return the rule as the counting engine takes it."""
        return Parameters(
            **self.model_dump(include={"rule", "utility", "completion", "stop", "endowment"}),
            step=self.step_tenge or usual_step(budget_tiyn),
            threshold=Fraction(self.threshold_votes),
            comparison=self.comparison,
            ties=tuple(self.ties),
            seed=self.seed or secrets.token_hex(16),
        )


class NewRound(Body):
    """A vote on part of a unit's budget; residents name `fewest_projects` to `most_projects`."""

    unit_id: Identifier
    title: TrilingualLine
    fiscal_year: Annotated[int, Field(ge=2018, le=2200)]
    budget_tiyn: Amount
    counting: CountingRule = CountingRule()
    fewest_projects: Annotated[int, Field(ge=1, le=50)] = 1
    most_projects: Annotated[int, Field(ge=1, le=50)]
    eligible_on: Day
    opens_at: Instant
    closes_at: Instant

    @model_validator(mode="after")
    def _some_number(self) -> Self:
        if self.fewest_projects > self.most_projects:
            raise ValueError("fewest_projects is more than most_projects")
        return self


class NewProject(Body):
    """The costed proposal to be voted on."""

    proposal_id: Identifier


class Round(Answer):
    """A round as everybody sees it; `rules_digest` is the SHA-256 of the text `rules`."""

    id: UUID
    unit_id: UUID
    title: TrilingualText
    fiscal_year: int
    budget_tiyn: int
    parameters: dict[str, Any]
    fewest_projects: int
    most_projects: int
    eligible_on: date
    opens_at: datetime
    closes_at: datetime
    phase: Phase
    confirmed_at: datetime | None
    opened_at: datetime | None
    counted_at: datetime | None
    rules: str | None
    rules_digest: str | None


class RoundWithElectors(Round):
    """A round, and how many residents may vote in it (0 before it opens)."""

    electors: int


class AdmittedProject(Answer):
    """A project on the ballot."""

    id: UUID
    round_id: UUID
    proposal_id: UUID
    unit_id: UUID
    title: TrilingualText
    cost_tiyn: int


def show_round(row: Row[Any]) -> Round:
    """Return a round fit for every reader."""
    shown = {
        "title": title_of(row),
        "phase": phase_of(row.status, row.closes_at, datetime.now(UTC)),
    }
    return Round.model_validate({**row._mapping, **shown})


def show_admitted(row: Row[Any]) -> AdmittedProject:
    """Return a project as it stands on the ballot."""
    return AdmittedProject.model_validate({**row._mapping, "title": title_of(row)})


async def permitted_round(session: Session, caller: Caller, round_id: UUID) -> Row[Any]:
    """Return a round in which the caller may do the route's action."""
    round_ = await get_round(session, round_id)
    await permit(session, caller, round_.unit_id)
    return round_


@routes.get("", action="unit.read")
async def get_rounds(
    reading: Reading, listing: Listing, unit_id: Identifier | None = None
) -> Page[Round]:
    """List rounds, the newest first."""
    after = UUID(listing.after[0]) if listing.after else None
    rows = await find_rounds(reading, unit_id=unit_id, after=after, limit=listing.limit + 1)
    return listing.page(rows, show_round, lambda row: [row.id])


@routes.get("/{round_id}", action="unit.read")
async def read_round(round_id: Identifier, reading: Reading) -> RoundWithElectors:
    """Show a round with its rules."""
    shown = show_round(await get_round(reading, round_id))
    electors = await count_electors(reading, round_id)
    return RoundWithElectors(**shown.model_dump(), electors=electors)


@routes.post("", action="poll.create")
async def post_round(new: NewRound, caller: Known, session: Transaction) -> Round:
    """Draft a round; a second person confirms it."""
    await permit(session, caller, new.unit_id)
    titles = {f"title_{language}": line for language, line in new.title.model_dump().items()}
    values = {
        **new.model_dump(exclude={"title", "counting"}),
        **titles,
        "parameters": write_parameters(new.counting.parameters(new.budget_tiyn)),
        "created_by": caller.account_id,
    }
    return show_round(await draft_round(session, values, datetime.now(UTC)))


@routes.post("/{round_id}/confirmations", action="poll.create")
async def post_confirmation(round_id: Identifier, caller: Known, session: Transaction) -> Round:
    """Confirm another person's draft; its rules are fixed from then on."""
    await permitted_round(session, caller, round_id)
    return show_round(await confirm_round(session, round_id, caller.account_id, datetime.now(UTC)))


@routes.post("/{round_id}/projects", action="poll.create")
async def post_project(
    round_id: Identifier, new: NewProject, caller: Known, session: Transaction
) -> AdmittedProject:
    """Admit a costed proposal to the round as a project."""
    await permitted_round(session, caller, round_id)
    project = await admit_proposal(session, round_id, new.proposal_id, caller.account_id)
    return show_admitted(project)


@routes.post("/{round_id}/openings", action="poll.create")
async def post_opening(round_id: Identifier, caller: Known, session: Transaction) -> Round:
    """Open the voting at or after its announced instant; the clock does so by itself, too."""
    await permitted_round(session, caller, round_id)
    return show_round(await open_round(session, round_id, datetime.now(UTC)))
