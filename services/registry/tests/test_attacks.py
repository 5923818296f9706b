"""What the service's own database role may not do, even if its code were taken over."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from registry_builders import Village

from shared.migrations import downgrade, upgrade
from shared.testing import Urls

FORBIDDEN = [
    # History is not rewritten.
    "update unit_history set name_kk = 'x'",
    "update unit_history set known = tstzrange(null, null)",
    "delete from unit_history",
    "truncate unit_history",
    "insert into unit_history select * from unit_history limit 1",
    "update mandate_history set holder_name = 'x'",
    "delete from mandate_history",
    "delete from post_history",
    # Identity stays with its row.
    "update unit_versions set unit_id = parent_id",
    "delete from units",
    "update units set recorded_at = now()",
    "delete from mandates",
    "update mandates set holder_name = 'x'",
    "update mandates set post_id = uuidv7()",
    "update posts set kind = 'x'",
    "delete from posts",
    # A grant is ended, not changed.
    "update grants set role = 'admin', unit_id = null",
    "update grants set holder_id = uuidv7()",
    "update grants set valid = daterange('2020-01-01', null)",
    "update grants set valid = daterange(lower(valid), null), ended_at = null",
    "delete from grants",
    "truncate grants",
    # A person's number is neither changed nor unlogged.
    "update residents set iin_sealed = 'x'",
    "update residents set iin_index = decode(repeat('00', 32), 'hex')",
    "update residents set unit_id = uuidv7()",
    "update residents set born_on = '1990-01-01'",
    "delete from residents",
    "update iin_reveals set reason = 'x'",
    "delete from iin_reveals",
    # What was told was told.
    "delete from outbox",
    "truncate outbox",
    "delete from inbox",
    # The rules stay.
    "alter table grants disable trigger grants_compatible",
    "drop trigger unit_history_append_only on unit_history",
    "alter table mandates drop constraint mandates_one_holder",
    "create or replace function keep_history() returns trigger language sql as 'select null'",
    "set session_replication_role = replica",
    "create table elsewhere (x int)",
    "create temporary table elsewhere (x int)",
]


@pytest.fixture
async def attacker(own_urls: Urls, committed_village: Village) -> AsyncIterator[asyncpg.Connection]:
    """The runtime role with nothing between it and the database."""
    connection = await asyncpg.connect(own_urls.plain_runtime)
    await fill(connection, committed_village)
    yield connection
    await connection.close()


async def fill(connection: asyncpg.Connection, village: Village) -> None:
    resident, account = uuid4(), uuid4()
    await connection.execute(
        "insert into residents values ($1, $2, $3, 'Сынақ', default, '1850-01-01', 'x', "
        "decode(repeat('01', 32), 'hex'), '5001******10', default, '2025-03-01', null, $3)",
        resident,
        village.place,
        account,
    )
    await connection.execute(
        "insert into iin_reveals (resident_id, account_id, reason) values ($1, $2, 'x')",
        resident,
        account,
    )
    post = await connection.fetchval(
        "insert into posts (unit_id, kind, name_kk, name_ru, name_en, valid, recorded_by) "
        "values ($1, 'akim', 'x', 'x', 'x', '[2025-02-01,)', $2) returning id",
        village.borankul,
        account,
    )
    await connection.execute(
        "insert into mandates (post_id, valid, kind, holder_name, act, recorded_by) "
        "values ($1, '[2025-03-01,)', 'elected', 'x', 'x', $2)",
        post,
        account,
    )


async def test_the_runtime_role_cannot_break_the_rules(attacker: asyncpg.Connection) -> None:
    succeeded = []
    for attack in FORBIDDEN:
        transaction = attacker.transaction()
        await transaction.start()
        try:
            touched = await attacker.execute(attack)
            succeeded.append(f"{attack}: {touched}")
        except asyncpg.PostgresError:
            pass
        finally:
            await transaction.rollback()

    assert succeeded == []


@pytest.mark.parametrize(
    ("attack", "constraint"),
    [
        ("insert into unit_versions (unit_id, valid, kato, kind, level, name_kk, name_ru, name_en, "
         "parent_id, path) select uuidv7(), valid, kato, kind, level, name_kk, name_ru, name_en, "
         "parent_id, path from unit_versions limit 1", None),
        ("update unit_versions set kato = '473639000' where kato = '473639100'",
         "unit_versions_one_unit_per_code"),
        ("update unit_versions set valid = daterange('2020-01-01', null) "
         "where kato = '473639100'; set constraints all immediate", "unit_versions_parent_fkey"),
        ("delete from unit_versions where kato = '473639000'; set constraints all immediate",
         "unit_versions_parent_fkey"),
        ("insert into grants (holder_id, role, unit_id, valid, basis, given_by) "
         "select holder_id, 'auditor', (select unit_id from known_units limit 1), "
         "valid, 'x', holder_id from grants limit 1", "grants_not_to_oneself"),
        ("insert into mandates (post_id, valid, kind, holder_name, act, recorded_by) "
         "select post_id, valid, kind, 'y', act, recorded_by from mandates", "mandates_one_holder"),
        ("update mandates set valid = daterange('2024-01-01', null)", "mandates_within_post"),
    ],
)  # fmt: skip
async def test_the_database_keeps_the_rules_itself(
    attacker: asyncpg.Connection, attack: str, constraint: str | None
) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with attacker.transaction():
            await attacker.execute(attack)

    assert constraint in (None, refused.value.constraint_name)


async def test_withdrawn_knowledge_stays_in_the_history(attacker: asyncpg.Connection) -> None:
    before = await attacker.fetchval("select count(*) from unit_history")

    await attacker.execute("delete from unit_versions where kato = '473633125'")

    assert await attacker.fetchval("select count(*) from unit_history") == before
    closed = await attacker.fetchval(
        "select count(*) from unit_history where kato = '473633125' and not upper_inf(known)"
    )
    assert closed == 1


async def test_the_migration_goes_back_and_forth(own_urls: Urls) -> None:
    await asyncio.to_thread(downgrade, "registry", own_urls.owner)
    connection = await asyncpg.connect(own_urls.plain_superuser)
    left = await connection.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace "
        "and relname not like 'alembic%' and relkind in ('r', 'v', 'S')"
    )
    await connection.close()
    await asyncio.to_thread(upgrade, "registry", own_urls.owner)

    assert left == []
