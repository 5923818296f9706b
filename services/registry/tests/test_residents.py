"""Residents through HTTP: seen by few, an IIN by fewer, told by opaque ids alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from httpx import AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st
from registry_builders import Village, an_account, an_iin, said
from sqlalchemy import text

from registry.domain.iin import find_check_digit
from registry.domain.residents import NotASettlement
from registry.domain.sealing import PersonalKey
from registry.usecases.residence import NewResident, register_resident
from shared.database import Database, Session
from shared.permissions import Role

Headers = Callable[..., dict[str, str]]
Send = Callable[..., Awaitable[Response]]


def a_resident(village: Village, serial: int = 1, **changed: object) -> dict[str, object]:
    resident = {"unit_id": str(village.place), "name": "Сынақ Тұрғын", "iin": an_iin(serial)}
    return {**resident, "lives_here_from": "2025-03-01", **changed}


@pytest.fixture
async def akim(session: Session, village: Village) -> UUID:
    account = await an_account(session, Role.AKIM, village.borankul)
    await session.commit()
    return account


@pytest.fixture
def send(client: AsyncClient, as_account: Headers, akim: UUID) -> Send:
    async def send(
        method: str, path: str, body: dict[str, Any] | None = None, account: UUID | None = None
    ) -> Response:
        headers = as_account(account or akim)
        return await client.request(method, path, json=body, headers=headers)

    return send


async def test_a_resident_is_registered_with_a_masked_iin(
    send: Send, village: Village, session: Session
) -> None:
    answer = await send("POST", "/v1/residents", a_resident(village))

    resident = answer.json()
    assert answer.status_code == 201
    assert resident["iin_masked"] == f"5001******{an_iin()[-2:]}"
    assert an_iin() not in answer.text
    assert "born_on" not in resident
    stored = await session.execute(text("select residents::text from residents"))
    assert an_iin() not in stored.scalar_one()


async def test_the_others_learn_of_a_resident_no_personal_data(
    send: Send, village: Village, session: Session
) -> None:
    await send("POST", "/v1/residents", a_resident(village))

    (told,) = await said(session, "resident.changed")
    assert told["unit_id"] == str(village.place)
    assert told["self_government_id"] == str(village.borankul)
    assert told["may_vote_from"] == told["lives_here_from"] == "2025-03-01"
    assert "Сынақ" not in str(told)
    assert "1850" not in str(told)


async def test_a_young_resident_may_vote_from_the_eighteenth_birthday(
    send: Send, village: Village, session: Session
) -> None:
    await send("POST", "/v1/residents", a_resident(village, born_on="2010-05-06"))

    (told,) = await said(session, "resident.changed")
    assert told["may_vote_from"] == "2028-05-06"


async def test_an_account_makes_its_resident_one_to_the_permissions(
    send: Send, village: Village, session: Session
) -> None:
    account = uuid4()

    registered = await send("POST", "/v1/residents", a_resident(village, account_id=str(account)))

    resident_id = registered.json()["id"]
    (grant,) = [grant for grant in await said(session, "grant.changed") if grant["object_id"]]
    assert (grant["role"], grant["holder_id"]) == ("resident", str(account))
    own = await send("GET", f"/v1/residents/{resident_id}", account=account)
    assert own.status_code == 200


async def test_an_account_is_linked_later_and_once(
    send: Send, village: Village, session: Session
) -> None:
    resident_id = (await send("POST", "/v1/residents", a_resident(village))).json()["id"]
    path, body = f"/v1/residents/{resident_id}/account", {"account_id": str(uuid4())}

    linked = await send("PUT", path, body)
    again = await send("PUT", path, {"account_id": str(uuid4())})

    assert linked.json()["account_id"] == body["account_id"]
    assert again.json()["type"] == "/problems/resident-has-account"
    told = await said(session, "resident.changed")
    assert [fact["account_id"] for fact in told] == [None, body["account_id"]]


async def test_a_person_has_one_home_at_a_time(send: Send, village: Village) -> None:
    await send("POST", "/v1/residents", a_resident(village))

    answer = await send("POST", "/v1/residents", a_resident(village, name="Басқа Адам"))

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/lives-elsewhere"
    assert an_iin() not in answer.text


async def test_an_account_belongs_to_one_resident(send: Send, village: Village) -> None:
    account = str(uuid4())
    await send("POST", "/v1/residents", a_resident(village, account_id=account))

    answer = await send("POST", "/v1/residents", a_resident(village, 2, account_id=account))

    assert answer.json()["type"] == "/problems/account-taken"


async def test_who_left_may_be_registered_again(
    send: Send, village: Village, session: Session
) -> None:
    account = str(uuid4())
    first = await send("POST", "/v1/residents", a_resident(village, account_id=account))
    path = f"/v1/residents/{first.json()['id']}/departures"

    left = await send("POST", path, {"left_on": "2026-01-01"})
    too_late = await send("POST", path, {"left_on": "2026-02-01"})
    again = await send(
        "POST",
        "/v1/residents",
        a_resident(village, account_id=account, lives_here_from="2026-01-01"),
    )

    grants = [grant for grant in await said(session, "grant.changed") if grant["object_id"]]
    assert left.json()["left_on"] == "2026-01-01"
    assert too_late.json()["type"] == "/problems/resident-has-left"
    assert again.status_code == 201, again.text
    assert grants[1]["valid_to"] == "2026-01-01"
    linked = await send("PUT", path.replace("departures", "account"), {"account_id": str(uuid4())})
    assert linked.json()["type"] == "/problems/resident-has-left"


async def test_nobody_leaves_before_coming(send: Send, village: Village) -> None:
    resident_id = (await send("POST", "/v1/residents", a_resident(village))).json()["id"]

    answer = await send(
        "POST", f"/v1/residents/{resident_id}/departures", {"left_on": "2025-03-01"}
    )

    assert answer.json()["type"] == "/problems/term-ends-before-it-begins"


@pytest.mark.parametrize(
    "iin", ["500101100011", "50010110001", "5001011000100", "٥٠٠١٠١١٠٠٠١٠", "941240000193"]
)
async def test_a_wrong_iin_is_refused_and_not_repeated(
    send: Send, village: Village, iin: str
) -> None:
    answer = await send("POST", "/v1/residents", a_resident(village, iin=iin))

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/iin-wrong"
    assert iin not in answer.text


async def test_an_iin_without_a_birth_date_needs_one_from_a_document(
    send: Send, village: Village
) -> None:
    eleven = "50023010001"
    resident = a_resident(village, iin=f"{eleven}{find_check_digit(eleven)}")

    without = await send("POST", "/v1/residents", resident)
    with_one = await send("POST", "/v1/residents", {**resident, "born_on": "1850-03-02"})

    assert without.json()["type"] == "/problems/birth-date-needed"
    assert with_one.json()["iin_flags"] == ["impossible_birth_date"]


async def test_nobody_is_registered_in_a_whole_district(
    client: AsyncClient, as_account: Headers, village: Village, session: Session
) -> None:
    new = NewResident(village.district, "Сынақ Тұрғын", an_iin(), date(2025, 3, 1))

    with pytest.raises(NotASettlement):
        await register_resident(
            session, new, registered_by=village.admin, key=PersonalKey.derive(b"x" * 32)
        )


@pytest.mark.parametrize(
    "extra", [{"is_admin": True}, {"__proto__": {}}, {"left_on": "2026-01-01"}, {"name": " \u200b"}]
)
async def test_what_was_not_asked_for_is_refused(
    send: Send, village: Village, extra: dict[str, object]
) -> None:
    answer = await send("POST", "/v1/residents", a_resident(village, **extra))

    assert answer.status_code == 400


async def test_residents_are_listed_and_found_by_name(send: Send, village: Village) -> None:
    for serial, name in enumerate(["Үміт Сынақ", "Ақмарал Сынақ", "Тест Тестұлы"], start=1):
        await send("POST", "/v1/residents", a_resident(village, serial, name=name))

    listed = await send("GET", f"/v1/residents?unit={village.borankul}&limit=2")
    rest = await send("GET", listed.headers["link"].partition(">")[0][1:])
    found = await send("GET", f"/v1/residents?unit={village.borankul}&name=умит")
    nothing = await send("GET", f"/v1/residents?unit={village.borankul}&name=%25%25")

    names = [item["name"] for item in listed.json()["items"] + rest.json()["items"]]
    assert names == ["Үміт Сынақ", "Ақмарал Сынақ", "Тест Тестұлы"]
    assert [item["name"] for item in found.json()["items"]] == ["Үміт Сынақ"]
    assert nothing.json()["items"] == []


async def test_a_stranger_does_not_learn_that_a_resident_exists(
    send: Send, village: Village, session: Session
) -> None:
    neighbour = await an_account(session, Role.AKIM, village.sibling)
    accountant = await an_account(session, Role.ACCOUNTANT, village.borankul)
    await session.commit()
    resident_id = (await send("POST", "/v1/residents", a_resident(village))).json()["id"]

    by_neighbour = await send("GET", f"/v1/residents/{resident_id}", account=neighbour)
    unknown = await send("GET", f"/v1/residents/{uuid4()}")
    by_accountant = await send("GET", f"/v1/residents/{resident_id}", account=accountant)

    assert by_neighbour.status_code == unknown.status_code == 404
    assert by_neighbour.json()["type"] == unknown.json()["type"] == "/problems/out-of-sight"
    assert by_accountant.status_code == 403


async def test_who_sees_a_whole_iin_is_kept_with_the_reason(
    send: Send, village: Village, session: Session, akim: UUID
) -> None:
    resident_id = (await send("POST", "/v1/residents", a_resident(village))).json()["id"]

    answer = await send(
        "POST", f"/v1/residents/{resident_id}/iin-reveals", {"reason": "court request No. 7"}
    )

    kept = await session.execute(text("select resident_id, account_id, reason from iin_reveals"))
    answers = await session.execute(
        text("select count(*) from idempotency_keys where position(:iin in body::text) > 0"),
        {"iin": an_iin()},
    )
    assert answer.json() == {"iin": an_iin()}
    assert kept.one() == (UUID(resident_id), akim, "court request No. 7")
    assert answers.scalar() == 0


async def test_without_a_reason_no_iin_is_shown(
    send: Send, village: Village, session: Session
) -> None:
    resident_id = (await send("POST", "/v1/residents", a_resident(village))).json()["id"]

    answer = await send("POST", f"/v1/residents/{resident_id}/iin-reveals", {"reason": " "})

    assert answer.status_code == 400
    kept = await session.execute(text("select count(*) from iin_reveals"))
    assert kept.scalar() == 0


async def test_of_racing_registrations_of_one_person_one_wins(
    racing_client: AsyncClient,
    as_account: Headers,
    committed_village: Village,
    committed: Database,
) -> None:
    async with committed.sessions.begin() as session:
        akim = await an_account(session, Role.AKIM, committed_village.borankul)

    answers = await asyncio.gather(
        *[
            racing_client.post(
                "/v1/residents", json=a_resident(committed_village), headers=as_account(akim)
            )
            for _ in range(8)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    async with committed.sessions() as session:
        assert len(await said(session, "resident.changed")) == 1


@given(st.uuids(), st.uuids())
def test_a_sealed_iin_opens_for_its_own_resident_alone(owner: UUID, other: UUID) -> None:
    key = PersonalKey.derive(b"x" * 32)

    sealed = key.seal(an_iin(), owner)

    assert key.unseal(sealed, owner) == an_iin()
    assert an_iin().encode() not in sealed
    if owner != other:
        with pytest.raises(InvalidTag):
            key.unseal(sealed, other)
    with pytest.raises(InvalidTag):
        PersonalKey.derive(b"y" * 32).unseal(sealed, owner)


def test_equal_numbers_share_an_index_under_one_key_alone() -> None:
    key, other = PersonalKey.derive(b"x" * 32), PersonalKey.derive(b"y" * 32)

    assert key.index(an_iin(1)) == key.index(an_iin(1))
    assert key.index(an_iin(1)) != key.index(an_iin(2))
    assert key.index(an_iin(1)) != other.index(an_iin(1))


def test_a_key_does_not_print_itself() -> None:
    assert "x" * 8 not in repr(PersonalKey.derive(b"x" * 32))
