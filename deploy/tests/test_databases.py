"""The database of a service: what its two roles may do, and above all what they may not."""

import subprocess
from pathlib import Path

import pytest

from launcher import databases, postgres
from launcher.postgres import PostgresServer
from launcher.refusals import ServerFailed


@pytest.fixture(scope="module")
def server(postgres: PostgresServer) -> PostgresServer:
    for service in ("well", "mill"):
        databases.create_database(postgres, service, f"{service}-owner", f"{service}-runtime")
    return postgres


def run(server: PostgresServer, sql: str, *, database: str, role: str) -> tuple[int, str]:
    password = f"{database}-owner" if role.endswith("_owner") else f"{role}-runtime"
    dsn = server.dsn(database, role, password)
    finished = subprocess.run(
        [str(postgres.program("psql")), "-qAtc", sql, dsn],
        check=False,
        capture_output=True,
        text=True,
    )
    return finished.returncode, (finished.stdout + finished.stderr).strip()


def test_the_owner_makes_tables_that_the_service_uses_only_when_granted(
    server: PostgresServer,
) -> None:
    made = run(server, "CREATE TABLE buckets (id int)", database="well", role="well_owner")
    refused = run(server, "SELECT * FROM buckets", database="well", role="well")
    run(server, "GRANT SELECT ON buckets TO well", database="well", role="well_owner")
    allowed = run(server, "SELECT * FROM buckets", database="well", role="well")

    assert made == (0, "")
    assert "permission denied for table buckets" in refused[1]
    assert allowed == (0, "")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE own (id int)",
        "CREATE SCHEMA own",
        "CREATE TEMPORARY TABLE own (id int)",
        "CREATE EXTENSION amcheck",
        "CREATE ROLE friend",
        "CREATE DATABASE own",
        "ALTER ROLE well SUPERUSER",
        "ALTER ROLE well_owner PASSWORD 'x'",
        "SET ROLE well_owner",
        "SELECT pg_read_file('/etc/hostname')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_the_service_changes_nothing_but_what_it_was_granted(
    server: PostgresServer, sql: str
) -> None:
    code, said = run(server, sql, database="well", role="well")

    assert code != 0
    assert "ermission denied" in said or "must be" in said


@pytest.mark.parametrize("database", ["mill", "postgres", "template1"])
def test_the_service_connects_to_no_other_database(server: PostgresServer, database: str) -> None:
    code, said = run(server, "SELECT 1", database=database, role="well")

    assert code != 0
    assert f'permission denied for database "{database}"' in said


def test_the_extensions_are_there_for_migrations(server: PostgresServer) -> None:
    sql = "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension"

    answer = run(server, sql, database="mill", role="mill")

    assert answer == (0, "btree_gist ltree pg_trgm plpgsql unaccent")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "30s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "1min"),
    ],
)
def test_the_service_cannot_hold_the_database_up(
    server: PostgresServer, setting: str, value: str
) -> None:
    answer = run(server, f"SHOW {setting}", database="mill", role="mill")

    assert answer == (0, value)


def test_made_again_it_keeps_its_rows_and_takes_the_new_password(server: PostgresServer) -> None:
    run(server, "CREATE TABLE kept AS SELECT 1", database="mill", role="mill_owner")

    databases.create_database(server, "mill", "mill-owner", "another")
    old, _ = run(server, "SELECT 1", database="mill", role="mill")
    databases.create_database(server, "mill", "mill-owner", "mill-runtime")

    assert old != 0
    assert run(server, "SELECT count(*) FROM kept", database="mill", role="mill_owner") == (0, "1")


def test_a_refusal_is_one_line(server: PostgresServer) -> None:
    with pytest.raises(ServerFailed, match="The database of postgres could not be made") as refusal:
        # The superuser's own name cannot be a service's.
        databases.create_database(server, "postgres", "a", "b")

    assert "\n" not in str(refusal.value)


def test_a_password_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = databases.password(tmp_path, "well")

    again = databases.password(tmp_path, "well")

    assert first == again
    assert len(first) >= 32
    assert (tmp_path / "well.password").stat().st_mode & 0o077 == 0
