"""What the kernel knows about a process tree: its CPU time and its memory."""

import os
import platform
import re
from pathlib import Path
from typing import Any

import psutil

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return a process and everything that it started, without those that have ended."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process tree so far, to the nanosecond where it still runs.

    Children that have ended count with the clock ticks that their parent has been told; PostgreSQL
    ends a backend with every connection, and would otherwise seem to work for nothing.
    """
    members = tree(pid)
    return sum(_thread_seconds(member) for member in members) + _ended_children_seconds(pid)


def pss_mib(pid: int) -> float:
    """Return a process's memory, pages that it shares divided among those who share them."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def peak_mib() -> float:
    """Return the most memory that this process has had.

    Not `ru_maxrss`: that one remembers the parent, whose memory a child shares until its exec.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def describe_machine() -> dict[str, Any]:
    """Return what a reader needs to compare figures with those of another machine."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "cpu": _cpu_name(),
        "system": platform.system(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def load_average() -> float:
    """Return how many processes wanted to run during the last minute, ours included."""
    return round(os.getloadavg()[0], 1)


def _thread_seconds(pid: int) -> float:
    total = 0
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(file.read_text(encoding="ascii").split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1e9


def _ended_children_seconds(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # After the name in brackets comes field 3; 16 and 17 are the ended children's (proc_pid_stat).
    fields = stat.rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / _TICKS_PER_SECOND


def _cpu_name() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except FileNotFoundError:
        return platform.processor()
    found = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return found[1] if found else platform.machine()
