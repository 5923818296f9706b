"""What participation tells: proposals, rounds, their counts and their winners."""

from datetime import date, datetime
from uuid import UUID

from shared.contracts.event import Event


class ProposalSubmitted(Event):
    """Residents of a unit have a new proposal before them."""

    type = "kz.ortaq.participation.proposal.submitted.v1"
    topic = "participation.proposal.fact.v1"
    subject_field = "proposal_id"

    proposal_id: UUID
    unit_id: UUID
    title_kk: str
    title_ru: str
    title_en: str


class ProposalSupported(Event):
    """A proposal has reached the support that its unit asks for. Sent once per proposal."""

    type = "kz.ortaq.participation.proposal.supported.v1"
    topic = "participation.proposal.fact.v1"
    subject_field = "proposal_id"

    proposal_id: UUID
    unit_id: UUID
    supporters: int


class ProposalCosted(Event):
    """The akimat has said what a proposal would cost."""

    type = "kz.ortaq.participation.proposal.costed.v1"
    topic = "participation.proposal.fact.v1"
    subject_field = "proposal_id"

    proposal_id: UUID
    unit_id: UUID
    cost_tiyn: int


class RoundOpened(Event):
    """Voting in a round has begun under rules that can no longer change."""

    type = "kz.ortaq.participation.round.opened.v1"
    topic = "participation.round.fact.v1"
    subject_field = "round_id"

    round_id: UUID
    unit_id: UUID
    rule: str
    budget_tiyn: int
    rules_digest: str
    closes_at: datetime


class RoundCounted(Event):
    """A closed round was counted; anyone can repeat the count and get the digest."""

    type = "kz.ortaq.participation.round.counted.v1"
    topic = "participation.round.fact.v1"
    subject_field = "round_id"

    round_id: UUID
    unit_id: UUID
    rule: str
    ballots: int
    winner_project_ids: list[UUID]
    cost_tiyn: int
    digest: str | None
    """None where so few voted that trial counts could tell who voted how."""


class ProjectWon(Event):
    """A project won its round and asks for a line in the unit's budget."""

    type = "kz.ortaq.participation.project.won.v1"
    topic = "participation.project.fact.v1"
    subject_field = "project_id"

    project_id: UUID
    proposal_id: UUID
    round_id: UUID
    unit_id: UUID
    """The self-government unit whose budget pays."""
    fiscal_year: int
    title_kk: str
    title_ru: str
    title_en: str
    cost_tiyn: int
    counted_on: date
