"""What runs from a folder, told to people and to programs."""

import time
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from launcher import ports, processes
from launcher.platforms import Platform
from launcher.processes import ProcessMark
from launcher.runs import RunFolder, RunningProcess
from launcher.screen import Screen


def tell_addresses(screen: Screen, platform: Platform) -> None:
    """Print where the started platform is found."""
    gateway = platform.state.gateway
    screen.say(f"\nOrtaq is ready after {screen.elapsed_seconds:.1f} s")
    screen.say(f"  API            {gateway}/v1")
    screen.say(f"  Documentation  {gateway}/docs")
    screen.say(f"  Data, logs     {platform.folder.path}")
    screen.say("Ctrl-C stops it.\n")


def report(folder: RunFolder) -> dict[str, Any]:
    """Return what runs from a folder: each process with its id, port, age and memory."""
    state = folder.read_state()
    launcher = {"launcher": RunningProcess(state.launcher)} if state.launcher else {}
    rows = [_row(name, running) for name, running in (launcher | state.processes).items()]
    return {
        "running": bool(launcher) and bool(rows) and all(row["alive"] for row in rows),
        "gateway": state.gateway,
        "kafka": state.kafka,
        "folder": str(folder.path),
        "memory_mib": round(sum(row["memory_mib"] for row in rows), 1),
        "processes": rows,
    }


def show(found: dict[str, Any]) -> None:
    """Print a report as a table."""
    if not found["processes"]:
        Console().print(f"Nothing runs from {found['folder']}.")
        return
    table = Table("process", "id", "port", "state", "up", "memory", box=None)
    for row in found["processes"]:
        table.add_row(
            row["name"],
            str(row["pid"]),
            str(row["port"] or ""),
            _state(row),
            f"{row['up_seconds']:.0f} s",
            f"{row['memory_mib']:.0f} MiB",
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{found['gateway'] or 'not ready yet'}, {found['memory_mib']:.0f} MiB in all")


def _row(name: str, running: RunningProcess) -> dict[str, Any]:
    process = processes.find(running.mark)
    answers = name.endswith(".app") and running.port is not None and process is not None
    return {
        "name": name,
        "pid": running.mark.pid,
        "port": running.port,
        "alive": process is not None,
        "ready": ports.is_ready(running.port) if answers and running.port else None,
        "up_seconds": round(time.time() - running.mark.started_at_seconds) if process else 0,
        "memory_mib": round(memory_bytes(running.mark) / 2**20, 1) if process else 0.0,
    }


def _state(row: dict[str, Any]) -> str:
    if not row["alive"]:
        return "ended"
    return "not ready" if row["ready"] is False else "runs"


def memory_bytes(known: ProcessMark) -> int:
    """Return the memory of a process and its children, shared pages divided among their users."""
    process = processes.find(known)
    if process is None:
        return 0
    family = [process, *process.children(recursive=True)]
    # The services are children of the process they were forked from, and have rows of their own.
    return sum(_own_bytes(member) for member in family if _is_counted(process, member))


def _is_counted(parent: psutil.Process, member: psutil.Process) -> bool:
    return bool(member == parent or parent.name().startswith("postgres"))


def _own_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return 0
    # Proportional set size where the system knows it (Linux).
    return int(getattr(memory, "pss", memory.uss))
