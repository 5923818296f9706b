"""Taking in the country's 15,594 units, beside psql copying the same file."""

import asyncio
import itertools
import resource
import shutil
import time
from dataclasses import dataclass
from importlib.resources import as_file, files

import meters
from bench import Bench
from harness import Goal, Row, in_turns
from lab import Lab
from programs import run_psql

from registry.usecases.classifier_imports import import_classifier, shipped_edition
from shared.database import connect

GOAL = Goal(5.0)
_TABLE = "create table kato_file (kato text, name_kk text, name_ru text)"


@dataclass(frozen=True)
class Shot:
    """One round; the CPU is that of both sides."""

    seconds: float
    cpu_seconds: float
    units: int = 0


def measure(bench: Bench) -> list[Row]:
    """Import into a fresh database each round; what is timed ends with the commit."""
    lab = bench.lab()
    bench.say("making the registry's tables")
    lab.make_database("registry")
    numbers = itertools.count(1)
    taken: dict[str, list[Shot]] = in_turns(
        bench.rounds,
        {
            "import": lambda: _import_afresh(lab, f"import_{next(numbers)}"),
            "psql \\copy": lambda: _copy_afresh(lab, f"copy_{next(numbers)}"),
        },
        bench.say,
    )
    ours, copies = taken.values()
    units, reference = f"{ours[0].units:,} units", "psql \\copy of the file"
    wall = [shot.seconds for shot in ours], reference, [shot.seconds for shot in copies]
    cpu = [shot.cpu_seconds for shot in ours], reference, [shot.cpu_seconds for shot in copies]
    return [
        Row("classifier import", f"{units}: checks, tree, versions, events", "s", *wall, GOAL),
        Row("classifier import", "CPU, client and PostgreSQL", "s", *cpu),
    ]


def _import_afresh(lab: Lab, name: str) -> Shot:
    lab.copy_database("registry_empty", name, "registry")
    try:
        before = _cpu_seconds(lab)
        seconds, units = asyncio.run(_import(lab.url("registry", name)))
        return Shot(seconds, _cpu_seconds(lab) - before, units)
    finally:
        lab.execute(f"drop database {name} with (force)")


async def _import(url: str) -> tuple[float, int]:
    database = connect(url, pool_size=1)
    try:
        async with database.sessions() as session:
            await session.connection()
            await session.rollback()
        began = time.perf_counter()
        async with database.sessions.begin() as session:
            report = await import_classifier(session, shipped_edition())
        return time.perf_counter() - began, report.created
    finally:
        await database.engine.dispose()


def _copy_afresh(lab: Lab, name: str) -> Shot:
    lab.copy_database("registry_empty", name, "registry")
    try:
        dsn, file = lab.server.dsn(name), lab.scratch / "kato.csv"
        with as_file(files("registry") / "data" / "kato.csv") as shipped:
            shutil.copy(shipped, file)
        run_psql(dsn, _TABLE)
        before, began = _cpu_seconds(lab), time.perf_counter()
        run_psql(dsn, f"\\copy kato_file from '{file}' csv header")
        seconds = time.perf_counter() - began
        return Shot(seconds, _cpu_seconds(lab) - before)
    finally:
        lab.execute(f"drop database {name} with (force)")


def _cpu_seconds(lab: Lab) -> float:
    """Return the CPU so far of us, of programs that we ran, and of PostgreSQL."""
    programs = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = time.process_time() + programs.ru_utime + programs.ru_stime
    return ours + meters.cpu_seconds(lab.server.pid)
