"""How much memory the idle platform takes, each process and all together."""

import subprocess
import sys
import time

import meters
from bench import Bench
from harness import Goal, Row
from rich.console import Console

from launcher import background, ports
from launcher.runs import RunFolder
from launcher.screen import Screen
from rows.startup import platform_folder

REFERENCE = "a process that imported fastapi"
GOAL = Goal(600.0)
_IDLE_SECONDS = 5.0


def measure(bench: Bench) -> list[Row]:
    """Start the platform, let it come to rest, and add up its proportional set sizes."""
    folder = platform_folder(bench)
    samples: list[dict[str, float]] = []
    try:
        bench.say("starting the platform")
        background.start_detached(folder, ports.free_port())
        bench.say("letting the platform come to rest")
        time.sleep(_IDLE_SECONDS)
        for _ in range(bench.rounds):
            samples.append(memory_by_process(folder))
            time.sleep(1.0)
    finally:
        background.stop(folder, Screen(Console(quiet=True)))
    reference = [_reference_mib()]
    total = [sum(sample.values()) for sample in samples]
    rows = [
        Row("memory, all", "PSS of all processes, idle", "MiB", total, REFERENCE, reference, GOAL)
    ]
    return rows + [
        Row(f"memory, {name}", "PSS, idle", "MiB", [sample[name] for sample in samples])
        for name in samples[0]
    ]


def memory_by_process(folder: RunFolder) -> dict[str, float]:
    """Return the memory of everything that runs from a folder, every process counted once."""
    state = folder.read_state()
    marks = {name: running.mark for name, running in state.processes.items()}
    if state.launcher is not None:
        marks["launcher"] = state.launcher
    own = {name: {mark.pid} for name, mark in marks.items()}
    own["postgres"] = set(meters.tree(marks["postgres"].pid))
    family = {pid for mark in marks.values() for pid in meters.tree(mark.pid)}
    own["others"] = family - set().union(*own.values())
    found = {name: sum(meters.pss_mib(pid) for pid in pids) for name, pids in own.items()}
    return {name: mib for name, mib in found.items() if mib or name != "others"}


def _reference_mib() -> float:
    code = "import fastapi; print(flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            return meters.pss_mib(child.pid)
        finally:
            child.kill()
