"""A gateway that real people depend on does not start with anything of the demonstration."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import check_fit, check_published_keys, create_app
from gateway.settings import Settings, TrustedIssuer
from shared import production
from shared.production import DEMO_KEY_PREFIX, UnfitForProduction
from shared.tokens.keys import generate_signing_key, load_signing_key, public_document

from .conftest import Echo, hostile

ISSUER = TrustedIssuer(
    issuer="https://id.example.kz",
    audience="ortaq",
    jwks_url="https://id.example.kz/jwks",
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    private = tmp_path / "gateway.jwk"
    generate_signing_key(private, tmp_path / "gateway.jwks")
    return private


@pytest.fixture
def without_demo_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation as it is in production: the package of the demo issuer is not there."""
    monkeypatch.setattr(production, "DEMO_ISSUER_PACKAGE", "no_such_package")


def fit(key_file: Path, **changes: Any) -> Settings:
    settings = {
        "env": "production",
        "internal_signing_key_file": key_file,
        "registry_url": "http://registry:8001",
        "budget_url": "http://budget:8002",
        "participation_url": "http://participation:8003",
        "issuers": (ISSUER,),
    }
    return Settings(**{**settings, **changes})


@pytest.mark.usefixtures("without_demo_issuer")
def test_a_clean_set_up_is_fit(key_file: Path) -> None:
    check_fit(fit(key_file))


def test_an_installed_demo_issuer_is_unfit(key_file: Path) -> None:
    with pytest.raises(UnfitForProduction, match="demo-issuer"):
        check_fit(fit(key_file))


@pytest.mark.usefixtures("without_demo_issuer")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuers": (ISSUER.model_copy(update={"issuer": "http://id.example.kz"}),)}, "https"),
        ({"issuers": (ISSUER.model_copy(update={"jwks_url": "http://id.kz/jwks"}),)}, "https"),
        ({"issuers": (ISSUER.model_copy(update={"issuer": "https://127.0.0.1"}),)}, "machine"),
        ({"issuers": (ISSUER.model_copy(update={"issuer": "https://localhost:1"}),)}, "machine"),
        ({"issuers": (ISSUER.model_copy(update={"jwks_url": "https://[::1]/j"}),)}, "machine"),
        ({"issuers": (ISSUER.model_copy(update={"typ": "JWT"}),)}, "azp"),
        ({"issuers": ()}, "nobody"),
        ({"issuer_url": "http://127.0.0.1:8010"}, "demo issuer"),
        ({"cors_origins": ("*",)}, "every page"),
        ({"cors_origins": ("https://*.example.kz",)}, "every page"),
        ({"cors_origins": ("null",)}, "every page"),
        ({"cors_origins": ("http://ortaq.example.kz",)}, "https"),
        ({"internal_signing_key_file": Path("nowhere.jwk")}, "cannot be read"),
    ],
    ids=str,
)
def test_what_only_development_may_have_is_unfit(
    key_file: Path, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UnfitForProduction, match=reason):
        check_fit(fit(key_file, **changes))


@pytest.mark.usefixtures("without_demo_issuer")
def test_a_key_file_open_to_others_is_unfit(key_file: Path) -> None:
    key_file.chmod(0o644)

    with pytest.raises(UnfitForProduction, match="open to others"):
        check_fit(fit(key_file))


@pytest.mark.parametrize("algorithm", ["HS256", "hs512", "none"])
def test_an_algorithm_that_verifiers_can_forge_with_is_unfit(algorithm: str) -> None:
    with pytest.raises(UnfitForProduction, match=algorithm):
        production.check_algorithms(["RS256", algorithm])


@pytest.mark.parametrize("secret", ["", "short", "a" * 31, "changeme" * 8, "Password" * 9])
def test_a_secret_that_can_be_guessed_is_unfit(secret: str) -> None:
    with pytest.raises(UnfitForProduction):
        production.check_secret("cursor key", secret)


@pytest.mark.parametrize("protocol", ["", "PLAINTEXT", "SASL_PLAINTEXT"])
def test_a_broker_without_protection_is_unfit(protocol: str) -> None:
    with pytest.raises(UnfitForProduction):
        production.check_broker(protocol)


@pytest.mark.parametrize("key_id", [f"{DEMO_KEY_PREFIX}1", "real"])
async def test_an_issuer_with_a_demo_key_is_unfit(key_file: Path, echo: Echo, key_id: str) -> None:
    document = public_document(hostile.RSA)
    document["keys"][0]["kid"] = key_id
    echo.key_document = document
    issuer = ISSUER.model_copy(update={"jwks_url": f"http://127.0.0.1:{echo.port}/jwks"})

    found = await asyncio.gather(
        check_published_keys(fit(key_file, issuers=(issuer,))), return_exceptions=True
    )
    echo.key_document = None

    assert isinstance(found[0], UnfitForProduction) == (key_id != "real")


async def test_a_silent_issuer_does_not_keep_the_gateway_from_starting(key_file: Path) -> None:
    issuer = ISSUER.model_copy(update={"jwks_url": "http://127.0.0.1:1/jwks"})

    await check_published_keys(fit(key_file, issuers=(issuer,)))


async def test_no_documentation_page_in_production(key_file: Path) -> None:
    edge = create_app(fit(key_file), load_signing_key(key_file))

    answers = {}
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example.kz") as client:
        for path in ("/docs", "/livez"):
            answers[path] = (await client.get(path)).status_code

    assert answers == {"/docs": 404, "/livez": 200}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ORTAQ_ENV": "production"}, "demo-issuer"),
        ({"ORTAQ_ENV": "staging"}, "ORTAQ_ENV"),
        ({"ORTAQ_ISSUERS": "x"}, "issuers"),
        ({"ORTAQ_INTERNAL_SIGNING_KEY_FILE": "nowhere"}, "nowhere"),
        ({"ORTAQ_PORT": "99999"}, "ORTAQ_PORT"),
    ],
    ids=str,
)
def test_an_unfit_gateway_ends_with_its_reason_on_one_line(
    key_file: Path, changes: dict[str, str], reason: str
) -> None:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "ORTAQ_INTERNAL_SIGNING_KEY_FILE": str(key_file),
        "ORTAQ_REGISTRY_URL": "http://registry",
        "ORTAQ_BUDGET_URL": "http://budget",
        "ORTAQ_PARTICIPATION_URL": "http://participation",
        "ORTAQ_ISSUERS": json.dumps([ISSUER.model_dump()]),
        **changes,
    }

    ended = subprocess.run(
        [sys.executable, "-m", "gateway.app"],
        check=False,
        env=environment,
        capture_output=True,
        timeout=30,
    )

    said = ended.stderr.decode()
    assert ended.returncode == 78
    assert said.count("\n") == 1
    assert reason in said


async def test_a_fault_of_ours_is_told_without_its_details(key_file: Path) -> None:
    edge = create_app(fit(key_file), load_signing_key(key_file))
    edge.connections = None  # as before start-up: nothing can be forwarded

    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example.kz") as client:
        answer = await client.get("/v1/units")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "started" not in answer.text
