"""How fast and lean counting is; pabutools beside it where a Python that has it is named.

python bench/tally.py [--json] [--oracle PATH_TO_PYTHON_WITH_PABUTOOLS] [--projects N] [--voters N]

The synthetic election: popularity drawn from a Dirichlet, costs from a log-normal distribution, up
to 30 approvals per ballot, budget 30 % of all costs. Every figure is the median of three runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from participation.domain.counting import (
    Completion,
    Election,
    Outcome,
    Parameters,
    Project,
    Rule,
    count,
)
from participation.domain.pabulib import PabulibElection, read_pabulib, write_pabulib
from participation.domain.pabulib.ballots import BallotType
from participation.domain.pabulib.writing import Sheet

DATA = Path(os.environ.get("ORTAQ_DATA") or Path(__file__).parents[2] / "shared" / "data")
REAL = DATA / "pabulib" / "pb" / "Poland_Warszawa_2026.pb"
ORACLE = """
import json, sys, time
import pabutools.fractions
pabutools.fractions.FRACTION = "gmpy2"
from pabutools.election import Cost_Sat, parse_pabulib
from pabutools.rules import method_of_equal_shares
instance, profile = parse_pabulib(sys.argv[1])
started = time.process_time()
winners = method_of_equal_shares(instance, profile.as_multiprofile(), Cost_Sat)
print(json.dumps([time.process_time() - started, sorted(p.name for p in winners)]))
"""
META = {
    "description": "synthetic",
    "country": "Kazakhstan",
    "unit": "bench",
    "instance": "1",
    "rule": "equalshares",
    "date_begin": "2026",
    "date_end": "2026",
}


def synthetic(projects: int, voters: int) -> Election:
    random = np.random.default_rng(1)
    appeal = np.log(random.dirichlet(np.full(projects, 0.7)))
    costs = np.round(random.lognormal(13, 1, projects)).astype(np.int64) + 1
    lengths = np.minimum(projects, random.integers(1, 31, voters))
    listed = []
    for first in range(0, voters, 5000):
        some = lengths[first : first + 5000]
        order = np.argsort(-(appeal + random.gumbel(size=(len(some), projects))), axis=1)
        listed += [np.sort(row[:n]) for row, n in zip(order, some.tolist(), strict=True)]
    return Election(
        tuple(Project(str(i), int(cost)) for i, cost in enumerate(costs)),
        int(costs.sum()) * 3 // 10,
        np.concatenate(([0], np.cumsum(lengths))),
        np.concatenate(listed),
    )


def median_seconds(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(3):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return round(statistics.median(seconds), 4)


def counted(name: str, election: Election, parameters: Parameters) -> dict[str, Any]:
    outcomes: list[Outcome] = []
    seconds = median_seconds(lambda: outcomes.append(count(election, parameters)))
    return {"name": name, "cpu_seconds": seconds, "winners": sorted(outcomes[0].winners)}


def beside_pabutools(row: dict[str, Any], election: Election, oracle: str) -> None:
    """Add what pabutools (exact fractions, one run) needs for the same count, and its winners."""
    with tempfile.NamedTemporaryFile("w", suffix=".pb", encoding="utf-8") as file:
        file.write(write_pabulib(election, Sheet(BallotType.APPROVAL, META), winners=()))
        file.flush()
        answer = subprocess.run(
            [oracle, "-c", ORACLE, file.name], check=True, capture_output=True, text=True
        )
    seconds, winners = json.loads(answer.stdout.splitlines()[-1])
    row["pabutools_cpu_seconds"] = round(seconds, 3)
    row["times_faster"] = round(seconds / row["cpu_seconds"], 1)
    row["same_winners"] = winners == row["winners"]


def measure(projects: int, voters: int, oracle: str | None) -> list[dict[str, Any]]:
    election = synthetic(projects, voters)
    size = f"{projects} x {voters}"
    rows = [counted(f"equal shares {size}", election, Parameters())]
    if oracle:
        beside_pabutools(rows[0], election, oracle)
    step = max(1, election.budget // voters // 100)
    raised = Parameters(completion=Completion.ADD1, step=step)
    rows.append(counted(f"equal shares + add1 by 1 % {size}", election, raised))
    rows.append(counted(f"Phragmen {size}", election, Parameters(rule=Rule.PHRAGMEN)))
    if REAL.exists():
        rows += real_rows(oracle)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rows.append({"name": "peak memory of this process, MB", "mb": peak})
    return rows


def real_rows(oracle: str | None) -> list[dict[str, Any]]:
    content, files = REAL.read_bytes(), list[PabulibElection]()
    seconds = median_seconds(lambda: files.append(read_pabulib(content)))
    rows: list[dict[str, Any]] = [{"name": "read Warszawa 2026", "cpu_seconds": seconds}]
    election = files[0].election
    rows.append(counted("greedy Warszawa 2026", election, Parameters(rule=Rule.GREEDY)))
    rows.append(counted("equal shares Warszawa 2026", election, Parameters()))
    if oracle:
        beside_pabutools(rows[-1], election, oracle)
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--oracle")
    options.add_argument("--projects", type=int, default=200)
    options.add_argument("--voters", type=int, default=100_000)
    given = options.parse_args()
    rows = measure(given.projects, given.voters, given.oracle)
    for row in rows:
        row["winners"] = len(row.get("winners", ()))
        told = "  ".join(f"{k} {v}" for k, v in row.items() if k != "name" and v != 0)
        if not given.json:
            print(f"{row['name']:<42}{told}")
    if given.json:
        json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main()
