"""Builders of the registry's tests: a district, its people, their roles."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from registry.domain.iin import find_check_digit
from registry.usecases.classifier_imports import Edition, shipped_edition
from registry.usecases.granting import give_role
from registry.usecases.installation import install_admin
from shared.database import Session
from shared.permissions import Role

DAY = date(2025, 2, 1)


@dataclass(frozen=True)
class Village:
    """Ids around the village of Borankul, and an administrator."""

    region: UUID
    district: UUID
    borankul: UUID
    place: UUID
    sibling: UUID
    other_region: UUID
    admin: UUID


def beineu_edition(*, valid_from: date = DAY, replaced: dict[str, str] | None = None) -> Edition:
    """Mangystau with Beineu district, and Abai without any, of the shipped classifier."""
    lines = shipped_edition().content.decode().splitlines()
    kept = [line for line in lines[1:] if line.startswith(("100000000", "470000000", "4736"))]
    changed = [(replaced or {}).get(line[:9], line) for line in kept]
    content = "\n".join([lines[0], *filter(None, changed)]).encode()
    return Edition("test", valid_from, content)


async def unit_id(session: Session, kato: str) -> UUID:
    """The unit that has a code now."""
    found = await session.execute(
        text("select unit_id from known_units where kato = :kato"), {"kato": kato}
    )
    unit: UUID = found.scalar_one()
    return unit


async def find_village(session: Session, admin: UUID) -> Village:
    """Borankul (473639000) and the units around it."""
    katos = ("470000000", "473600000", "473639000", "473639100", "473630000", "100000000")
    return Village(*[await unit_id(session, kato) for kato in katos], admin)


async def an_admin(session: Session) -> UUID:
    """The account that administers the installation."""
    account = uuid4()
    await install_admin(session, account)
    return account


async def an_account(
    session: Session, role: Role, unit: UUID | None, *, object_id: UUID | None = None
) -> UUID:
    """An account that holds a role since last year."""
    account = uuid4()
    await give_role(
        session,
        account,
        role,
        unit_id=unit,
        object_id=object_id,
        valid_from=DAY,
        valid_to=None,
        basis="test",
        given_by=None,
    )
    return account


def an_iin(serial: int = 1) -> str:
    """A valid IIN of somebody born on 1 January 1850, whom nobody can meet."""
    while True:
        eleven = f"5001011{serial:04d}"
        digit = find_check_digit(eleven)
        if digit is not None:
            return f"{eleven}{digit}"
        serial += 5_000


async def said(session: Session, kind: str) -> list[dict[str, Any]]:
    """The facts of one type in the outbox, oldest first."""
    rows = await session.execute(
        text("select payload from outbox where type like :type order by id"),
        {"type": f"%.{kind}.v1"},
    )
    return [json.loads(payload) for payload in rows.scalars()]
