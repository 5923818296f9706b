"""A laboratory: PostgreSQL and single services as the launcher would run them, but no broker.

Without workers and relays around, the CPU of PostgreSQL belongs to the request that is measured.
"""

import asyncio
import contextlib
import http.client
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from harness import CannotRun

from launcher import databases, keys, plan, ports, postgres, processes
from launcher.plan import Addresses
from launcher.postgres import PostgresServer
from launcher.processes import ProcessMark
from launcher.runs import RunFolder
from shared.tokens.internal import mint_internal_token
from shared.tokens.keys import PublicKeys, load_public_keys, load_signing_key

_START_SECONDS = 60.0
_STATEMENT_SECONDS = 60.0


@dataclass
class Lab:
    """What runs in the laboratory; services and databases are made when first asked for."""

    folder: RunFolder
    server: PostgresServer
    addresses: Addresses
    started: dict[str, ProcessMark] = field(default_factory=dict)
    databases: set[str] = field(default_factory=set)

    @property
    def scratch(self) -> Path:
        """A folder for files of the moment."""
        return self.folder.path

    def port(self, name: str) -> int:
        """Return the port of a service's HTTP process."""
        return self.addresses.ports[name]

    def dsn(self, service: str, database: str = "") -> str:
        """Return a database's address for the service's own role."""
        password = databases.password(self.folder.secrets, service)
        return self.server.dsn(database or service, service, password)

    def url(self, service: str, database: str = "") -> str:
        """Return a service's database as SQLAlchemy names it, for the service's own role."""
        return self.dsn(service, database).replace("postgresql:", "postgresql+asyncpg:", 1)

    def internal_keys(self) -> PublicKeys:
        """Return the keys by which services know the gateway."""
        return load_public_keys(keys.public_keys_file(self.folder))

    def make_database(self, service: str) -> None:
        """Make a service's database at its newest schema, once.

        A copy of it, still empty, stays beside it as `<service>_empty`.
        """
        if service in self.databases:
            return
        secrets = self.folder.secrets
        databases.create_database(
            self.server,
            service,
            databases.password(secrets, f"{service}_owner"),
            databases.password(secrets, service),
        )
        job = plan.migration_job(self.folder, service, self.server.port)
        finished = subprocess.run(
            [sys.executable, "-m", job.module, *job.arguments],
            env=job.environment,
            timeout=_START_SECONDS,
            check=False,
            capture_output=True,
            text=True,
        )
        if finished.returncode != 0:
            raise CannotRun(f"{job.name} failed: {(finished.stderr.splitlines() or ['?'])[-1]}")
        self.copy_database(service, f"{service}_empty", service)
        self.databases.add(service)

    def copy_database(self, template: str, name: str, service: str) -> None:
        """Copy a database, with the owner whom its functions need."""
        self.execute(f"create database {name} template {template} owner {service}_owner")

    def start(self, name: str) -> int:
        """Start a service's HTTP process, once, and return its process id when it is ready."""
        if name not in self.started:
            service = name.removesuffix(".app")
            if service in plan.SERVICES:
                self.make_database(service)
            self._launch(name)
        return self.started[name].pid

    def _launch(self, name: str) -> None:
        planned = {job.name: job for job in plan.plan_jobs(self.folder, self.addresses)}
        job, log = planned[name], Path(planned[name].log)
        # A quota would measure itself.
        environment = {**job.environment, "ORTAQ_REQUESTS_PER_MINUTE": "1000000000"}
        child = processes.start([sys.executable, "-m", job.module], log, environment=environment)
        self.started[name] = processes.mark(child.pid)
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(f"{self.addresses.url(name)}/livez"):
            if child.poll() is not None or time.monotonic() > deadline:
                raise CannotRun(f"{name} did not start: {processes.last_line(log) or 'silent'}")
            time.sleep(0.05)

    def fetch(self, service: str, statement: str) -> list[Any]:
        """Return the rows of a statement, asked as the superuser."""
        return asyncio.run(_fetch(self.server.dsn(service), statement))

    def execute(self, statement: str) -> None:
        """Run a statement on the server as a whole, as the superuser."""
        self.fetch("postgres", statement)

    def internal_identity(self, service: str, subject: UUID | None = None) -> dict[str, str]:
        """Return the header by which the gateway introduces a caller; it holds for a minute."""
        now = datetime.now(UTC)
        token = mint_internal_token(
            load_signing_key(keys.signing_key_file(self.folder)),
            service,
            subject,
            now=now,
            acr="strong",
            auth_time=now,
        )
        return {"Internal-Identity": token}

    def access_token(self, person: str) -> str:
        """Return what the demo issuer gives a sample person; it holds for a quarter of an hour."""
        self.start("demo_issuer.app")
        asked = urllib.request.Request(
            f"{self.addresses.url('demo_issuer.app')}/token",
            data=json.dumps({"sub": person, "strong": True}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return str(json.load(answer)["access_token"])


@contextlib.contextmanager
def open_lab(scratch: Path) -> Iterator[Lab]:
    """Run a laboratory in a folder, and stop all that was started in it."""
    folder = RunFolder(scratch / "lab")
    folder.prepare()
    keys.make_keys(folder)
    server = postgres.start(folder.postgres)
    given = {name: ports.free_port() for name in plan.http_processes()}
    lab = Lab(folder, server, Addresses(server.port, "127.0.0.1:1", given))
    try:
        yield lab
    finally:
        for mark in reversed(lab.started.values()):
            processes.stop(mark)
        server.stop()


def _answers(url: str) -> bool:
    """Return whether a process is there; the gateway is ready only when every service is."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == http.client.OK)
    except OSError:
        return False


async def _fetch(dsn: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=_STATEMENT_SECONDS)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()
