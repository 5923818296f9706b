"""Ballots: what a resident may choose, and the receipt that tells nothing of it."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from participation.domain.rounds import Phase, phase_of
from shared.errors import Conflict, Forbidden, Invalid
from shared.texts import Text


class VotingNotOpen(Conflict):
    """Voting has not begun."""

    title = Text(
        "Дауыс беру әлі басталған жоқ.", "Голосование ещё не началось.", "Voting has not begun."
    )


class VotingClosed(Conflict):
    """Only an open round takes ballots."""

    title = Text("Дауыс беру аяқталды.", "Голосование завершено.", "Voting is closed.")
    constraint = "ballot_box_open"


class AlreadyVoted(Conflict):
    """One resident, one ballot."""

    title = Text("Сіз дауыс беріп қойдыңыз.", "Вы уже проголосовали.", "You have already voted.")
    constraint = "voters_pkey"


class NotEligible(Forbidden):
    """Who lived here and was of age on the round's day may vote."""

    title = Text(
        "Бұл дауыс беруге қатысу құқығыңыз жоқ.",
        "У вас нет права участвовать в этом голосовании.",
        "You are not entitled to vote in this round.",
    )
    constraint = "voters_are_electors"


class WrongNumberOfProjects(Invalid):
    """A ballot names as many projects as the rules allow."""

    title = Text(
        "Таңдалған жобалар саны ережеге сай емес.",
        "Число выбранных проектов не соответствует правилам.",
        "The ballot names too few or too many projects.",
    )
    detail = Text(
        "Кемінде {fewest}, көп дегенде {most} жоба таңдаңыз.",
        "Выберите не меньше {fewest} и не больше {most} проектов.",
        "Choose at least {fewest} and at most {most} projects.",
    )
    constraint = "ballot_box_size"


class UnknownChoice(Invalid):
    """A ballot names projects of its own round, each once."""

    title = Text(
        "Бюллетеньде бұл дауысқа салынбаған немесе қайталанған жоба бар.",
        "В бюллетене есть проект не из этого голосования или повторённый проект.",
        "The ballot names a project that is not in this round, or one twice.",
    )
    constraint = "ballot_box_projects"


def require_voting(status: str, closes_at: datetime, now: datetime) -> None:
    """Let a ballot pass only while voting lasts.

    Raises:
        VotingNotOpen, VotingClosed: it comes too early or too late.
    """
    phase = phase_of(status, closes_at, now)
    if phase in {Phase.DRAFT, Phase.ADMISSION}:
        raise VotingNotOpen
    if phase is not Phase.VOTING:
        raise VotingClosed


def require_choices(
    chosen: Sequence[UUID], offered: Collection[UUID], *, fewest: int, most: int
) -> list[UUID]:
    """Return a ballot's projects in an order that does not tell the order of choosing.

    Raises:
        WrongNumberOfProjects: fewer than `fewest` or more than `most`.
        UnknownChoice: a project that is not offered, or one twice.
    """
    if not fewest <= len(chosen) <= most:
        raise WrongNumberOfProjects(fewest=fewest, most=most)
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(offered):
        raise UnknownChoice
    return sorted(chosen)


def receipt_of(ballot_id: UUID, round_id: UUID, project_ids: Sequence[UUID]) -> str:
    """Return the receipt of a ballot: SHA-256 of its random id, its round and its choices.

    The id is known to nobody and never published, so a receipt proves that a ballot is among the
    counted ones, and shows nobody what it says, not even whom the voter would like to convince.
    """
    text = "\n".join([str(ballot_id), str(round_id), *(str(one) for one in sorted(project_ids))])
    return hashlib.sha256(text.encode()).hexdigest()
