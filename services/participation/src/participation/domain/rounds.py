"""Budgeting rounds: their phases, and what is refused in which."""

from datetime import UTC, datetime
from enum import StrEnum

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.texts import Text


class RoundStatus(StrEnum):
    """What is stored of a round; it only goes forward."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    OPEN = "open"
    COUNTED = "counted"


class Phase(StrEnum):
    """What a round is in at an instant."""

    DRAFT = "draft"
    ADMISSION = "admission"
    VOTING = "voting"
    CLOSED = "closed"
    COUNTED = "counted"


class RoundNotFound(NotFound):
    """No round has this id."""

    title = Text("Мұндай дауыс беру жоқ.", "Такого голосования нет.", "There is no such round.")


class NotASelfGovernment(Invalid):
    """A round spends the budget of a unit that has one."""

    title = Text(
        "Дауыс беру өз бюджеті бар бірлікте ғана өтеді.",
        "Голосование проводится только в единице со своим бюджетом.",
        "A round is held in a unit with a budget of its own.",
    )


class FourEyes(Forbidden):
    """Who made a round does not confirm it."""

    title = Text(
        "Мұны екінші адам растауы керек.",
        "Это должен подтвердить второй человек.",
        "A second person has to confirm this.",
    )
    constraint = "rounds_confirmed_by_another"


class RoundNotDraft(Conflict):
    """A round is confirmed once."""

    title = Text(
        "Дауыс беру расталып қойған.",
        "Голосование уже подтверждено.",
        "The round has been confirmed already.",
    )


class RoundNotInTime(Conflict):
    """Voting opens and is counted at the instants that were announced, not before and not after."""

    title = Text(
        "Бұл әрекеттің уақыты емес.",
        "Сейчас не время для этого действия.",
        "This is not the time for it.",
    )
    detail = Text(
        "Дауыс беру {opens_at} басталып, {closes_at} аяқталады.",
        "Голосование открывается {opens_at} и закрывается {closes_at}.",
        "Voting opens at {opens_at} and closes at {closes_at}.",
    )
    constraint = "rounds_in_order"


class RoundNotConfirmed(Conflict):
    """Nobody votes in a round that a second person has not confirmed."""

    title = Text(
        "Дауыс беруді екінші адам әлі растаған жоқ.",
        "Голосование ещё не подтверждено вторым человеком.",
        "No second person has confirmed the round yet.",
    )


class RoundWithoutProjects(Conflict):
    """There must be something to vote for."""

    title = Text(
        "Дауысқа бірде-бір жоба салынбаған.",
        "На голосование не вынесено ни одного проекта.",
        "No project has been admitted to the round.",
    )


class RulesFrozen(Conflict):
    """From confirmation on, the rules of a round stay as they are."""

    title = Text(
        "Дауыс беру ережесі бекітілген, оны өзгертуге болмайды.",
        "Правила голосования зафиксированы и не меняются.",
        "The rules of the round are frozen.",
    )
    constraint = "rounds_rules_frozen"


class VotingInThePast(Invalid):
    """Voting lies ahead and has a length."""

    title = Text(
        "Дауыс беру алда болып, басталғаннан кейін аяқталуы керек.",
        "Голосование должно быть впереди и закрываться после открытия.",
        "Voting must lie ahead and close after it opens.",
    )
    constraint = "rounds_voting_has_a_length"


def phase_of(status: str, closes_at: datetime, now: datetime) -> Phase:
    """Return the phase of a round; voting ends at an instant, even if nobody has counted yet."""
    if status == RoundStatus.OPEN:
        return Phase.VOTING if now < closes_at else Phase.CLOSED
    phases = {
        RoundStatus.DRAFT: Phase.DRAFT,
        RoundStatus.CONFIRMED: Phase.ADMISSION,
        RoundStatus.COUNTED: Phase.COUNTED,
    }
    return phases[RoundStatus(status)]


def require_ahead(opens_at: datetime, closes_at: datetime, now: datetime) -> None:
    """Let only a voting pass that has not ended.

    Raises:
        VotingInThePast: it closes before it opens, or before now.
    """
    if closes_at <= max(opens_at, now):
        raise VotingInThePast


def require_openable(
    status: str, *, opens_at: datetime, closes_at: datetime, now: datetime
) -> None:
    """Let only a round pass that may open now.

    Raises:
        RoundNotConfirmed: no second person has confirmed it.
        RoundNotInTime: it is not yet time, is over, or the round has opened already.
    """
    if status == RoundStatus.DRAFT:
        raise RoundNotConfirmed
    if status != RoundStatus.CONFIRMED or not opens_at <= now < closes_at:
        raise not_in_time(opens_at, closes_at)


def not_in_time(opens_at: datetime, closes_at: datetime) -> RoundNotInTime:
    """Return the refusal that names the announced instants."""
    return RoundNotInTime(opens_at=instant_text(opens_at), closes_at=instant_text(closes_at))


def instant_text(instant: datetime) -> str:
    """Return an instant as RFC 3339 in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
