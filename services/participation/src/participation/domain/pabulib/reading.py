"""Read a Pabulib file into an election; every refusal names its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from participation.domain.counting import Election, Project
from participation.domain.pabulib.ballots import BallotType, Vote, fill_ballots
from participation.domain.pabulib.numbers import (
    UnreadableFile,
    common_scale,
    decimal,
    scaled,
    whole,
)

MOST_BYTES = 64 * 1024 * 1024
MOST_COLUMNS = 200
SECTIONS = ("META", "PROJECTS", "VOTES")
# Pabulib's mark for a project that was taken back after the voting.
WITHDRAWN_COST = 999_999_999


@dataclass(frozen=True, eq=False)
class PabulibElection:
    """A file's content: `meta` and the projects' columns as written, the ballots as an election."""

    meta: dict[str, str]
    ballot_type: BallotType
    project_columns: dict[str, dict[str, str]]
    election: Election

    def published_winners(self) -> list[str] | None:
        """Ids of the projects marked as selected by the rule (1); None if the file marks none."""
        columns = self.project_columns
        if not any("selected" in row for row in columns.values()):
            return None
        return [id_ for id_, row in columns.items() if row.get("selected", "").strip() == "1"]

    def recount_differences(self) -> list[tuple[str, str, int, int]]:
        """Where the published `votes` and `score` differ: (project, column, published, counted)."""
        scale = self.election.score_scale
        counted = {"votes": self.election.votes()}
        if self.election.scores is not None:
            counted["score"] = self.election.totals()
        differences = []
        for place, (project_id, row) in enumerate(self.project_columns.items()):
            for column, totals in counted.items():
                text = row.get(column, "").strip()
                factor = scale if column == "score" else 1
                if text and scaled(Decimal(text.replace(",", ".")), factor) != totals[place]:
                    published = int(Decimal(text.replace(",", ".")))
                    differences.append((project_id, column, published, totals[place] // factor))
        return differences


def read_pabulib(content: bytes) -> PabulibElection:
    """Read a whole file.

    Raises:
        UnreadableFile: it is too large, not UTF-8, or breaks the format; with the line.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableFile(1, f"the file is larger than {MOST_BYTES // 2**20} MiB.")
    sections = _sections(_decode(content))
    meta_lines = _meta(sections["META"])
    meta = {key: value for key, (_, value) in meta_lines.items()}
    ballot_type = _ballot_type(meta_lines)
    projects = _table(sections["PROJECTS"], "PROJECTS", needed=("project_id", "cost"))
    votes = _table(sections["VOTES"], "VOTES", needed=("voter_id", "vote"))
    for key, rows in (("num_projects", projects), ("num_votes", votes)):
        _check_number(meta_lines, key, len(rows))
    columns = {row["project_id"].strip(): row for _, row in projects}
    costs = _costs(projects)
    election = _election(meta_lines, costs, ballot_type, votes)
    return PabulibElection(meta, ballot_type, columns, election)


