"""The votes of a Pabulib file: approvals, points or rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np

from participation.domain.counting.elections import MOST_WEIGHT, Ints
from participation.domain.pabulib.numbers import UnreadableFile, common_scale, decimal, scaled


class BallotType(StrEnum):
    """`vote_type` as Pabulib names it."""

    APPROVAL = "approval"
    ORDINAL = "ordinal"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"
    CHOOSE_ONE = "choose-1"


@dataclass(frozen=True, slots=True)
class Vote:
    """A row of the section VOTES with its line."""

    line: int
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilledBallots:
    """All votes as the arrays of an election."""

    starts: list[int]
    listed: list[int]
    scores: Ints | None = None
    utilities: Ints | None = None
    score_scale: int = 1


def fill_ballots(
    ballot_type: BallotType, places: Mapping[str, int], votes: Sequence[Vote]
) -> FilledBallots:
    """Turn votes into positions of projects, points and ranks.

    A ranking without points scores the number of places from its end; its utility is the Borda
    count, the number of projects ranked behind.

    Raises:
        UnreadableFile: an unknown or repeated project, or points that do not match; with the line.
    """
    if ballot_type in (BallotType.APPROVAL, BallotType.CHOOSE_ONE):
        most = 1 if ballot_type is BallotType.CHOOSE_ONE else len(places)
        return _approvals(places, votes, most)
    starts, listed, points, behind = [0], list[int](), list[Decimal](), list[int]()
    for vote in votes:
        named = _named(places, vote)
        given = _points(ballot_type, vote, len(named))
        ranked = sorted((place, at) for at, place in enumerate(named))
        listed += [place for place, _ in ranked]
        points += [given[at] for _, at in ranked]
        behind += [len(named) - 1 - at for _, at in ranked]
        starts.append(len(listed))
    scale = common_scale(points)
    utilities = np.array(behind, dtype=np.int64) if ballot_type is BallotType.ORDINAL else None
    scores = np.array([scaled(value, scale) for value in points], dtype=np.int64)
    return FilledBallots(starts, listed, scores, utilities, scale)


def _approvals(places: Mapping[str, int], votes: Sequence[Vote], most: int) -> FilledBallots:
    starts, listed = [0], list[int]()
    for vote in votes:
        named = _named(places, vote)
        if len(named) > most:
            raise UnreadableFile(vote.line, f"the vote names {len(named)} projects, not {most}.")
        named.sort()
        listed += named
        starts.append(len(listed))
    return FilledBallots(starts, listed)


def _named(places: Mapping[str, int], vote: Vote) -> list[int]:
    text = vote.row.get("vote", "")
    try:
        named = [places[id_] for id_ in text.split(",")] if text else []
    except KeyError:
        ids = [id_.strip() for id_ in text.split(",") if id_.strip()]
        unknown = [id_ for id_ in ids if id_ not in places]
        if unknown:
            reason = f"the vote names unknown project {unknown[0][:80]!r}."
            raise UnreadableFile(vote.line, reason) from None
        named = [places[id_] for id_ in ids]
    if len(set(named)) != len(named):
        raise UnreadableFile(vote.line, "the vote names one project twice.")
    return named


def _points(ballot_type: BallotType, vote: Vote, count: int) -> list[Decimal]:
    text = vote.row.get("points", "").strip()
    if not text and (ballot_type is BallotType.ORDINAL or not count):
        return [Decimal(count - at) for at in range(count)]
    cells = [cell for cell in text.split(",") if cell.strip()]
    if len(cells) != count:
        raise UnreadableFile(vote.line, f"there are {len(cells)} points for {count} projects.")
    points = [decimal(cell, line=vote.line, what="points") for cell in cells]
    if any(abs(value) * count >= MOST_WEIGHT for value in points):
        raise UnreadableFile(vote.line, "the points are too large.")
    return points
