"""Grants of role: who may act as what, where, from when to when, on which ground."""

import csv
from collections.abc import Mapping
from importlib.resources import files
from uuid import UUID

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.texts import Text


def load_role_places() -> Mapping[Role, frozenset[str]]:
    """Return in which kinds of unit a role is held; roles without a row are held anywhere."""
    with (files("registry") / "data" / "role_places.csv").open(encoding="utf-8") as lines:
        return {
            Role(row["role"]): frozenset(row["unit_kinds"].split()) for row in csv.DictReader(lines)
        }


ROLE_PLACES = load_role_places()

ROLE_NAMES: Mapping[Role, Text] = {
    Role.RESIDENT: Text("тұрғын", "житель", "resident"),
    Role.ASSEMBLY_MEMBER: Text("жиналыс мүшесі", "член собрания", "assembly member"),
    Role.AKIM: Text("әкім", "аким", "akim"),
    Role.ACCOUNTANT: Text("есепші", "бухгалтер", "accountant"),
    Role.DEPUTY: Text("мәслихат депутаты", "депутат маслихата", "maslikhat deputy"),
    Role.MANAGER: Text("кәсіпорын басшысы", "руководитель предприятия", "enterprise manager"),
    Role.REGION: Text("облыс жүйесі", "система области", "region's system"),
    Role.AUDITOR: Text("аудитор", "аудитор", "auditor"),
    Role.ADMIN: Text("платформа әкімшісі", "администратор платформы", "platform administrator"),
}


class RoleDoesNotFitUnit(Invalid):
    """Each role is held in units of certain kinds, the administrator's in none."""

    title = Text(
        "Бұл рөл мұндай бірлікте берілмейді.",
        "В такой единице эта роль не даётся.",
        "This role is not held in a unit of this kind.",
    )


class ObjectNeeded(Invalid):
    """A manager manages one enterprise, which is named in the grant."""

    title = Text(
        "Кәсіпорынды көрсетіңіз (object_id).",
        "Укажите предприятие (object_id).",
        "Name the enterprise (object_id).",
    )


class RoleGivenOtherwise(Invalid):
    """Residents are registered, and assembly members are elected: neither is granted by hand."""

    title = Text(
        "Бұл рөл тұрғынды тіркеу немесе жиналысқа сайлау арқылы беріледі.",
        "Эта роль даётся регистрацией жителя или избранием в собрание.",
        "This role comes with registration or with election to the assembly.",
    )


class GrantToOneself(Forbidden):
    """Nobody gives a role to themselves (separation of duties)."""

    title = Text(
        "Өзіңізге рөл бере алмайсыз.",
        "Нельзя дать роль самому себе.",
        "You cannot give a role to yourself.",
    )
    constraint = "grants_not_to_oneself"


class GrantGivenAlready(Conflict):
    """The same role in the same place is held once at a time."""

    title = Text(
        "Бұл рөл осы мерзімге берілген.",
        "Эта роль на это время уже дана.",
        "This role has been given for that time already.",
    )
    constraint = "grants_given_once"


class IncompatibleRoles(Conflict):
    """An auditor runs nothing that he audits; who orders a payment does not book it."""

    title = Text(
        "Бұл рөл адамның басқа рөлімен сыйыспайды.",
        "Эта роль несовместима с другой ролью этого человека.",
        "This role cannot be held together with another role of this person.",
    )
    constraint = "grants_compatible"


class GrantNotFound(NotFound):
    """No grant has this id."""

    title = Text("Мұндай рөл табылмады.", "Такая роль не найдена.", "No such grant exists.")


class GrantHasEnded(Conflict):
    """A grant is ended once."""

    title = Text(
        "Рөл тоқтатылып қойған.", "Роль уже прекращена.", "The grant has been ended already."
    )


def require_place(role: Role, unit_kind: str | None, object_id: UUID | None) -> None:
    """Check that a role can be held in a unit of this kind (None: the platform itself).

    Raises:
        RoleDoesNotFitUnit: it cannot.
        ObjectNeeded: a manager without an enterprise.
    """
    if (unit_kind is None) != (role is Role.ADMIN):
        raise RoleDoesNotFitUnit
    if unit_kind is not None and unit_kind not in ROLE_PLACES.get(role, {unit_kind}):
        raise RoleDoesNotFitUnit
    if role is Role.MANAGER and object_id is None:
        raise ObjectNeeded
