"""The command `ortaq`: all of it up, crashed, up again and down; every refusal in one line."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from launcher import databases, plan, ports, postgres, processes
from launcher import kafka as broker
from launcher.background import Ortaq
from launcher.runs import RunFolder

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]

MISSING = [
    job
    for job in (
        *plan.HTTP_PROCESSES,
        *(f"{service}.worker" for service in plan.SERVICES),
        *(f"{service}.migrations" for service in plan.SERVICES),
    )
    if importlib.util.find_spec(job) is None
]
needs_all_services = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"
)


def run_ortaq(
    *arguments: str, directory: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb on a folder; `KAFKA` of the caller's shell is not ours."""
    told = {name: value for name, value in os.environ.items() if name != "KAFKA"}
    return subprocess.run(
        [sys.executable, "-m", "launcher.main", *arguments, "--directory", str(directory)],
        check=False,
        capture_output=True,
        text=True,
        env=told | environment,
    )


def status(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_ortaq("status", "--json", directory=directory).stdout)
    return found


def pids(directory: Path) -> dict[str, int]:
    return {row["name"]: row["pid"] for row in status(directory)["processes"]}


def wait_for_restart(directory: Path, name: str, old_pid: int) -> dict[str, Any]:
    """Return the status once `name` runs under a new id and everything is ready again."""
    while True:
        found = status(directory)
        rows = {row["name"]: row for row in found["processes"]}
        is_new = rows[name]["pid"] != old_pid
        if is_new and found["running"] and all(row["ready"] is not False for row in rows.values()):
            return found


def ask(directory: Path, sql: str) -> str:
    folder = RunFolder(directory / ".ortaq")
    port = folder.read_state().ports["postgres"]
    password = databases.password(folder.secrets, "registry_owner")
    dsn = f"postgresql://registry_owner:{password}@127.0.0.1:{port}/registry"
    command = [str(postgres.program("psql")), "-qAtc", sql, dsn]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ortaq-test-") as folder:
        yield Path(folder)
        run_ortaq("down", directory=Path(folder))


@pytest.fixture(scope="module")
def running(directory: Path) -> Path:
    started = run_ortaq("up", "--detach", f"--port={ports.free_port()}", directory=directory)
    assert started.returncode == 0, started.stderr
    return directory


@needs_all_services
def test_everything_is_ready_when_up_returns(running: Path) -> None:
    found = status(running)

    names = {row["name"] for row in found["processes"]}
    assert found["running"]
    assert all(row["ready"] is not False for row in found["processes"])
    assert {"postgres", "kafka", *plan.HTTP_PROCESSES} < names
    assert {f"{service}.worker" for service in plan.SERVICES} < names


@needs_all_services
def test_each_process_is_one_that_can_be_killed_alone(running: Path) -> None:
    ids = pids(running)

    assert len(set(ids.values())) == len(ids)


@needs_all_services
@pytest.mark.parametrize("name", ["registry.app", "budget.worker", "kafka", "postgres"])
def test_what_is_killed_is_started_again(running: Path, name: str) -> None:
    before = pids(running)
    os.kill(before[name], signal.SIGKILL)

    found = wait_for_restart(running, name, before[name])

    after = {row["name"]: row["pid"] for row in found["processes"]}
    changed = {other for other in before if before[other] != after[other]}
    # A worker may end when its server does, rather than go on with what it no longer knows.
    assert changed - {f"{service}.worker" for service in plan.SERVICES} <= {name}
    assert name in changed


@needs_all_services
def test_after_the_parent_of_the_services_died_all_of_them_run_under_a_new_one(
    running: Path,
) -> None:
    before = pids(running)
    os.kill(before["nursery"], signal.SIGKILL)

    found = wait_for_restart(running, "gateway.app", before["gateway.app"])

    after = {row["name"]: row["pid"] for row in found["processes"]}
    assert after["postgres"] == before["postgres"]
    assert after["kafka"] == before["kafka"]


@needs_all_services
def test_a_second_platform_in_the_same_folder_is_refused(running: Path) -> None:
    refused = run_ortaq("up", "--port=8999", directory=running)

    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Ortaq already runs in ")
    assert refused.stderr.count("\n") == 1


@needs_all_services
def test_migrate_runs_on_a_running_platform(running: Path) -> None:
    migrated = run_ortaq("migrate", directory=running)

    assert migrated.returncode == 0, migrated.stderr
    assert "budget is at its newest schema" in migrated.stdout


@needs_all_services
def test_what_a_killed_launcher_left_is_cleaned_and_its_data_are_kept(running: Path) -> None:
    ask(running, "CREATE TABLE kept AS SELECT 42 AS answer")
    ids = pids(running)
    left = [processes.mark(pid) for name, pid in ids.items() if name != "launcher"]
    gateway = Ortaq(RunFolder(running / ".ortaq")).gateway
    os.kill(ids["launcher"], signal.SIGKILL)

    again = run_ortaq("up", "--detach", f"--port={gateway.rpartition(':')[2]}", directory=running)

    assert again.returncode == 0, again.stderr
    assert not any(processes.find(mark) for mark in left)
    assert status(running)["running"]
    assert ask(running, "SELECT answer FROM kept") == "42"


