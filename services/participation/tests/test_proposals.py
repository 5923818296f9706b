"""Proposals: submitting, reading, supporting, costing, withdrawing."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from participation_builders import TITLE, People, a_grant, a_resident, a_unit
from sqlalchemy import text

from participation.domain.proposals import (
    ProposalBound,
    ProposalNotOpen,
    ProposalStatus,
    require_changeable,
    require_supportable,
)
from participation.domain.rules import find_rule
from participation.persistence.residents import keep_residents
from shared.database import Database, Session
from shared.dated_rules import RuleNotDated
from shared.territory import keep_grants, keep_units


@given(st.sampled_from(ProposalStatus))
def test_what_is_on_a_ballot_is_never_changed_and_what_is_over_never_supported(
    status: ProposalStatus,
) -> None:
    changeable, supportable = True, True
    try:
        require_changeable(status)
    except ProposalBound:
        changeable = False
    try:
        require_supportable(status)
    except ProposalNotOpen:
        supportable = False

    assert changeable == (status in {"submitted", "costed"})
    assert supportable == (status not in {"withdrawn", "won"})


def test_a_rule_without_a_date_is_a_fault() -> None:
    with pytest.raises(RuleNotDated):
        find_rule("proposal_support", datetime(1990, 1, 1, tzinfo=UTC).date())


async def test_a_resident_submits_a_proposal_that_everybody_reads(
    people: People, session: Session
) -> None:
    place = {"latitude": 46.19, "longitude": 54.42}

    proposal_id = await people.propose(**place)

    shown = (await people.get(f"/v1/proposals/{proposal_id}")).json()
    assert shown["title"] == TITLE
    assert shown["self_government_id"] == str(people.village.unit_id)
    assert (shown["latitude"], shown["status"], shown["supporters"]) == (46.19, "submitted", 0)
    assert "author_id" not in shown
    told = await session.execute(text("select type from outbox"))
    assert told.scalars().all() == ["kz.ortaq.participation.proposal.submitted.v1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": {"kk": "Шам"}},
        {"title": "Шам"},
        {"text": " "},
        {"latitude": 91, "longitude": 0},
        {"latitude": 50.0},
        {"latitude": True, "longitude": 0},
        {"status": "won"},
        {"author_id": str(uuid4())},
    ],
)
async def test_a_proposal_filled_in_wrongly_is_refused(
    people: People, changes: dict[str, Any]
) -> None:
    answer = await people.post(
        people.village.residents[0], "/v1/proposals", people.a_proposal(**changes)
    )

    assert answer.status_code == 400
    assert (await people.get("/v1/proposals")).json()["items"] == []


async def test_only_residents_propose_and_only_at_home(people: People) -> None:
    village = people.village
    callers = (village.akim, village.stranger, None)

    answers = [
        await people.post(account, "/v1/proposals", people.a_proposal()) for account in callers
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 401]


async def test_a_unit_without_self_government_takes_no_proposal(
    people: People, session: Session
) -> None:
    region, visitor = uuid4(), uuid4()
    nothing = {"self_government_id": None, "is_self_government": False}
    await keep_units(session, [a_unit(region, **nothing)])
    await keep_grants(session, [a_grant(visitor, "resident", region)])
    await session.commit()

    answer = await people.post(visitor, "/v1/proposals", people.a_proposal(unit_id=str(region)))

    assert answer.json()["type"] == "/problems/no-self-government"


async def test_an_ended_unit_takes_no_proposal(people: People, session: Session) -> None:
    ended = people.village.settlement_id
    await keep_units(
        session, [a_unit(ended, path=[people.village.unit_id, ended], valid_to="2020-01-01")]
    )
    await session.commit()

    answer = await people.post(people.village.residents[0], "/v1/proposals", people.a_proposal())

    assert answer.json()["type"] == "/problems/unit-not-found"


async def test_proposals_are_found_by_unit_status_and_words_taken_literally(
    people: People,
) -> None:
    lamps = await people.propose()
    well = await people.propose(title={"kk": "Құдық", "ru": "Колодец", "en": "A well, 100%"})
    unit = str(people.village.unit_id)

    async def found(**filters: str) -> list[str]:
        page = (await people.get("/v1/proposals", **filters)).json()
        return [item["id"] for item in page["items"]]

    assert await found(unit_id=unit) == [well, lamps]
    assert await found(unit_id=str(uuid4())) == []
    assert await found(status="costed") == []
    assert await found(q="ҚҰДЫҚ") == [well]
    assert await found(q="0%") == [well]
    assert await found(q="_") == []


async def test_a_list_of_proposals_is_read_a_page_at_a_time(people: People) -> None:
    made = [await people.propose() for _ in range(3)]

    first = (await people.get("/v1/proposals", limit=2)).json()
    second = (await people.get("/v1/proposals", limit=2, cursor=first["next"])).json()

    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]


async def test_the_support_that_suffices_is_told_once(people: People, session: Session) -> None:
    proposal_id = await people.propose()

    answers = [
        await people.post(account, f"/v1/proposals/{proposal_id}/supports")
        for account in people.village.residents[:7]
    ]

    assert [answer.json()["supporters"] for answer in answers] == [1, 2, 3, 4, 5, 6, 7]
    shown = (await people.get(f"/v1/proposals/{proposal_id}")).json()
    assert shown["supporters"] == 7
    assert shown["supported_at"] is not None
    told = await session.execute(
        text("select count(*) from outbox where type like '%proposal.supported%'")
    )
    assert told.scalar() == 1


async def test_a_resident_supports_a_proposal_once(people: People) -> None:
    proposal_id = await people.propose()
    path = f"/v1/proposals/{proposal_id}/supports"
    await people.post(people.village.residents[1], path)

    again = await people.post(people.village.residents[1], path)

    assert again.status_code == 409
    assert again.json()["type"] == "/problems/already-supported"
    assert (await people.get(f"/v1/proposals/{proposal_id}")).json()["supporters"] == 1


async def test_who_moved_away_supports_nothing(people: People, session: Session) -> None:
    proposal_id, gone = await people.propose(), uuid4()
    await keep_residents(session, [a_resident(gone, people.village, left_on="2024-01-01")])
    await keep_grants(session, [a_grant(gone, "resident", people.village.settlement_id)])
    await session.commit()

    answer = await people.post(gone, f"/v1/proposals/{proposal_id}/supports")

    assert answer.json()["type"] == "/problems/not-a-resident-here"


async def test_parallel_supports_are_counted_exactly(crowd: People, committed: Database) -> None:
    proposal_id = await crowd.propose()
    path = f"/v1/proposals/{proposal_id}/supports"

    answers = await asyncio.gather(
        *(crowd.post(account, path) for account in crowd.village.residents * 2)
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 16 + [409] * 16
    async with committed.sessions() as session:
        counted = await session.execute(text("select supporters from support_counters"))
        assert counted.scalar() == 16
        told = text("select count(*) from outbox where type like '%proposal.supported%'")
        assert (await session.execute(told)).scalar() == 1


async def test_the_akimat_costs_a_proposal_and_every_figure_is_kept(
    people: People, session: Session
) -> None:
    proposal_id = await people.propose_costed(500)
    path = f"/v1/proposals/{proposal_id}/costings"

    answer = await people.post(people.village.akim, path, {"cost_tiyn": 700, "basis": "Tender 1"})

    assert (answer.json()["status"], answer.json()["cost_tiyn"]) == ("costed", 700)
    figures = await session.execute(text("select cost_tiyn from costings order by id"))
    assert figures.scalars().all() == [500, 700]


async def test_residents_do_not_cost(people: People) -> None:
    proposal_id = await people.propose()
    figure = {"cost_tiyn": 1, "basis": "x"}

    answer = await people.post(
        people.village.residents[0], f"/v1/proposals/{proposal_id}/costings", figure
    )

    assert answer.status_code == 403


async def test_authors_alone_take_their_proposals_back(people: People) -> None:
    proposal_id = await people.propose()
    path = f"/v1/proposals/{proposal_id}/withdrawals"
    village = people.village

    answers = [
        await people.post(account, path)
        for account in (village.residents[1], village.akim, village.residents[0])
    ]

    assert [answer.status_code for answer in answers] == [404, 403, 201]
    assert answers[-1].json()["status"] == "withdrawn"


async def test_a_withdrawn_proposal_is_neither_supported_nor_costed_nor_withdrawn_again(
    people: People,
) -> None:
    proposal_id = await people.propose()
    path, village = f"/v1/proposals/{proposal_id}", people.village
    await people.post(village.residents[0], f"{path}/withdrawals")

    answers = [
        await people.post(village.residents[1], f"{path}/supports"),
        await people.post(village.akim, f"{path}/costings", {"cost_tiyn": 1, "basis": "x"}),
        await people.post(village.residents[0], f"{path}/withdrawals"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert answers[0].json()["type"] == "/problems/proposal-not-open"
    assert answers[1].json()["type"] == "/problems/proposal-bound"


async def test_an_unknown_proposal_is_not_found(people: People) -> None:
    answer = await people.get(f"/v1/proposals/{uuid4()}")

    assert answer.json()["type"] == "/problems/proposal-not-found"
