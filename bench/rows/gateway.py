"""What the way through the gateway costs, beside the same call straight to the service."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import load
import meters
from bench import Bench
from harness import CannotRun, Row, in_turns
from lab import Lab

from rows.units import some_units

CONNECTIONS = 16
PERSON = "akim"
DIRECT, OPEN, SIGNED = "direct", "through the gateway", "through the gateway, signed in"


@dataclass(frozen=True)
class Shot:
    """One round: a lonely caller, then many at once with the CPU that they cost a process."""

    alone: load.Window
    crowd: load.Window
    cpu_us: float


def measure(bench: Bench) -> list[Row]:
    """Ask for units both ways in turns; the CPU is that of the process asked."""
    lab = bench.lab()
    for name in ("registry.app", "demo_issuer.app", "gateway.app"):
        bench.say(f"starting {name}")
        lab.start(name)
    paths = [f"/v1/units/{unit}" for unit in some_units(lab)]
    token = {"Authorization": f"Bearer {lab.access_token(PERSON)}"}
    taken = in_turns(
        bench.rounds,
        {
            DIRECT: _asking(lab, "registry.app", paths, lambda: lab.internal_identity("registry")),
            OPEN: _asking(lab, "gateway.app", paths, dict),
            SIGNED: _asking(lab, "gateway.app", paths, lambda: token),
        },
        bench.say,
    )
    return _rows(taken)


def _asking(
    lab: Lab, name: str, paths: list[str], headers: Callable[[], dict[str, str]]
) -> Callable[[], Shot]:
    port, pid = lab.port(name), lab.start(name)

    def shoot() -> Shot:
        told = headers()
        requests = itertools.cycle([load.get(path, f"127.0.0.1:{port}", told) for path in paths])
        alone = load.run_load(port, requests.__next__, connections=1, seconds=1.0)
        before = meters.cpu_seconds(pid)
        crowd = load.run_load(port, requests.__next__, connections=CONNECTIONS, seconds=2.0)
        cpu = meters.cpu_seconds(pid) - before
        for window in (alone, crowd):
            if window.errors or window.requests < 20:
                raise CannotRun(f"{name}: {window.errors} errors, {window.first_error}")
        return Shot(alone, crowd, cpu / crowd.requests * 1e6)

    return shoot


def _rows(taken: dict[str, list[Shot]]) -> list[Row]:
    direct = taken[DIRECT]
    alone_us = [shot.alone.p50_us for shot in direct]
    best_us = [shot.alone.p5_us for shot in direct]
    rows = []
    for name in (OPEN, SIGNED):
        shots = taken[name]
        added = [shot.alone.p50_us - us for shot, us in zip(shots, alone_us, strict=True)]
        quick = [shot.alone.p5_us - us for shot, us in zip(shots, best_us, strict=True)]
        who = "signed in" if name == SIGNED else "anonymous"
        rows += [
            Row(
                f"gateway hop, {who}",
                "GET one unit: p50 added, 1 connection",
                "µs",
                added,
                "p50 of the direct call",
                alone_us,
            ),
            Row(
                f"gateway hop, {who}",
                "p5 added, 1 connection: the hop undisturbed",
                "µs",
                quick,
                "p5 of the direct call",
                best_us,
            ),
            Row(
                f"gateway hop, {who}",
                f"req/s, {CONNECTIONS} connections",
                "/s",
                [shot.crowd.per_second for shot in shots],
                "the direct call",
                [shot.crowd.per_second for shot in direct],
                details=_latencies(shots),
            ),
            Row(
                f"gateway hop, {who}",
                "CPU per request, the gateway's own",
                "µs",
                [shot.cpu_us for shot in shots],
                "the service's own",
                [shot.cpu_us for shot in direct],
            ),
        ]
    return rows


def _latencies(shots: list[Shot]) -> dict[str, list[float]]:
    return {
        "p50_us": [round(shot.crowd.p50_us) for shot in shots],
        "p99_us": [round(shot.crowd.p99_us) for shot in shots],
    }
