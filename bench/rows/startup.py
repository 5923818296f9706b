"""How long the platform takes to be ready, the first time and later."""

import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from bench import Bench
from harness import Goal, Row
from rich.console import Console

from launcher import background, plan, ports
from launcher.runs import RunFolder, State
from launcher.screen import Screen

REFERENCE = "python -c 'import fastapi'"
PLATFORM_GOAL = Goal(15.0)
SERVICE_GOAL = Goal(2.0)
# As often as the launcher looks; the gateway asks every service each time that it is asked.
_LOOK_SECONDS = 0.05


@dataclass
class Start:
    """One start: seconds until everything was ready, and until each process was, from its fork."""

    seconds: float = 0.0
    services: dict[str, float] = field(default_factory=dict)


def measure(bench: Bench) -> list[Row]:
    """Start the platform in a new folder, then again and again in what that one left."""
    folder = platform_folder(bench)
    bench.say("first start, in an empty folder")
    first = start_and_stop(folder)
    warm, imports = [], []
    for turn in range(1, bench.rounds + 1):
        bench.say(f"warm start {turn} of {bench.rounds}")
        warm.append(start_and_stop(folder))
        imports.append(_import_seconds())
    rows = [
        Row(
            "start, first",
            "empty folder to all ready: initdb, topics, tables, 15,594 units",
            "s",
            [first.seconds],
            REFERENCE,
            imports,
            note="jars of Apache Kafka come from the machine's cache",
            details={"services_seconds": first.services},
        ),
        Row(
            "start, warm",
            "`ortaq up` to all ready",
            "s",
            [start.seconds for start in warm],
            REFERENCE,
            imports,
            PLATFORM_GOAL,
        ),
    ]
    return rows + [
        Row(
            f"start, {name}",
            "fork to ready, while the others start",
            "s",
            [start.services[name] for start in warm],
            REFERENCE,
            imports,
            SERVICE_GOAL,
        )
        for name in plan.http_processes()
    ]


def platform_folder(bench: Bench) -> RunFolder:
    """Return the folder of the platform that start-up and memory share."""
    return RunFolder(bench.scratch / "platform" / ".ortaq")


def start_and_stop(folder: RunFolder) -> Start:
    """Start the platform, look when its processes are ready, and stop it."""
    with ThreadPoolExecutor(1) as pool:
        start = Start()
        try:
            began = time.monotonic()
            done = pool.submit(background.start_detached, folder, ports.free_port())
            _watch(folder, start, done, began)
            done.result()
        finally:
            background.stop(folder, Screen(Console(quiet=True)))
    return start


def _watch(folder: RunFolder, start: Start, done: Future[None], began: float) -> None:
    forked: dict[str, float] = {}
    # It is over when the platform says that it is ready, or when its start has failed.
    while not start.seconds and not (done.done() and done.exception()):
        state = folder.read_state() if folder.path.exists() else State()
        now = time.monotonic()
        for name, running in state.processes.items():
            if running.port is None or not name.endswith(".app"):
                continue
            forked.setdefault(name, now)
            if name not in start.services and ports.is_ready(running.port):
                start.services[name] = time.monotonic() - forked[name]
        if state.gateway:
            start.seconds = time.monotonic() - began
        time.sleep(_LOOK_SECONDS)


def _import_seconds() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import fastapi"], check=True, timeout=60)
    return time.monotonic() - began
