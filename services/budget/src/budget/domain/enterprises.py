"""Communal enterprises, their services and tariffs."""

from shared.errors import Conflict, Invalid, NotFound
from shared.texts import Text

FIRST_WEIGHTS = tuple(range(1, 12))
SECOND_WEIGHTS = (*range(3, 12), 1, 2)
LEGAL_ENTITY_KINDS = "456"
THOUSANDTHS = 1_000


class BinNotValid(Invalid):
    """A BIN has twelve digits, of which the last is a check digit."""

    title = Text("БСН дұрыс емес.", "БИН неверен.", "The BIN is not valid.")


class EnterpriseExists(Conflict):
    """One BIN, one enterprise."""

    title = Text(
        "Бұл БСН тіркелген.", "Этот БИН уже зарегистрирован.", "This BIN is registered already."
    )
    constraint = "enterprises_bin"


class EnterpriseNotFound(NotFound):
    """There is no such enterprise."""

    title = Text("Мұндай кәсіпорын жоқ.", "Такого предприятия нет.", "There is no such enterprise.")


class ServiceNotFound(NotFound):
    """There is no such service."""

    title = Text("Мұндай қызмет жоқ.", "Такой услуги нет.", "There is no such service.")


class NoTariffInForce(Conflict):
    """A service is sold at the tariff of its day."""

    title = Text(
        "Бұл күні тариф бекітілмеген.",
        "На этот день нет тарифа.",
        "No tariff is in force on that day.",
    )


class TariffsOverlap(Conflict):
    """One price at a time."""

    title = Text(
        "Тарифтердің мерзімі қабаттасады.",
        "Сроки тарифов пересекаются.",
        "The tariffs' periods overlap.",
    )
    constraint = "tariffs_one_at_a_time"


class PriceNotExact(Invalid):
    """Quantity times price is a whole number of tiyn."""

    title = Text(
        "Саны мен бағасының көбейтіндісі тиынға дәл бөлінбейді.",
        "Количество на цену не даёт целого числа тиын.",
        "Quantity times price is not exact in tiyn.",
    )


class InvoiceNotFound(NotFound):
    """There is no such invoice."""

    title = Text("Мұндай шот жоқ.", "Такого счёта нет.", "There is no such invoice.")


class InvoicePaid(Conflict):
    """An invoice takes no more than it asks for, and each receipt once."""

    title = Text(
        "Шот төленген немесе сома қалғанынан көп.",
        "Счёт оплачен, или сумма больше остатка.",
        "The invoice is paid, or this is more than its rest.",
    )
    constraint = ("invoices_paid", "receipts_number_once")


class InvoiceExists(Conflict):
    """One number, one invoice."""

    title = Text(
        "Мұндай нөмірлі шот бар.", "Счёт с таким номером есть.", "An invoice of this number exists."
    )
    constraint = "invoices_number_once"


def check_bin(bin_: str) -> None:
    """Go on only with a BIN whose kind and check digit are right.

    The check digit is the weighted sum of digits 1-11 modulo 11, with weights 1-11 and, where that
    gives 10, with weights 3-11, 1, 2 (the rule of the national identification registers).

    Raises:
        BinNotValid: it is not one.
    """
    ascii_digits = len(bin_) == 12 and bin_.isascii() and bin_.isdigit()  # noqa: PLR2004
    if not ascii_digits or bin_[4] not in LEGAL_ENTITY_KINDS:
        raise BinNotValid
    digits = [int(character) for character in bin_]
    check = _weighted(digits, FIRST_WEIGHTS)
    if check == 10:  # noqa: PLR2004
        check = _weighted(digits, SECOND_WEIGHTS)
    if check != digits[11]:
        raise BinNotValid


def _weighted(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11


def price_of(quantity_thousandths: int, price_tiyn: int) -> int:
    """Return what a quantity costs, in tiyn.

    Raises:
        PriceNotExact: it is not a whole number of tiyn; nothing is rounded.
    """
    amount, rest = divmod(quantity_thousandths * price_tiyn, THOUSANDTHS)
    if rest or amount == 0:
        raise PriceNotExact
    return amount
