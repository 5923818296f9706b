"""Posts and mandates: one seat, one holder at a time, acting holders included."""

from enum import StrEnum

from shared.errors import Conflict, NotFound
from shared.texts import Text


class PostKind(StrEnum):
    """What a post is for; the law names them, the list may grow."""

    AKIM = "akim"
    DEPUTY_AKIM = "deputy_akim"
    MASLIKHAT_CHAIR = "maslikhat_chair"
    MASLIKHAT_DEPUTY = "maslikhat_deputy"
    ASSEMBLY_CHAIR = "assembly_chair"
    ASSEMBLY_MEMBER = "assembly_member"
    ACCOUNTANT = "accountant"
    ENTERPRISE_DIRECTOR = "enterprise_director"


class MandateKind(StrEnum):
    """How somebody came to hold a post."""

    ELECTED = "elected"
    APPOINTED = "appointed"
    ACTING = "acting"


class PostNotFound(NotFound):
    """No post has this id."""

    title = Text("Мұндай лауазым табылмады.", "Такая должность не найдена.", "No such post exists.")


class MandateNotFound(NotFound):
    """No mandate has this id."""

    title = Text(
        "Мұндай өкілеттік табылмады.", "Такие полномочия не найдены.", "No such mandate exists."
    )


class PostTaken(Conflict):
    """A post has one holder at a time."""

    title = Text(
        "Бұл мерзімде лауазымды басқа адам атқарады.",
        "В этот срок должность занимает другой человек.",
        "Somebody else holds the post during this term.",
    )
    constraint = "mandates_one_holder"


class MandateOutsidePost(Conflict):
    """Nobody holds a post before it is founded or after it is closed."""

    title = Text(
        "Өкілеттік мерзімі лауазымның мерзімінен шығып кетеді.",
        "Срок полномочий выходит за срок существования должности.",
        "The mandate reaches beyond the time for which the post exists.",
    )
    constraint = "mandates_within_post"


class MandateHasEnded(Conflict):
    """A mandate ends early once."""

    title = Text(
        "Өкілеттік тоқтатылып қойған.",
        "Полномочия уже прекращены.",
        "The mandate has been ended already.",
    )
