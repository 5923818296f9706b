"""Routes of residents: personal data, shown as little as the work needs."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import RowMapping

from registry.api.units import last_id
from registry.domain.iin import IinFlag
from registry.domain.sealing import PersonalKey
from registry.persistence.residents import find_residents, get_resident
from registry.usecases.residence import (
    NewResident,
    let_leave,
    link_resident,
    register_resident,
    reveal_iin,
)
from shared.answers import Answer
from shared.database import Reading, Session, Transaction
from shared.identity import Caller, Known, permit
from shared.pages import Listing, Page
from shared.requests import Body, Day, Identifier, Line
from shared.routing import Routes

routes = Routes("/v1/residents", tag="residents")


class ResidentToRegister(Body):
    """A person who lives in a settlement; `born_on` where the IIN tells no birth date."""

    unit_id: Identifier
    name: Line
    iin: Annotated[str, Field(max_length=20)]
    lives_here_from: Day
    born_on: Day | None = None
    account_id: Identifier | None = None


class AccountOfResident(Body):
    """The account with which a resident logs in."""

    account_id: Identifier


class Departure(Body):
    """The first day on which a resident lives here no more."""

    left_on: Day


class ReasonToReveal(Body):
    """Why the whole IIN is needed; it is kept with the name of who asked."""

    reason: Line


class Resident(Answer):
    """A resident; the IIN is masked, the birth date not shown at all."""

    id: UUID
    unit_id: UUID
    account_id: UUID | None
    name: str
    iin_masked: str
    iin_flags: Sequence[IinFlag]
    lives_here_from: date
    left_on: date | None


class RevealedIin(Answer):
    """A whole IIN."""

    iin: str


def _show(row: RowMapping) -> Resident:
    return Resident.model_validate(dict(row))


async def _permit_on(session: Session, caller: Caller, resident_id: UUID) -> RowMapping:
    resident = await get_resident(session, resident_id)
    owners = (resident["id"], resident["account_id"]) if resident["account_id"] else ()
    await permit(session, caller, resident["unit_id"], owner_ids=owners)
    return resident


def _key(request: Request) -> PersonalKey:
    key: PersonalKey = request.app.state.personal_key
    return key


@routes.post("", action="resident.edit")
async def post_resident(
    resident: ResidentToRegister, request: Request, caller: Known, session: Transaction
) -> Resident:
    """Register a resident."""
    await permit(session, caller, resident.unit_id)
    new = NewResident(**resident.model_dump())
    stored = await register_resident(
        session, new, registered_by=caller.account_id, key=_key(request)
    )
    return _show(stored)


@routes.get("", action="resident.read")
async def list_residents(
    unit: Identifier,
    caller: Known,
    reading: Reading,
    listing: Listing,
    name: Annotated[str, Query(max_length=200)] = "",
) -> Page[Resident]:
    """List who lives in a unit and below it."""
    await permit(reading, caller, unit)
    rows = await find_residents(
        reading, unit, name, after=last_id(listing), limit=listing.limit + 1
    )
    return listing.page(rows, _show, lambda row: (row["id"],))


@routes.get("/{resident_id}", action="resident.read")
async def read_resident(resident_id: Identifier, caller: Known, reading: Reading) -> Resident:
    """Show a resident."""
    return _show(await _permit_on(reading, caller, resident_id))


@routes.put("/{resident_id}/account", action="resident.edit")
async def put_account(
    resident_id: Identifier, account: AccountOfResident, caller: Known, session: Transaction
) -> Resident:
    """Link a resident to the account with which the person logs in; once."""
    await _permit_on(session, caller, resident_id)
    linked = await link_resident(
        session, resident_id, account.account_id, linked_by=caller.account_id
    )
    return _show(linked)


@routes.post("/{resident_id}/departures", action="resident.edit")
async def post_departure(
    resident_id: Identifier, departure: Departure, caller: Known, session: Transaction
) -> Resident:
    """Record that a resident lives here no more."""
    await _permit_on(session, caller, resident_id)
    gone = await let_leave(session, resident_id, departure.left_on, recorded_by=caller.account_id)
    return _show(gone)


@routes.post("/{resident_id}/iin-reveals", action="resident.iin.reveal", once=False)
async def post_iin_reveal(
    resident_id: Identifier,
    asked: ReasonToReveal,
    request: Request,
    caller: Known,
    session: Transaction,
) -> RevealedIin:
    """Show a resident's whole IIN once, for a reason that is kept."""
    await _permit_on(session, caller, resident_id)
    iin = await reveal_iin(
        session,
        resident_id,
        account_id=caller.account_id,
        reason=asked.reason,
        key=_key(request),
    )
    return RevealedIin(iin=iin)
