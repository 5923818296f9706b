"""Which units may have proposals and rounds."""

from shared.errors import Invalid, NotFound
from shared.texts import Text


class UnitNotFound(NotFound):
    """No unit in force has this id."""

    title = Text(
        "Мұндай аумақтық бірлік табылмады.",
        "Такая территориальная единица не найдена.",
        "There is no such territorial unit.",
    )


class NoSelfGovernment(Invalid):
    """Only a unit with an akim and a budget of its own can pay for what its residents choose."""

    title = Text(
        "Бұл бірліктің өз бюджеті жоқ.",
        "У этой единицы нет собственного бюджета.",
        "This unit has no budget of its own.",
    )
