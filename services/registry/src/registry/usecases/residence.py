"""Registering residents, linking their accounts, letting them leave, showing an IIN."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import RowMapping

from registry.domain.iin import find_iin_flags, find_iin_problem, mask_iin, read_birth_date
from registry.domain.residents import (
    BirthDateNeeded,
    IinWrong,
    NotASettlement,
    ResidentHasAccount,
    ResidentHasLeft,
    find_voting_day,
)
from registry.domain.rules import find_rule
from registry.domain.sealing import PersonalKey
from registry.domain.terms import require_term
from registry.persistence.residents import (
    add_resident,
    find_resident_role,
    get_sealed_iin,
    leave,
    link_account,
    lock_resident,
    log_reveal,
    new_resident_id,
)
from registry.persistence.units import Moment, get_unit
from registry.usecases.granting import end_role, give_role
from shared.contracts.registry import ResidentChanged
from shared.database import Session
from shared.messaging import outbox
from shared.permissions import Role

BASIS = "residence"


@dataclass(frozen=True)
class NewResident:
    """Who is to be registered where; `born_on` only where the IIN tells no birth date."""

    unit_id: UUID
    name: str
    iin: str
    lives_here_from: date
    born_on: date | None = None
    account_id: UUID | None = None

    def __repr__(self) -> str:
        return f"NewResident(unit_id={self.unit_id})"


async def register_resident(
    session: Session, new: NewResident, *, registered_by: UUID, key: PersonalKey
) -> RowMapping:
    """Register a person in a settlement, and tell the others by opaque ids alone.

    With an account the person becomes a resident to the permissions, too.

    Raises:
        UnitNotFound, NotASettlement, IinWrong, BirthDateNeeded: the registration is refused; so
            are, by the database, `LivesElsewhere` and `AccountTaken`.
    """
    unit = await get_unit(session, new.unit_id, Moment())
    if unit["self_government_id"] is None:
        raise NotASettlement
    if find_iin_problem(new.iin):
        raise IinWrong
    # A document may put right what an old number says wrong.
    born_on = new.born_on or read_birth_date(new.iin)
    if born_on is None:
        raise BirthDateNeeded
    resident_id = await new_resident_id(session)
    resident = await add_resident(
        session,
        {
            "id": resident_id,
            "unit_id": new.unit_id,
            "account_id": new.account_id,
            "name": new.name,
            "born_on": born_on,
            "iin_sealed": key.seal(new.iin, resident_id),
            "iin_index": key.index(new.iin),
            "iin_masked": mask_iin(new.iin),
            "iin_flags": [flag.value for flag in find_iin_flags(new.iin)],
            "lives_here_from": new.lives_here_from,
            "registered_by": registered_by,
        },
    )
    if new.account_id:
        await _make_resident(session, resident, registered_by)
    await _tell(session, resident, born_on)
    return resident


async def link_resident(
    session: Session, resident_id: UUID, account_id: UUID, *, linked_by: UUID
) -> RowMapping:
    """Link a resident to the account with which the person logs in.

    Raises:
        OutOfSight, ResidentHasLeft, ResidentHasAccount: nothing is linked; the database tells
            `AccountTaken`.
    """
    before = await lock_resident(session, resident_id)
    if before.left_on is not None:
        raise ResidentHasLeft
    if before.account_id is not None:
        raise ResidentHasAccount
    resident = await link_account(session, resident_id, account_id)
    await _make_resident(session, resident, linked_by)
    await _tell(session, resident, before.born_on)
    return resident


async def let_leave(
    session: Session, resident_id: UUID, left_on: date, *, recorded_by: UUID
) -> RowMapping:
    """Record that a resident lives here no more from a day on; the account's role ends with it.

    Raises:
        OutOfSight, ResidentHasLeft, TermEndsBeforeItBegins: nothing changes.
    """
    before = await lock_resident(session, resident_id)
    if before.left_on is not None:
        raise ResidentHasLeft
    require_term(before.lives_here_from, left_on)
    resident = await leave(session, resident_id, left_on)
    grant_id = await find_resident_role(session, resident_id)
    if grant_id:
        await end_role(session, grant_id, ended_on=left_on, ended_by=recorded_by, basis=BASIS)
    await _tell(session, resident, before.born_on)
    return resident


async def reveal_iin(
    session: Session, resident_id: UUID, *, account_id: UUID, reason: str, key: PersonalKey
) -> str:
    """Return a resident's whole IIN, and keep for ever who was shown it and why."""
    await log_reveal(session, resident_id, account_id, reason)
    return key.unseal(await get_sealed_iin(session, resident_id), resident_id)


def voting_day(born_on: date, lives_here_from: date) -> date:
    """Return the first day on which a resident may vote, by the age that the law asks for today."""
    years = find_rule("electoral_age", datetime.now(UTC).date())
    return find_voting_day(born_on, lives_here_from, years)


async def _make_resident(session: Session, resident: RowMapping, given_by: UUID) -> None:
    await give_role(
        session,
        resident["account_id"],
        Role.RESIDENT,
        unit_id=resident["unit_id"],
        object_id=resident["id"],
        valid_from=resident["lives_here_from"],
        valid_to=None,
        basis=BASIS,
        given_by=given_by,
    )


async def _tell(session: Session, resident: RowMapping, born_on: date) -> None:
    unit = await get_unit(session, resident["unit_id"], Moment())
    await outbox.record(
        session,
        ResidentChanged(
            resident_id=resident["id"],
            account_id=resident["account_id"],
            unit_id=resident["unit_id"],
            self_government_id=unit["self_government_id"],
            may_vote_from=voting_day(born_on, resident["lives_here_from"]),
            lives_here_from=resident["lives_here_from"],
            left_on=resident["left_on"],
        ),
    )
