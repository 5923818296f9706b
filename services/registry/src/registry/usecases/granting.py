"""Giving roles and ending them."""

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from registry.domain.grants import GrantHasEnded, GrantToOneself, RoleGivenOtherwise, require_place
from registry.domain.terms import require_end_within, require_term
from registry.persistence.grants import add_grant, end_grant_row, lock_grant
from registry.persistence.units import Moment, get_unit
from shared.contracts.registry import GrantChanged
from shared.database import Session
from shared.messaging import outbox
from shared.permissions import Role

_GIVEN_OTHERWISE = frozenset({Role.RESIDENT, Role.ASSEMBLY_MEMBER})


async def give_role(  # noqa: PLR0913 - what a grant consists of
    session: Session,
    holder_id: UUID,
    role: Role,
    *,
    unit_id: UUID | None,
    object_id: UUID | None = None,
    valid_from: date,
    valid_to: date | None,
    basis: str,
    given_by: UUID | None,
) -> RowMapping:
    """Give an account a role, and tell the others; `given_by` is None at installation alone.

    Raises:
        UnitNotFound, RoleDoesNotFitUnit, ObjectNeeded, TermEndsBeforeItBegins, GrantToOneself: the
            role is refused; so are, by the database, `GrantGivenAlready` and `IncompatibleRoles`.
    """
    require_term(valid_from, valid_to)
    if given_by == holder_id and role is not Role.RESIDENT:
        raise GrantToOneself
    unit = await get_unit(session, unit_id, Moment()) if unit_id else None
    require_place(role, unit["kind"] if unit else None, object_id)
    grant = await add_grant(
        session,
        {
            "holder_id": holder_id,
            "role": role,
            "unit_id": unit_id,
            "object_id": object_id,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "basis": basis,
            "given_by": given_by,
        },
    )
    await outbox.record(session, _event(grant))
    return grant


async def end_role(
    session: Session, grant_id: UUID, *, ended_on: date, ended_by: UUID, basis: str
) -> RowMapping:
    """End a grant, and tell the others; `ended_on` is the first day without the role.

    Raises:
        GrantNotFound, GrantHasEnded, EndOutsideTerm: nothing ends.
    """
    grant = await lock_grant(session, grant_id)
    if grant.ended_at is not None:
        raise GrantHasEnded
    require_end_within(ended_on, grant.valid_from, grant.valid_to)
    ended = await end_grant_row(
        session, grant_id, ended_on=ended_on, ended_by=ended_by, basis=basis
    )
    await outbox.record(session, _event(ended, valid_from=grant.valid_from, valid_to=ended_on))
    return ended


def require_granted_by_hand(role: Role) -> None:
    """Let only those roles pass that an administrator gives.

    Raises:
        RoleGivenOtherwise: the role comes with registration or election.
    """
    if role in _GIVEN_OTHERWISE:
        raise RoleGivenOtherwise


def _event(
    grant: RowMapping, valid_from: date | None = None, valid_to: date | None = None
) -> GrantChanged:
    return GrantChanged(
        grant_id=grant["id"],
        holder_id=grant["holder_id"],
        role=grant["role"],
        unit_id=grant["unit_id"],
        object_id=grant["object_id"],
        valid_from=valid_from or grant["valid_from"],
        valid_to=valid_to or grant["valid_to"],
    )
