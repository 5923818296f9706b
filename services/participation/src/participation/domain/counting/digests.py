"""A digest of election, rule text and outcome that any machine computes alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import pairwise

import numpy as np

from participation.domain.counting.elections import Election
from participation.domain.counting.parameters import ENGINE_VERSION, Parameters, Round


def ballots_digest(election: Election) -> str:
    """SHA-256 of the ballots as a multiset: neither their order nor the voters' names matter.

    A ballot is its entries by rising project id, an entry the project's number in that order,
    counted from 1, followed by its score and utility if there are any, as big-endian integers of
    8 bytes (4 where ballots only approve). Ballots follow one another in rising order of their
    bytes, each closed by a zero number.
    """
    by_id = sorted(range(len(election.projects)), key=lambda place: election.projects[place].id)
    number = np.zeros(len(by_id), dtype=np.int64)
    number[by_id] = np.arange(1, len(by_id) + 1)
    columns = [number[election.listed]]
    columns += [w for w in (election.scores, election.utilities) if w is not None]
    if by_id and (np.diff(by_id) < 0).any():
        owner = np.repeat(np.arange(election.voters), np.diff(election.starts))
        order = np.argsort(owner * (len(by_id) + 1) + columns[0])
        columns = [column[order] for column in columns]
    kind = ">i4" if len(columns) == 1 else ">i8"
    entries = np.stack(columns, axis=1).astype(kind)
    data, width = entries.tobytes(), entries.itemsize * len(columns)
    bounds = (election.starts * width).tolist()
    ballots = sorted(data[a:b] for a, b in pairwise(bounds))
    end = bytes(width)
    return hashlib.sha256(end.join([*ballots, b""])).hexdigest()


def exact_text(value: Fraction) -> str:
    """A rational as "over/under" in hexadecimal: short, exact, and without Python's digit limit."""
    return f"{value.numerator:x}/{value.denominator:x}"


def outcome_digest(
    election: Election,
    parameters: Parameters,
    *,
    winners: Sequence[str],
    endowment: Fraction | None,
    rounds: Sequence[Round],
) -> str:
    """SHA-256 over everything that went into a count and came out of it, as canonical JSON.

    Money is in currency units, so that a count in tiyn and the count of its exported file agree.
    """
    unit = election.unit

    def money(amount: Fraction | int | None) -> str:
        return "" if amount is None else exact_text(Fraction(amount) / unit)

    content = {
        "engine": ENGINE_VERSION,
        "projects": sorted([project.id, money(project.cost)] for project in election.projects),
        "withdrawn": sorted(election.withdrawn),
        "budget": money(election.budget),
        "score_scale": str(election.score_scale),
        "ballots": ballots_digest(election),
        "parameters": asdict(parameters) | {"threshold": exact_text(parameters.threshold)},
        "winners": list(winners),
        "endowment": money(endowment),
        "prices": [[r.project_id, money(r.price)] for r in rounds],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
