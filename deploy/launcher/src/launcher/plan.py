"""Which processes make up the platform, and what each of them is told by its environment."""

import importlib.util
import json
import os
from dataclasses import dataclass

from launcher import databases, keys
from launcher.nursery import Job
from launcher.ports import LOOPBACK
from launcher.refusals import CannotStart
from launcher.runs import RunFolder

SERVICES = ("registry", "participation", "budget")
"""The services that own a database."""

HTTP_PROCESSES = (*(f"{service}.app" for service in SERVICES), "gateway.app", "demo_issuer.app")
"""Everything that answers HTTP, and so needs a port and says when it is ready."""

AUDIENCE = "ortaq"
DEMO_ISSUER_PATH = "/demo-issuer"


class UnfitForProduction(CannotStart):
    """Something that only development may have is here, and real people depend on this system."""


class NoIssuer(CannotStart):
    """Nobody is configured whose tokens would be accepted."""


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one running platform are found."""

    postgres_port: int
    kafka: str
    ports: dict[str, int]
    """Of every HTTP process, by its name."""

    def url(self, process: str) -> str:
        """Return the base address of an HTTP process."""
        return f"http://{LOOPBACK}:{self.ports[process]}"


def environment_name() -> str:
    """Return `production` or `development`.

    Raises:
        UnfitForProduction: this is production, and the demo issuer is installed.
    """
    name = os.environ.get("ORTAQ_ENV", "development")
    if name == "production" and has_demo_issuer():
        raise UnfitForProduction(
            "ORTAQ_ENV is production, but the package ortaq-demo-issuer is installed:"
            " anybody could log in as anybody. Uninstall it."
        )
    return name


def has_demo_issuer() -> bool:
    """Return whether the demo issuer is installed."""
    return importlib.util.find_spec("demo_issuer") is not None


def http_processes() -> tuple[str, ...]:
    """Return the HTTP processes of this installation, in the order of their start."""
    return tuple(name for name in HTTP_PROCESSES if name != "demo_issuer.app" or has_demo_issuer())


def database_url(folder: RunFolder, service: str, role: str, port: int) -> str:
    """Return the address of a service's database for one of its roles."""
    password = databases.password(folder.secrets, role)
    return f"postgresql+asyncpg://{role}:{password}@{LOOPBACK}:{port}/{service}"


def plan_jobs(folder: RunFolder, addresses: Addresses) -> list[Job]:
    """Return the platform's own processes in the order of their start."""
    jobs = []
    for service in SERVICES:
        told = {
            "ORTAQ_DATABASE_URL": database_url(folder, service, service, addresses.postgres_port),
            "ORTAQ_KAFKA": addresses.kafka,
            "ORTAQ_INTERNAL_KEYS_FILE": str(keys.public_keys_file(folder)),
        }
        if service == "registry":
            told |= _told_to_registry(folder, addresses)
        jobs.append(_http_job(folder, f"{service}.app", addresses, told))
        jobs.append(_job(folder, f"{service}.worker", told))
    if has_demo_issuer():
        told = {
            "ORTAQ_ISSUER": demo_issuer(addresses),
            "ORTAQ_ISSUER_KEY_FILE": str(keys.issuer_key_file(folder)),
        }
        jobs.append(_http_job(folder, "demo_issuer.app", addresses, told))
    jobs.append(_http_job(folder, "gateway.app", addresses, _told_to_gateway(folder, addresses)))
    return jobs


def _told_to_registry(folder: RunFolder, addresses: Addresses) -> dict[str, str]:
    """Return who administers a new installation: an operator's choice, or the demo's `admin`."""
    admin = os.environ.get("ORTAQ_FIRST_ADMIN", "")
    if not admin and has_demo_issuer():
        admin = f"{demo_issuer(addresses)} admin"
    told = {"ORTAQ_FIRST_ADMIN": admin}
    if "ORTAQ_PERSONAL_KEY_FILE" in os.environ:
        told["ORTAQ_PERSONAL_KEY_FILE"] = os.environ["ORTAQ_PERSONAL_KEY_FILE"]
    return told


def migration_job(folder: RunFolder, service: str, postgres_port: int) -> Job:
    """Return the job that brings a service's database to its newest schema."""
    url = database_url(folder, service, f"{service}_owner", postgres_port)
    job = _job(folder, f"migrate.{service}", {"ORTAQ_DATABASE_URL": url})
    return Job(job.name, "shared.migrations", job.log, job.environment, ("upgrade", service))


def topics_job(folder: RunFolder, kafka: str) -> Job:
    """Return the job that creates the topics of the catalogue."""
    job = _job(folder, "topics", {"ORTAQ_KAFKA": kafka})
    return Job(job.name, "launcher.topics", job.log, job.environment)


def demo_issuer(addresses: Addresses) -> str:
    """Return the name of the demo issuer, which is also where the gateway shows it."""
    return addresses.url("gateway.app") + DEMO_ISSUER_PATH


def _told_to_gateway(folder: RunFolder, addresses: Addresses) -> dict[str, str]:
    told = {f"ORTAQ_{name.upper()}_URL": addresses.url(f"{name}.app") for name in SERVICES}
    told["ORTAQ_INTERNAL_SIGNING_KEY_FILE"] = str(keys.signing_key_file(folder))
    told["ORTAQ_INTERNAL_KEYS_FILE"] = str(keys.public_keys_file(folder))
    told["ORTAQ_ISSUERS"] = os.environ.get("ORTAQ_ISSUERS", "")
    told["ORTAQ_ISSUER_URL"] = ""
    # One person at one machine plays a whole village in development.
    told["ORTAQ_REQUESTS_PER_MINUTE"] = os.environ.get(
        "ORTAQ_REQUESTS_PER_MINUTE", "100" if environment_name() == "production" else "60000"
    )
    if has_demo_issuer():
        told["ORTAQ_ISSUER_URL"] = addresses.url("demo_issuer.app")
        told["ORTAQ_ISSUERS"] = told["ORTAQ_ISSUERS"] or json.dumps([_demo_entry(addresses)])
    if not told["ORTAQ_ISSUERS"]:
        raise NoIssuer("Set ORTAQ_ISSUERS: there is no demo issuer here, and nobody could log in.")
    return told


def _demo_entry(addresses: Addresses) -> dict[str, object]:
    return {
        "issuer": demo_issuer(addresses),
        "audience": AUDIENCE,
        "jwks_url": addresses.url("demo_issuer.app") + "/jwks.json",
        "typ": "at+jwt",
        "azp": [],
    }


def _http_job(folder: RunFolder, name: str, addresses: Addresses, told: dict[str, str]) -> Job:
    where = {"ORTAQ_HOST": LOOPBACK, "ORTAQ_PORT": str(addresses.ports[name])}
    return _job(folder, name, told | where)


def _job(folder: RunFolder, name: str, told: dict[str, str]) -> Job:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("ORTAQ_")}
    own = {
        "ORTAQ_ENV": os.environ.get("ORTAQ_ENV", "development"),
        "ORTAQ_LOG_LEVEL": os.environ.get("ORTAQ_LOG_LEVEL", "INFO"),
    }
    return Job(name, name, str(folder.logs / f"{name}.log"), inherited | own | told)
