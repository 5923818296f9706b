"""What the registry tells: units, grants, residents (by opaque ids alone) and mandates."""

from datetime import date
from uuid import UUID

from shared.contracts.event import Event


class UnitChanged(Event):
    """A territorial unit as it is now known; the newest one per unit is the whole state."""

    type = "kz.ortaq.registry.unit.changed.v1"
    topic = "registry.unit.state.v1"
    subject_field = "unit_id"

    unit_id: UUID
    kato: str
    kind: str
    """Legal type, such as `rural_district`; new values may appear."""
    name_kk: str
    name_ru: str
    name_en: str
    parent_id: UUID | None
    path: list[UUID]
    """From the country's root unit to this one, both included."""
    self_government_id: UUID | None
    """The nearest unit with its own akim and budget, at or above this one."""
    is_self_government: bool
    valid_from: date
    valid_to: date | None
    """The first day on which it no longer is; `None` while it stands."""


class GrantChanged(Event):
    """Somebody holds a role, or no longer; the newest one per grant is the whole state."""

    type = "kz.ortaq.registry.grant.changed.v1"
    topic = "registry.grant.state.v1"
    subject_field = "grant_id"

    grant_id: UUID
    holder_id: UUID
    """The pseudonymous account."""
    role: str
    unit_id: UUID | None
    object_id: UUID | None
    """The enterprise of a manager, the client of a region."""
    valid_from: date
    valid_to: date | None


class ResidentChanged(Event):
    """A resident may take part in a settlement from a day on. No name, no birth date, no IIN."""

    type = "kz.ortaq.registry.resident.changed.v1"
    topic = "registry.resident.state.v1"
    subject_field = "resident_id"

    resident_id: UUID
    account_id: UUID | None
    unit_id: UUID
    """The settlement of residence."""
    self_government_id: UUID
    may_vote_from: date
    lives_here_from: date
    left_on: date | None


class MandateStarted(Event):
    """Somebody took up a post (akim, deputy, chair) on the ground of a dated act."""

    type = "kz.ortaq.registry.mandate.started.v1"
    topic = "registry.mandate.fact.v1"
    subject_field = "mandate_id"

    mandate_id: UUID
    post_id: UUID
    post_kind: str
    unit_id: UUID
    kind: str
    """`elected`, `appointed` or `acting`; new values may appear."""
    valid_from: date
    valid_to: date | None


class MandateEnded(Event):
    """A mandate ended on a day, earlier than or as planned."""

    type = "kz.ortaq.registry.mandate.ended.v1"
    topic = "registry.mandate.fact.v1"
    subject_field = "mandate_id"

    mandate_id: UUID
    post_id: UUID
    unit_id: UUID
    ended_on: date
