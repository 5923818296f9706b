"""What may come in: bytes to JSON without surprises, and the vocabulary of request fields.

Python's JSON reader and Pydantic's defaults accept `true` as 1, `"5"` as 5, NaN, duplicate keys and
NUL characters; each of these became a wrong amount or a fault 500 in systems like ours.
"""

import json
import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Never, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from shared.errors import Malformed
from shared.field_texts import (
    DAY,
    IDENTIFIER,
    INSTANT,
    INVISIBLE,
    NOTHING_VISIBLE,
    ONE_LINE,
    WrongField,
)
from shared.texts import Language, Text

DEEPEST = 32
LONGEST_ARRAY = 1_000
BIGGEST_INTEGER = 2**63 - 1
BIGGEST_SUM = 10**15
"""Ten trillion tenge, more than any village's budget; thousands of such sums still fit 64 bits."""
MOST_DIGITS = 20


class UnreadableBody(Malformed):
    """The body is not the JSON that was announced."""

    title = Text(
        "Сұрау денесі дұрыс JSON емес.",
        "Тело запроса — неверный JSON.",
        "The body of the request is not valid JSON.",
    )
    detail = Text(
        "Сұрау денесі дұрыс JSON емес: {reason}.",
        "Тело запроса — неверный JSON: {reason}.",
        "The body of the request is not valid JSON: {reason}.",
    )

    @classmethod
    def sentence(cls, language: Language, values: dict[str, object]) -> str:
        """Return the detail with its reason, itself a text, in the same language."""
        reason = values.get("reason")
        if isinstance(reason, Text):
            values = {**values, "reason": reason.within(language, **values)}
        return super().sentence(language, values)


_NOT_UTF_8 = Text("кодтауы UTF-8 емес", "кодировка не UTF-8", "its encoding is not UTF-8")
_TOO_DEEP = Text(
    "қабаттары {most}-ден көп", "вложенность больше {most}", "it is nested deeper than {most}"
)
_SYNTAX = Text(
    "қате {line}-жолда, {column}-таңбада",
    "ошибка в строке {line}, знак {column}",
    "the mistake is in line {line}, column {column}",
)
_KEY_TWICE = Text("бір өріс екі рет берілген", "одно поле дано дважды", "one field is given twice")
_NO_NUMBER = Text("{name} — сан емес", "{name} — не число", "{name} is not a number")
_TOO_LARGE = Text("сан тым үлкен", "число слишком большое", "a number is too large")
_TOO_LONG = Text(
    "тізімде {most}-нан көп мән бар",
    "в списке больше {most} значений",
    "a list has more than {most} values",
)
_NO_CHARACTER = Text(
    "мәтінде тыйым салынған таңба бар",
    "в тексте есть недопустимый знак",
    "a text has a forbidden character",
)


def parse_json(body: bytes) -> Any:
    """Return the JSON document in `body`.

    Raises:
        UnreadableBody: not UTF-8, not JSON, a key twice, NaN or Infinity, a number beyond 64 bits,
            NUL or half a surrogate pair in a text, deeper than 32, an array longer than 1,000.
    """
    try:
        document = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except UnicodeDecodeError:
        raise UnreadableBody(reason=_NOT_UTF_8) from None
    except RecursionError:
        raise UnreadableBody(reason=_TOO_DEEP, most=DEEPEST) from None
    except json.JSONDecodeError as error:
        raise UnreadableBody(reason=_SYNTAX, line=error.lineno, column=error.colno) from None
    _check(document, DEEPEST)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise UnreadableBody(reason=_KEY_TWICE)
    return document


def _refuse_constant(name: str) -> Never:
    raise UnreadableBody(reason=_NO_NUMBER, name=name)


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS or abs(int(digits)) > BIGGEST_INTEGER:
        raise UnreadableBody(reason=_TOO_LARGE)
    if digits == "-0":
        raise UnreadableBody(reason=_NO_NUMBER, name=digits)
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise UnreadableBody(reason=_TOO_LARGE)
    return value


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise UnreadableBody(reason=_TOO_DEEP, most=DEEPEST)
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        if len(value) > LONGEST_ARRAY:
            raise UnreadableBody(reason=_TOO_LONG, most=LONGEST_ARRAY)
        for inner in value:
            _check(inner, depth - 1)


def _check_text(value: str) -> None:
    if "\0" in value:
        raise UnreadableBody(reason=_NO_CHARACTER)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise UnreadableBody(reason=_NO_CHARACTER)


class Body(BaseModel):
    """The base of every request body: strict types, no field that was not asked for.

    Fields use the vocabulary below; a bare `str`, `date` or `UUID` would be too lenient or too
    strict.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DAY.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INVISIBLE = {"Cf", "Cc", "Co", "Cs", "Zl", "Zp"}
_ALLOWED_INVISIBLE = {"\n", "\t"}


def _only_text(pattern: re.Pattern[str], expected: Text) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise WrongField(expected)
        if not isinstance(value, str | date | UUID):
            raise WrongField(expected)
        return value

    return BeforeValidator(check)


def _visible(value: str) -> str:
    """Refuse what nobody can see: zero-width and direction-changing characters, mere spaces."""
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        raise WrongField(NOTHING_VISIBLE)
    if any(
        unicodedata.category(character) in _INVISIBLE and character not in _ALLOWED_INVISIBLE
        for character in text
    ):
        raise WrongField(INVISIBLE)
    return text


def _one_line(value: str) -> str:
    if "\n" in value or "\t" in value:
        raise WrongField(ONE_LINE)
    return value


T = TypeVar("T")

Choice = Annotated[T, Strict(False)]
"""One of an enumeration's values, written as text: `Choice[Status]`."""
Day = Annotated[date, Strict(False), _only_text(_DAY, DAY)]
Instant = Annotated[datetime, Strict(False), _only_text(_INSTANT, INSTANT)]
Identifier = Annotated[UUID, Strict(False), _only_text(_UUID, IDENTIFIER)]
Amount = Annotated[int, Field(gt=0, le=BIGGEST_SUM, description="tiyn, 1/100 tenge")]
"""A positive sum in tiyn."""
Balance = Annotated[int, Field(ge=-BIGGEST_SUM, le=BIGGEST_SUM, description="tiyn")]
"""A sum in tiyn that may be negative."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_visible), AfterValidator(_one_line)]
Paragraph = Annotated[str, Field(max_length=20_000), AfterValidator(_visible)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]


class TrilingualLine(Body):
    """A name or title in Kazakh (always) and, where known, in Russian and English."""

    kk: Line
    ru: Line
    en: Line
