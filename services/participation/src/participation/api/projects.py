"""Routes of projects: what became of each, and its chain from the sentence to the payment."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from participation.api.proposals import title_of
from participation.domain.chains import (
    STAGE_NAMES,
    STATE_NAMES,
    STATUS_NAMES,
    Link,
    ProjectStatus,
    Stage,
    State,
    money_links,
    status_of,
)
from participation.domain.days import day_of
from participation.domain.results import is_publishable
from participation.domain.rounds import Phase, RoundStatus, phase_of
from participation.persistence.counts import find_counts
from participation.persistence.ledger import find_entries, find_lines
from participation.persistence.projects import find_projects, get_project
from participation.persistence.proposals import get_proposal
from shared.answers import Answer, TrilingualText
from shared.database import Reading, Session
from shared.pages import Listing, Page
from shared.requests import Identifier
from shared.routing import Routes
from shared.texts import current_language

routes = Routes("/v1/projects", tag="projects")


class Project(Answer):
    """A project; its status follows the ledger and is never typed by hand."""

    id: UUID
    proposal_id: UUID
    round_id: UUID
    unit_id: UUID
    self_government_id: UUID
    fiscal_year: int
    title: TrilingualText
    cost_tiyn: int
    status: ProjectStatus
    status_name: str


class ChainStep(Answer):
    """One link; `status` says in words how far it is, `on` since which day, null for not yet."""

    stage: Stage
    name: str
    state: State
    status: str
    on: date | None
    document: str | None
    amount_tiyn: int | None
    votes: int | None = None
    ballots: int | None = None


class Chain(Answer):
    """The way of a project; a project that was not chosen ends with the count."""

    project: Project
    steps: Sequence[ChainStep]


async def show_projects(session: Session, rows: Sequence[Row[Any]]) -> list[Project]:
    """Return projects fit for every reader, with what the budget has told about them."""
    ids = [row.id for row in rows]
    lines, entries = defaultdict(list), defaultdict(list)
    for line in await find_lines(session, ids) if ids else ():
        lines[line.project_id].append(line)
    for entry in await find_entries(session, ids) if ids else ():
        entries[entry.project_id].append(entry)
    language, shown = current_language.get(), []
    for row in rows:
        status = status_of(row.has_won, lines[row.id], entries[row.id])
        name = STATUS_NAMES[status].within(language)
        known = {"title": title_of(row), "status": status, "status_name": name}
        shown.append(Project.model_validate({**row._mapping, **known}))
    return shown


@routes.get("", action="unit.read")
async def get_projects(
    reading: Reading,
    listing: Listing,
    unit_id: Identifier | None = None,
    round_id: Identifier | None = None,
) -> Page[Project]:
    """List projects, the newest first."""
    after = UUID(listing.after[0]) if listing.after else None
    rows = await find_projects(
        reading, unit_id=unit_id, round_id=round_id, after=after, limit=listing.limit + 1
    )
    projects = await show_projects(reading, rows)
    return listing.page(projects, lambda project: project, lambda project: [project.id])


@routes.get("/{project_id}", action="unit.read")
async def read_project(project_id: Identifier, reading: Reading) -> Project:
    """Show a project."""
    return (await show_projects(reading, [await get_project(reading, project_id)]))[0]


@routes.get("/{project_id}/chain", action="unit.read")
async def read_chain(project_id: Identifier, reading: Reading) -> Chain:
    """Show the whole way of a project: from the sentence to the payment."""
    row = await get_project(reading, project_id)
    project = (await show_projects(reading, [row]))[0]
    proposal = await get_proposal(reading, row.proposal_id)
    steps = [
        _step(Link(Stage.PROPOSAL, State.DONE, day_of(proposal.created_at))),
        _step(_vote(row)),
        await _count(reading, row),
    ]
    if project.status is not ProjectStatus.NOT_CHOSEN:
        lines = await find_lines(reading, [project_id])
        entries = await find_entries(reading, [project_id])
        steps += [_step(link) for link in money_links(lines, entries)]
    return Chain(project=project, steps=steps)


def _vote(row: Row[Any]) -> Link:
    phase = phase_of(row.round_status, row.closes_at, datetime.now(UTC))
    if phase in {Phase.DRAFT, Phase.ADMISSION}:
        return Link(Stage.VOTE, State.NOT_YET)
    if phase is Phase.VOTING:
        return Link(Stage.VOTE, State.UNDER_WAY, day_of(row.opens_at))
    return Link(Stage.VOTE, State.DONE, day_of(row.closes_at))


async def _count(session: Session, row: Row[Any]) -> ChainStep:
    if row.round_status != RoundStatus.COUNTED:
        return _step(Link(Stage.COUNT, State.NOT_YET))
    decisive = (await find_counts(session, row.round_id))[0]
    link = Link(Stage.COUNT, State.DONE, decisive.counted_on)
    if not is_publishable(decisive.ballots, decisive.counted_on):
        return _step(link)
    link = Link(Stage.COUNT, State.DONE, decisive.counted_on, decisive.digest)
    votes = decisive.explanations[str(row.id)]["votes"]
    return _step(link).model_copy(update={"votes": votes, "ballots": decisive.ballots})


def _step(link: Link) -> ChainStep:
    language = current_language.get()
    return ChainStep(
        stage=link.stage,
        name=STAGE_NAMES[link.stage].within(language),
        state=link.state,
        status=STATE_NAMES[link.state].within(language),
        on=link.on,
        document=link.document,
        amount_tiyn=link.amount_tiyn,
    )
