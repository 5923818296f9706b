"""Secret ballots: who may vote, how often, on what, and what nobody can see."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from participation_builders import (
    People,
    a_grant,
    a_resident,
    instant,
    let_time_pass,
)

from participation.domain.ballots import (
    UnknownChoice,
    WrongNumberOfProjects,
    receipt_of,
    require_choices,
)
from participation.persistence.residents import keep_residents
from shared.database import Session
from shared.territory import keep_grants
from shared.testing import Urls

OFFERED = [UUID(int=number) for number in range(6)]


@given(
    st.lists(st.sampled_from([*OFFERED, UUID(int=99)]), max_size=8),
    st.integers(1, 3),
    st.integers(3, 6),
)
def test_a_ballot_passes_only_with_so_many_different_offered_projects(
    chosen: list[UUID], fewest: int, most: int
) -> None:
    try:
        choices = require_choices(chosen, OFFERED, fewest=fewest, most=most)
    except (WrongNumberOfProjects, UnknownChoice):
        fits = fewest <= len(chosen) <= most and len(set(chosen)) == len(chosen)
        assert not (fits and set(chosen) <= set(OFFERED))
    else:
        assert choices == sorted(set(chosen))
        assert fewest <= len(choices) <= most


@given(st.lists(st.sampled_from(OFFERED), unique=True, min_size=1), st.uuids(version=4))
def test_a_receipt_depends_on_the_choice_but_not_on_its_order(
    choices: list[UUID], ballot_id: UUID
) -> None:
    round_id = UUID(int=7)

    receipt = receipt_of(ballot_id, round_id, choices)

    assert receipt == receipt_of(ballot_id, round_id, choices[::-1])
    assert receipt != receipt_of(ballot_id, round_id, choices[1:])
    assert receipt != receipt_of(uuid4(), round_id, choices)


async def test_a_resident_votes_and_gets_a_receipt(people: People) -> None:
    round_id, projects = await people.open_round()

    answer = await people.vote(people.village.residents[0], round_id, projects[:2])

    assert answer.status_code == 201
    receipt = answer.json()
    assert len(receipt["receipt"]) == len(receipt["rules_digest"]) == 64
    assert not any(project in answer.text for project in projects)


async def test_a_second_ballot_is_refused(people: People) -> None:
    round_id, projects = await people.open_round()
    await people.vote(people.village.residents[0], round_id, projects[:1])

    again = await people.vote(people.village.residents[0], round_id, projects[1:2])

    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-voted")


async def test_unusable_ballots_are_refused_and_the_right_to_vote_is_kept(people: People) -> None:
    round_id, projects = await people.open_round()
    _, foreign = await people.open_round()
    voter = people.village.residents[0]
    unusable = ([], projects, [projects[0]] * 2, [str(uuid4())], foreign[:1])

    answers = [await people.vote(voter, round_id, ballot) for ballot in unusable]

    assert [answer.status_code for answer in answers] == [422] * 5
    assert [answer.json()["type"].rsplit("/", 1)[1] for answer in answers] == [
        "wrong-number-of-projects",
        "wrong-number-of-projects",
        "unknown-choice",
        "unknown-choice",
        "unknown-choice",
    ]
    assert (await people.vote(voter, round_id, projects[:1])).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"project_ids": None},
        {"project_ids": "all"},
        {"project_ids": [1]},
        {"project_ids": [], "resident_id": str(uuid4())},
        {"project_ids": [str(uuid4())] * 51},
        {"project_ids": ["018F6F2E-7C1A-7B3E-9A55-0C1F9C2D4E5A"]},
    ],
)
async def test_a_malformed_ballot_is_refused(people: People, body: dict[str, object]) -> None:
    round_id, _ = await people.open_round()

    answer = await people.post(people.village.residents[0], f"/v1/rounds/{round_id}/ballots", body)

    assert answer.status_code == 400


async def test_officials_strangers_and_visitors_do_not_vote(people: People) -> None:
    round_id, projects = await people.open_round()
    village = people.village

    answers = [
        await people.vote(account, round_id, projects[:1])  # type: ignore[arg-type]
        for account in (village.akim, village.stranger, None)
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 401]


@pytest.mark.parametrize(
    "changes",
    [
        {"may_vote_from": "2090-01-01"},
        {"lives_here_from": "2090-01-01"},
        {"left_on": "2020-01-01"},
        {"self_government_id": str(uuid4())},
    ],
)
async def test_who_was_no_elector_on_the_day_does_not_vote(
    people: People, session: Session, changes: dict[str, str]
) -> None:
    account = uuid4()
    await keep_residents(session, [a_resident(account, people.village, **changes)])
    await keep_grants(session, [a_grant(account, "resident", people.village.settlement_id)])
    await session.commit()
    round_id, projects = await people.open_round()

    answer = await people.vote(account, round_id, projects[:1])

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-eligible")


async def test_an_account_without_a_resident_does_not_vote(
    people: People, session: Session
) -> None:
    account = uuid4()
    await keep_grants(session, [a_grant(account, "resident", people.village.settlement_id)])
    await session.commit()
    round_id, projects = await people.open_round()

    answer = await people.vote(account, round_id, projects[:1])

    assert answer.json()["type"] == "/problems/not-eligible"


async def test_who_moves_away_during_voting_keeps_the_vote(
    people: People, session: Session
) -> None:
    account, resident_id = uuid4(), uuid4()
    await keep_grants(session, [a_grant(account, "resident", people.village.settlement_id)])
    here = a_resident(account, people.village, resident_id=resident_id)
    await keep_residents(session, [here])
    await session.commit()
    round_id, projects = await people.open_round()
    gone = a_resident(account, people.village, resident_id=resident_id, left_on="2020-01-01")
    await keep_residents(session, [gone])
    await session.commit()

    answer = await people.vote(account, round_id, projects[:1])

    assert answer.status_code == 201


async def test_whoever_is_registered_after_the_opening_is_no_elector(
    people: People, session: Session
) -> None:
    round_id, projects = await people.open_round()
    account = uuid4()
    await keep_grants(session, [a_grant(account, "resident", people.village.settlement_id)])
    await keep_residents(session, [a_resident(account, people.village)])
    await session.commit()

    answer = await people.vote(account, round_id, projects[:1])

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-eligible")


async def test_no_ballot_comes_before_the_opening(people: People) -> None:
    later = instant(datetime.now(UTC) + timedelta(minutes=5))
    round_id, projects = await people.plan_round([500], opens_at=later)

    answer = await people.vote(people.village.residents[0], round_id, projects)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/voting-not-open")


async def test_no_ballot_comes_after_closing(crowd: People, own_urls: Urls) -> None:
    round_id, projects = await crowd.open_round()
    await let_time_pass(own_urls, round_id)

    answer = await crowd.vote(crowd.village.residents[0], round_id, projects[:1])

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/voting-closed")


async def test_forty_parallel_ballots_of_one_resident_leave_one(
    crowd: People, own_urls: Urls
) -> None:
    round_id, projects = await crowd.open_round()
    voter = crowd.village.residents[0]

    answers = await asyncio.gather(
        *(crowd.vote(voter, round_id, [projects[number % 3]]) for number in range(40))
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 39
    connection = await asyncpg.connect(own_urls.plain_superuser)
    assert await connection.fetchval("select count(*) from voters") == 1
    assert await connection.fetchval("select count(*) from ballot_box") == 1
    await connection.close()


@pytest.mark.parametrize(
    "attack",
    [
        "select * from ballot_box",
        "select count(*) from voters",
        "update ballot_box set project_ids = '{}'",
        "delete from ballot_box",
        "truncate ballot_box",
        "update voters set resident_id = gen_random_uuid()",
        "delete from voters",
        "insert into ballots select gen_random_uuid(), id, '{}' from rounds",
        "update ballots set project_ids = '{}'",
        "delete from ballots",
        "alter table ballot_box disable trigger all",
        "drop trigger ballot_box_guarded on ballot_box",
        "create table copy as select * from voters",
        "set session_replication_role = replica",
    ],
)
async def test_the_service_itself_can_neither_look_into_the_box_nor_change_it(
    crowd: People, own_urls: Urls, attack: str
) -> None:
    round_id, projects = await crowd.open_round()
    await crowd.vote(crowd.village.residents[0], round_id, projects[:1])
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(attack)

    await connection.close()


@pytest.mark.parametrize(
    ("attack", "constraint"),
    [
        ("insert into voters select $1, resident_id from electors limit 1", "voters_pkey"),
        ("insert into voters values ($1, gen_random_uuid())", "voters_are_electors"),
        ("insert into ballot_box values (gen_random_uuid(), $1, '{}')", "ballot_box_size"),
        (
            "insert into ballot_box values (gen_random_uuid(), $1, array[gen_random_uuid()])",
            "ballot_box_projects",
        ),
        (
            "insert into ballot_box select gen_random_uuid(), $1, array[p.id, p.id]"
            " from projects p limit 1",
            "ballot_box_projects",
        ),
        (
            "insert into ballot_box select uuidv7(), $1, array[p.id] from projects p limit 1",
            "ballot_box_id_check",
        ),
        (
            "insert into ballot_box select gen_random_uuid(), gen_random_uuid(), '{}'"
            " where $1::uuid is not null",
            "ballot_box_open",
        ),
        ("select seal_ballots($1)", "ballots_sealed_after_closing"),
    ],
)
async def test_the_database_refuses_what_the_code_refuses(
    crowd: People, own_urls: Urls, attack: str, constraint: str
) -> None:
    round_id, projects = await crowd.open_round()
    for voter in crowd.village.residents:
        await crowd.vote(voter, round_id, projects[:1])
    connection = await asyncpg.connect(own_urls.plain_runtime)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await connection.execute(attack, UUID(round_id))

    assert refused.value.constraint_name == constraint
    await connection.close()


async def test_a_stuffed_box_is_not_counted(crowd: People, own_urls: Urls) -> None:
    round_id, projects = await crowd.open_round()
    connection = await asyncpg.connect(own_urls.plain_runtime)
    await connection.execute(
        "insert into ballot_box values (gen_random_uuid(), $1, array[$2::uuid])",
        UUID(round_id),
        UUID(projects[0]),
    )
    await let_time_pass(own_urls, round_id)

    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await connection.execute("select seal_ballots($1)", UUID(round_id))

    assert refused.value.constraint_name == "ballots_match_voters"
    await connection.close()


async def test_sealed_ballots_bear_no_mark_of_their_voters(crowd: People, own_urls: Urls) -> None:
    round_id, projects = await crowd.open_round()
    await crowd.vote_all(round_id, [[projects[n % 3]] for n in range(16)])
    await let_time_pass(own_urls, round_id)
    runtime = await asyncpg.connect(own_urls.plain_runtime)

    await runtime.execute("select seal_ballots($1)", UUID(round_id))

    owner = await asyncpg.connect(own_urls.plain_superuser)
    marks = await owner.fetchval("select count(distinct xmin::text) from ballots")
    matched = await owner.fetchval(
        "select count(*) from ballots b join voters v on v.xmin::text = b.xmin::text"
    )
    columns = await owner.fetch(
        "select column_name from information_schema.columns where table_name = any ($1)",
        ["ballots", "ballot_box", "voters"],
    )
    left = await owner.fetchval("select count(*) from ballot_box")
    assert (marks, matched, left) == (1, 0, 0)
    assert {row[0] for row in columns} == {"id", "round_id", "project_ids", "resident_id"}
    for connection in (runtime, owner):
        await connection.close()


async def test_a_vote_leaves_nothing_with_the_account_but_the_roll(
    crowd: People, own_urls: Urls
) -> None:
    round_id, projects = await crowd.open_round()
    owner = await asyncpg.connect(own_urls.plain_superuser)
    before = await _rows_per_table(owner)

    await crowd.vote(crowd.village.residents[3], round_id, projects[:1])

    after = await _rows_per_table(owner)
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"voters", "ballot_box"}
    await owner.close()


async def _rows_per_table(connection: asyncpg.Connection) -> dict[str, str]:
    tables = await connection.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    found = {}
    for (table,) in tables:
        rows = await connection.fetch(f"select t::text from {table} t order by 1")
        found[table] = hashlib.sha256("".join(row[0] for row in rows).encode()).hexdigest()
    return found
