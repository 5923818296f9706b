"""The gateway's own pages: health, one description, one page per problem, one list of origins."""

import copy
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.openapi import DocumentConflict, join_documents
from gateway.refusals import TooManyRequests
from gateway.routes import Service

from .conftest import Echo, Gateway, ask, start_gateway, stop_gateway


def a_document(path: str, *, problems: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "a service", "version": "1"},
        "paths": {
            path: {
                "get": {
                    "tags": ["things"],
                    "summary": "Return <things>.",
                    "operationId": "get_things",
                    "x-ortaq-action": "unit.read",
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    ],
                    "responses": {
                        "200": {
                            "description": "OK",
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Page"}
                                }
                            },
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "Page": {
                    "type": "object",
                    "properties": {
                        "items": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Thing"},
                        }
                    },
                },
                "Thing": {"type": "object", "properties": {"id": {"type": "string"}}},
            }
        },
        "x-ortaq-problems": problems or {},
    }


PROBLEM = {
    "status": 409,
    "title": {"kk": "Дауыс беру жабық.", "ru": "Голосование закрыто.", "en": "<Closed>."},
    "detail": {"kk": "Дауыс беру жабық.", "ru": "Голосование закрыто.", "en": "<Closed>."},
}


def some_documents() -> dict[Service, dict[str, Any]]:
    return {
        Service.REGISTRY: a_document("/v1/units"),
        Service.BUDGET: a_document("/v1/budgets"),
        Service.PARTICIPATION: a_document("/v1/rounds", problems={"closed-for-today": PROBLEM}),
    }


@pytest.fixture
def described(echo: Echo) -> Echo:
    echo.documents = {str(service): one for service, one in some_documents().items()}
    return echo


def test_the_joined_description_is_valid_and_names_nothing_twice() -> None:
    joined = join_documents(some_documents())

    validate(joined)
    ids = [item["get"]["operationId"] for item in joined["paths"].values()]
    assert ids == ["registry_get_things", "budget_get_things", "participation_get_things"]
    assert len(joined["components"]["schemas"]) == 6
    page = joined["components"]["schemas"]["budget_Page"]
    assert page["properties"]["items"]["items"]["$ref"] == "#/components/schemas/budget_Thing"


@pytest.mark.parametrize("path", ["/v1/budgets", "/v1/nothing", "/v1/units/", "/units"])
def test_a_path_that_is_routed_elsewhere_fails_the_joining(path: str) -> None:
    documents = {**some_documents(), Service.REGISTRY: a_document(path)}

    with pytest.raises(DocumentConflict):
        join_documents(documents)


def test_an_operation_described_twice_fails_the_joining() -> None:
    documents = some_documents()
    twice = documents[Service.REGISTRY]["paths"]
    twice["/v1/units/{unit_id}"] = copy.deepcopy(twice["/v1/units"])

    with pytest.raises(DocumentConflict):
        join_documents(documents)


def test_a_problem_with_two_statuses_fails_the_joining() -> None:
    documents = some_documents()
    documents[Service.BUDGET]["x-ortaq-problems"] = {"closed-for-today": {**PROBLEM, "status": 410}}

    with pytest.raises(DocumentConflict):
        join_documents(documents)


def test_two_services_may_say_the_same_problem_in_their_own_words() -> None:
    documents = some_documents()
    title = {"kk": "Жабық.", "ru": "Закрыто.", "en": "Closed."}
    documents[Service.BUDGET]["x-ortaq-problems"] = {
        "closed-for-today": {**PROBLEM, "title": title}
    }

    joined = join_documents(documents)

    assert joined["x-ortaq-problems"]["closed-for-today"]["title"] == title


def test_a_file_route_without_a_file_address_fails_the_joining() -> None:
    documents = some_documents()
    documents[Service.REGISTRY]["paths"]["/v1/units"]["get"]["x-ortaq-bulk"] = "true"

    with pytest.raises(DocumentConflict):
        join_documents(documents)


