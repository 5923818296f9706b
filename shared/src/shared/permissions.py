"""Who may do what, and where: one table of 41 actions, read from `data/permissions.csv`.

A cell: `*` everyone, `u` and `d` as far as the role reaches (an office-holder: the unit
of the grant and all in it; a resident: the own settlement and up to its self-government unit), `o`
own objects alone, `-` never. A `4` asks for a second person; that is kept by the data (creator and
approver differ), not here. The table is data so that a lawyer can change a cell without code.
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from uuid import UUID


class Role(StrEnum):
    """What a grant makes its holder. Roles add up."""

    RESIDENT = "resident"
    ASSEMBLY_MEMBER = "assembly_member"
    AKIM = "akim"
    ACCOUNTANT = "accountant"
    DEPUTY = "deputy"
    MANAGER = "manager"
    REGION = "region"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Decision(StrEnum):
    """The answer to “may this caller do this here?”; out of sight is answered as missing."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    OUT_OF_SIGHT = "out_of_sight"


@dataclass(frozen=True)
class Action:
    """One row of the table."""

    name: str
    cells: Mapping[Role, str]
    anyone: str
    needs_idempotency_key: bool
    needs_fresh_login: bool

    @property
    def is_public(self) -> bool:
        """Whether anybody may do it, logged in or not."""
        return self.anyone == "*"


@dataclass(frozen=True)
class Grant:
    """A role held in a unit, or over one object, or (admin) over the platform."""

    role: Role
    path: Sequence[UUID]
    """From the country's root to the grant's unit; empty for a grant without a unit."""
    self_government_id: UUID | None = None
    """The nearest self-government unit at or above the grant's unit."""
    object_id: UUID | None = None


@dataclass(frozen=True)
class Target:
    """Where, and on whose object, the action would happen."""

    path: Sequence[UUID]
    """From the country's root to the unit of the object."""
    owner_ids: Collection[UUID] = ()
    """Who and what the object belongs to: an account, a resident, an enterprise."""


def load_actions() -> dict[str, Action]:
    """Return the table by action name, in its order."""
    with (files("shared") / "data" / "permissions.csv").open(encoding="utf-8") as lines:
        return {
            row["action"]: Action(
                name=row["action"],
                cells={role: row[role] for role in Role},
                anyone=row["anyone"],
                needs_idempotency_key=row["idempotency_key"] == "required",
                needs_fresh_login=row["fresh_login"] == "yes",
            )
            for row in csv.DictReader(lines)
        }


ACTIONS = load_actions()


def decide(
    action: Action, grants: Sequence[Grant], target: Target, account_id: UUID | None
) -> Decision:
    """Return whether the holder of `grants` may do `action` on `target`.

    An object that no grant reaches is out of sight, so that a stranger cannot learn that it exists.
    """
    if action.is_public:
        return Decision.ALLOWED
    reaching = [grant for grant in grants if _reaches(grant, target)]
    if any(_allows(action.cells[grant.role], grant, target, account_id) for grant in reaching):
        return Decision.ALLOWED
    only_own = [grant for grant in reaching if action.cells[grant.role].rstrip("4") in {"o", "own"}]
    if not reaching or len(only_own) == len(reaching):
        return Decision.OUT_OF_SIGHT
    return Decision.FORBIDDEN


def _reaches(grant: Grant, target: Target) -> bool:
    if grant.role is Role.ADMIN:
        return True
    if grant.object_id is not None and grant.object_id in target.owner_ids:
        return True
    if not grant.path or not target.path:
        return False
    if grant.role is Role.RESIDENT:
        return _reaches_up(grant, target)
    return grant.path[-1] in target.path


def _reaches_up(grant: Grant, target: Target) -> bool:
    """A resident acts in the own settlement and up to its self-government unit."""
    unit_id = target.path[-1]
    if unit_id not in grant.path:
        return False
    return unit_id == grant.path[-1] or grant.self_government_id in target.path


def _allows(cell: str, grant: Grant, target: Target, account_id: UUID | None) -> bool:
    reach = cell.rstrip("4")
    if reach in {"o", "own"}:
        own = {account_id, grant.object_id} - {None}
        return any(owner in own for owner in target.owner_ids)
    if cell == "4":
        return grant.role is Role.ADMIN
    return reach in {"u", "d"}
