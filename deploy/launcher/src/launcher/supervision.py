"""Keeps a platform running: what dies is started again, after a pause that grows."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from launcher import processes
from launcher.nursery import NurseryDied, start_nursery
from launcher.platforms import Platform, start_job, start_server, stop_together
from launcher.processes import ProcessMark
from launcher.refusals import CannotStart
from launcher.runs import live_processes

PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Before the first restart, the second, and so on; the last one for all that follow."""

STEADY_SECONDS = 30.0
"""A process that lived this long starts its pauses anew."""


class StopAsked(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM; no handler of errors may swallow it."""


@dataclass
class History:
    """How often a process has died in a row, and when it may be started again."""

    deaths: int = 0
    started_at_seconds: float = field(default_factory=time.monotonic)
    due_at_seconds: float | None = None

    def died(self, now_seconds: float) -> float:
        """Note a death and return the pause before the next start."""
        if now_seconds - self.started_at_seconds > STEADY_SECONDS:
            self.deaths = 0
        pause = PAUSES_SECONDS[min(self.deaths, len(PAUSES_SECONDS) - 1)]
        self.deaths += 1
        self.due_at_seconds = now_seconds + pause
        return pause

    def started(self, now_seconds: float) -> None:
        """Note a start."""
        self.started_at_seconds, self.due_at_seconds = now_seconds, None


@contextlib.contextmanager
def stop_on_signals() -> Iterator[int]:
    """Turn Ctrl-C and SIGTERM into `StopAsked`, and yield what becomes readable on any signal."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)

    def ask_to_stop(*_: object) -> None:
        ignore_signals()
        raise StopAsked

    handlers = {
        signal.SIGINT: ask_to_stop,
        signal.SIGTERM: ask_to_stop,
        signal.SIGCHLD: lambda *_: None,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


def ignore_signals() -> None:
    """From here on once was enough: a second Ctrl-C must not break off an orderly stop."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not SIG_IGN, which what is started meanwhile would inherit, and then never end.
        signal.signal(number, lambda *_: None)


def supervise(platform: Platform, wake: int) -> None:
    """Restart what dies, until `StopAsked` is raised. Sleeps while nothing happens."""
    histories: dict[str, History] = {}
    while True:
        due = [past.due_at_seconds for past in histories.values() if past.due_at_seconds]
        pause = max(0.0, min(due) - time.monotonic()) if due else None
        select.select([wake, platform.nursery.channel.fileno()], [], [], pause)
        with contextlib.suppress(BlockingIOError):
            os.read(wake, 512)
        for name in _ended(platform):
            history = histories.setdefault(name, History())
            if history.due_at_seconds is None:
                pause = history.died(time.monotonic())
                platform.screen.warn(f"{name} has ended; starting it again in {pause:g} s")
        for name, history in histories.items():
            if history.due_at_seconds and history.due_at_seconds <= time.monotonic():
                _restart(platform, name, history)


def _ended(platform: Platform) -> list[str]:
    """Return the names of what should run and does not."""
    try:
        platform.nursery.read()
        platform.nursery.ended.clear()
    except NurseryDied:
        _renew_nursery(platform)
    for server in (platform.postgres, platform.kafka):
        if server is not None:
            server.process.poll()
    alive = live_processes(platform.state)
    return [name for name in platform.state.processes if name not in alive]


def _renew_nursery(platform: Platform) -> None:
    """Start a new parent for the services, and end the orphans of the old one."""
    platform.screen.warn("The parent of the services has ended; starting all of them again")
    platform.nursery.stop()
    platform.nursery = start_nursery(platform.folder.logs / "nursery.log")
    platform.record("nursery", platform.nursery.mark)
    alive = live_processes(platform.state)
    stop_together([alive[name].mark for name in platform.jobs if name in alive])


def _restart(platform: Platform, name: str, history: History) -> None:
    try:
        _start(platform, name)
    except CannotStart as refusal:
        pause = history.died(time.monotonic())
        platform.screen.warn(f"{name}: {refusal} Trying again in {pause:g} s")
        return
    history.started(time.monotonic())
    platform.screen.done(f"{name} runs again")


def _start(platform: Platform, name: str) -> ProcessMark:
    if name in platform.jobs:
        return start_job(platform, name)
    if name == "nursery":
        # `_renew_nursery` has done it already.
        return processes.mark(platform.nursery.pid)
    return start_server(platform, name)
