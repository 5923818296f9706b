"""Routes of roles: giving them, ending them, and asking for one's own."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import RowMapping

from registry.api.units import name_of
from registry.domain.grants import ROLE_NAMES, GrantNotFound
from registry.persistence.grants import find_held, lock_grant
from registry.persistence.residents import find_own_resident
from registry.usecases.granting import end_role, give_role, require_granted_by_hand
from registry.usecases.residence import voting_day
from shared.answers import Answer, TrilingualText
from shared.database import Reading, Session, Transaction
from shared.identity import Caller, Known, permit
from shared.permissions import Role
from shared.requests import Body, Choice, Day, Identifier, Line
from shared.routing import Routes
from shared.texts import Language, current_language

grant_routes = Routes("/v1/grants", tag="grants")
assembly_routes = Routes("/v1/assembly-members", tag="grants")
me_routes = Routes("/v1/me", tag="me")


class NewGrant(Body):
    """A role for an account; `valid_to` is the first day without it, `basis` the document."""

    holder_id: Identifier
    role: Choice[Role]
    unit_id: Identifier | None = None
    object_id: Identifier | None = None
    valid_from: Day
    valid_to: Day | None = None
    basis: Line


class NewAssemblyMember(Body):
    """A member elected by the gathering; `basis` names the gathering's protocol."""

    holder_id: Identifier
    unit_id: Identifier
    valid_from: Day
    valid_to: Annotated[Day | None, Field(description="the first day after the term")] = None
    basis: Line


class EndOfGrant(Body):
    """The first day without the role, and the document."""

    ended_on: Day
    basis: Line


class Grant(Answer):
    """A role that an account holds; `valid_to` is null for an ended grant that never counted."""

    id: UUID
    holder_id: UUID
    role: Role
    unit_id: UUID | None
    object_id: UUID | None
    valid_from: date | None
    valid_to: date | None
    basis: str


class HeldUnit(Answer):
    """The unit of a role."""

    id: UUID
    kato: str
    kind: str
    name: TrilingualText


class HeldRole(Answer):
    """A role of mine, named in my language."""

    grant_id: UUID
    role: Role
    role_name: str
    unit: HeldUnit | None
    object_id: UUID | None
    valid_from: date
    valid_to: date | None


class OwnResidence(Answer):
    """Where I am registered, and from which day I may vote there."""

    id: UUID
    unit_id: UUID
    self_government_id: UUID
    may_vote_from: date


class Me(Answer):
    """Who I am to the platform."""

    account_id: UUID
    language: Language
    resident: OwnResidence | None
    roles: Sequence[HeldRole]


@grant_routes.post("", action="grant.other")
async def post_grant(grant: NewGrant, caller: Known, session: Transaction) -> Grant:
    """Give a role."""
    await permit(session, caller, grant.unit_id)
    require_granted_by_hand(grant.role)
    fields = grant.model_dump(exclude={"holder_id", "role"})
    given = await give_role(
        session, grant.holder_id, grant.role, **fields, given_by=caller.account_id
    )
    return Grant.model_validate(dict(given))


@assembly_routes.post("", action="grant.assembly")
async def post_assembly_member(
    member: NewAssemblyMember, caller: Known, session: Transaction
) -> Grant:
    """Record an elected member of the assembly."""
    await permit(session, caller, member.unit_id)
    fields = member.model_dump(exclude={"holder_id"})
    given = await give_role(
        session, member.holder_id, Role.ASSEMBLY_MEMBER, **fields, given_by=caller.account_id
    )
    return Grant.model_validate(dict(given))


@grant_routes.post("/{grant_id}/endings", action="grant.other")
async def post_grant_ending(
    grant_id: Identifier, ending: EndOfGrant, caller: Known, session: Transaction
) -> Grant:
    """End a role."""
    return await _end(session, caller, grant_id, ending, is_assembly=False)


@assembly_routes.post("/{grant_id}/endings", action="grant.assembly")
async def post_assembly_ending(
    grant_id: Identifier, ending: EndOfGrant, caller: Known, session: Transaction
) -> Grant:
    """End a membership of the assembly."""
    return await _end(session, caller, grant_id, ending, is_assembly=True)


async def _end(
    session: Session, caller: Caller, grant_id: UUID, ending: EndOfGrant, *, is_assembly: bool
) -> Grant:
    grant = await lock_grant(session, grant_id)
    await permit(session, caller, grant.unit_id)
    if (grant.role == Role.ASSEMBLY_MEMBER) != is_assembly:
        raise GrantNotFound
    ended = await end_role(
        session,
        grant_id,
        ended_on=ending.ended_on,
        ended_by=caller.account_id,
        basis=ending.basis,
    )
    return Grant.model_validate(dict(ended))


@me_routes.get("", action="unit.read")
async def read_me(caller: Known, reading: Reading) -> Me:
    """Say who I am: my residence and my roles."""
    resident = await find_own_resident(reading, caller.account_id)
    held = await find_held(reading, caller.account_id)
    return Me(
        account_id=caller.account_id,
        language=current_language.get(),
        resident=_show_residence(resident) if resident else None,
        roles=[_show_held(row) for row in held],
    )


def _show_residence(row: RowMapping) -> OwnResidence:
    may_vote_from = voting_day(row["born_on"], row["lives_here_from"])
    return OwnResidence.model_validate({**row, "may_vote_from": may_vote_from})


def _show_held(row: RowMapping) -> HeldRole:
    unit = row["unit_id"] and HeldUnit(
        id=row["unit_id"], kato=row["kato"], kind=row["kind"], name=name_of(row)
    )
    return HeldRole(
        grant_id=row["id"],
        role=row["role"],
        role_name=ROLE_NAMES[Role(row["role"])].within(current_language.get()),
        unit=unit,
        object_id=row["object_id"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )
