"""Proposals: what residents ask for, who supports it, and what it would cost."""

from enum import StrEnum

from shared.errors import Conflict, Forbidden, NotFound
from shared.texts import Text


class ProposalStatus(StrEnum):
    """How far a proposal has come; what became of a winner is told by its project."""

    SUBMITTED = "submitted"
    COSTED = "costed"
    ADMITTED = "admitted"
    WON = "won"
    WITHDRAWN = "withdrawn"


class ProposalNotFound(NotFound):
    """No proposal has this id."""

    title = Text("Мұндай ұсыныс жоқ.", "Такого предложения нет.", "There is no such proposal.")


class AlreadySupported(Conflict):
    """One resident supports a proposal once."""

    title = Text(
        "Сіз бұл ұсынысты қолдап қойғансыз.",
        "Вы уже поддержали это предложение.",
        "You already support this proposal.",
    )
    constraint = "supports_pkey"


class NotAResidentHere(Forbidden):
    """Only people who live in the self-government unit today support its proposals."""

    title = Text(
        "Қазір бұл жердің тұрғыны ретінде тіркелмегенсіз.",
        "Сейчас вы не записаны жителем этой территории.",
        "You are not registered as a resident here today.",
    )


class ProposalNotOpen(Conflict):
    """A withdrawn or chosen proposal gathers no more support."""

    title = Text(
        "Бұл ұсыныс енді қолдау жинамайды.",
        "Это предложение больше не собирает поддержку.",
        "This proposal no longer gathers support.",
    )


class ProposalBound(Conflict):
    """A proposal on a ballot, chosen or withdrawn keeps its cost and cannot be taken back."""

    title = Text(
        "Ұсыныс дауысқа салынған немесе алынып тасталған: оны енді өзгертуге болмайды.",
        "Предложение вынесено на голосование или отозвано: изменить его уже нельзя.",
        "The proposal is on a ballot or withdrawn: it can no longer be changed.",
    )


def require_supportable(status: ProposalStatus) -> None:
    """Let only a proposal pass that may still gather support.

    Raises:
        ProposalNotOpen: it was withdrawn or has won.
    """
    if status in {ProposalStatus.WITHDRAWN, ProposalStatus.WON}:
        raise ProposalNotOpen


def require_changeable(status: ProposalStatus) -> None:
    """Let only a proposal pass that may still be costed or taken back.

    Raises:
        ProposalBound: it is on a ballot, has won, or was withdrawn.
    """
    if status not in {ProposalStatus.SUBMITTED, ProposalStatus.COSTED}:
        raise ProposalBound
