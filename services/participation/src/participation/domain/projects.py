"""Projects: costed proposals that a round puts to the vote."""

from participation.domain.proposals import ProposalStatus
from shared.errors import Conflict, Invalid, NotFound
from shared.texts import Text


class ProjectNotFound(NotFound):
    """No project has this id."""

    title = Text("Мұндай жоба жоқ.", "Такого проекта нет.", "There is no such project.")


class ProposalNotCosted(Conflict):
    """Nobody votes on something whose cost is unknown; nor twice on the same at a time."""

    title = Text(
        "Дауысқа тек құны есептелген, басқа дауысқа салынбаған ұсыныс салынады.",
        "На голосование выносится только оценённое предложение, не вынесенное раньше.",
        "Only a costed proposal that is on no other ballot can be admitted.",
    )


class ProposalOfAnotherUnit(Invalid):
    """A unit spends its budget at home."""

    title = Text(
        "Бұл басқа бірліктің ұсынысы.",
        "Это предложение другой единицы.",
        "This proposal belongs to another unit.",
    )


class ProjectTooCostly(Invalid):
    """A project beyond the whole budget could never win."""

    title = Text(
        "Жобаның құны дауыс беру бюджетінен асады.",
        "Проект дороже всего бюджета голосования.",
        "The project costs more than the whole budget of the round.",
    )


class AdmissionOver(Conflict):
    """Once voting has opened, the ballot stays as it is."""

    title = Text(
        "Жобаларды қабылдау аяқталды.",
        "Приём проектов завершён.",
        "The admission of projects is over.",
    )
    constraint = "projects_admission_over"


class AlreadyAdmitted(Conflict):
    """A proposal stands on a ballot once."""

    title = Text(
        "Бұл ұсыныс дауысқа салынып қойған.",
        "Это предложение уже вынесено на голосование.",
        "This proposal is on the ballot already.",
    )
    constraint = "projects_once_per_round"


def require_admissible(
    *, status: str, is_same_unit: bool, cost_tiyn: int | None, budget_tiyn: int
) -> int:
    """Let only a proposal pass that residents may vote on; return its cost in tiyn.

    Raises:
        ProposalOfAnotherUnit, ProposalNotCosted, ProjectTooCostly: it is not admitted.
    """
    if not is_same_unit:
        raise ProposalOfAnotherUnit
    if status != ProposalStatus.COSTED or cost_tiyn is None:
        raise ProposalNotCosted
    if cost_tiyn > budget_tiyn:
        raise ProjectTooCostly
    return cost_tiyn
