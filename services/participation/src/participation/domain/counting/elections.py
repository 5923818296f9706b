"""Elections as plain values: projects with exact costs, a budget, and what each voter supports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Sums of weights stay below 2^53, where float64 still counts integers exactly (numpy.bincount).
MOST_WEIGHT = 1 << 53


class UncountableElection(ValueError):
    """The election cannot be counted as it stands; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the ballot. `cost` is a whole number of the smallest currency unit."""

    id: str
    cost: int


@dataclass(frozen=True, eq=False)
class Election:
    """Projects, budget and ballots.

    Ballots are stored voter by voter: voter v lists `listed[starts[v]:starts[v + 1]]`, which are
    positions in `projects` in rising order, each at most once. `scores` are the points of a
    ballot that orders its projects (None where every listed project counts one), `utilities` what
    equal shares takes as the voter's utility where that differs from the score (rankings).

    `unit` says how many smallest units make one currency unit (100 tiyn to the tenge): whole-unit
    endowments and steps are counted in it. `score_scale` likewise for points with decimals.
    `withdrawn` projects were taken back after the voting: their votes stay, they cannot win.
    """

    projects: tuple[Project, ...]
    budget: int
    starts: Ints
    listed: Ints
    scores: Ints | None = None
    utilities: Ints | None = None
    unit: int = 1
    score_scale: int = 1
    withdrawn: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        ids = [project.id for project in self.projects]
        if len(set(ids)) != len(ids):
            raise UncountableElection("Two projects have the same id.")
        if self.budget < 0 or any(project.cost < 0 for project in self.projects):
            raise UncountableElection("The budget and every cost must be zero or more.")
        for weights in (self.scores, self.utilities):
            if weights is not None and float(np.abs(weights).astype(float).sum()) >= MOST_WEIGHT:
                raise UncountableElection("The points are too large to be added up exactly.")

    @property
    def voters(self) -> int:
        """How many ballots were cast, empty ones included."""
        return len(self.starts) - 1

    def position(self, project_id: str) -> int:
        """Where a project stands in `projects`.

        Raises:
            UncountableElection: no project has this id.
        """
        for position, project in enumerate(self.projects):
            if project.id == project_id:
                return position
        raise UncountableElection(f"There is no project {project_id!r} in this election.")

    def votes(self) -> list[int]:
        """How many ballots list each project."""
        return [int(n) for n in np.bincount(self.listed, minlength=len(self.projects))]

    def totals(self) -> list[int]:
        """What the greedy rules order by: the sum of scores, or the votes where none are given.

        In points as written times `score_scale`.
        """
        if self.scores is None:
            return self.votes()
        sums = np.bincount(self.listed, weights=self.scores, minlength=len(self.projects))
        return [int(total) for total in sums]

    def ballot(self, voter: int) -> list[str]:
        """The ids of the projects a voter lists, in the order of the election's projects."""
        listed = self.listed[self.starts[voter] : self.starts[voter + 1]]
        return [self.projects[position].id for position in listed]


def approvals(
    projects: Sequence[Project], *, budget: int, ballots: Iterable[Iterable[str]], unit: int = 1
) -> Election:
    """An election whose ballots approve projects: each ballot is the ids it names.

    Raises:
        UncountableElection: a ballot names an unknown project or one project twice.
    """
    positions = {project.id: place for place, project in enumerate(projects)}
    starts, listed = [0], []
    for ballot in ballots:
        try:
            named = sorted(positions[project_id] for project_id in ballot)
        except KeyError as unknown:
            raise UncountableElection(f"A ballot names unknown project {unknown}.") from None
        if len(set(named)) != len(named):
            raise UncountableElection("A ballot names one project twice.")
        listed += named
        starts.append(len(listed))
    return Election(
        tuple(projects),
        budget,
        np.array(starts, dtype=np.int64),
        np.array(listed, dtype=np.int64),
        unit=unit,
    )


def points(
    projects: Sequence[Project],
    *,
    budget: int,
    ballots: Iterable[Mapping[str, int]],
    unit: int = 1,
) -> Election:
    """An election whose ballots give each project they name a whole number of points.

    Raises:
        UncountableElection: a ballot names an unknown project.
    """
    kept = [dict(ballot) for ballot in ballots]
    election = approvals(projects, budget=budget, ballots=kept, unit=unit)
    scores = [
        ballot[project_id]
        for voter, ballot in enumerate(kept)
        for project_id in election.ballot(voter)
    ]
    return replace(election, scores=np.array(scores, dtype=np.int64))


def rankings(
    projects: Sequence[Project],
    *,
    budget: int,
    ballots: Iterable[Sequence[str]],
    unit: int = 1,
) -> Election:
    """An election whose ballots name projects from best to worst.

    The score of a project is the number of places from the ballot's end, the last one counting 1;
    its utility is its Borda count, the number of projects ranked behind it, the last counting 0.

    Raises:
        UncountableElection: a ballot names an unknown project or one project twice.
    """
    kept = [tuple(ballot) for ballot in ballots]
    places = [{p: len(ballot) - at for at, p in enumerate(ballot)} for ballot in kept]
    if any(len(place) != len(ballot) for place, ballot in zip(places, kept, strict=True)):
        raise UncountableElection("A ballot names one project twice.")
    election = points(projects, budget=budget, ballots=places, unit=unit)
    assert election.scores is not None  # noqa: S101  (what `points` promises)
    return replace(election, utilities=election.scores - 1)
