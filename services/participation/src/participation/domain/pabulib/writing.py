"""Write an election as a Pabulib file that the library's checker accepts."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from participation.domain.counting import Election
from participation.domain.pabulib.ballots import BallotType

# The order in which the format wants the optional fields; fields not named here are refused.
META = (
    "description",
    "country",
    "unit",
    "district",
    "subunit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
    "min_length",
    "max_length",
    "min_sum_cost",
    "max_sum_cost",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "default_score",
    "min_project_cost",
    "max_project_cost",
    "min_project_score_threshold",
    "neighborhoods",
    "subdistricts",
    "categories",
    "edition",
    "language",
    "currency",
    "fully_funded",
    "experimental",
    "comment",
    "acknowledgments",
)
PROJECTS = (
    "project_id",
    "cost",
    "votes",
    "score",
    "name",
    "category",
    "beneficiaries",
    "selected",
    "neighborhood",
    "subunit",
    "district",
    "description",
    "proposer",
    "public_id",
    "latitude",
    "longitude",
)
VOTES = (
    "voter_id",
    "vote",
    "points",
    "age",
    "sex",
    "voting_method",
    "district",
    "neighborhood",
    "education",
)
REQUIRED = (
    "description",
    "country",
    "unit",
    "instance",
    "rule",
    "date_begin",
    "date_end",
)


class IncompleteExport(ValueError):
    """The format asks for a field that was not given, or has no field of that name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an export says beside election and winners.

    `projects` maps ids to further columns (`name`, `category`...), `voters` gives each voter's
    further columns in the order of the ballots. Voter ids are running numbers: they must not lead
    back to a person.
    """

    ballot_type: BallotType
    meta: Mapping[str, str]
    projects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    voters: Sequence[Mapping[str, str]] = ()


def write_pabulib(election: Election, sheet: Sheet, *, winners: Collection[str]) -> str:
    """The file's text: counts, votes and scores are computed, never taken from the sheet.

    Raises:
        IncompleteExport: META lacks a field the format requires, or a field is unknown to it.
    """
    cumulative = ["max_sum_points"] if sheet.ballot_type is BallotType.CUMULATIVE else []
    missing = [key for key in [*REQUIRED, *cumulative] if not sheet.meta.get(key)]
    if missing:
        raise IncompleteExport(f"META needs {missing[0]!r}.")
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\n")
    meta = _meta(election, sheet)
    writer.writerows([["META"], ["key", "value"], *meta.items()])
    for name, rows, order in (
        ("PROJECTS", _projects(election, sheet, winners), PROJECTS),
        ("VOTES", _votes(election, sheet), VOTES),
    ):
        columns = _columns(rows, order)
        writer.writerows([[name], columns])
        writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return output.getvalue()


def money_text(amount: int, unit: int) -> str:
    """An amount of smallest units in currency units, as a plain decimal without trailing zeros."""
    if amount % unit == 0:
        return str(amount // unit)
    return format(Decimal(amount) / Decimal(unit), "f").rstrip("0")


def _meta(election: Election, sheet: Sheet) -> dict[str, str]:
    meta = dict(sheet.meta) | {
        "num_projects": str(len(election.projects)),
        "num_votes": str(election.voters),
        "budget": money_text(election.budget, election.unit),
        "vote_type": sheet.ballot_type.value,
    }
    meta.pop("fully_funded", None)
    if election.budget >= sum(project.cost for project in election.projects):
        meta["fully_funded"] = "1"
    return {key: _clean(meta[key]) for key in _columns([meta], META)}


def _columns(rows: Sequence[Mapping[str, str]], order: Sequence[str]) -> list[str]:
    used = {key for row in rows for key, value in row.items() if value}
    unknown = sorted(used.difference(order))
    if unknown:
        raise IncompleteExport(f"The format has no field {unknown[0]!r}.")
    return [key for key in order if key in used or key in ("project_id", "voter_id", "vote")]


def _clean(text: str) -> str:
    """Cells hold one line without spaces at its ends."""
    return " ".join(text.split())


def _projects(election: Election, sheet: Sheet, winners: Collection[str]) -> list[dict[str, str]]:
    votes, scores = election.votes(), election.totals()
    rows = []
    for place, project in enumerate(election.projects):
        row = {key: _clean(value) for key, value in sheet.projects.get(project.id, {}).items()}
        row |= {
            "project_id": project.id,
            "cost": money_text(project.cost, election.unit),
            "votes": str(votes[place]),
            "selected": str(int(project.id in winners)),
        }
        if election.scores is not None:
            row["score"] = money_text(scores[place], election.score_scale)
        rows.append(row)
    return sorted(rows, key=lambda row: -Decimal(row.get("score", row["votes"])))


def _votes(election: Election, sheet: Sheet) -> list[dict[str, str]]:
    rows = []
    for voter in range(election.voters):
        entries = range(int(election.starts[voter]), int(election.starts[voter + 1]))
        extra = sheet.voters[voter] if sheet.voters else {}
        row = {key: _clean(value) for key, value in extra.items()}
        if election.scores is not None:
            scores = election.scores
            entries_sorted = sorted(entries, key=lambda entry: -int(scores[entry]))
            points = [money_text(int(scores[e]), election.score_scale) for e in entries_sorted]
            row["points"] = ",".join(points)
        else:
            entries_sorted = list(entries)
        ids = [election.projects[int(election.listed[entry])].id for entry in entries_sorted]
        rows.append(row | {"voter_id": str(voter + 1), "vote": ",".join(ids)})
    return rows
