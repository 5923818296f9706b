"""The process that service processes are forked from, with the common libraries imported once.

Ten Python processes that each import FastAPI, SQLAlchemy and aiokafka take 90 MB and two seconds
each; forked from one that has them, they share that memory until they write to it and start in a
fraction of the time. Each remains a process of its own: it can be killed and restarted alone.

Started by `launcher.nursery` with one end of a socket, on which it reads jobs and tells pids and
ends, a line of JSON each. When that socket closes, it ends; its children do not.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any

Job = dict[str, Any]

# Importing is an optimisation: what is missing or broken here fails in the service that needs it.
LIBRARIES = (
    "numpy",
    "aiohttp",
    "aiokafka",
    "aiokafka.admin",
    "alembic.command",
    "alembic.context",
    "alembic.operations",
    "asyncpg",
    "cramjam",
    "fastapi",
    "fastapi.openapi.utils",
    "fastapi.responses",
    "httptools",
    "joserfc.jwk",
    "joserfc.jwt",
    "pydantic",
    "pydantic_settings",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
    "shared.contracts.catalogue",
    "shared.identity",
    "shared.idempotency",
    "shared.messaging.worker",
    "shared.pages",
    "shared.permissions",
    "shared.service",
    "shared.settings",
    "shared.territory",
)


def import_libraries() -> None:
    """Import what the services have in common, and freeze it into pages that stay shared."""
    for name in LIBRARIES:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    # The collector would otherwise write into every object, and so copy every page.
    gc.freeze()


def serve_jobs(channel: socket.socket) -> Job | None:
    """Fork for each job that arrives; return the job in the child, None when the channel closes."""
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    os.set_blocking(wake_reader, False)
    signal.set_wakeup_fd(wake_writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(wake_reader, selectors.EVENT_READ)
        while True:
            selector.select()
            _drain(wake_reader)
            _tell_ends(channel)
            received = _receive(channel)
            if received == b"":
                return None
            *lines, pending = (pending + (received or b"")).split(b"\n")
            for line in lines:
                job: Job = json.loads(line)
                if _fork(channel, job) == 0:
                    signal.set_wakeup_fd(-1)
                    channel.close()
                    return job


def run_job(job: Job) -> None:
    """Become the process that the job describes: its session, output, environment and module."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.argv = [job["module"], *job["arguments"]]
    with contextlib.suppress(OSError):
        # The name that `ps` and `top` show; Linux only.
        Path("/proc/self/comm").write_text(job["name"][:15], encoding="utf-8")
    runpy.run_module(job["module"], run_name="__main__", alter_sys=True)


def _fork(channel: socket.socket, job: Job) -> int:
    pid = os.fork()
    if pid:
        _send(channel, {"started": job["name"], "pid": pid})
    return pid


def _tell_ends(channel: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            code = os.waitstatus_to_exitcode(ended[1])
            _send(channel, {"ended": ended[0], "code": code})


def _receive(channel: socket.socket) -> bytes | None:
    """Return what has arrived, b"" for a closed channel, None for nothing yet."""
    try:
        return channel.recv(65_536, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""


def _send(channel: socket.socket, note: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        channel.sendall(json.dumps(note).encode() + b"\n")


def _drain(reader: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(reader, 512):
            pass


def main() -> None:
    """Import, say so, fork on demand; in a child, run its module as the main program."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    import_libraries()
    _send(channel, {"ready": True})
    job = serve_jobs(channel)
    if job is not None:
        run_job(job)


if __name__ == "__main__":
    main()
