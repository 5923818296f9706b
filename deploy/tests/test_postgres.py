"""The embedded PostgreSQL: started, stopped, crashed, and refused in one line."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import accounts, postgres, processes
from launcher.refusals import AlreadyRunning, CannotStart, DiskFull, OtherVersion, PortTaken

QUICK = {"fsync": "off"}


def ask(server: postgres.PostgresServer, sql: str) -> str:
    command = [postgres.program("psql"), server.dsn("postgres"), "-qAtc", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[postgres.PostgresServer]:
    running = postgres.start(tmp_path / "postgres", settings=QUICK)
    yield running
    running.stop(immediate=True)


def test_the_server_is_postgresql_18_with_the_extensions_that_services_use(
    server: postgres.PostgresServer,
) -> None:
    version = ask(server, "SELECT current_setting('server_version_num')::int / 10000")
    for extension in ("btree_gist", "pg_trgm", "ltree", "unaccent", "pg_stat_statements"):
        ask(server, f"CREATE EXTENSION {extension}")

    assert version == "18"
    assert ask(server, "SELECT uuid_extract_version(uuidv7())") == "7"


def test_nobody_connects_without_the_password(server: postgres.PostgresServer) -> None:
    stranger = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"

    refused = subprocess.run(
        [postgres.program("psql"), "--no-password", stranger, "-c", "SELECT 1"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )

    assert refused.returncode != 0
    assert "no password supplied" in refused.stderr


def test_the_password_is_readable_by_its_owner_only(server: postgres.PostgresServer) -> None:
    file = server.directory / "superuser.password"

    assert file.stat().st_mode & 0o077 == 0


def test_committed_rows_survive_kill_9(tmp_path: Path) -> None:
    directory = tmp_path / "postgres"
    crashed = postgres.start(directory)
    ask(crashed, "CREATE TABLE said (word text); INSERT INTO said VALUES ('сәлем')")
    crashed.kill()

    again = postgres.start(directory, settings=QUICK)

    try:
        assert ask(again, "SELECT word FROM said") == "сәлем"
    finally:
        again.stop()


def test_stopping_leaves_no_process_behind(tmp_path: Path) -> None:
    server = postgres.start(tmp_path / "postgres", settings=QUICK)

    server.stop()

    assert processes.find(server.mark) is None
    assert not (server.directory / "data" / "postmaster.pid").exists()


def test_a_second_server_on_the_same_cluster_is_refused(server: postgres.PostgresServer) -> None:
    with pytest.raises(AlreadyRunning, match=f"process {server.pid}"):
        postgres.start(server.directory)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=f"Port {port} .* taken by another program"):
            postgres.start(tmp_path / "postgres", port)


def test_data_of_another_major_version_are_refused_and_kept(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")

    with pytest.raises(OtherVersion, match="of PostgreSQL 15, this is 18"):
        postgres.start(tmp_path / "postgres")

    assert (data / "PG_VERSION").read_text() == "15\n"


def test_an_initdb_that_was_interrupted_begins_again(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres" / "data"
    half_made.mkdir(parents=True)
    (half_made / "global").mkdir()

    server = postgres.start(tmp_path / "postgres", settings=QUICK)

    answer = ask(server, "SELECT 1")
    server.stop(immediate=True)
    assert answer == "1"


def test_a_pid_file_that_names_a_stranger_does_not_hinder_the_start(tmp_path: Path) -> None:
    directory = tmp_path / "postgres"
    postgres.start(directory, settings=QUICK).kill()
    pid_file = directory / "data" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    server = postgres.start(directory, settings=QUICK)

    answer = ask(server, "SELECT 1")
    server.stop(immediate=True)
    assert answer == "1"


def test_a_setting_that_postgresql_refuses_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"FATAL.*no_such_setting") as refusal:
        postgres.start(tmp_path / "postgres", settings={"no_such_setting": "1"})

    assert "\n" not in str(refusal.value)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ortaq-small-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def test_a_full_disk_is_told_in_one_line(small_disk: Path) -> None:
    with pytest.raises(DiskFull, match=r"is full: .* MiB free"):
        postgres.start(small_disk / "postgres")


# Everything is imported before root's rights are dropped: Python itself may live in root's home.
START_AS_SOMEBODY = """
import os, sys
from pathlib import Path
from launcher import postgres
folder, user_id, group_id = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
os.setgroups([]); os.setgid(group_id); os.setuid(user_id)
server = postgres.start(folder, settings={"fsync": "off"})
print((folder / "data").stat().st_uid)
server.stop()
"""


def test_an_ordinary_user_starts_a_server_that_runs_as_this_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests of this file already run as an ordinary user")
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="ortaq-nobody-"))
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    numbers = (str(nobody.pw_uid), str(nobody.pw_gid))

    finished = subprocess.run(
        [sys.executable, "-c", START_AS_SOMEBODY, folder / "postgres", *numbers],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    shutil.rmtree(folder)

    assert finished.stderr == ""
    assert finished.stdout.strip() == numbers[0]


def test_root_hands_the_server_to_a_user_of_its_own(server: postgres.PostgresServer) -> None:
    if os.geteuid() != 0:
        pytest.skip("this is about root")
    account = accounts.server_account()

    owner = Path(f"/proc/{server.pid}").stat().st_uid

    assert account is not None
    assert owner == account.user_id != 0
