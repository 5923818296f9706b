"""psql and pgbench, which come with the server: the references for whatever asks PostgreSQL."""

import re
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import meters
from harness import CannotRun

from launcher.cluster import program

# Backends report the CPU of their lives only when they have ended.
_SETTLE_SECONDS = 0.6


@dataclass(frozen=True)
class Transactions:
    """What pgbench did; CPU is its own and PostgreSQL's together."""

    count: int
    per_second: float
    client_us: float
    server_us: float

    @property
    def cpu_us(self) -> float:
        """CPU per transaction on both sides, in microseconds."""
        return self.client_us + self.server_us


def run_pgbench(
    dsn: str,
    scripts: Sequence[Path],
    *,
    clients: int,
    seconds: int,
    server_pid: int,
) -> Transactions:
    """Run scripts in turn by prepared statements, on one thread.

    Raises:
        CannotRun: a transaction failed, or there was none.
    """
    command = [str(program("pgbench")), "-n", "-M", "prepared", f"-c{clients}", "-j1"]
    command += [f"-T{seconds}", *(f"-f{script}" for script in scripts)]
    before, server_before = _children_seconds(), meters.cpu_seconds(server_pid)
    finished = subprocess.run(
        [*command, dsn], check=False, capture_output=True, text=True, timeout=seconds + 60
    )
    client = _children_seconds() - before
    time.sleep(_SETTLE_SECONDS)
    server = meters.cpu_seconds(server_pid) - server_before
    count = int(_figure(finished.stdout, r"actually processed: (\d+)"))
    failed = int(_figure(finished.stdout, r"failed transactions: (\d+)"))
    if finished.returncode != 0 or count == 0 or failed:
        raise CannotRun(f"pgbench failed: {(finished.stderr.splitlines() or ['silently'])[0]}")
    per_second = _figure(finished.stdout, r"tps = ([\d.]+)")
    return Transactions(count, per_second, client / count * 1e6, server / count * 1e6)


def run_psql(dsn: str, *commands: str, timeout_seconds: float = 60.0) -> None:
    """Run psql commands, backslash commands among them.

    Raises:
        CannotRun: psql or the server refused.
    """
    told = [f"--command={command}" for command in commands]
    finished = subprocess.run(
        [str(program("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *told, dsn],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
    )
    if finished.returncode != 0:
        raise CannotRun(f"psql failed: {(finished.stderr.splitlines() or ['silently'])[0]}")


def _figure(output: str, pattern: str) -> float:
    found = re.search(pattern, output)
    return float(found[1]) if found else 0.0


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
