"""The containers as they are described: one open door, no rights, nothing that waits for luck."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher import jars, plan

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {name for name, service in SERVICES.items() if service["restart"] == "no"}
LASTING = sorted(SERVICES.keys() - JOBS)
EVERY = sorted(SERVICES)


def test_only_the_gateway_publishes_a_port_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"gateway": ["127.0.0.1:${ORTAQ_PORT:-8000}:8000"]}


def test_services_broker_and_database_are_on_a_network_without_a_way_out() -> None:
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}

    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert outside == {"gateway", "keycloak"}


@pytest.mark.parametrize("name", LASTING)
def test_what_runs_on_has_a_health_check_and_is_restarted(name: str) -> None:
    service = SERVICES[name]

    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    assert service["mem_limit"]


@pytest.mark.parametrize("name", EVERY)
def test_no_container_has_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    may_write = {"kafka", "keycloak"}

    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["CHOWN", "DAC_OVERRIDE"] if name == "secrets" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is (name not in may_write)
    assert service["pids_limit"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", EVERY)
def test_what_a_container_waits_for_is_there_and_tells_when_it_is_ready(name: str) -> None:
    for needed, wanted in SERVICES[name].get("depends_on", {}).items():
        is_job = needed in JOBS
        condition = "service_completed_successfully" if is_job else "service_healthy"

        assert wanted == {"condition": condition}


@pytest.mark.parametrize("name", EVERY)
def test_no_secret_is_written_in_the_file(name: str) -> None:
    secret = re.compile(r"password|secret|token|_key$|database_url", re.IGNORECASE)
    told = SERVICES[name].get("environment", {})

    for variable, value in told.items():
        if secret.search(variable):
            assert variable.endswith("_FILE")
            assert str(value).startswith("/run/")


@pytest.mark.parametrize("service", plan.SERVICES)
def test_a_service_reads_its_own_secret_and_only_its_migration_reads_the_owners(
    service: str,
) -> None:
    readers = {
        volume.partition(":")[0]: [
            name
            for name, one in SERVICES.items()
            if any(entry.startswith(volume.partition(":")[0] + ":/run") for entry in volumes(one))
        ]
        for volume in COMPOSE["volumes"]
    }

    assert readers[f"secrets-{service}"] == [service, f"{service}-worker"]
    assert readers[f"secrets-{service}-owner"] == [f"migrate-{service}"]
    assert readers["secrets-postgres"] == ["postgres", "databases"]
    assert readers["secrets-gateway"] == ["gateway"]


def volumes(service: dict[str, Any]) -> list[str]:
    return list(service.get("volumes", []))


def test_every_named_volume_is_declared_and_every_mounted_file_exists() -> None:
    for service in SERVICES.values():
        for entry in volumes(service):
            source = entry.partition(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), source


@pytest.mark.parametrize("service", plan.SERVICES)
def test_each_service_is_an_app_a_worker_and_a_migration_of_one_image(service: str) -> None:
    parts = [SERVICES[name] for name in (service, f"{service}-worker", f"migrate-{service}")]

    assert {part["image"] for part in parts} == {f"ortaq-{service}"}
    assert [part["command"][2] for part in parts] == [
        f"{service}.app",
        f"{service}.worker",
        "shared.migrations",
    ]


@pytest.mark.parametrize("name", EVERY)
def test_an_image_of_ours_is_built_wherever_it_is_used(name: str) -> None:
    service = SERVICES[name]
    ours = service["image"].startswith("ortaq-")

    assert ("build" in service) is ours
    if ours:
        built = service["build"]["args"]["SERVICE"].replace("_", "-")
        assert service["image"] == f"ortaq-{built}"


def test_the_broker_is_the_version_that_the_launcher_runs() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{jars.KAFKA_VERSION}"
    assert SERVICES["postgres"]["image"] == "postgres:18"


def test_what_only_some_want_is_not_started_unasked() -> None:
    optional = {name: one["profiles"] for name, one in SERVICES.items() if "profiles" in one}

    assert optional == {"demo-issuer": ["demo"], "keycloak": ["keycloak"]}


def test_the_image_runs_as_a_user_of_its_own_and_checks_every_library() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text()

    user = re.search(r"^USER (\d+):", text, re.MULTILINE)
    assert user is not None
    assert int(user[1]) >= 10_000
    assert "--require-hashes --only-binary :all:" in text
    assert "HEALTHCHECK" in text
    assert re.findall(r"^ARG (SERVICE|SOURCE)", text, re.MULTILINE) == ["SERVICE", "SOURCE"]


def test_what_the_image_copies_exists() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text()
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY")]

    for source in [name for names in copied for name in names if "$" not in name]:
        assert (ROOT / source).exists(), source


def make_secrets(folder: Path) -> None:
    script = ROOT / "deploy" / "make_secrets.py"
    subprocess.run([sys.executable, script, folder], check=True)


def test_secrets_are_made_once_and_each_for_its_reader(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    first = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    make_secrets(tmp_path)

    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == first
    assert all(file.stat().st_mode & 0o377 == 0 for file in first)
    url = (tmp_path / "budget" / "ORTAQ_DATABASE_URL").read_text()
    password = (tmp_path / "postgres" / "budget").read_text()
    assert url == f"postgresql+asyncpg://budget:{password}@postgres:5432/budget"
    mounted = {entry.partition(":")[2] for entry in volumes(SERVICES["secrets"])}
    assert {f"/secrets/{folder.name}" for folder in tmp_path.iterdir()} == mounted


def test_the_entrypoint_hands_secrets_over_as_variables(tmp_path: Path) -> None:
    (tmp_path / "ORTAQ_DATABASE_URL").write_text("postgresql+asyncpg://well:a b$c@postgres/well")
    (tmp_path / "ORTAQ_SOME_FILE").write_text("not a variable")
    script = (ROOT / "deploy" / "entrypoint.sh").read_text().replace("/run/secrets", str(tmp_path))

    said = subprocess.run(
        ["sh", "-c", script, "entrypoint", "sh", "-c", "env | grep ^ORTAQ_"],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    ).stdout

    assert said == "ORTAQ_DATABASE_URL=postgresql+asyncpg://well:a b$c@postgres/well\n"
