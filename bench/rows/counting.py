"""Equal shares on real elections and on a large invented one."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import Bench
from harness import CannotRun, Goal, Row, in_turns

HERE = Path(__file__).parents[1]
DATA = Path(os.environ.get("ORTAQ_DATA") or HERE.parents[1] / "shared" / "data")
LARGE = "Poland_Warszawa_2026.pb"
SMALL = "Poland_Lodz_2024_Katedralna.pb"
PROJECTS, VOTERS = 200, 100_000
LARGE_GOAL, MEMORY_GOAL = Goal(0.5), Goal(256.0)


def measure(bench: Bench) -> list[Row]:
    """Count in processes of their own; the reference counts the same file in plain fractions."""
    return [*_invented(bench), *_real(bench)]


def _real(bench: Bench) -> list[Row]:
    folder = DATA / "pabulib" / "pb"
    if not (folder / LARGE).exists():
        reason = "the Pabulib elections are not here (variable ORTAQ_DATA)"
        return [Row("equal shares, real", "", why_not=reason)]
    taken = in_turns(
        bench.rounds,
        {
            "equal shares, small": lambda: _count(str(folder / SMALL)),
            "plain fractions, small": lambda: _count(str(folder / SMALL), "--slow"),
            "equal shares, large": lambda: _count(str(folder / LARGE)),
        },
        bench.say,
    )
    small, slow, large = taken.values()
    if small[0]["winners"] != slow[0]["winners"]:
        raise CannotRun("the engine and the plain fractions elect different winners")
    size = f"{large[0]['projects']} projects, {large[0]['voters']:,} voters"
    row = functools.partial(Row, "equal shares, Warszawa 2026")
    return [
        Row(
            "equal shares, Łódź 2024",
            f"{small[0]['projects']} projects, {small[0]['voters']:,} voters",
            "s",
            [one["count_seconds"] for one in small],
            "plain fractions, same winners",
            [one["count_seconds"] for one in slow],
        ),
        row(f"read the file: {size}", "s", [one["read_seconds"] for one in large]),
        row("count", "s", [one["count_seconds"] for one in large]),
        row("peak memory", "MiB", [one["peak_mib"] for one in large]),
    ]


def _invented(bench: Bench) -> list[Row]:
    taken = []
    for turn in range(1, bench.rounds + 1):
        bench.say(f"invented election, round {turn} of {bench.rounds}")
        taken.append(_count("--synthetic", str(PROJECTS), str(VOTERS)))
    row = functools.partial(Row, f"equal shares, {PROJECTS} x {VOTERS:,}")
    return [
        row("count, CPU", "s", [one["count_seconds"] for one in taken], goal=LARGE_GOAL),
        row("peak memory", "MiB", [one["peak_mib"] for one in taken], goal=MEMORY_GOAL),
    ]


def _count(*arguments: str) -> dict[str, Any]:
    finished = subprocess.run(
        [sys.executable, str(HERE / "count_once.py"), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if finished.returncode != 0:
        raise CannotRun(f"the count failed: {(finished.stderr.splitlines() or ['silently'])[-1]}")
    answer: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return answer
