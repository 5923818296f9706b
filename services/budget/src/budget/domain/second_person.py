"""Four eyes: who prepares something does not approve it."""

from uuid import UUID

from shared.errors import Forbidden
from shared.texts import Text


class FourEyes(Forbidden):
    """Who prepared something does not approve it."""

    title = Text(
        "Дайындаған адам өзі бекіте алмайды.",
        "Кто подготовил, тот не утверждает.",
        "Whoever prepared it cannot approve it.",
    )
    constraint = (
        "entries_four_eyes",
        "entries_second_person",
        "budgets_four_eyes",
        "obligations_four_eyes",
        "payments_four_eyes",
        "reversals_four_eyes",
        "period_closings_four_eyes",
    )


def need_second_person(approver_id: UUID, *author_ids: UUID | None) -> None:
    """Go on only if the approver is none of the authors.

    Raises:
        FourEyes: author and approver are one person.
    """
    if approver_id in author_ids:
        raise FourEyes
