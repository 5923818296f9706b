"""A run folder (`.ortaq/`): what one platform keeps, who holds it, and what runs from it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from launcher import processes
from launcher.processes import ProcessMark
from launcher.refusals import AlreadyRunning

_MAX_LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class RunningProcess:
    """One process of the platform, as others can recognise it."""

    mark: ProcessMark
    port: int | None = None


@dataclass
class State:
    """What runs from a folder; written whenever it changes, so that kill -9 leaves a trace."""

    launcher: ProcessMark | None = None
    gateway: str = ""
    """Where the gateway answers; empty until everything is ready."""
    kafka: str = ""
    processes: dict[str, RunningProcess] = field(default_factory=dict)
    """By name, in the order in which they were started."""
    ports: dict[str, int] = field(default_factory=dict)
    """Ports of this run and of the last one, so that addresses stay what they were."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one platform."""

    path: Path

    @property
    def postgres(self) -> Path:
        """The database cluster."""
        return self.path / "postgres"

    @property
    def kafka(self) -> Path:
        """The broker's log."""
        return self.path / "kafka"

    @property
    def logs(self) -> Path:
        """What the services say, one file each."""
        return self.path / "logs"

    @property
    def secrets(self) -> Path:
        """Passwords and signing keys, readable by their owner only."""
        return self.path / "secrets"

    def prepare(self) -> None:
        """Make the folder and its parts; logs that have grown large are put aside, one each."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > _MAX_LOG_BYTES:
                log.replace(log.with_suffix(".log.old"))

    def read_state(self) -> State:
        """Return what was last written down about this folder's processes."""
        file = self.path / "state.json"
        if not file.exists():
            return State()
        return _state_of(json.loads(file.read_text(encoding="utf-8")))

    def write_state(self, state: State) -> None:
        """Write down what runs, whole or not at all."""
        unfinished = self.path / "state.json.new"
        unfinished.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
        unfinished.replace(self.path / "state.json")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder: one launcher at a time. The kernel lets go when the holder dies.

        Raises:
            AlreadyRunning: another launcher holds it.
        """
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as refusal:
                launcher = self.read_state().launcher
                who = f" (process {launcher.pid})" if launcher else ""
                raise AlreadyRunning(
                    f"Ortaq already runs in {self.path}{who}: `ortaq down` stops it."
                ) from refusal
            yield


def _state_of(document: dict[str, Any]) -> State:
    return State(
        launcher=_mark_of(document["launcher"]),
        gateway=document["gateway"],
        kafka=document["kafka"],
        processes={
            name: RunningProcess(ProcessMark(**entry["mark"]), entry["port"])
            for name, entry in document["processes"].items()
        },
        ports=document["ports"],
    )


def _mark_of(entry: dict[str, Any] | None) -> ProcessMark | None:
    return None if entry is None else ProcessMark(**entry)


def live_processes(state: State) -> dict[str, RunningProcess]:
    """Return the processes written down that are still the same ones and alive."""
    return {
        name: running
        for name, running in state.processes.items()
        if processes.find(running.mark) is not None
    }
