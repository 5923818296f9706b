"""The kinds of refusal. A rule that is broken raises a refusal named after it; no HTTP in here."""

import re
from typing import ClassVar

from shared.texts import Language, Text, placeholders

REFUSALS: dict[str, type["Refusal"]] = {}
"""Every refusal that can be raised in this process, by slug. Filled by the class definitions."""

BY_CONSTRAINT: dict[str, type["Refusal"]] = {}
"""The refusal that a violated database constraint means, by the constraint's name."""


class Refusal(Exception):
    """Something a rule does not allow, told to the person who asked.

    A subclass names the rule and carries `title`, a sentence that never changes, and `detail`, a
    sentence whose placeholders are filled by the keyword arguments of the raise. `constraint` names
    the database constraint (or several) that keeps the same rule, so that a race gets the same
    answer.
    """

    title: ClassVar[Text]
    detail: ClassVar[Text | None] = None
    constraint: ClassVar[str | tuple[str, ...] | None] = None
    slug: ClassVar[str] = ""

    def __init__(self, **values: object) -> None:
        super().__init__(self.sentence(Language.EN, values))
        self.values = values

    def __init_subclass__(cls, *, kind: bool = False) -> None:
        """Enter a refusal in the catalogue; `kind=True` marks a mere kind, never raised."""
        super().__init_subclass__()
        if kind:
            return
        cls.slug = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        _check_texts(cls)
        REFUSALS[cls.slug] = cls
        constraints = (cls.constraint,) if isinstance(cls.constraint, str) else cls.constraint or ()
        BY_CONSTRAINT.update(dict.fromkeys(constraints, cls))

    @classmethod
    def sentence(cls, language: Language, values: dict[str, object]) -> str:
        """Return the detail in `language`; the title where its values are not known."""
        if cls.detail is None or not placeholders(cls.detail.en) <= values.keys():
            return cls.title.within(language)
        return cls.detail.within(language, **values)


def _check_texts(refusal: type[Refusal]) -> None:
    for text in filter(None, (refusal.title, refusal.detail)):
        if not all(text) or len({frozenset(placeholders(sentence)) for sentence in text}) != 1:
            raise TypeError(f"{refusal.__name__} must say the same in kk, ru and en.")


class Malformed(Refusal, kind=True):
    """What was sent cannot be read as what was asked for."""


class Unauthenticated(Refusal, kind=True):
    """Nobody is known to be asking."""


class Forbidden(Refusal, kind=True):
    """The asker may see this, but may not do it."""


class NotFound(Refusal, kind=True):
    """There is no such thing, or not for the asker."""


class Conflict(Refusal, kind=True):
    """The state of things does not allow it now."""


class Invalid(Refusal, kind=True):
    """What was sent is readable, but breaks a rule by itself."""


class Unavailable(Refusal, kind=True):
    """It cannot be done at this moment; the same request may succeed soon."""
