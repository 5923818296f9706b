"""What residents and the akimat do with proposals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from participation.domain.days import day_of
from participation.domain.proposals import ProposalStatus, require_changeable, require_supportable
from participation.domain.rules import find_rule
from participation.persistence.proposals import (
    add_costing,
    add_proposal,
    add_support,
    get_proposal,
    lock_proposal,
    mark_supported,
    mark_withdrawn,
)
from participation.persistence.units import get_unit
from shared.contracts.participation import ProposalCosted, ProposalSubmitted, ProposalSupported
from shared.database import Session
from shared.messaging import outbox


async def submit_proposal(session: Session, author_id: UUID, values: dict[str, Any]) -> Row[Any]:
    """Put a resident's proposal before the unit.

    `values` are unit_id, title_kk, title_ru, title_en, body, latitude and longitude.

    Raises:
        UnitNotFound, NoSelfGovernment: the unit cannot have proposals.
    """
    unit = await get_unit(session, values["unit_id"])
    place = {"self_government_id": unit.self_government_id, "author_id": author_id}
    proposal = await get_proposal(session, await add_proposal(session, values | place))
    await outbox.record(
        session,
        ProposalSubmitted(
            proposal_id=proposal.id,
            unit_id=proposal.self_government_id,
            title_kk=proposal.title_kk,
            title_ru=proposal.title_ru,
            title_en=proposal.title_en,
        ),
    )
    return proposal


async def support_proposal(
    session: Session, proposal: Row[Any], account_id: UUID, now: datetime
) -> int:
    """Add a resident's support, tell the others if it is the one that suffices; return the number.

    Raises:
        ProposalNotOpen, NotAResidentHere, AlreadySupported: nothing is added.
    """
    require_supportable(ProposalStatus(proposal.status))
    supporters = await add_support(session, proposal, account_id)
    suffices = supporters >= find_rule("proposal_support", day_of(now))
    is_news = suffices and proposal.supported_at is None
    if is_news and await mark_supported(session, proposal.id, now):
        event = ProposalSupported(
            proposal_id=proposal.id, unit_id=proposal.self_government_id, supporters=supporters
        )
        await outbox.record(session, event)
    return supporters


async def cost_proposal(
    session: Session, proposal_id: UUID, *, cost_tiyn: int, basis: str, by: UUID, now: datetime
) -> Row[Any]:
    """Say what a proposal would cost, and on what ground; a later figure replaces it.

    Raises:
        ProposalNotFound, ProposalBound: the figure is not taken.
    """
    proposal = await lock_proposal(session, proposal_id)
    require_changeable(ProposalStatus(proposal.status))
    figure = {"id": proposal_id, "cost_tiyn": cost_tiyn, "basis": basis, "costed_by": by}
    await add_costing(session, {**figure, "now": now})
    event = ProposalCosted(
        proposal_id=proposal_id, unit_id=proposal.self_government_id, cost_tiyn=cost_tiyn
    )
    await outbox.record(session, event)
    return await get_proposal(session, proposal_id)


async def withdraw_proposal(session: Session, proposal_id: UUID, now: datetime) -> Row[Any]:
    """Take a proposal back.

    Raises:
        ProposalNotFound, ProposalBound: it stays.
    """
    proposal = await lock_proposal(session, proposal_id)
    require_changeable(ProposalStatus(proposal.status))
    await mark_withdrawn(session, proposal_id, now)
    return await get_proposal(session, proposal_id)
