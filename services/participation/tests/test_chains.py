"""The chain from the sentence to the payment, whatever order the budget's facts come in."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from participation_builders import People, a_record, close_round

from participation.domain.chains import (
    STAGE_NAMES,
    STATE_NAMES,
    STATUS_NAMES,
    ProjectStatus,
    Stage,
    State,
    money_links,
    money_now,
    status_of,
)
from participation.events.handlers import HANDLERS
from participation.persistence.ledger import find_entries, find_lines
from shared.contracts.budget import LineChanged, LineOpened
from shared.contracts.event import Event
from shared.database import Database
from shared.messaging.inbox import deliver
from shared.testing import Urls

FIRST_DAY = date(2027, 1, 10)
MOVES = ("appropriate", "commit", "accrue", "pay")


def entry_id(number: int) -> UUID:
    """An id whose order is the order of posting, as version 7 has it."""
    return UUID(int=(0x018F_0000_0000 + number) << 80 | 7 << 76 | 2 << 62 | number)


def a_line(project_id: UUID, line_id: UUID, **changes: Any) -> LineOpened:
    values = {
        "budget_id": UUID(int=1),
        "line_id": line_id,
        "unit_id": UUID(int=2),
        "fiscal_year": 2027,
        "code": "124-005",
        "project_id": project_id,
        "status": "draft",
        "amount_tiyn": 100,
        "opened_on": FIRST_DAY,
    }
    return LineOpened.model_validate(values | changes)


def ledger_story(project_id: UUID, line_id: UUID, kinds: list[str]) -> list[LineChanged]:
    """Entries that move the money on by these kinds, `reverse` undoing the latest move."""
    amounts = {"available": 0, "committed": 0, "accrued": 0, "paid": 0}
    order = ["available", "committed", "accrued", "paid"]
    done: list[str] = []
    told = []
    for number, kind in enumerate(kinds):
        at = MOVES.index(kind) if kind in MOVES else -1
        if kind == "reverse" and done:
            undone = MOVES.index(done.pop())
            if undone:
                amounts[order[undone - 1]] += amounts[order[undone]]
            amounts[order[undone]] = 0
        elif kind == "appropriate":
            amounts["available"] += 100
            done.append(kind)
        elif at > 0 and amounts[order[at - 1]]:
            amounts[order[at]] += amounts[order[at - 1]]
            amounts[order[at - 1]] = 0
            done.append(kind)
        else:
            continue
        fields = {f"{name}_tiyn": amount for name, amount in amounts.items()}
        told.append(
            LineChanged(
                budget_id=UUID(int=1),
                line_id=line_id,
                unit_id=UUID(int=2),
                project_id=project_id,
                entry_id=entry_id(number),
                entry_kind=kind,
                effective_on=FIRST_DAY + timedelta(days=number),
                document=f"No. {number}",
                **fields,
            )
        )
    return told


@given(st.lists(st.sampled_from([*MOVES, "reverse"]), max_size=12), st.randoms())
def test_the_links_and_the_status_follow_the_ledger_alone(
    kinds: list[str], shuffle: random.Random
) -> None:
    project_id, line_id = UUID(int=8), UUID(int=9)
    story = ledger_story(project_id, line_id, kinds)
    lines = [a_line(project_id, line_id)]
    shuffled = shuffle.sample(story, len(story))

    links = {link.stage: link for link in money_links(lines, shuffled)}

    money = money_now(story)
    assert money_links(lines, story) == money_links(lines, shuffled)
    assert status_of(True, lines, story) == status_of(True, lines, shuffled)
    assert (links[Stage.COMMITMENT].state is State.NOT_YET) == (money.engaged == 0)
    assert (links[Stage.PAYMENT].state is State.NOT_YET) == (money.paid == 0)
    assert (status_of(True, lines, story) is ProjectStatus.PAID) == (
        0 < money.paid == money.engaged
    )
    reached = [link for link in links.values() if link.state is not State.NOT_YET]
    assert all(link.on and link.document for link in reached)


def test_every_stage_state_and_status_has_a_name_in_three_languages() -> None:
    named = [*STAGE_NAMES.items(), *STATE_NAMES.items(), *STATUS_NAMES.items()]

    assert {one for one, _ in named} == {*Stage, *State, *ProjectStatus}
    assert all(all(name) for _, name in named)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from([*MOVES, "reverse"]), max_size=8),
    st.booleans(),
    st.randoms(),
    st.integers(1, 4),
)
async def test_facts_in_any_order_and_repeated_leave_the_same_chain(
    database: Database,
    kinds: list[str],
    is_approved: bool,
    shuffle: random.Random,
    batches: int,
) -> None:
    ordered, mixed = uuid4(), uuid4()
    for project_id, is_mixed in ((ordered, False), (mixed, True)):
        line_id = uuid4()
        facts: list[Event] = [a_line(project_id, line_id)]
        if is_approved:
            facts.append(a_line(project_id, line_id, status="approved", amount_tiyn=90))
        facts += ledger_story_with_own_ids(project_id, line_id, kinds)
        records = [a_record(fact, uuid4(), number) for number, fact in enumerate(facts)]
        if is_mixed:
            records = shuffle.choices(records, k=len(records)) + records
            shuffle.shuffle(records)
        for start in range(batches if is_mixed else 1):
            part = records[start :: batches if is_mixed else 1]
            await deliver("participation.main", part, HANDLERS, database.sessions)

    async with database.sessions() as session:
        shown = []
        for project_id in (ordered, mixed):
            lines = await find_lines(session, [project_id])
            entries = await find_entries(session, [project_id])
            shown.append((money_links(lines, entries), status_of(True, lines, entries)))
    assert shown[0] == shown[1]


def ledger_story_with_own_ids(
    project_id: UUID, line_id: UUID, kinds: list[str]
) -> list[LineChanged]:
    """The same story under ids that no other test example uses, in the same order."""
    return [
        entry.model_copy(
            update={"entry_id": UUID(int=entry.entry_id.int ^ (line_id.int & (1 << 60) - 1))}
        )
        for entry in ledger_story(project_id, line_id, kinds)
    ]


async def test_one_get_shows_the_whole_way(crowd: People, own_urls: Urls) -> None:
    round_id, projects = await crowd.open_round((60_000, 50_000))
    voting = (await crowd.get(f"/v1/projects/{projects[0]}/chain")).json()
    await crowd.vote_all(round_id, [[projects[0]]] * 12)
    await close_round(crowd, own_urls, round_id)
    chosen = UUID(projects[0])
    line_id = uuid4()
    told: list[Event] = [a_line(chosen, line_id), *ledger_story(chosen, line_id, list(MOVES[:3]))]
    database = crowd.client._transport.app.state.database  # type: ignore[attr-defined]
    records = [a_record(fact, uuid4(), number) for number, fact in enumerate(told)]

    await deliver("participation.main", records, HANDLERS, database.sessions)

    chain = (await crowd.get(f"/v1/projects/{projects[0]}/chain")).json()
    steps = {step["stage"]: step for step in chain["steps"]}
    assert list(steps) == [stage.value for stage in Stage]
    assert all(steps[stage]["on"] for stage in ("proposal", "vote", "count", "line"))
    assert (steps["count"]["votes"], steps["count"]["ballots"]) == (12, 12)
    assert (steps["act"]["state"], steps["act"]["document"]) == ("done", "No. 2")
    assert (steps["payment"]["status"], steps["payment"]["on"]) == ("not yet", None)
    assert chain["project"]["status"] == "built"
    before = {step["stage"]: step["state"] for step in voting["steps"]}
    assert (before["vote"], before["count"], before["line"]) == ("under_way", "not_yet", "not_yet")
    lost = (await crowd.get(f"/v1/projects/{projects[1]}/chain")).json()
    assert [step["stage"] for step in lost["steps"]] == ["proposal", "vote", "count"]
    assert lost["project"]["status"] == "not_chosen"


async def test_not_yet_is_said_in_the_readers_language(people: People) -> None:
    _, projects = await people.open_round()
    path = f"/v1/projects/{projects[0]}/chain"

    said = []
    for language in ("kk", "ru", "en"):
        answer = await people.client.get(path, headers=people.as_account(None, language=language))
        said.append(answer.json()["steps"][-1]["status"])

    assert said == ["әлі жоқ", "ещё нет", "not yet"]


async def test_projects_are_listed_by_unit_and_round(people: People) -> None:
    round_id, projects = await people.open_round()

    page = (await people.get("/v1/projects", round_id=round_id, limit=2)).json()
    rest = (
        await people.get("/v1/projects", round_id=round_id, limit=2, cursor=page["next"])
    ).json()
    none = (await people.get("/v1/projects", unit_id=str(uuid4()))).json()

    assert [one["id"] for one in page["items"] + rest["items"]] == projects[::-1]
    assert {one["status"] for one in page["items"]} == {"on_ballot"}
    assert none["items"] == []


async def test_an_unknown_project_is_not_found(people: People) -> None:
    answer = await people.get(f"/v1/projects/{uuid4()}/chain")

    assert answer.json()["type"] == "/problems/project-not-found"


async def test_a_fact_about_no_project_is_passed_over(database: Database) -> None:
    line_id = uuid4()
    fact = a_line(uuid4(), line_id).model_copy(update={"project_id": None})

    await deliver("participation.main", [a_record(fact, uuid4(), 0)], HANDLERS, database.sessions)

    async with database.sessions() as session:
        assert await find_lines(session, [line_id]) == []
