"""Nothing lost, doubled or out of order, whatever is killed; and a checker that can fail.

Every verdict is read from the databases. The same checker judges the product under chaos and four
systems that each lack one safeguard: were it blind, those would pass too.
"""

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from reliability_parts import VersionReached, advance, apply
from reliability_system import (
    FAULTS,
    Chaos,
    Servers,
    blocked,
    change,
    count_records,
    died,
    end,
    locked,
    pass_verdict,
    plan_faults,
    running,
    seen,
    set_stage,
    settled,
    start_servers,
    write,
    writing,
)
from sqlalchemy.exc import DBAPIError

from shared.database import Database
from shared.messaging.consumer import newest_epoch
from shared.messaging.envelope import write_headers
from shared.messaging.inbox import deliver
from shared.testing import Urls

UNSENT = "select count(*) from outbox where published_at is null"


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """Both servers; what they hold is kept when a test failed.

    Their folder is not pytest's own: a second pytest that starts meanwhile closes that to other
    accounts, and PostgreSQL, which is not run as root, could not be started again.
    """
    failed_before = request.session.testsfailed
    folder = Path(tempfile.mkdtemp(prefix="ortaq-reliability-"))
    found = start_servers(folder)
    yield found
    found.stop()
    if request.session.testsfailed == failed_before:
        shutil.rmtree(folder)