def _decode(content: bytes) -> list[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(line, "the text is not UTF-8.") from None
    if "\0" in text:
        raise UnreadableFile(text.count("\n", 0, text.index("\0")) + 1, "there is a NUL byte.")
    return text.split("\n")


def _cells(number: int, line: str) -> list[str]:
    """The cells of one line; only lines with quotation marks need a CSV parser."""
    if line.count(";") >= MOST_COLUMNS:
        raise UnreadableFile(number, f"there are more than {MOST_COLUMNS} columns.")
    if '"' not in line:
        return line.split(";")
    try:
        return next(csv.reader([line], delimiter=";", strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise UnreadableFile(number, "a quotation mark is opened and not closed.") from None
        return next(csv.reader([line], delimiter=";"))


def _rows(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        stripped = line.rstrip("\r")
        if stripped and not stripped.isspace():
            yield number, _cells(number, stripped)


def _sections(lines: list[str]) -> dict[str, list[tuple[int, list[str]]]]:
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    current: list[tuple[int, list[str]]] | None = None
    for number, cells in _rows(lines):
        name = cells[0].strip().upper()
        if name in SECTIONS and not any(cell.strip() for cell in cells[1:]):
            if len(sections) == len(SECTIONS) or name != SECTIONS[len(sections)]:
                raise UnreadableFile(number, f"section {name} is out of place.")
            current = sections[name] = [(number, [])]
        elif current is None:
            raise UnreadableFile(number, "the file does not begin with META.")
        else:
            current.append((number, cells))
    missing = [name for name in SECTIONS if name not in sections]
    if missing:
        raise UnreadableFile(max(len(lines), 1), f"section {missing[0]} is missing.")
    return sections


def _meta(rows: list[tuple[int, list[str]]]) -> dict[str, tuple[int, str]]:
    meta: dict[str, tuple[int, str]] = {}
    for number, cells in rows[1:]:
        key = cells[0].strip()
        value = cells[1].strip() if len(cells) > 1 else ""
        if (key, value) == ("key", "value"):
            continue
        if key in meta:
            raise UnreadableFile(number, f"META gives {key!r} twice.")
        meta[key] = (number, value)
    return meta


def _needed(meta: dict[str, tuple[int, str]], key: str) -> tuple[int, str]:
    if not meta.get(key, (0, ""))[1]:
        raise UnreadableFile(meta.get(key, (1, ""))[0], f"META does not give {key!r}.")
    return meta[key]


def _ballot_type(meta: dict[str, tuple[int, str]]) -> BallotType:
    line, text = _needed(meta, "vote_type")
    try:
        return BallotType(text)
    except ValueError:
        known = ", ".join(BallotType)
        raise UnreadableFile(line, f"vote_type {text!r} is none of {known}.") from None


def _check_number(meta: dict[str, tuple[int, str]], key: str, counted: int) -> None:
    if key not in meta:
        return
    line, text = meta[key]
    if whole(text, line=line, what=key) != counted:
        raise UnreadableFile(line, f"{key} is {text}, but the file has {counted}.")


def _table(
    rows: list[tuple[int, list[str]]], name: str, *, needed: tuple[str, str]
) -> list[tuple[int, dict[str, str]]]:
    """The rows of a section as dictionaries; the first column must be unique and not empty."""
    if len(rows) == 1:
        raise UnreadableFile(rows[0][0], f"section {name} has no header.")
    at, header = rows[1][0], [cell.strip().lower() for cell in rows[1][1]]
    for column in needed:
        if header.count(column) != 1:
            raise UnreadableFile(at, f"{name} needs exactly one column {column!r}.")
    if len(set(header)) != len(header):
        raise UnreadableFile(at, f"{name} names a column twice.")
    key, seen, table = needed[0], set[str](), []
    for number, cells in rows[2:]:
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            raise UnreadableFile(number, f"there are {len(cells)} cells for {len(header)} columns.")
        row = dict(zip(header, cells, strict=False))
        id_ = row.get(key, "").strip()
        if not id_ or id_ in seen:
            raise UnreadableFile(number, f"{key} {id_!r} is {'given twice' if id_ else 'empty'}.")
        seen.add(id_)
        table.append((number, row))
    return table


def _costs(projects: list[tuple[int, dict[str, str]]]) -> dict[str, Decimal]:
    costs = {}
    for line, row in projects:
        cost = decimal(row.get("cost", ""), line=line, what="cost")
        if cost < 0:
            raise UnreadableFile(line, f"cost {cost} is negative.")
        costs[row["project_id"].strip()] = cost
    return costs


def _election(
    meta: dict[str, tuple[int, str]],
    costs: dict[str, Decimal],
    ballot_type: BallotType,
    votes: list[tuple[int, dict[str, str]]],
) -> Election:
    line, text = _needed(meta, "budget")
    budget = decimal(text, line=line, what="budget")
    if budget < 0:
        raise UnreadableFile(line, f"budget {text} is negative.")
    unit = common_scale([budget, *costs.values()])
    projects = tuple(Project(id_, scaled(cost, unit)) for id_, cost in costs.items())
    places = {project.id: place for place, project in enumerate(projects)}
    withdrawn = [id_ for id_, cost in costs.items() if cost == WITHDRAWN_COST > budget]
    _check_default_score(meta)
    filled = fill_ballots(ballot_type, places, [Vote(at, row) for at, row in votes])
    return Election(
        projects,
        scaled(budget, unit),
        np.array(filled.starts, dtype=np.int64),
        np.array(filled.listed, dtype=np.int64),
        scores=filled.scores,
        utilities=filled.utilities,
        unit=unit,
        score_scale=filled.score_scale,
        withdrawn=frozenset(withdrawn),
    )


def _check_default_score(meta: dict[str, tuple[int, str]]) -> None:
    line, text = meta.get("default_score", (0, ""))
    if text and decimal(text, line=line, what="default_score"):
        raise UnreadableFile(line, "a default_score other than 0 is not supported.")
