"""Residents: who lives in a settlement, since when, and from which day they may vote."""

from datetime import date

from registry.domain.iin import find_age_day
from shared.errors import Conflict, Invalid, Malformed
from shared.texts import Text


class IinWrong(Malformed):
    """An IIN has 12 digits of which the last checks the others. The answer never repeats it."""

    title = Text(
        "ЖСН қате: 12 цифрды тексеріңіз.",
        "ИИН неверен: проверьте 12 цифр.",
        "The IIN is wrong: check its 12 digits.",
    )


class BirthDateNeeded(Invalid):
    """An old IIN may tell no birth date; it is then given by a document."""

    title = Text(
        "Бұл ЖСН туған күнді көрсетпейді: оны құжат бойынша жазыңыз.",
        "Этот ИИН не содержит даты рождения: укажите её по документу.",
        "This IIN tells no birth date: give it from a document.",
    )


class LivesElsewhere(Conflict):
    """A person is registered in one settlement at a time."""

    title = Text(
        "Бұл адам осы уақытта тіркеліп қойған.",
        "Этот человек уже зарегистрирован на это время.",
        "This person is registered for that time already.",
    )
    constraint = "residents_one_home"


class AccountTaken(Conflict):
    """An account belongs to one resident."""

    title = Text(
        "Бұл есептік жазба басқа тұрғынға тиесілі.",
        "Эта учётная запись принадлежит другому жителю.",
        "This account belongs to another resident.",
    )
    constraint = "residents_one_account"


class ResidentHasAccount(Conflict):
    """A resident's account is linked once: their ballots hang on it."""

    title = Text(
        "Тұрғынның есептік жазбасы бар.",
        "У жителя уже есть учётная запись.",
        "The resident has an account already.",
    )


class ResidentHasLeft(Conflict):
    """Nothing is changed for somebody who lives here no more."""

    title = Text(
        "Тұрғын бұл жерден кеткен.", "Житель здесь больше не живёт.", "The resident has left."
    )


class NotASettlement(Invalid):
    """People are registered where a self-government unit is responsible for them."""

    title = Text(
        "Бұл бірлікте тұрғын тіркелмейді: ауылды не кентті таңдаңыз.",
        "В этой единице жителей не регистрируют: выберите село или посёлок.",
        "Nobody is registered in this unit: choose a village or settlement.",
    )


def find_voting_day(born_on: date, lives_here_from: date, electoral_age_years: int) -> date:
    """Return the first day on which a resident may take part in votes here.

    For grown-ups it is the day of moving in, so that the day tells the others no birth date.
    """
    return max(find_age_day(born_on, electoral_age_years), lives_here_from)
