"""Reading one unit by its id in the service, beside the same SQL in pgbench."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import load
import meters
from bench import Bench
from harness import CannotRun, Goal, Row, in_turns
from lab import Lab
from programs import Transactions, run_pgbench
from statements import CreateApp, Request, as_script, overhear

from registry.api.units import routes as unit_routes
from shared.service import build_app

CONNECTIONS = 16
UNITS = 16
REFERENCE = "the same SQL in pgbench"
_SECONDS = 2
# What a plain read in Python can reach (row by key, ordinary style), and its price in CPU.
RATE_GOAL = Goal(0.13, of_ratio=True, at_least=True)


@dataclass(frozen=True)
class Shot:
    """One round in the service; CPU per request of it and of PostgreSQL."""

    per_second: float
    service_us: float
    server_us: float


def some_units(lab: Lab) -> list[str]:
    """Return the ids of a few villages' units, the same ones every time."""
    lab.start("registry.app")
    rows = lab.fetch(
        "registry",
        f"select unit_id from unit_versions where level = 3 order by kato limit {UNITS}",
    )
    if not rows:
        raise CannotRun("the registry has no units")
    return [str(row["unit_id"]) for row in rows]


def measure(bench: Bench) -> list[Row]:
    """Read the same units both ways, with as many connections."""
    lab = bench.lab()
    bench.say("starting registry.app")
    units = some_units(lab)
    scripts = _scripts(lab, units)
    taken: dict[str, list[Shot | Transactions]] = in_turns(
        bench.rounds,
        {
            "service": lambda: _ask_service(lab, units),
            "pgbench": lambda: run_pgbench(
                lab.dsn("registry"),
                scripts,
                clients=CONNECTIONS,
                seconds=_SECONDS,
                server_pid=lab.server.pid,
            ),
        },
        bench.say,
    )
    ours = [shot for shot in taken["service"] if isinstance(shot, Shot)]
    plain = [shot for shot in taken["pgbench"] if isinstance(shot, Transactions)]
    return [
        Row(
            "unit by id",
            f"req/s, {CONNECTIONS} connections",
            "/s",
            [shot.per_second for shot in ours],
            REFERENCE,
            [shot.per_second for shot in plain],
            RATE_GOAL,
        ),
        Row(
            "unit by id",
            "CPU per request, service and PostgreSQL",
            "µs",
            [shot.service_us + shot.server_us for shot in ours],
            "pgbench and PostgreSQL",
            [shot.cpu_us for shot in plain],
            details={
                "service_us": [round(shot.service_us) for shot in ours],
                "postgres_us": [round(shot.server_us) for shot in ours],
                "postgres_us_in_pgbench": [round(shot.server_us) for shot in plain],
            },
        ),
    ]


def _ask_service(lab: Lab, units: list[str]) -> Shot:
    port, pid, server_pid = lab.port("registry.app"), lab.start("registry.app"), lab.server.pid
    identity = lab.internal_identity("registry")
    requests = itertools.cycle(
        [load.get(f"/v1/units/{unit}", f"127.0.0.1:{port}", identity) for unit in units]
    )
    before, server_before = meters.cpu_seconds(pid), meters.cpu_seconds(server_pid)
    window = load.run_load(port, requests.__next__, connections=CONNECTIONS, seconds=_SECONDS)
    cpu = meters.cpu_seconds(pid) - before
    server = meters.cpu_seconds(server_pid) - server_before
    if window.errors:
        raise CannotRun(f"registry.app: {window.errors} errors, {window.first_error}")
    each = 1e6 / window.requests
    return Shot(window.per_second, cpu * each, server * each)


def _scripts(lab: Lab, units: list[str]) -> list[Path]:
    """Write one script per unit; the first unit only warms the overheard service up."""
    identity = lab.internal_identity("registry")
    asked = [Request("GET", f"/v1/units/{unit}", identity) for unit in [units[0], *units]]
    scripts = []
    for number, heard in enumerate(overhear(lab.url("registry"), _app_of(lab), asked)):
        scripts.append(lab.scratch / f"unit_{number}.sql")
        scripts[-1].write_text(as_script(heard), encoding="utf-8")
    return scripts


def _app_of(lab: Lab) -> CreateApp:
    return lambda database: build_app(
        "registry",
        [unit_routes],
        database=database,
        internal_keys=lab.internal_keys(),
        cursor_key=b"bench",
    )