@needs_all_services
def test_down_ends_every_process_and_reset_deletes_the_folder(running: Path) -> None:
    marks = [processes.mark(pid) for pid in pids(running).values()]

    down = run_ortaq("down", directory=running)
    reset = run_ortaq("reset", "--yes", directory=running)

    assert (down.returncode, reset.returncode) == (0, 0)
    assert not any(processes.find(mark) for mark in marks)
    assert not (running / ".ortaq").exists()


@needs_all_services
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_stop_it_cleanly(tmp_path: Path, how: int) -> None:
    command = [sys.executable, "-m", "launcher.main", "up", f"--port={ports.free_port()}"]
    environment = {name: value for name, value in os.environ.items() if name != "KAFKA"}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment
    ) as launcher:
        assert launcher.stdout is not None
        for line in launcher.stdout:
            if "Ctrl-C stops it" in line:
                break
        children = psutil.Process(launcher.pid).children(recursive=True)
        family = [processes.mark(child.pid) for child in children]

        launcher.send_signal(how)
        said = launcher.stdout.read()

        assert launcher.wait(60) == 0
    assert "processes stopped" in said
    assert not any(processes.find(mark) for mark in family)


@needs_all_services
def test_a_broker_of_your_own_is_used_and_left_running(tmp_path: Path, kafka: str) -> None:
    port = ports.free_port()

    started = run_ortaq("up", "--detach", f"--port={port}", directory=tmp_path, KAFKA=kafka)

    try:
        assert started.returncode == 0, started.stderr
        assert status(tmp_path)["kafka"] == kafka
        assert "kafka" not in pids(tmp_path)
    finally:
        run_ortaq("down", directory=tmp_path)
    host, _, kafka_port = kafka.rpartition(":")
    assert ports.answers(host, int(kafka_port))


def refused_up(directory: Path, **environment: str) -> str:
    """Return the one line with which `ortaq up` refuses, having left nothing running."""
    finished = run_ortaq("up", f"--port={ports.free_port()}", directory=directory, **environment)
    folder = RunFolder(directory / ".ortaq")

    assert finished.returncode != 0
    assert finished.stderr.count("\n") == 1, finished.stderr
    assert folder.read_state().processes == {}
    assert postgres.running(folder.postgres) is None
    assert broker.running(folder.kafka) is None
    return finished.stderr.strip()


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        finished = run_ortaq("up", f"--port={port}", directory=tmp_path)

    assert finished.returncode == 1
    assert finished.stderr == (
        f"Error: Port {port} on 127.0.0.1, needed for the gateway, is taken by another program.\n"
    )


def test_a_refusal_of_a_detached_start_is_told_too(tmp_path: Path) -> None:
    data = tmp_path / ".ortaq" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")

    finished = run_ortaq("up", "--detach", f"--port={ports.free_port()}", directory=tmp_path)

    assert finished.returncode == 1
    assert "of PostgreSQL 16, this is 18" in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_data_of_another_version_are_refused(tmp_path: Path) -> None:
    data = tmp_path / ".ortaq" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")

    assert "of PostgreSQL 15, this is 18" in refused_up(tmp_path)


def test_a_log_of_a_foreign_cluster_is_refused(tmp_path: Path) -> None:
    log = tmp_path / ".ortaq" / "kafka" / "data"
    log.mkdir(parents=True)
    (log / "meta.properties").write_text("cluster.id=AAAAAAAAAAAAAAAAAAAAAA\n")

    assert "belongs to Kafka cluster AAAAAAAAAAAAAAAAAAAAAA" in refused_up(tmp_path)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense"])
def test_an_unreachable_broker_is_refused(tmp_path: Path, address: str) -> None:
    said = refused_up(tmp_path, KAFKA=address)

    assert said == f"Error: No Kafka broker answers at {address} (variable KAFKA)."


def test_production_refuses_to_start_where_the_demo_issuer_is_installed(tmp_path: Path) -> None:
    finished = run_ortaq("up", directory=tmp_path, ORTAQ_ENV="production")

    assert finished.returncode == 78
    assert "ortaq-demo-issuer is installed" in finished.stderr
    assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["down", "status", "reset"])
def test_where_nothing_runs_the_verbs_say_so(tmp_path: Path, verb: str) -> None:
    finished = run_ortaq(verb, directory=tmp_path)

    assert "othing" in finished.stdout
    assert not (tmp_path / ".ortaq").exists()


def test_migrate_needs_a_running_platform(tmp_path: Path) -> None:
    finished = run_ortaq("migrate", directory=tmp_path)

    assert finished.returncode == 1
    assert finished.stderr == "Error: Ortaq does not run here: start it with `ortaq up`.\n"
