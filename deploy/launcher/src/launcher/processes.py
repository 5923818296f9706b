"""Processes known by id and start time, so that a reused id is never mistaken for ours."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from launcher.accounts import Account

# The kernel counts start times in hundredths of a second, and a clock correction may move what
# they are converted to; a process id is not handed out again within this time.
_SAME_START_SECONDS = 2.0


@dataclass(frozen=True)
class ProcessMark:
    """A process as it can be recognised later, also by another launcher."""

    pid: int
    started_at_seconds: float


def mark(pid: int) -> ProcessMark:
    """Return what recognises the process `pid` later; one that has ended is never found again."""
    try:
        return ProcessMark(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return ProcessMark(pid, 0.0)


def find(known: ProcessMark) -> psutil.Process | None:
    """Return the process that was marked, or None if it has ended."""
    try:
        process = psutil.Process(known.pid)
        is_same = abs(process.create_time() - known.started_at_seconds) < _SAME_START_SECONDS
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def start(
    command: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session, its output appended to `log`.

    Its own session keeps the terminal's Ctrl-C away from it: servers are stopped in order.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
            user=account.user_id if account else None,
            group=account.group_id if account else None,
            extra_groups=[] if account else None,
        )


def stop(
    known: ProcessMark, *, with_signal: int = signal.SIGTERM, timeout_seconds: float = 15.0
) -> bool:
    """End a process: ask with a signal, wait, and kill it after the time limit.

    Returns whether it ended by itself; a process that is already gone did.
    """
    ask(known, with_signal)
    if wait_gone(known, timeout_seconds):
        return True
    kill(known)
    return False


def ask(known: ProcessMark, with_signal: int) -> None:
    """Send a signal to a process, if it is still there."""
    process = find(known)
    if process is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(with_signal)


def kill(known: ProcessMark, timeout_seconds: float = 10.0) -> None:
    """End a process at once (SIGKILL) and wait until it is gone."""
    ask(known, signal.SIGKILL)
    wait_gone(known, timeout_seconds)


def wait_gone(known: ProcessMark, timeout_seconds: float) -> bool:
    """Return whether the process ends within the time limit.

    Somebody else's child cannot be waited for, and stays a zombie while its parent is busy;
    so this looks, every hundredth of a second.
    """
    deadline = time.monotonic() + timeout_seconds
    while find(known) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def last_line(log: Path, containing: Sequence[str] = ()) -> str:
    """Return the last line of a log that holds one of the words, or its last line, or ""."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 65_536))
        lines = file.read().decode(errors="replace").strip().splitlines()
    telling = [line for line in lines if any(word in line for word in containing)]
    return (telling or lines or [""])[-1].strip()
