"""Texts for people, always in Kazakh, Russian and English."""

from contextvars import ContextVar
from enum import StrEnum
from string import Formatter
from typing import NamedTuple


class Language(StrEnum):
    """The languages of every answer; Kazakh is the state language and the default."""

    KK = "kk"
    RU = "ru"
    EN = "en"


class Text(NamedTuple):
    """One sentence in three languages, with `{placeholders}` where values belong."""

    kk: str
    ru: str
    en: str

    def within(self, language: Language, **values: object) -> str:
        """Return the sentence in `language` with its placeholders filled in."""
        return str(getattr(self, language)).format(**values)


current_language: ContextVar[Language] = ContextVar("current_language", default=Language.KK)


def placeholders(sentence: str) -> set[str]:
    """Return the names that the sentence leaves open."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def preferred_language(accept_language: str) -> Language:
    """Return the reader's language by RFC 9110 §12.5.4; Kazakh where nothing usable is said."""
    best, best_quality = Language.KK, 0.0
    for part in accept_language.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if primary in set(Language) and quality > best_quality:
            best, best_quality = Language(primary), quality
    return best


def _quality(parameter: str) -> float:
    if not parameter.strip():
        return 1.0
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 0.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
