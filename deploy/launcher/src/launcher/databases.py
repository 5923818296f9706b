"""The services' databases: one each, with an owner for migrations and a role for its work."""

import os
import secrets
import subprocess
from importlib import resources
from pathlib import Path

from launcher import folders, postgres
from launcher.postgres import PostgresServer
from launcher.refusals import ServerFailed


def create_database(
    server: PostgresServer, service: str, owner_password: str, runtime_password: str
) -> None:
    """Make a service's database and roles, or bring those that exist to the same state.

    Raises:
        ServerFailed: PostgreSQL refused.
    """
    script = resources.files("launcher") / "data" / "service_database.sql"
    finished = subprocess.run(
        [
            str(postgres.program("psql")),
            "--no-psqlrc",
            "--quiet",
            f"--variable=service={service}",
            f"--file={script}",
            server.dsn("postgres"),
        ],
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "ORTAQ_OWNER_PASSWORD": owner_password,
            "ORTAQ_RUNTIME_PASSWORD": runtime_password,
        },
    )
    if finished.returncode != 0:
        said = finished.stderr.strip().splitlines() or ["psql ended without a word"]
        raise ServerFailed(f"The database of {service} could not be made: {said[0]}")


def password(folder: Path, role: str) -> str:
    """Return the password of a database role, kept in `folder` for its owner only."""
    file = folder / f"{role}.password"
    if not file.exists():
        folders.write_secret(file, secrets.token_urlsafe(24))
    return file.read_text(encoding="utf-8")
