"""From contract to payment: what must have happened before each step."""

from datetime import date

from shared.errors import Conflict, Invalid, NotFound
from shared.texts import Text


class DatesOutOfOrder(Invalid):
    """A contract is signed before its work, which is accepted before it is paid."""

    title = Text(
        "Күндердің реті дұрыс емес.", "Даты идут не по порядку.", "The days are out of order."
    )
    detail = Text(
        "{later} күні {earlier} күнінен ерте болмауы керек.",
        "{later} не может быть раньше {earlier}.",
        "{later} cannot be earlier than {earlier}.",
    )
    constraint = "obligations_dates_in_order"


def need_order(earlier: date, later: date) -> None:
    """Go on only if one day is not before the other.

    Raises:
        DatesOutOfOrder: it is.
    """
    if later < earlier:
        raise DatesOutOfOrder(earlier=earlier, later=later)


class CommitmentNotFound(NotFound):
    """There is no such commitment."""

    title = Text(
        "Мұндай міндеттеме жоқ.", "Такого обязательства нет.", "There is no such commitment."
    )


class ActNotFound(NotFound):
    """There is no such act of work."""

    title = Text("Мұндай акт жоқ.", "Такого акта нет.", "There is no such act of work.")


class ActExists(Conflict):
    """One number, one act of work."""

    title = Text(
        "Мұндай нөмірлі акт бар.", "Акт с таким номером есть.", "An act of this number exists."
    )
    constraint = "obligations_act_once"


class ActsExceedContract(Conflict):
    """The acts of work of a contract never exceed it."""

    title = Text(
        "Актілер шарт сомасынан асады.",
        "Акты превышают сумму договора.",
        "The acts exceed the contract.",
    )


class ActDecided(Conflict):
    """An act is accepted or rejected once."""

    title = Text(
        "Акт бойынша шешім қабылданған.", "По акту уже решено.", "The act is decided already."
    )


class NotAccepted(Conflict):
    """Payment is made against an accepted act alone."""

    title = Text("Акт әлі қабылданбаған.", "Акт ещё не принят.", "The act is not accepted yet.")


class PaymentNotFound(NotFound):
    """There is no such payment order."""

    title = Text(
        "Мұндай төлем тапсырмасы жоқ.",
        "Такого платёжного поручения нет.",
        "There is no such payment order.",
    )


class PaymentExists(Conflict):
    """One number, one payment order."""

    title = Text(
        "Мұндай нөмірлі төлем тапсырмасы бар.",
        "Платёжное поручение с таким номером есть.",
        "A payment order of this number exists.",
    )
    constraint = "payments_order_once"


class AlreadyPaid(Conflict):
    """A payment is approved once."""

    title = Text("Төлем жасалған.", "Платёж уже проведён.", "The payment is made already.")


class PaymentExceedsAct(Conflict):
    """The payments of an act of work never exceed it."""

    title = Text(
        "Төлемдер акт сомасынан асады.",
        "Платежи превышают сумму акта.",
        "The payments exceed the act of work.",
    )
