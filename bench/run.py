"""`make bench`: figures beside references of the same run, as a table and as JSON."""

import contextlib
import importlib
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import meters
from bench import Bench
from harness import CannotRun, Row, show, write_json
from rich.console import Console

GROUPS = ("startup", "memory", "classifier", "gateway", "units", "ledger", "counting")
RESULTS = Path(__file__).parent / "results"
_PAPER_WIDTH = 170


@click.command()
@click.option("--rows", default=",".join(GROUPS), show_default=True, help="Groups, by comma.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Where to.")
def main(rows: str, rounds: int, file: Path | None) -> None:
    """Measure groups of rows and print them; what cannot run says why."""
    wanted = [name.strip() for name in rows.split(",") if name.strip()]
    unknown = sorted(set(wanted) - set(GROUPS))
    if unknown:
        raise click.UsageError(
            f"No such rows: {', '.join(unknown)}. There are {', '.join(GROUPS)}."
        )
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PAPER_WIDTH
    taken_at, began, before = datetime.now(UTC), time.monotonic(), meters.load_average()
    found = measure(wanted, rounds, console)
    facts = {
        "taken_at": taken_at.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began),
        "rounds": rounds,
        "machine": meters.describe_machine(),
        "load_average": {"before": before, "after": meters.load_average()},
    }
    target = file or RESULTS / f"{taken_at:%Y%m%dT%H%M%SZ}.json"
    write_json(target, found, facts)
    show(found, console)
    machine = facts["machine"]
    console.print(
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB; load average"
        f" {before} before, {facts['load_average']['after']} after; {rounds} rounds,"
        f" {facts['seconds']} s; {_short(target)}",
        style="dim",
        soft_wrap=True,
    )


def measure(wanted: list[str], rounds: int, console: Console) -> list[Row]:
    """Measure groups one after another; one that fails leaves a row that says why."""
    found: list[Row] = []
    with contextlib.ExitStack() as ending:
        scratch = ending.enter_context(tempfile.TemporaryDirectory(prefix="ortaq-bench-"))
        status = ending.enter_context(console.status("Starting"))
        bench = Bench(rounds, Path(scratch), status.update, ending)
        for name in wanted:
            began = time.monotonic()
            bench.say = _saying(name, status.update)
            found += _rows_of(name, bench)
            console.print(f"[green]✓[/] {name} [dim]{time.monotonic() - began:.0f} s[/]")
    return found


def _rows_of(name: str, bench: Bench) -> list[Row]:
    try:
        rows: list[Row] = importlib.import_module(f"rows.{name}").measure(bench)
    except CannotRun as reason:
        return [Row(name, "", why_not=str(reason))]
    # The outermost loop: one row's fault, whatever it is, must not cost the others.
    except Exception as fault:
        return [Row(name, "", why_not=_in_one_line(fault))]
    return rows


def _short(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _in_one_line(fault: Exception) -> str:
    lines = str(fault).splitlines() or ["no reason given"]
    return f"{type(fault).__name__}: {lines[0]}"


def _saying(group: str, update: Callable[[str], None]) -> Callable[[str], None]:
    return lambda what: update(f"{group}: {what}")


if __name__ == "__main__":
    main()
