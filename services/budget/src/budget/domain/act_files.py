"""Files of acts: a CSV with one row per unit and act, figures in thousand tenge as printed."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from budget.domain.figures import Disagreement, disagreements
from budget.domain.money import AmountNotExact, thousand_tenge

SECTION_COLUMNS = {
    "rev_total": "revenue",
    "rev_tax": "taxes",
    "rev_nontax": "non_tax",
    "rev_capital": "capital",
    "rev_special": "special",
    "rev_transfers": "transfers",
    "exp_total": "expenditure",
    "net_lending": "net_lending",
    "fin_assets": "financial_assets",
    "balance": "balance",
    "financing": "financing",
}
COLUMNS = ("doc_id", "unit_as_written", "kato", "budget_year", *SECTION_COLUMNS)
LONGEST_FIELD = 300


class UnreadableActs(Exception):
    """A file that is not what was asked for, with the line where that shows."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class ActRow:
    """One row: the fields that the API takes, and what disagrees among its figures."""

    line: int
    fields: Mapping[str, object]
    disagreements: list[Disagreement]


def read_acts(lines: Iterable[str]) -> Iterator[ActRow]:
    """Return the rows of a file one by one.

    Raises:
        UnreadableActs: a column is missing, a year is none, a figure is not exact in tiyn.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableActs(1, f"columns missing: {', '.join(missing)}")
    for row in reader:
        yield _read_row(reader.line_num, {key: value or "" for key, value in row.items() if key})


def _read_row(line: int, row: Mapping[str, str]) -> ActRow:
    printed = {
        section: row[column].strip()
        for column, section in SECTION_COLUMNS.items()
        if row[column].strip()
    }
    try:
        figures = {section: thousand_tenge(text) for section, text in printed.items()}
        year = int(row["budget_year"])
    except AmountNotExact as refusal:
        raise UnreadableActs(line, str(refusal)) from None
    except ValueError:
        raise UnreadableActs(line, f"not a year: {row['budget_year'][:20]!r}") from None
    if not printed:
        raise UnreadableActs(line, "no figures")
    optional = {
        "kato": row["kato"],
        "act_number": row.get("act_no"),
        "act_date": row.get("act_date"),
        "body": row.get("body"),
        "source_url": row.get("url"),
        "language": row.get("lang"),
        "note": row.get("note"),
    }
    fields = {
        "number": row["doc_id"],
        "unit_name": row["unit_as_written"],
        "fiscal_year": year,
        "version": row.get("amended", "")[:100],
        "figures": printed,
        **{name: text[:LONGEST_FIELD] for name, text in optional.items() if text},
    }
    return ActRow(line, fields, disagreements(figures))
