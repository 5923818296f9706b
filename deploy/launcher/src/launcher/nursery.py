"""Starts Python processes by forking them from one that has the libraries imported."""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from launcher import processes
from launcher.processes import ProcessMark
from launcher.refusals import ServerFailed

_READY_SECONDS = 60.0


class NurseryDied(ServerFailed):
    """The process that services are forked from has ended."""


@dataclass(frozen=True)
class Job:
    """A Python module to run as a process: `python -m module arguments`."""

    name: str
    module: str
    log: str
    environment: dict[str, str]
    arguments: Sequence[str] = ()


@dataclass(frozen=True)
class Ended:
    """A forked process that has ended, with its exit code (negative: the signal)."""

    pid: int
    code: int


@dataclass
class Nursery:
    """The forking process and what it has told us."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    mark: ProcessMark
    is_ready: bool = False
    ended: deque[Ended] = field(default_factory=deque)
    started: deque[int] = field(default_factory=deque)
    _pending: bytes = b""

    @property
    def pid(self) -> int:
        """The forking process's id."""
        return self.process.pid

    def spawn(self, job: Job) -> ProcessMark:
        """Start a job as a process of its own.

        Raises:
            NurseryDied: there is nobody to fork from.
        """
        try:
            self.channel.sendall(json.dumps(asdict(job)).encode() + b"\n")
        except OSError as refusal:
            raise NurseryDied("The parent of the services has ended.") from refusal
        self._read_until(lambda: bool(self.started))
        return processes.mark(self.started.popleft())

    def run(self, job: Job, timeout_seconds: float = 120.0) -> int:
        """Run a job to its end and return its exit code.

        Raises:
            NurseryDied, ServerFailed: it could not be started, or did not end in time.
        """
        known = self.spawn(job)
        return self.wait(known, job.name, timeout_seconds)

    def wait(self, known: ProcessMark, name: str, timeout_seconds: float = 120.0) -> int:
        """Wait for the end of a process started here and return its exit code."""

        def code() -> int | None:
            return next((end.code for end in self.ended if end.pid == known.pid), None)

        if not self._read_until(lambda: code() is not None, timeout_seconds):
            processes.kill(known)
            raise ServerFailed(f"{name} did not end within {timeout_seconds:.0f} s.")
        found = code()
        self.ended = deque(end for end in self.ended if end.pid != known.pid)
        return found if found is not None else 1

    def read(self) -> None:
        """Take in what has been told, without waiting.

        Raises:
            NurseryDied: the forking process has ended.
        """
        try:
            received = self.channel.recv(65_536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            raise NurseryDied("The parent of the services has ended.")
        *lines, self._pending = (self._pending + received).split(b"\n")
        for line in lines:
            self._note(json.loads(line))

    def stop(self) -> None:
        """End the forking process; what it started lives on."""
        self.channel.close()
        processes.stop(self.mark)
        self.process.wait()

    def _note(self, note: dict[str, Any]) -> None:
        if "ended" in note:
            self.ended.append(Ended(note["ended"], note["code"]))
        elif "started" in note:
            self.started.append(note["pid"])
        else:
            self.is_ready = True

    def _read_until(
        self, is_done: Callable[[], bool], timeout_seconds: float = _READY_SECONDS
    ) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while not is_done():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            select.select([self.channel], [], [], left)
            self.read()
        return True


def start_nursery(log: Path) -> Nursery:
    """Start the forking process; it imports in the background while other servers start."""
    ours, theirs = socket.socketpair()
    environment = {
        **os.environ,
        # Threads of a numerical library would not survive the fork.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    with theirs, log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher.preloaded", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    return Nursery(process, ours, processes.mark(process.pid))
