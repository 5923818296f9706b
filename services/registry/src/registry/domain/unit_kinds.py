"""Kinds of territorial unit, read from a unit's name and its place under its parent.

The code of the classifier gives positions, not legal kinds: a city of district significance stands
now among rural districts, now among villages. The law's kinds (Law of 8 December 1993 No. 2572
on the administrative-territorial structure, art. 3) show in the abbreviations of the names.
"""

import re
from enum import StrEnum

from registry.domain.names import tidy


class UnitKind(StrEnum):
    """A kind of territorial unit."""

    REGION = "region"
    REPUBLICAN_CITY = "republican_city"
    DISTRICT = "district"
    REGIONAL_CITY = "regional_city"
    CITY_DISTRICT = "city_district"
    DISTRICT_CITY = "district_city"
    SETTLEMENT = "settlement"
    RURAL_DISTRICT = "rural_district"
    VILLAGE_WITH_AKIM = "village_with_akim"
    CITY_PLACE = "city_place"
    SETTLEMENT_PLACE = "settlement_place"
    VILLAGE = "village"
    OTHER_PLACE = "other_place"


class Mark(StrEnum):
    """What the abbreviation in a name says."""

    REGION = "область"
    DISTRICT = "район"
    CITY = "г."
    CITY_ADMINISTRATION = "г.а."
    DISTRICT_ADMINISTRATION = "р.а."
    SETTLEMENT = "п."
    SETTLEMENT_ADMINISTRATION = "п.а."
    RURAL_DISTRICT = "с.о."
    VILLAGE_ADMINISTRATION = "с.а."
    VILLAGE = "с."
    NONE = ""


SELF_GOVERNMENT_KINDS = frozenset(
    {
        UnitKind.DISTRICT_CITY,
        UnitKind.SETTLEMENT,
        UnitKind.RURAL_DISTRICT,
        UnitKind.VILLAGE_WITH_AKIM,
    }
)
"""Kinds with an elected akim and a budget of their own (Budget Code 2025; fourth level)."""

PLACE_KINDS = frozenset(
    {UnitKind.CITY_PLACE, UnitKind.SETTLEMENT_PLACE, UnitKind.VILLAGE, UnitKind.OTHER_PLACE}
)
"""Inhabited places without a body of their own."""

_UPPER = frozenset({UnitKind.DISTRICT, UnitKind.REGIONAL_CITY})

# Administrations come before single letters: "с.о.Ақсай" is no village "о.Ақсай". They are looked
# for only where the code names an administration: the village "с.О.Тайманова" has initials.
_ADMINISTRATION = r"(?P<mark>с\.\s?о|с\.\s?а|п\.\s?а|г\.\s?а|р\.\s?а|Г\.\s?А)"
_DIVISION_PATTERNS = (
    re.compile(rf"^{_ADMINISTRATION}\.\s?(?P<name>.+)$"),
    re.compile(rf"^(?P<name>.+)\s{_ADMINISTRATION}\s?\.?$"),
    re.compile(r"^(?P<mark>[Рр]айон|[Оо]бласть)\s(?P<name>.+)$"),
    re.compile(r"^(?P<name>.+)\s(?P<mark>район|область)$"),
    re.compile(r"^(?P<mark>г)\.\s?(?P<name>.+)$"),
)
_PLACE_PATTERNS = (
    re.compile(r"^(?P<mark>[сгп])\.\s?(?P<name>.+)$"),
    re.compile(r"^(?P<name>.+)\s(?P<mark>с)\.$"),
    re.compile(r"^(?P<mark>район)\s(?P<name>.+)$"),
)
_NAMED_AFTER_RU = re.compile(r"^им(?:ени|\.)\s?")

# In Kazakh the abbreviation stands last; "а.ә." is both a village's and a city district's, hence
# the kind is read from the Russian name alone. "Г.А." and "с." got there from the Russian column.
_KAZAKH_DIVISION = re.compile(
    r"(?:\s?\b(?:а\.\s?о|а\.\s?ә|к\.\s?ә|қ\.\s?ә|Қ\.\s?Ә|Г\.\s?А|қ)\s?\.?|\s?ауданы|\s?облысы)$"
)
_KAZAKH_PLACE = re.compile(
    r"(?:(?:\s|(?<=[.0-9]))(?:а|к|қ|с)\.?|(?<=[^\s.])ас\.|\s?\bауылы?|\s?ауданы)$"
)
_TWICE = re.compile(r"\sа\.(?=\sа\.$)")
_KAZAKH_PREFIX = re.compile(r"^[акқ]\.\s?")
_NAMED_AFTER_KK = re.compile(r"\s?\b(?:атындағы|атын\.?|ат\.)$")


