"""Posting into the ledger through the budget service, beside the same statements in pgbench."""

import asyncio
import itertools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import load
import meters
from bench import Bench
from harness import CannotRun, Row, in_turns
from lab import Lab
from programs import Transactions, run_pgbench
from statements import CreateApp, Request, Statement, as_script, overhear

from budget.app import ROUTES
from shared.database import connect
from shared.service import build_app

BUILDERS = Path(__file__).parents[2] / "services" / "budget" / "tests"
CONNECTIONS = 16
YEARS = range(2018, 2026)
"""One budget per year: entries of one budget queue for their place in its chain."""
NUMBER, KEY = "bench-number", "bench-key"
# The only two values of a posting that may not come twice.
NEW_EACH_TIME = {NUMBER: "'pgbench-' || :n::text", KEY: "'pgbench-' || :n::text"}
DRAW = "\\set n random(1, 9000000000000000000)\n"
_SECONDS = 2


@dataclass(frozen=True)
class Place:
    """A budget in force with the line that its money comes in on."""

    budget_id: UUID
    line_id: UUID
    year: int

    @property
    def path(self) -> str:
        """Where money that came in is posted."""
        return f"/v1/budgets/{self.budget_id}/receipts"

    def body(self, number: str) -> dict[str, Any]:
        """Return a receipt under a document's number."""
        return {
            "line_id": str(self.line_id),
            "number": number,
            "amount_tiyn": 100,
            "received_on": f"{self.year}-03-01",
        }


@dataclass(frozen=True)
class Shot:
    """One round in the service; CPU per posting of it and of PostgreSQL."""

    window: load.Window
    service_us: float
    server_us: float


def measure(bench: Bench) -> list[Row]:
    """Post receipts into eight budgets both ways, with as many connections."""
    lab = bench.lab()
    bench.say("starting budget.app")
    lab.start("budget.app")
    accountant, places = asyncio.run(_settle(lab))
    heard = _overheard(lab, accountant, places)
    whole = _scripts(lab, "posting", heard)
    alone = _scripts(lab, "entry", [_entry_only(statements) for statements in heard])
    taken: dict[str, list[Shot | Transactions]] = in_turns(
        bench.rounds,
        {
            "service": lambda: _ask_service(lab, accountant, places),
            "pgbench": lambda: _ask_pgbench(lab, whole),
            "pgbench, post_entry alone": lambda: _ask_pgbench(lab, alone),
        },
        bench.say,
    )
    _require_whole_ledgers(lab, places)
    return _rows(taken, len(heard[0]))


def _rows(taken: dict[str, list[Any]], statements: int) -> list[Row]:
    ours, whole, alone = taken.values()
    what = f"the same {statements} statements in pgbench"
    rate = [shot.window.per_second for shot in ours]
    cpu = [shot.service_us + shot.server_us for shot in ours]
    details = {
        "service_us": [round(shot.service_us) for shot in ours],
        "postgres_us": [round(shot.server_us) for shot in ours],
        "p50_us": [round(shot.window.p50_us) for shot in ours],
        "p99_us": [round(shot.window.p99_us) for shot in ours],
        "postgres_us_in_pgbench": [round(shot.server_us) for shot in whole],
    }
    rates = f"postings/s, {CONNECTIONS} connections, {len(YEARS)} budgets"
    return [
        Row("ledger posting", rates, "/s", rate, what, [one.per_second for one in whole]),
        Row(
            "ledger posting",
            "CPU per posting, service and PostgreSQL",
            "µs",
            cpu,
            what,
            [one.cpu_us for one in whole],
            details=details,
        ),
        Row(
            "ledger posting",
            "postings/s, beside the entry alone",
            "/s",
            rate,
            "begin, post_entry, commit",
            [one.per_second for one in alone],
        ),
    ]


async def _settle(lab: Lab) -> tuple[UUID, list[Place]]:
    """Store a village with a budget in force for each year, and return its accountant."""
    sys.path.insert(0, str(BUILDERS))
    from budget_builders import add_budget, add_line, settle  # noqa: PLC0415

    database, places = connect(lab.server.url("budget"), pool_size=1), []
    try:
        async with database.sessions.begin() as session:
            village = await settle(session)
            for year in YEARS:
                budget = await add_budget(session, village, status="approved", year=year)
                line = await add_line(session, budget, direction="revenue", code="206108")
                places.append(Place(budget, line, year))
    finally:
        await database.engine.dispose()
    return village.accountant, places


def _overheard(lab: Lab, accountant: UUID, places: list[Place]) -> list[list[Statement]]:
    identity = lab.internal_identity("budget", accountant)
    warming = Request(
        "POST", places[0].path, {**identity, "Idempotency-Key": str(uuid4())}, places[0].body("1")
    )
    asked = [
        Request("POST", place.path, {**identity, "Idempotency-Key": KEY}, place.body(NUMBER))
        for place in places
    ]
    return overhear(lab.url("budget"), _app_of(lab), [warming, *asked])


def _app_of(lab: Lab) -> CreateApp:
    return lambda database: build_app(
        "budget",
        ROUTES,
        database=database,
        internal_keys=lab.internal_keys(),
        cursor_key=b"bench",
    )


def _scripts(lab: Lab, name: str, heard: list[list[Statement]]) -> list[Path]:
    scripts = []
    for number, statements in enumerate(heard):
        scripts.append(lab.scratch / f"{name}_{number}.sql")
        scripts[-1].write_text(DRAW + as_script(statements, NEW_EACH_TIME), encoding="utf-8")
    return scripts


def _entry_only(statements: list[Statement]) -> list[Statement]:
    posting = [one for one in statements if "post_entry(" in one.sql]
    if len(posting) != 1:
        raise CannotRun("the budget posts an entry otherwise than this row expects")
    return [Statement("begin"), *posting, Statement("commit")]


def _ask_pgbench(lab: Lab, scripts: list[Path]) -> Transactions:
    return run_pgbench(
        lab.dsn("budget"),
        scripts,
        clients=CONNECTIONS,
        seconds=_SECONDS,
        server_pid=lab.server.pid,
    )


def _ask_service(lab: Lab, accountant: UUID, places: list[Place]) -> Shot:
    port, pid, server_pid = lab.port("budget.app"), lab.start("budget.app"), lab.server.pid
    identity, turns = lab.internal_identity("budget", accountant), itertools.cycle(places)

    def post_receipt() -> bytes:
        place, number = next(turns), str(uuid4())
        headers = {**identity, "Idempotency-Key": number}
        body = json.dumps(place.body(number)).encode()
        return load.post(place.path, f"127.0.0.1:{port}", body, headers)

    before, server_before = meters.cpu_seconds(pid), meters.cpu_seconds(server_pid)
    window = load.run_load(
        port, post_receipt, connections=CONNECTIONS, seconds=_SECONDS, status=201
    )
    cpu = meters.cpu_seconds(pid) - before
    server = meters.cpu_seconds(server_pid) - server_before
    if window.errors:
        raise CannotRun(f"budget.app: {window.errors} errors, {window.first_error}")
    each = 1e6 / window.requests
    return Shot(window, cpu * each, server * each)


def _require_whole_ledgers(lab: Lab, places: list[Place]) -> None:
    """Refuse figures of a ledger that broke while it was measured."""
    checks = ", ".join(f"first_broken_entry('{place.budget_id}')" for place in places)
    if any(lab.fetch("budget", f"select {checks}")[0]):
        raise CannotRun("the ledger's chain was broken by the load")