async def test_the_public_reads_one_description(gateway: Gateway, described: Echo) -> None:
    answer = await ask(gateway.port, "GET", "/v1/openapi.json")

    assert answer.status == 200
    assert {"/v1/units", "/v1/budgets", "/v1/rounds"} == set(answer.json["paths"])
    assert {"closed-for-today", "too-many-requests"} <= set(answer.json["x-ortaq-problems"])


async def test_the_documentation_page_escapes_and_loads_nothing(
    gateway: Gateway, described: Echo
) -> None:
    answer = await ask(gateway.port, "GET", "/docs")

    page = answer.body.decode()
    assert answer.status == 200
    assert "Return &lt;things&gt;." in page
    assert "<script" not in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_problem_has_a_page_in_three_languages(gateway: Gateway, described: Echo) -> None:
    own = await ask(gateway.port, "GET", f"/problems/{TooManyRequests.slug}")
    theirs = await ask(gateway.port, "GET", "/problems/closed-for-today")
    listed = await ask(gateway.port, "GET", "/problems")

    for sentence in TooManyRequests.title:
        assert sentence.replace("'", "&#x27;") in own.body.decode()
    assert "&lt;Closed&gt;." in theirs.body.decode()
    assert "closed-for-today" in listed.body.decode()


async def test_an_unknown_problem_has_no_page(gateway: Gateway, described: Echo) -> None:
    answer = await ask(gateway.port, "GET", "/problems/no-such-problem")

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_ready_means_that_every_service_is(gateway: Gateway) -> None:
    ready = await ask(gateway.port, "GET", "/readyz")
    gateway.echo.is_ready = False
    waiting = await ask(gateway.port, "GET", "/readyz")
    gateway.echo.is_ready = True
    alive = await ask(gateway.port, "GET", "/livez")

    assert (ready.status, waiting.status, alive.status) == (200, 503, 200)
    assert waiting.json == {"status": "not ready"}


async def test_limits_and_origins_are_kept_as_set(tmp_path: Path, described: Echo) -> None:
    gateway = await start_gateway(
        tmp_path,
        described,
        ORTAQ_REQUESTS_PER_MINUTE="100",
        ORTAQ_CORS_ORIGINS='["https://ortaq.example.kz"]',
        ORTAQ_PUBLIC_HOSTS='["api.ortaq.example.kz", "127.0.0.1"]',
    )
    try:
        mine = {"Authorization": f"Bearer {gateway.token('resident-1')}"}
        yours = {"Authorization": f"Bearer {gateway.token('resident-2')}"}
        first = await ask(gateway.port, "GET", "/v1/units", headers=mine)
        for _ in range(99):
            last = await ask(gateway.port, "GET", "/v1/units", headers=mine)
        refused = await ask(gateway.port, "GET", "/v1/units", headers=mine)
        other = await ask(gateway.port, "GET", "/v1/units", headers=yours)
        origin = {"Origin": "https://ortaq.example.kz", "Access-Control-Request-Method": "POST"}
        preflight = await ask(gateway.port, "OPTIONS", "/v1/proposals", headers=origin)
        told = await ask(gateway.port, "GET", "/v1/units", headers=origin)
        at_home = await ask(
            gateway.port, "GET", "/v1/units", headers={"Host": "api.ortaq.example.kz:8000"}
        )
        foreign = await ask(gateway.port, "GET", "/v1/units", headers={"Host": "localhost"})
    finally:
        await stop_gateway(gateway)

    assert first.headers["ratelimit-policy"] == '"user";q=100;w=60'
    assert first.headers["ratelimit"].startswith('"user";r=99;t=')
    assert last.status == 200
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert other.status == 200
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "https://ortaq.example.kz"
    assert told.headers["access-control-allow-origin"] == "https://ortaq.example.kz"
    assert at_home.status == 200
    assert foreign.status == 421
