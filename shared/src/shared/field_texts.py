"""What is wrong with a field, told to the person who fills it in, by Pydantic's code of the error.

Pydantic speaks English only, and of Python's types; residents read Kazakh first. A code that is not
in the table gets the general sentence: it says less, but never in a language nobody asked for.
"""

from collections.abc import Mapping
from typing import Any

from shared.texts import Language, Text, placeholders

LONGEST_MESSAGE = 300

NOT_CORRECT = Text(
    "Өріс қате толтырылған.", "Поле заполнено неверно.", "The field is not filled in correctly."
)
TEXT = Text("Мәтін болуы керек.", "Здесь нужен текст.", "This must be a text.")
_WHOLE = Text("Бүтін сан болуы керек.", "Здесь нужно целое число.", "This must be a whole number.")
_NUMBER = Text("Сан болуы керек.", "Здесь нужно число.", "This must be a number.")
_YES_OR_NO = Text(
    "«true» немесе «false» болуы керек.",
    "Здесь нужно «true» или «false».",
    "This must be “true” or “false”.",
)
_LIST = Text("Тізім болуы керек.", "Здесь нужен список.", "This must be a list.")
_OBJECT = Text(
    "Атаулы өрістер жиыны болуы керек.",
    "Здесь нужен набор именованных полей.",
    "This must be a set of named fields.",
)
IDENTIFIER = Text(
    "Сәйкестендіргіш (UUID) кіші әріптермен жазылуы керек.",
    "Здесь нужен идентификатор (UUID) строчными буквами.",
    "This must be an identifier (UUID) in lower case.",
)
DAY = Text(
    "Бар күн болуы керек, мысалы 2027-02-28.",
    "Здесь нужна существующая дата, например 2027-02-28.",
    "This must be a day of the calendar, such as 2027-02-28.",
)
INSTANT = Text(
    "Күн мен уақыт болуы керек, мысалы 2027-02-28T09:00:00Z.",
    "Здесь нужны дата и время, например 2027-02-28T09:00:00Z.",
    "This must be a day and a time, such as 2027-02-28T09:00:00Z.",
)
NOTHING_VISIBLE = Text("Мәтін бос.", "Текст пуст.", "The text is empty.")
INVISIBLE = Text(
    "Мәтінде көрінбейтін таңбалар бар.",
    "В тексте есть невидимые знаки.",
    "The text has invisible characters.",
)
ONE_LINE = Text(
    "Мәтін бір жолдан тұруы керек.",
    "Текст должен быть в одну строку.",
    "The text must be a single line.",
)
_ONE_OF = Text(
    "Рұқсат етілген мәндердің бірі болуы керек: {expected}.",
    "Здесь нужно одно из допустимых значений: {expected}.",
    "This must be one of the allowed values: {expected}.",
)
_UNKNOWN = Text(
    "Мұндай өріс жоқ; оны алып тастаңыз.",
    "Такого поля нет; уберите его.",
    "There is no such field; leave it out.",
)

FIELD_TEXTS: Mapping[str, Text] = {
    "missing": Text(
        "Бұл өріс міндетті.", "Это поле обязательно.", "This field has to be filled in."
    ),
    "extra_forbidden": _UNKNOWN,
    "invalid_key": _UNKNOWN,
    "none_required": Text(
        "Бұл өріс бос болуы керек.", "Это поле должно быть пустым.", "This field must be empty."
    ),
    "string_type": TEXT,
    "string_too_long": Text(
        "Мәтін тым ұзын: ең көбі {max_length} таңба.",
        "Текст слишком длинный: не больше {max_length} знаков.",
        "The text is too long: at most {max_length} characters.",
    ),
    "string_too_short": Text(
        "Мәтін тым қысқа: кемінде {min_length} таңба.",
        "Текст слишком короткий: не меньше {min_length} знаков.",
        "The text is too short: at least {min_length} characters.",
    ),
    "string_pattern_mismatch": Text(
        "Мәтіннің түрі күтілгендей емес.",
        "Текст имеет не тот вид, который ожидается.",
        "The text does not have the expected form.",
    ),
    "string_unicode": Text(
        "Мәтінде оқылмайтын таңбалар бар.",
        "В тексте есть нечитаемые знаки.",
        "The text has unreadable characters.",
    ),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": Text(
        "Сан тым үлкен.", "Число слишком большое.", "The number is too large."
    ),
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "greater_than": Text(
        "Сан {gt} мәнінен үлкен болуы керек.",
        "Число должно быть больше {gt}.",
        "The number must be more than {gt}.",
    ),
    "greater_than_equal": Text(
        "Сан кемінде {ge} болуы керек.",
        "Число должно быть не меньше {ge}.",
        "The number must be at least {ge}.",
    ),
    "less_than": Text(
        "Сан {lt} мәнінен кіші болуы керек.",
        "Число должно быть меньше {lt}.",
        "The number must be less than {lt}.",
    ),
    "less_than_equal": Text(
        "Сан ең көбі {le} болуы керек.",
        "Число должно быть не больше {le}.",
        "The number must be at most {le}.",
    ),
    "multiple_of": Text(
        "Сан {multiple_of} санына еселі болуы керек.",
        "Число должно быть кратно {multiple_of}.",
        "The number must be a multiple of {multiple_of}.",
    ),
    "too_long": Text(
        "Тізім тым ұзын: ең көбі {max_length}.",
        "Список слишком длинный: не больше {max_length}.",
        "The list is too long: at most {max_length}.",
    ),
    "too_short": Text(
        "Тізім тым қысқа: кемінде {min_length}.",
        "Список слишком короткий: не меньше {min_length}.",
        "The list is too short: at least {min_length}.",
    ),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), _LIST),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type", "dataclass_type"),
        _OBJECT,
    ),
    **dict.fromkeys(("uuid_type", "uuid_parsing", "uuid_version"), IDENTIFIER),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), DAY),
    "date_from_datetime_inexact": DAY,
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_object_invalid"), INSTANT),
    **dict.fromkeys(("datetime_from_date_parsing", "timezone_aware"), INSTANT),
    **dict.fromkeys(("enum", "literal_error"), _ONE_OF),
    "value_error": NOT_CORRECT,
}


class WrongField(ValueError):
    """What a check of our own finds wrong with a field, with a sentence for the person."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def field_message(error: Mapping[str, Any], language: Language) -> str:
    """Return what is wrong with a field, in `language`; `error` is one of Pydantic's.

    Of the error's context only limits and allowed values are told, never what was sent.
    """
    context = dict(error.get("ctx") or {})
    cause = context.get("error")
    if isinstance(cause, WrongField):
        return cause.text.within(language)
    text = FIELD_TEXTS.get(str(error["type"]), NOT_CORRECT)
    if not placeholders(text.en) <= context.keys():
        text = NOT_CORRECT
    if "expected" in context:
        context["expected"] = _listed(str(context["expected"]))
    return text.within(language, **context)[:LONGEST_MESSAGE]


def _listed(expected: str) -> str:
    """Return the allowed values without Pydantic's English “or” before the last one."""
    return expected.replace(" or ", ", ")
