"""The sample people of Borankul. They are invented; their surnames say so in each language."""

from dataclasses import asdict, dataclass
from typing import Any

RESIDENTS = 300
ASSEMBLY_MEMBERS = 7


@dataclass(frozen=True)
class Name:
    """A name in the three languages."""

    kk: str
    ru: str
    en: str


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in: `sub` never changes, `role` is what the demo lets them hold."""

    sub: str
    role: str
    name: Name

    def card(self) -> dict[str, Any]:
        """Return the person as the listing shows them."""
        return asdict(self)


_WOMEN = (
    ("Айгүл", "Айгуль", "Aigul"),
    ("Сәуле", "Сауле", "Saule"),
    ("Гүлнәр", "Гульнар", "Gulnar"),
    ("Жанар", "Жанар", "Zhanar"),
    ("Мәдина", "Мадина", "Madina"),
    ("Нұргүл", "Нургуль", "Nurgul"),
    ("Дана", "Дана", "Dana"),
    ("Зере", "Зере", "Zere"),
)
_MEN = (
    ("Ерлан", "Ерлан", "Yerlan"),
    ("Бауыржан", "Бауыржан", "Bauyrzhan"),
    ("Қанат", "Канат", "Kanat"),
    ("Нұрлан", "Нурлан", "Nurlan"),
    ("Асқар", "Аскар", "Askar"),
    ("Дәурен", "Даурен", "Dauren"),
    ("Тимур", "Тимур", "Timur"),
)
# Surnames made of the word for "example", so that nobody takes a sample for a neighbour.
_WOMANS_SURNAME = ("Мысалова", "Примерова", "Example")
_MANS_SURNAME = ("Мысалов", "Примеров", "Example")

_OFFICES = (
    ("akim", "akim"),
    ("accountant", "accountant"),
    ("chief-accountant", "accountant"),
    ("deputy", "deputy"),
    ("deputy-2", "deputy"),
    ("manager", "enterprise-manager"),
    ("auditor", "auditor"),
    ("auditor-2", "auditor"),
    ("region", "regional-client"),
    ("admin", "platform-admin"),
    ("admin-2", "platform-admin"),
)


def sample_people() -> dict[str, Person]:
    """Return everybody by `sub`: officials, assembly members, residents."""
    subjects = [
        *_OFFICES,
        *((f"assembly-{number}", "assembly-member") for number in range(1, ASSEMBLY_MEMBERS + 1)),
        *((f"resident-{number}", "resident") for number in range(1, RESIDENTS + 1)),
    ]
    return {
        sub: Person(sub, role, _name(place)) for place, (sub, role) in enumerate(subjects, start=1)
    }


def person_of(sub: str, people: dict[str, Person]) -> Person:
    """Return who signs in as `sub`: a sample person, or a nameless one made for the moment."""
    return people.get(sub) or Person(sub, "none", Name("Мысал", "Пример", "Example"))


def _name(place: int) -> Name:
    given, surname = (
        (_WOMEN[place % len(_WOMEN)], _WOMANS_SURNAME)
        if place % 2
        else (_MEN[place % len(_MEN)], _MANS_SURNAME)
    )
    return Name(
        *(f"{family} {first} ({place})" for first, family in zip(given, surname, strict=True))
    )
