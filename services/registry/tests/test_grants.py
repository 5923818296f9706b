"""Grants of role: given, ended, told; never to oneself, never against their incompatibilities."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response
from registry_builders import Village, an_account, an_admin, said

from registry.usecases.installation import install_admin
from shared.database import Session
from shared.permissions import Role

Headers = Callable[..., dict[str, str]]
Post = Callable[..., Awaitable[Response]]


def a_grant(holder: UUID, role: str, unit: UUID | None, **changed: object) -> dict[str, object]:
    grant = {"holder_id": str(holder), "role": role, "unit_id": unit and str(unit)}
    return {**grant, "valid_from": "2025-03-01", "basis": "order No. 5", **changed}


@pytest.fixture
def post(client: AsyncClient, as_account: Headers, village: Village) -> Post:
    async def post(path: str, body: dict[str, Any], account: UUID | None = None) -> Response:
        return await client.post(path, json=body, headers=as_account(account or village.admin))

    return post


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_a_role_is_given_and_told(post: Post, village: Village, session: Session) -> None:
    holder = uuid4()

    answer = await post("/v1/grants", a_grant(holder, "akim", village.borankul))

    told = (await said(session, "grant.changed"))[-1]
    assert answer.status_code == 201
    assert told == {
        "grant_id": answer.json()["id"],
        "holder_id": str(holder),
        "role": "akim",
        "unit_id": str(village.borankul),
        "object_id": None,
        "valid_from": "2025-03-01",
        "valid_to": None,
    }


async def test_an_ended_role_is_told_and_ends_once(
    post: Post, village: Village, session: Session
) -> None:
    given = (await post("/v1/grants", a_grant(uuid4(), "akim", village.borankul))).json()
    path, ending = f"/v1/grants/{given['id']}/endings", {"basis": "order No. 6"}

    ended = await post(path, {**ending, "ended_on": "2026-01-01"})
    again = await post(path, {**ending, "ended_on": "2026-01-01"})

    told = (await said(session, "grant.changed"))[-1]
    assert ended.status_code == 201
    assert (told["valid_from"], told["valid_to"]) == ("2025-03-01", "2026-01-01")
    assert slug(again) == "grant-has-ended"


async def test_a_grant_that_never_counted_is_told_as_empty(
    post: Post, village: Village, session: Session
) -> None:
    given = (await post("/v1/grants", a_grant(uuid4(), "akim", village.borankul))).json()

    ended = await post(
        f"/v1/grants/{given['id']}/endings", {"ended_on": "2025-03-01", "basis": "mistake"}
    )

    told = (await said(session, "grant.changed"))[-1]
    assert ended.json()["valid_from"] is None
    assert told["valid_from"] == told["valid_to"] == "2025-03-01"


async def test_a_grant_ends_within_its_term(post: Post, village: Village) -> None:
    given = (await post("/v1/grants", a_grant(uuid4(), "akim", village.borankul))).json()

    answer = await post(
        f"/v1/grants/{given['id']}/endings", {"ended_on": "2025-02-28", "basis": "mistake"}
    )

    assert slug(answer) == "end-outside-term"


@pytest.mark.parametrize(
    ("role", "where", "expected"),
    [
        ("akim", "district", "role-does-not-fit-unit"),
        ("akim", None, "role-does-not-fit-unit"),
        ("admin", "borankul", "role-does-not-fit-unit"),
        ("deputy", "borankul", "role-does-not-fit-unit"),
        ("region", "district", "role-does-not-fit-unit"),
        ("manager", "borankul", "object-needed"),
        ("resident", "place", "role-given-otherwise"),
        ("assembly_member", "borankul", "role-given-otherwise"),
    ],
)
async def test_a_role_is_held_where_it_belongs(
    post: Post, village: Village, role: str, where: str | None, expected: str
) -> None:
    unit = getattr(village, where) if where else None

    answer = await post("/v1/grants", a_grant(uuid4(), role, unit))

    assert answer.status_code == 422
    assert slug(answer) == expected


async def test_nobody_gives_a_role_to_oneself(post: Post, village: Village) -> None:
    answer = await post("/v1/grants", a_grant(village.admin, "auditor", village.region))

    assert answer.status_code == 403
    assert slug(answer) == "grant-to-oneself"


async def test_the_same_role_is_given_once(post: Post, village: Village) -> None:
    grant = a_grant(uuid4(), "akim", village.borankul)
    await post("/v1/grants", grant)

    answer = await post("/v1/grants", {**grant, "valid_from": "2026-01-01"})

    assert answer.status_code == 409
    assert slug(answer) == "grant-given-already"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("auditor", "region"), ("akim", "borankul")),
        (("auditor", "district"), ("accountant", "borankul")),
        (("auditor", "borankul"), ("manager", "borankul")),
        (("akim", "borankul"), ("accountant", "borankul")),
    ],
)
async def test_incompatible_roles_are_refused_in_either_order(
    post: Post, village: Village, first: tuple[str, str], second: tuple[str, str]
) -> None:
    for one, other in ((first, second), (second, first)):
        holder, enterprise = uuid4(), str(uuid4())
        grants = [
            a_grant(
                holder,
                role,
                getattr(village, where),
                object_id=enterprise if role == "manager" else None,
            )
            for role, where in (one, other)
        ]

        given = await post("/v1/grants", grants[0])
        refused = await post("/v1/grants", grants[1])

        assert given.status_code == 201
        assert refused.status_code == 409
        assert slug(refused) == "incompatible-roles"


async def test_roles_in_different_places_or_times_are_compatible(
    post: Post, village: Village
) -> None:
    holder = uuid4()
    grants = [
        a_grant(holder, "akim", village.borankul, valid_to="2026-01-01"),
        a_grant(holder, "accountant", village.borankul, valid_from="2026-01-01"),
        a_grant(holder, "akim", village.sibling),
        a_grant(
            holder, "auditor", village.borankul, valid_from="2024-01-01", valid_to="2025-01-01"
        ),
    ]

    answers = [await post("/v1/grants", grant) for grant in grants]

    assert [answer.status_code for answer in answers] == [201] * 4


async def test_an_akim_records_assembly_members_of_the_own_village(
    post: Post, village: Village, session: Session
) -> None:
    akim = await an_account(session, Role.AKIM, village.borankul)
    await session.commit()
    member = {"holder_id": str(uuid4()), "valid_from": "2025-03-01", "basis": "protocol No. 1"}

    own = await post(
        "/v1/assembly-members", {**member, "unit_id": str(village.borankul)}, account=akim
    )
    other = await post(
        "/v1/assembly-members", {**member, "unit_id": str(village.sibling)}, account=akim
    )
    ending = {"ended_on": "2026-01-01", "basis": "protocol No. 2"}
    path = f"/v1/assembly-members/{own.json()['id']}/endings"
    ended = await post(path, ending, account=akim)

    assert own.json()["role"] == "assembly_member"
    assert other.status_code == 404
    assert ended.json()["valid_to"] == "2026-01-01"


async def test_an_akim_ends_no_other_roles_through_the_assembly(
    post: Post, village: Village, session: Session
) -> None:
    akim = await an_account(session, Role.AKIM, village.borankul)
    await session.commit()
    given = await post("/v1/grants", a_grant(uuid4(), "accountant", village.borankul))
    ending = {"ended_on": "2026-01-01", "basis": "order No. 6"}

    by_akim = await post(f"/v1/assembly-members/{given.json()['id']}/endings", ending, account=akim)
    directly = await post(f"/v1/grants/{given.json()['id']}/endings", ending, account=akim)
    unknown = await post(f"/v1/grants/{uuid4()}/endings", ending)

    assert (by_akim.status_code, slug(by_akim)) == (404, "grant-not-found")
    assert directly.status_code == 403
    assert slug(unknown) == "grant-not-found"


async def test_an_akim_gives_no_other_roles(post: Post, village: Village, session: Session) -> None:
    akim = await an_account(session, Role.AKIM, village.borankul)
    await session.commit()

    answer = await post(
        "/v1/grants", a_grant(uuid4(), "accountant", village.borankul), account=akim
    )

    assert answer.status_code == 403


async def test_a_role_is_given_under_a_key(
    client: AsyncClient, as_account: Headers, village: Village, session: Session
) -> None:
    grant = a_grant(uuid4(), "akim", village.borankul)
    headers = as_account(village.admin)

    first = await client.post("/v1/grants", json=grant, headers=headers)
    again = await client.post("/v1/grants", json=grant, headers=headers)
    del headers["Idempotency-Key"]
    without = await client.post("/v1/grants", json=grant, headers=headers)

    assert first.json() == again.json()
    assert slug(without) == "idempotency-key-missing"
    told = await said(session, "grant.changed")
    assert [fact["grant_id"] for fact in told].count(first.json()["id"]) == 1


async def test_i_am_told_my_roles_in_my_language(
    client: AsyncClient, as_account: Headers, village: Village, session: Session
) -> None:
    akim = await an_account(session, Role.AKIM, village.borankul)
    await session.commit()

    answers = {
        language: (await client.get("/v1/me", headers=as_account(akim, language=language))).json()
        for language in ("kk", "ru", "en")
    }

    assert [answers[language]["roles"][0]["role_name"] for language in answers] == [
        "әкім",
        "аким",
        "akim",
    ]
    assert answers["kk"]["account_id"] == str(akim)
    assert answers["kk"]["resident"] is None
    assert answers["kk"]["roles"][0]["unit"]["kato"] == "473639000"


async def test_nobody_in_particular_is_nobody(client: AsyncClient, as_account: Headers) -> None:
    answer = await client.get("/v1/me", headers=as_account(None))

    assert answer.status_code == 401


async def test_the_first_administrator_is_installed_once(
    session: Session, village: Village
) -> None:
    second = uuid4()

    assert not await install_admin(session, second)
    assert await an_admin(session) != village.admin
    told = [grant for grant in await said(session, "grant.changed") if grant["role"] == "admin"]
    assert [grant["holder_id"] for grant in told] == [str(village.admin)]


async def test_of_racing_incompatible_roles_one_wins(
    racing_client: AsyncClient, as_account: Headers, committed_village: Village
) -> None:
    village = committed_village
    for _ in range(5):
        holder = uuid4()
        grants = [
            a_grant(holder, "akim", village.borankul),
            a_grant(holder, "accountant", village.borankul),
            a_grant(holder, "auditor", village.district),
        ]

        answers = await asyncio.gather(
            *[
                racing_client.post("/v1/grants", json=grant, headers=as_account(village.admin))
                for grant in grants
            ]
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
