"""A platform in the background: started by one command, used and stopped by others."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launcher import platforms, ports, processes
from launcher.refusals import AlreadyRunning, CannotStart
from launcher.runs import RunFolder, live_processes
from launcher.screen import Screen

DEFAULT_PORT = 8000

_START_SECONDS = 300.0
_STOP_SECONDS = 120.0


@dataclass
class Ortaq:
    """What verbs of other packages get: the folder, and the platform that runs from it."""

    folder: RunFolder

    @property
    def gateway(self) -> str:
        """Where the running platform answers, or "" if none runs from the folder."""
        state = self.folder.read_state()
        is_running = state.launcher and processes.find(state.launcher)
        return state.gateway if is_running else ""

    @contextlib.contextmanager
    def open_platform(self, *, temporary: bool = True) -> Iterator[str]:
        """Give the address of a running gateway: of the platform in the folder, or of a new one.

        A new one runs from a temporary folder on a free port and is gone afterwards;
        with `temporary=False` it runs from the folder and stays.
        """
        if self.gateway:
            yield self.gateway
            return
        if not temporary:
            start_detached(self.folder, DEFAULT_PORT)
            yield self.gateway
            return
        with tempfile.TemporaryDirectory(prefix="ortaq-") as scratch:
            folder = RunFolder(Path(scratch) / ".ortaq")
            start_detached(folder, ports.free_port())
            try:
                yield Ortaq(folder).gateway
            finally:
                stop(folder, Screen())


def start_detached(folder: RunFolder, port: int) -> None:
    """Start the platform in the background and return when it is ready.

    Raises:
        CannotStart: it did not become ready; with the reason that it gave.
    """
    folder.prepare()
    if Ortaq(folder).gateway:
        raise AlreadyRunning(f"Ortaq already runs in {folder.path}: `ortaq down` stops it.")
    log = folder.path / "launcher.log"
    directory = str(folder.path.parent)
    child = processes.start(
        [
            sys.executable,
            "-m",
            "launcher.main",
            "up",
            "--directory",
            directory,
            "--port",
            str(port),
        ],
        log,
    )
    deadline = time.monotonic() + _START_SECONDS
    while not _is_ready(folder, child.pid):
        if child.poll() is not None:
            raise CannotStart(processes.last_line(log, ("Error: ",)).removeprefix("Error: "))
        if time.monotonic() > deadline:
            child.terminate()
            raise CannotStart(f"Ortaq is not ready after {_START_SECONDS:.0f} s: see {log}.")
        time.sleep(0.1)
    # It lives on without us; nobody here will wait for its end.
    child.returncode = 0


def stop(folder: RunFolder, screen: Screen) -> bool:
    """Stop what runs from a folder and return whether anything did."""
    if not folder.path.exists():
        return False
    state = folder.read_state()
    if state.launcher is not None and processes.find(state.launcher) is not None:
        processes.stop(state.launcher, timeout_seconds=_STOP_SECONDS)
        screen.say(f"Ortaq in {folder.path} has stopped.")
        return True
    with folder.held():
        left = live_processes(folder.read_state())
        platforms.stop_platform(folder, screen)
    return bool(left)


def _is_ready(folder: RunFolder, launcher_pid: int) -> bool:
    state = folder.read_state()
    return bool(state.gateway and state.launcher and state.launcher.pid == launcher_pid)
