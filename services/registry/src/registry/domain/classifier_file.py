"""The file of the classifier of territorial units: bytes in, rows out, or all its problems."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 100_000
MAX_NAME_LETTERS = 200
MAX_PROBLEMS = 100

_CODE = re.compile(r"[0-9]{9}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The Bureau of National Statistics names its columns one way, the open copies another.
_COLUMNS = {"te": "kato", "name_kaz": "name_kk", "name_rus": "name_ru"}
_NEEDED = ("kato", "name_kk", "name_ru")
_CODE_PARTS = (("ab", 0, 2), ("cd", 2, 4), ("ef", 4, 6), ("hij", 6, 9))


class ProblemKind(StrEnum):
    """What can be wrong with a classifier file."""

    TOO_LARGE = "too_large"
    WRONG_ENCODING = "wrong_encoding"
    WRONG_COLUMNS = "wrong_columns"
    NO_UNITS = "no_units"
    BAD_CODE = "bad_code"
    DUPLICATE_CODE = "duplicate_code"
    CODE_PARTS_DISAGREE = "code_parts_disagree"
    EMPTY_NAME = "empty_name"
    BAD_NAME = "bad_name"
    NO_PARENT = "no_parent"
    UNKNOWN_KIND = "unknown_kind"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file: where (1 is the heading; 0 the file as a whole) and what."""

    line: int
    kind: ProblemKind
    value: str = ""


@dataclass(frozen=True)
class ClassifierRow:
    """One unit as the file prints it."""

    line: int
    kato: str
    name_kk: str
    name_ru: str


def read_rows(content: bytes) -> tuple[list[ClassifierRow], list[Problem]]:
    """Read a classifier file: CSV in UTF-8, columns separated by commas or semicolons.

    Taken are the columns of the official workbook (`te` … `name_kaz`, `name_rus`) and those of its
    open copies (`kato`, `name_kk`, `name_ru`); other columns are left alone.

    Returns: the rows in the order of the file, and the problems in the order of lines.
    """
    if len(content) > MAX_BYTES:
        return [], [Problem(0, ProblemKind.TOO_LARGE, str(len(content)))]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content.count(b"\n", 0, broken.start) + 1
        return [], [Problem(line, ProblemKind.WRONG_ENCODING)]
    heading = text.split("\n", 1)[0]
    lines = csv.reader(io.StringIO(text), delimiter=";" if ";" in heading else ",", strict=True)
    try:
        return _read_table(lines)
    except csv.Error as broken:
        return [], [Problem(lines.line_num, ProblemKind.WRONG_COLUMNS, str(broken))]


def _read_table(lines: "_csv.Reader") -> tuple[list[ClassifierRow], list[Problem]]:
    heading = [_COLUMNS.get(name.strip().lower(), name.strip().lower()) for name in next(lines, [])]
    missing = [name for name in _NEEDED if name not in heading]
    if missing or len(set(heading)) < len(heading):
        return [], [Problem(1, ProblemKind.WRONG_COLUMNS, ", ".join(missing or heading)[:200])]
    rows: list[ClassifierRow] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heading):
            problems.append(Problem(lines.line_num, ProblemKind.WRONG_COLUMNS, str(len(cells))))
            continue
        if len(rows) == MAX_ROWS:
            return [], [Problem(lines.line_num, ProblemKind.TOO_LARGE, str(MAX_ROWS))]
        fields = dict(zip(heading, cells, strict=True))
        rows.append(_row(lines.line_num, fields))
        problems.extend(_find_problems(rows[-1], fields, seen))
        seen.add(rows[-1].kato)
    if not rows and not problems:
        problems.append(Problem(1, ProblemKind.NO_UNITS))
    return rows, problems


def _row(line: int, fields: dict[str, str]) -> ClassifierRow:
    return ClassifierRow(line, fields["kato"].strip(), fields["name_kk"], fields["name_ru"])


def _find_problems(row: ClassifierRow, fields: dict[str, str], seen: set[str]) -> Iterator[Problem]:
    if not _CODE.fullmatch(row.kato) or row.kato.startswith("00"):
        yield Problem(row.line, ProblemKind.BAD_CODE, row.kato[:20])
        return
    if row.kato in seen:
        yield Problem(row.line, ProblemKind.DUPLICATE_CODE, row.kato)
    if any(
        fields[part].strip().zfill(end - start) != row.kato[start:end]
        for part, start, end in _CODE_PARTS
        if part in fields
    ):
        yield Problem(row.line, ProblemKind.CODE_PARTS_DISAGREE, row.kato)
    for name in (row.name_kk, row.name_ru):
        if not any(letter.isalnum() for letter in name):
            yield Problem(row.line, ProblemKind.EMPTY_NAME, row.kato)
        elif len(name) > MAX_NAME_LETTERS or _CONTROL.search(name):
            yield Problem(row.line, ProblemKind.BAD_NAME, row.kato)
