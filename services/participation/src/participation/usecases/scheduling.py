"""Making a round: drafted by one person, confirmed by another, filled with projects, opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from participation.domain.projects import AdmissionOver, require_admissible
from participation.domain.proposals import ProposalStatus
from participation.domain.rounds import (
    FourEyes,
    NotASelfGovernment,
    RoundNotDraft,
    RoundStatus,
    RoundWithoutProjects,
    require_ahead,
    require_openable,
)
from participation.domain.voting_rules import digest_rules, require_countable, write_rules
from participation.persistence.projects import add_project, find_projects_of
from participation.persistence.proposals import lock_proposal, set_statuses
from participation.persistence.residents import enter_electors
from participation.persistence.rounds import add_round, lock_round, mark_confirmed, mark_open
from participation.persistence.units import get_unit
from shared.contracts.participation import RoundOpened
from shared.database import Session
from shared.messaging import outbox


async def draft_round(session: Session, values: Mapping[str, Any], now: datetime) -> Row[Any]:
    """Store a round that waits for a second person; `values` are its columns.

    Raises:
        UnitNotFound, NoSelfGovernment, NotASelfGovernment: the unit has no budget of its own.
        VotingInThePast, StepTooSmall: the rules cannot be voted by.
    """
    unit = await get_unit(session, values["unit_id"])
    if not unit.is_self_government:
        raise NotASelfGovernment
    require_ahead(values["opens_at"], values["closes_at"], now)
    require_countable(values["budget_tiyn"], values["parameters"]["step"])
    return await add_round(session, values)


async def confirm_round(session: Session, round_id: UUID, by: UUID, now: datetime) -> Row[Any]:
    """Confirm a round; from now on its rules stay.

    Raises:
        RoundNotFound, RoundNotDraft, VotingInThePast: there is nothing to confirm.
        FourEyes: the person drafted it.
    """
    round_ = await lock_round(session, round_id)
    if round_.status != RoundStatus.DRAFT:
        raise RoundNotDraft
    if round_.created_by == by:
        raise FourEyes
    require_ahead(round_.opens_at, round_.closes_at, now)
    return await mark_confirmed(session, round_id, by, now)


async def admit_proposal(session: Session, round_id: UUID, proposal_id: UUID, by: UUID) -> Row[Any]:
    """Put a costed proposal on the ballot, at the cost it has now; return the project.

    Raises:
        RoundNotFound, ProposalNotFound: one of them does not exist.
        AdmissionOver, ProposalOfAnotherUnit, ProposalNotCosted, ProjectTooCostly: not admitted.
    """
    round_ = await lock_round(session, round_id)
    if round_.status not in {RoundStatus.DRAFT, RoundStatus.CONFIRMED}:
        raise AdmissionOver
    proposal = await lock_proposal(session, proposal_id)
    cost_tiyn = require_admissible(
        status=proposal.status,
        is_same_unit=proposal.self_government_id == round_.unit_id,
        cost_tiyn=proposal.cost_tiyn,
        budget_tiyn=round_.budget_tiyn,
    )
    titles = {name: getattr(proposal, name) for name in ("title_kk", "title_ru", "title_en")}
    links = {"round_id": round_id, "proposal_id": proposal_id, "unit_id": proposal.unit_id}
    project = await add_project(
        session, {**titles, **links, "cost_tiyn": cost_tiyn, "admitted_by": by}
    )
    await set_statuses(session, [proposal_id], ProposalStatus.ADMITTED)
    return project


async def open_round(session: Session, round_id: UUID, now: datetime) -> Row[Any]:
    """Freeze the ballot, write down the electors, and let voting begin.

    Raises:
        RoundNotFound, RoundNotConfirmed, RoundNotInTime, RoundWithoutProjects: it stays shut.
    """
    round_ = await lock_round(session, round_id)
    require_openable(round_.status, opens_at=round_.opens_at, closes_at=round_.closes_at, now=now)
    projects = await find_projects_of(session, round_id)
    if not projects:
        raise RoundWithoutProjects
    rules = write_rules(dict(round_._mapping), [dict(project._mapping) for project in projects])
    await enter_electors(session, round_id)
    opened = await mark_open(
        session, round_id, rules=rules, rules_digest=digest_rules(rules), now=now
    )
    await outbox.record(
        session,
        RoundOpened(
            round_id=round_id,
            unit_id=opened.unit_id,
            rule=opened.parameters["rule"],
            budget_tiyn=opened.budget_tiyn,
            rules_digest=opened.rules_digest,
            closes_at=opened.closes_at,
        ),
    )
    return opened
