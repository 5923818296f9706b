"""Units through HTTP: found by code, name, parent and kind; as of a day, as known at an instant."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response
from registry_builders import Village

Get = Callable[..., Any]


@pytest.fixture
def get(client: AsyncClient, as_account: Callable[..., dict[str, str]]) -> Get:
    async def get(path: str, **query: object) -> Response:
        return await client.get(path, params=query, headers=as_account(None))

    return get


async def test_a_unit_is_shown_to_everybody(get: Get, village: Village) -> None:
    answer = await get(f"/v1/units/{village.borankul}")

    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(village.borankul),
        "kato": "473639000",
        "kind": "village_with_akim",
        "level": 3,
        "name": {"kk": "Боранқұл", "ru": "Боранкульская", "en": "Boranqul"},
        "parent_id": str(village.district),
        "self_government_id": str(village.borankul),
        "is_self_government": True,
        "valid_from": "2025-02-01",
        "valid_to": None,
    }


async def test_an_unknown_unit_is_not_found(get: Get, village: Village) -> None:
    answer = await get(f"/v1/units/{village.admin}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unit-not-found"


@pytest.mark.usefixtures("village")
@pytest.mark.parametrize("name", ["боранкул", "БОРАНҚҰЛ", "Borankul", "  боран-кул ", "ранқу"])
async def test_a_unit_is_found_whatever_letters_are_typed(get: Get, name: str) -> None:
    answer = await get("/v1/units", name=name)

    assert {"473639000", "473639100"} <= {unit["kato"] for unit in answer.json()["items"]}


@pytest.mark.usefixtures("village")
@pytest.mark.parametrize("name", ["%%%%", "_", "'; drop table units", "{{7*7}}", "..."])
async def test_signs_of_a_query_language_mean_nothing(get: Get, name: str) -> None:
    answer = await get("/v1/units", name=name)

    assert answer.status_code == 200
    assert answer.json()["items"] == []


async def test_a_whole_name_comes_before_a_part_of_one(get: Get, village: Village) -> None:
    answer = await get("/v1/units", name="Бейнеу")

    found = [unit["name"]["kk"] for unit in answer.json()["items"]]
    assert found[0] == "Бейнеу"
    assert found == sorted(found, key=lambda name: name != "Бейнеу")


async def test_filters_add_up(get: Get, village: Village) -> None:
    answer = await get("/v1/units", parent=str(village.district), kind="village_with_akim")

    units = answer.json()["items"]
    assert {unit["kind"] for unit in units} == {"village_with_akim"}
    assert {unit["parent_id"] for unit in units} == {str(village.district)}


@pytest.mark.usefixtures("village")
async def test_a_code_is_found_exactly(get: Get) -> None:
    answer = await get("/v1/units", code="473639100")

    assert [unit["kato"] for unit in answer.json()["items"]] == ["473639100"]


@pytest.mark.parametrize(
    "query",
    [
        {"code": "47363910"},
        {"code": "٤٧٣٦٣٩١٠٠"},
        {"kind": "kingdom"},
        {"parent": "1"},
        {"as_of": "2027-02-30"},
        {"known_at": "2026-01-01T00:00:00"},
        {"limit": "0"},
        {"sort": "iin;drop"},
        {"cursor": "AAAA"},
        {"name": ""},
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(get: Get, query: dict[str, str]) -> None:
    answer = await get("/v1/units", **query)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("village")
async def test_pages_hold_every_unit_once(get: Get) -> None:
    whole = (await get("/v1/units", limit=200)).json()["items"]
    pages, cursor = [], {}
    while True:
        page = (await get("/v1/units", limit=7, **cursor)).json()
        pages += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert pages == whole
    assert len({unit["kato"] for unit in whole}) == len(whole) > 20


async def test_children_and_ancestors_are_the_two_ways_through_the_tree(
    get: Get, village: Village
) -> None:
    children = (await get(f"/v1/units/{village.borankul}/children")).json()["items"]
    ancestors = (await get(f"/v1/units/{village.place}/ancestors")).json()

    assert str(village.place) in {unit["id"] for unit in children}
    assert [unit["id"] for unit in ancestors] == [
        str(village.region),
        str(village.district),
        str(village.borankul),
    ]


async def test_before_the_edition_nothing_is_known(get: Get, village: Village) -> None:
    answer = await get(f"/v1/units/{village.borankul}", as_of="2025-01-31")

    assert answer.status_code == 404
