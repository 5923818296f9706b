"""Taking in the country's 15,594 units, beside psql copying the same file."""

import asyncio
import itertools
import shutil
import time
from importlib.resources import as_file, files

from bench import Bench
from harness import Goal, Row, in_turns
from lab import Lab
from programs import run_psql

from registry.usecases.classifier_imports import import_classifier, shipped_edition
from shared.database import connect

GOAL = Goal(5.0)
_TABLE = "create table kato_file (kato text, name_kk text, name_ru text)"


def measure(bench: Bench) -> list[Row]:
    """Import into a fresh database each round; what is timed ends with the commit."""
    lab = bench.lab()
    bench.say("making the registry's tables")
    lab.make_database("registry")
    numbers, units = itertools.count(1), set()

    def ours() -> float:
        seconds, imported = _import_afresh(lab, f"import_{next(numbers)}")
        units.add(imported)
        return seconds

    taken = in_turns(
        bench.rounds,
        {"our import": ours, "psql \\copy": lambda: _copy_afresh(lab, f"copy_{next(numbers)}")},
        bench.say,
    )
    seconds = taken["our import"]
    return [
        Row(
            "classifier import",
            f"{'/'.join(f'{count:,}' for count in units)} units: checks, tree, versions, events",
            "s",
            seconds,
            "psql \\copy of the file",
            taken["psql \\copy"],
            GOAL,
            details={"units": sorted(units)},
        )
    ]


def _import_afresh(lab: Lab, name: str) -> tuple[float, int]:
    lab.copy_database("registry_empty", name, "registry")
    try:
        return asyncio.run(_import(lab.dsn("registry", name).replace("postgresql", _DRIVER, 1)))
    finally:
        lab.execute(f"drop database {name} with (force)")


_DRIVER = "postgresql+asyncpg"


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


def _copy_afresh(lab: Lab, name: str) -> float:
    lab.copy_database("registry_empty", name, "registry")
    try:
        dsn, file = lab.server.dsn(name), lab.scratch / "kato.csv"
        with as_file(files("registry") / "data" / "kato.csv") as shipped:
            shutil.copy(shipped, file)
        run_psql(dsn, _TABLE)
        began = time.perf_counter()
        run_psql(dsn, f"\\copy kato_file from '{file}' csv header")
        return time.perf_counter() - began
    finally:
        lab.execute(f"drop database {name} with (force)")