def read_russian(name: str, *, is_place: bool) -> tuple[Mark, str]:
    """Split a unit's Russian name into its kind's abbreviation and the name proper."""
    clean = tidy(name)
    for pattern in _PLACE_PATTERNS if is_place else _DIVISION_PATTERNS:
        if found := pattern.match(clean):
            return _mark(found["mark"]), _NAMED_AFTER_RU.sub("имени ", tidy(found["name"]))
    return Mark.NONE, clean


def _mark(text: str) -> Mark:
    letters = text.lower().replace(" ", "")
    return Mark(letters if len(letters) > len("с.о") else letters + ".")


def read_kazakh(name: str, *, is_place: bool, has_mark: bool = True) -> str:
    """Give a unit's Kazakh name without its kind's abbreviation.

    `has_mark` says whether the Russian name had one: a winter camp keeps its «қыстауы».
    """
    clean = _TWICE.sub("", tidy(name))
    if not has_mark:
        return clean
    ending = _KAZAKH_PLACE if is_place else _KAZAKH_DIVISION
    proper = ending.sub("", _KAZAKH_PREFIX.sub("", clean)).strip()
    return _NAMED_AFTER_KK.sub(" атындағы", tidy(proper)).strip() or clean


_KINDS_BY_POSITION: dict[str, dict[Mark, UnitKind]] = {
    "root": {Mark.REGION: UnitKind.REGION, Mark.CITY: UnitKind.REPUBLICAN_CITY},
    "region": {
        Mark.DISTRICT: UnitKind.DISTRICT,
        Mark.CITY_ADMINISTRATION: UnitKind.REGIONAL_CITY,
        Mark.CITY: UnitKind.REGIONAL_CITY,
    },
    "republican_city": {
        Mark.DISTRICT: UnitKind.CITY_DISTRICT,
        Mark.DISTRICT_ADMINISTRATION: UnitKind.CITY_DISTRICT,
        Mark.VILLAGE: UnitKind.VILLAGE,
    },
    "upper": {
        Mark.CITY_ADMINISTRATION: UnitKind.DISTRICT_CITY,
        Mark.CITY: UnitKind.DISTRICT_CITY,
        Mark.SETTLEMENT_ADMINISTRATION: UnitKind.SETTLEMENT,
        Mark.SETTLEMENT: UnitKind.SETTLEMENT,
        Mark.RURAL_DISTRICT: UnitKind.RURAL_DISTRICT,
        Mark.VILLAGE_ADMINISTRATION: UnitKind.VILLAGE_WITH_AKIM,
        Mark.DISTRICT: UnitKind.CITY_DISTRICT,
        Mark.DISTRICT_ADMINISTRATION: UnitKind.CITY_DISTRICT,
        Mark.VILLAGE: UnitKind.VILLAGE,
    },
    "lower": {
        Mark.CITY: UnitKind.CITY_PLACE,
        Mark.DISTRICT: UnitKind.CITY_PLACE,
        Mark.SETTLEMENT: UnitKind.SETTLEMENT_PLACE,
        Mark.VILLAGE: UnitKind.VILLAGE,
    },
}


def find_kind(mark: Mark, parent: UnitKind | None, *, is_place: bool) -> UnitKind | None:
    """Give a unit's kind, or None where the mark makes no sense under this parent.

    The city of Semey (101010000) is a place within the city administration above it, whereas the
    town of Atbasar (113820100), whose code looks like a village's, hangs under its district and
    has an akim and a budget of its own.
    """
    if mark is Mark.CITY and parent is UnitKind.REGIONAL_CITY:
        return UnitKind.CITY_PLACE
    found = _KINDS_BY_POSITION[_position(parent)].get(mark)
    if found is None and is_place and mark is Mark.NONE and parent is not None:
        return UnitKind.OTHER_PLACE
    return found


def _position(parent: UnitKind | None) -> str:
    if parent is None:
        return "root"
    if parent in _UPPER:
        return "upper"
    return parent.value if parent.value in _KINDS_BY_POSITION else "lower"


def find_level(kind: UnitKind, parent_level: int | None) -> int:
    """Give a unit's level: 1 region, 2 district, 3 self-government, 4 inhabited place."""
    if kind in PLACE_KINDS:
        return 4
    return 1 if parent_level is None else parent_level + 1
