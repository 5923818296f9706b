"""Routes of proposals: submitting, reading, supporting, costing, withdrawing."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field, model_validator
from sqlalchemy import Row

from participation.domain.days import day_of
from participation.domain.proposals import ProposalStatus
from participation.domain.rules import find_rule
from participation.persistence.proposals import ProposalFilter, find_proposals, get_proposal
from participation.usecases.proposing import (
    cost_proposal,
    submit_proposal,
    support_proposal,
    withdraw_proposal,
)
from shared.answers import Answer, TrilingualText
from shared.database import Reading, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Amount, Body, Identifier, Line, Paragraph, TrilingualLine
from shared.routing import Routes

routes = Routes("/v1/proposals", tag="proposals")

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class NewProposal(Body):
    """What is wished for, and where; `unit_id` is the settlement or the unit as a whole."""

    unit_id: Identifier
    title: TrilingualLine
    text: Paragraph
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        return self


class NewCosting(Body):
    """What a proposal would cost, and the document the figure rests on."""

    cost_tiyn: Amount
    basis: Line


class Proposal(Answer):
    """A proposal as everybody sees it: without its author."""

    id: UUID
    unit_id: UUID
    self_government_id: UUID
    title: TrilingualText
    text: str
    latitude: float | None
    longitude: float | None
    status: ProposalStatus
    supporters: int
    supporters_needed: int
    supported_at: datetime | None
    cost_tiyn: int | None
    costed_at: datetime | None
    created_at: datetime
    withdrawn_at: datetime | None


class Support(Answer):
    """How many residents support a proposal now."""

    proposal_id: UUID
    supporters: int
    supporters_needed: int


def title_of(row: Row[Any]) -> TrilingualText:
    """Return the title of a row that has one in three languages."""
    return TrilingualText(kk=row.title_kk, ru=row.title_ru, en=row.title_en)


def supporters_needed(day: date) -> int:
    """Return how many supporters a proposal needs on a day."""
    return find_rule("proposal_support", day)


def show_proposal(row: Row[Any]) -> Proposal:
    """Return a proposal fit for every reader."""
    shown = {
        "title": title_of(row),
        "text": row.body,
        "supporters_needed": supporters_needed(day_of(row.supported_at or datetime.now(UTC))),
    }
    return Proposal.model_validate({**row._mapping, **shown})


@routes.get("", action="unit.read")
async def get_proposals(
    reading: Reading,
    listing: Listing,
    unit_id: Identifier | None = None,
    status: ProposalStatus | None = None,
    q: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
) -> Page[Proposal]:
    """List proposals, the newest first; `unit_id` is a settlement or a whole unit."""
    after = UUID(listing.after[0]) if listing.after else None
    rows = await find_proposals(
        reading, ProposalFilter(unit_id, status, q), after=after, limit=listing.limit + 1
    )
    return listing.page(rows, show_proposal, lambda row: [row.id])


@routes.get("/{proposal_id}", action="unit.read")
async def read_proposal(proposal_id: Identifier, reading: Reading) -> Proposal:
    """Show a proposal."""
    return show_proposal(await get_proposal(reading, proposal_id))


@routes.post("", action="proposal.create")
async def post_proposal(new: NewProposal, caller: Known, session: Transaction) -> Proposal:
    """Submit a proposal."""
    await permit(session, caller, new.unit_id)
    titles = {f"title_{language}": line for language, line in new.title.model_dump().items()}
    place = {"unit_id": new.unit_id, "latitude": new.latitude, "longitude": new.longitude}
    values = {**titles, **place, "body": new.text}
    return show_proposal(await submit_proposal(session, caller.account_id, values))


@routes.post("/{proposal_id}/supports", action="proposal.create")
async def post_support(proposal_id: Identifier, caller: Known, session: Transaction) -> Support:
    """Support a proposal of the self-government unit that one lives in."""
    now = datetime.now(UTC)
    proposal = await get_proposal(session, proposal_id)
    await permit(session, caller, proposal.self_government_id)
    supporters = await support_proposal(session, proposal, caller.account_id, now)
    return Support(
        proposal_id=proposal_id,
        supporters=supporters,
        supporters_needed=supporters_needed(day_of(now)),
    )


@routes.post("/{proposal_id}/costings", action="proposal.cost")
async def post_costing(
    proposal_id: Identifier, new: NewCosting, caller: Known, session: Transaction
) -> Proposal:
    """Say what a proposal would cost."""
    proposal = await get_proposal(session, proposal_id)
    await permit(session, caller, proposal.unit_id)
    costed = await cost_proposal(
        session,
        proposal_id,
        cost_tiyn=new.cost_tiyn,
        basis=new.basis,
        by=caller.account_id,
        now=datetime.now(UTC),
    )
    return show_proposal(costed)


@routes.post("/{proposal_id}/withdrawals", action="proposal.own")
async def post_withdrawal(proposal_id: Identifier, caller: Known, session: Transaction) -> Proposal:
    """Take one's own proposal back."""
    proposal = await get_proposal(session, proposal_id)
    await permit(session, caller, proposal.unit_id, owner_ids=(proposal.author_id,))
    return show_proposal(await withdraw_proposal(session, proposal_id, datetime.now(UTC)))
