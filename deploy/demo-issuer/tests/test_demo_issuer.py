"""The demo issuer signs in whom it is asked to, and refuses to be near real people."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from demo_issuer.app import BANNER, Settings, create_app
from demo_issuer.people import sample_people
from demo_issuer.tokens import demo_key
from shared.production import DEMO_KEY_PREFIX, UnfitForProduction, check_keys
from shared.tokens.access import Issuer, verify_access_token
from shared.tokens.keys import PublicKeys, parse_public_keys

ISSUER = Issuer("http://127.0.0.1:8000/demo-issuer", "ortaq", "")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(), demo_key(None))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://issuer") as client:
        yield client


async def published(http: httpx.AsyncClient) -> PublicKeys:
    return parse_public_keys((await http.get("/jwks.json")).content)


async def test_a_token_passes_the_rules_of_the_gateway(http: httpx.AsyncClient) -> None:
    answer = await http.post("/token", json={"sub": "akim", "strong": True})

    claims = verify_access_token(
        answer.json()["access_token"], ISSUER, await published(http), datetime.now(UTC)
    )
    assert answer.status_code == 200
    assert (claims.subject, claims.acr) == ("akim", "strong")
    assert claims.authenticated_at is not None


async def test_a_form_is_as_good_as_json(http: httpx.AsyncClient) -> None:
    answer = await http.post("/token", data={"sub": "resident-17", "grant_type": "password"})

    token = answer.json()["access_token"]
    claims = verify_access_token(token, ISSUER, await published(http), datetime.now(UTC))
    assert (claims.subject, claims.acr) == ("resident-17", "basic")


async def test_a_login_of_the_past_is_no_longer_fresh(http: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    answer = await http.post(
        "/token", json={"sub": "akim", "strong": True, "login_age_seconds": 1200}
    )

    token = answer.json()["access_token"]
    claims = verify_access_token(token, ISSUER, await published(http), now)
    assert claims.authenticated_at is not None
    assert now - claims.authenticated_at >= timedelta(minutes=19)


@pytest.mark.parametrize(
    "form",
    [{}, {"sub": ""}, {"sub": "A b"}, {"sub": "a\nb"}, {"sub": "akim", "role": "admin"}, [], 1],
    ids=str,
)
async def test_a_malformed_login_is_a_problem(http: httpx.AsyncClient, form: object) -> None:
    answer = await http.post("/token", json=form)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_everybody_of_the_demo_is_listed_once_and_visibly_invented(
    http: httpx.AsyncClient,
) -> None:
    listed = (await http.get("/people")).json()

    people = {one["sub"]: one for one in listed["items"]}
    assert len(people) == len(listed["items"]) == len(sample_people())
    assert {"akim", "accountant", "deputy", "manager", "auditor", "resident-300"} <= set(people)
    assert all("Мысал" in one["name"]["kk"] for one in people.values())
    assert all("Пример" in one["name"]["ru"] for one in people.values())


async def test_the_page_says_loudly_what_it_is(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text

    assert BANNER in page


async def test_discovery_names_the_issuer_and_its_keys(http: httpx.AsyncClient) -> None:
    described = (await http.get("/.well-known/openid-configuration")).json()

    assert described["issuer"] == ISSUER.issuer
    assert described["jwks_uri"] == f"{ISSUER.issuer}/jwks.json"


async def test_its_key_is_refused_in_production(http: httpx.AsyncClient) -> None:
    keys = await published(http)

    assert all(key_id.startswith(DEMO_KEY_PREFIX) for key_id in keys)
    with pytest.raises(UnfitForProduction):
        check_keys(keys)


def test_it_refuses_to_start_in_production() -> None:
    environment = {**os.environ, "ORTAQ_ENV": "production"}

    ended = subprocess.run(
        [sys.executable, "-m", "demo_issuer.app"],
        check=False,
        env=environment,
        capture_output=True,
        timeout=30,
    )

    assert ended.returncode == 78
    assert ended.stderr.decode().count("\n") == 1


def test_the_names_of_the_people_are_json_in_three_languages() -> None:
    for person in sample_people().values():
        assert set(json.loads(json.dumps(person.card()))["name"]) == {"kk", "ru", "en"}