def choose_seed() -> int:
    """Return a new seed, or the one that is to be played again."""
    return int(os.environ.get("RELIABILITY_SEED") or secrets.randbelow(1_000_000))


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_forty_faults_lose_double_and_reorder_nothing(
    servers: Servers, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    seed = choose_seed()
    stage = await set_stage(servers, aggregates=40, seed=seed)
    async with running(stage, "writer", "relay", "relay", "consumer") as children:
        chaos = Chaos(servers, children)

        await chaos.play(plan_faults(seed))
        statuses = [await end(children[0])]
        quiet_seconds = await settled(stage)
        statuses += [await end(child) for child in children[1:]]

    verdict = await pass_verdict(stage)
    records = await count_records(stage)
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(
            f"\nreliability: seed {seed}, {sum(chaos.done.values())} faults {dict(chaos.done)},"
            f" {verdict.events} events in {records} records, settled {quiet_seconds:.1f} s after"
            f" the last write; violations {verdict.violations or 'none'}; ended {chaos.unasked}"
        )
    assert verdict.violations == {}, f"RELIABILITY_SEED={seed}, see {servers.folder}"
    assert chaos.done == FAULTS
    assert chaos.unasked == []
    # Who is asked to end while still starting has no handler for the signal yet.
    assert set(statuses) <= {0, -signal.SIGTERM}
    assert verdict.events == verdict.applied > 200


# One safeguard at a time: first how the product stands it, then what happens without.


async def test_a_relay_killed_between_sending_and_marking_sends_again_and_nothing_is_doubled(
    servers: Servers,
) -> None:
    stage = await set_stage(servers, aggregates=5)
    await write(stage, rounds=10)
    async with running(stage, "relay", "consumer") as (relay, _):
        async with locked(stage.source, "relay_partitions"):
            await blocked(stage.source)
            relay.kill()
        relay.start_again()
        await settled(stage)
        await seen(stage.source, UNSENT, 0)

    assert (await pass_verdict(stage)).violations == {}
    assert await count_records(stage) == 2 * 50


async def test_control_a_relay_that_marks_before_it_sends_loses(servers: Servers) -> None:
    stage = await set_stage(servers, aggregates=5)
    await write(stage, rounds=10)
    async with running(stage, "forgetful relay", "consumer") as (relay, _):
        await died(relay)
        relay.start_again()
        await write(stage, rounds=2)
        await settled(stage, left=50)

    verdict = await pass_verdict(stage)

    assert verdict.events == 60
    assert verdict.violations == {"lost": 50, "miscounted": 5}


async def test_a_consumer_killed_between_its_effect_and_its_offset_doubles_nothing(
    servers: Servers,
) -> None:
    stage = await set_stage(servers, aggregates=5)
    await write(stage, rounds=10)
    async with running(stage, "relay", "consumer") as (relay, consumer):
        async with locked(stage.target, "inbox"):
            await blocked(stage.target)
            await seen(stage.source, UNSENT, 0)
            relay.kill()
            servers.kafka.kill()
        await seen(stage.target, "select count(*) > 0 from applied", True)
        consumer.kill()
        await servers.bring_kafka_back()
        consumer.start_again()
        await settled(stage)
        assert await end(consumer) == 0

    assert (await pass_verdict(stage)).violations == {}


async def test_control_a_consumer_that_remembers_no_ids_doubles(servers: Servers) -> None:
    stage = await set_stage(servers, aggregates=5)
    await write(stage, rounds=10)
    async with running(stage, "relay", "forgetful consumer") as (_, consumer):
        await died(consumer)
        consumer.start_again()
        await seen(stage.target, "select count(*) > 50 from applied", True)

    violations = (await pass_verdict(stage)).violations

    assert violations.keys() == {"doubled", "miscounted"}
    assert violations["doubled"] > 0


@pytest.mark.parametrize(
    ("relay", "violations"),
    [
        pytest.param("relay", {}, id="ours"),
        pytest.param("cursor relay", {"lost": 1, "miscounted": 1, "pending": 1}, id="control"),
    ],
)
async def test_a_slow_transaction_is_passed_over_by_a_cursor_but_not_by_our_relay(
    servers: Servers, relay: str, violations: dict[str, int]
) -> None:
    stage = await set_stage(servers, aggregates=3)
    slow, quick, later = stage.aggregates
    sent = "select count(*) from outbox where published_at is not null"
    async with running(stage, relay, "consumer"), writing(stage) as sessions:
        async with sessions.begin() as session:
            await advance(session, slow)  # its id is drawn, its row is not to be seen yet
            async with sessions.begin() as other:
                await advance(other, quick)
            await seen(stage.source, sent, 1)
        async with sessions.begin() as session:
            await advance(session, later)
        await seen(stage.source, sent, 3 - violations.get("pending", 0))
        await settled(stage, left=violations.get("lost", 0))

    verdict = await pass_verdict(stage)

    assert verdict.events == 3
    assert verdict.violations == violations


@pytest.mark.parametrize(
    ("relay", "violations"),
    [
        pytest.param("relay", {}, id="ours"),
        pytest.param("competing relay", {"misordered": 1, "miscounted": 1}, id="control"),
    ],
)
async def test_two_relays_that_skip_each_others_rows_reorder_and_two_of_ours_do_not(
    servers: Servers, relay: str, violations: dict[str, int]
) -> None:
    stage = await set_stage(servers, aggregates=1)
    async with running(stage, relay, relay, "consumer"):
        await write(stage, rounds=3)
        await settled(stage)
        await seen(stage.source, UNSENT, 0)

    verdict = await pass_verdict(stage)

    assert verdict.events == verdict.applied == 3
    assert verdict.violations == violations


async def test_a_consumer_killed_while_it_rewinds_reads_the_new_log_from_its_beginning(
    servers: Servers,
) -> None:
    stage = await set_stage(servers, aggregates=1)
    await write(stage, rounds=5)
    async with running(stage, "relay", "consumer") as children:
        await settled(stage)
        for child in children:
            assert await end(child) == 0
        # What the target forgets shows whether the old records are read once more.
        await change(
            stage.target, *(f"delete from {one}" for one in ("inbox", "applied", "counters"))
        )
        await change(stage.source, "update relay_log set epoch = 1")
        await write(stage, rounds=1)

        async with locked(stage.target, "inbox"):
            for child in children:
                child.start_again()
            await blocked(stage.target)
            children[1].kill()
        children[1].start_again()
        await settled(stage, within_seconds=15)

    assert (await pass_verdict(stage)).violations == {}


async def test_an_event_is_not_parked_because_the_database_took_no_connection(
    committed: Database, own_urls: Urls
) -> None:
    record = arrival_of(uuid4())
    admin = await asyncpg.connect(own_urls.plain_superuser)
    await admin.execute("alter role probe connection limit 0")
    await committed.engine.dispose()

    try:
        delivering = asyncio.create_task(
            deliver("probe.main", [record], {VersionReached: apply}, committed.sessions)
        )
        # By now a poisonous event would have had its three tries.
        await asyncio.wait({delivering}, timeout=0.9)
    finally:
        await admin.execute("alter role probe connection limit -1")
    with pytest.raises(DBAPIError, match="too many connections"):
        await delivering

    assert await admin.fetchval("select count(*) from dead_letters") == 0
    await admin.close()


async def test_an_unreadable_record_that_comes_again_is_parked_once(
    committed: Database, own_urls: Urls
) -> None:
    record = replace(arrival_of(uuid4()), headers=())

    for _ in range(2):
        await deliver("probe.main", [record], {VersionReached: apply}, committed.sessions)

    admin = await asyncpg.connect(own_urls.plain_superuser)
    assert await admin.fetchval("select count(*) from dead_letters") == 1
    await admin.close()


async def test_an_epoch_that_no_relay_can_have_reached_is_unreadable_and_stops_nobody(
    committed: Database,
) -> None:
    record = arrival_of(uuid4())
    record = replace(record, headers=(*record.headers[:-1], ("x-log-epoch", b"9" * 30)))

    assert newest_epoch([record]) == 0


def arrival_of(aggregate_id: UUID) -> ConsumerRecord[bytes, bytes]:
    """Return a record as the consumer receives it."""
    event = VersionReached(aggregate_id=aggregate_id, version=1)
    row = {
        "event_id": uuid4(),
        "type": event.type,
        "subject": event.subject,
        "key": event.subject,
        "sequence": 1,
        "happened_at": datetime.now(UTC),
        "recorded_at": datetime.now(UTC),
        "trace": "",
    }
    return ConsumerRecord(
        topic="probe.v1",
        partition=0,
        offset=0,
        timestamp=0,
        timestamp_type=0,
        key=event.subject.encode(),
        value=event.model_dump_json().encode(),
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=write_headers(row, source="/probe", epoch=0),
    )
