"""What is wrong with a classifier file, said to the person who brought it."""

from collections.abc import Mapping

from registry.domain.classifier_file import Problem, ProblemKind
from shared.texts import Language, Text

PROBLEM_TEXTS: Mapping[ProblemKind, Text] = {
    ProblemKind.TOO_LARGE: Text(
        "файл тым үлкен ({value})",
        "файл слишком велик ({value})",
        "the file is too large ({value})",
    ),
    ProblemKind.WRONG_ENCODING: Text(
        "мәтін UTF-8 емес", "текст не в кодировке UTF-8", "the text is not UTF-8"
    ),
    ProblemKind.WRONG_COLUMNS: Text(
        "бағандар сай емес ({value})", "столбцы не те ({value})", "wrong columns ({value})"
    ),
    ProblemKind.NO_UNITS: Text(
        "бірде-бір бірлік жоқ", "нет ни одной единицы", "there are no units"
    ),
    ProblemKind.BAD_CODE: Text(
        "код 9 цифрдан тұрмайды: «{value}»",
        "код не из 9 цифр: «{value}»",
        "the code is not 9 digits: “{value}”",
    ),
    ProblemKind.DUPLICATE_CODE: Text(
        "{value} коды қайталанады", "код {value} повторяется", "the code {value} stands there twice"
    ),
    ProblemKind.CODE_PARTS_DISAGREE: Text(
        "ab, cd, ef, hij бағандары {value} кодына сай емес",
        "столбцы ab, cd, ef, hij не соответствуют коду {value}",
        "the columns ab, cd, ef, hij do not make the code {value}",
    ),
    ProblemKind.EMPTY_NAME: Text(
        "{value}: атауы бос", "{value}: пустое название", "{value}: the name is empty"
    ),
    ProblemKind.BAD_NAME: Text(
        "{value}: атауды басып шығаруға болмайды",
        "{value}: название нельзя напечатать",
        "{value}: the name cannot be printed",
    ),
    ProblemKind.NO_PARENT: Text(
        "{value}: жоғары тұрған бірлігі жоқ",
        "{value}: нет вышестоящей единицы",
        "{value}: there is no unit above it",
    ),
    ProblemKind.UNKNOWN_KIND: Text(
        "«{value}»: бірліктің түрі атауынан көрінбейді",
        "«{value}»: вид единицы не виден из названия",
        "“{value}”: the name does not tell the kind of unit",
    ),
}


def describe(problem: Problem, language: Language) -> str:
    """Say in one line what is wrong and where; line 0 is the file as a whole."""
    said = PROBLEM_TEXTS[problem.kind].within(language, value=problem.value)
    return f"{problem.line}: {said}" if problem.line else said
