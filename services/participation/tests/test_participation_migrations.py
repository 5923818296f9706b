"""The schema goes up, down to nothing, and up again; and what the code relies on in it exists."""

import asyncio

import asyncpg

from participation import app
from shared import migrations
from shared.errors import BY_CONSTRAINT
from shared.testing import Urls


async def objects(url: str) -> list[str]:
    """What stands in the schema, extensions' own objects left out."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        """select relname as name from pg_class where relnamespace = 'public'::regnamespace
           and relkind in ('r', 'S', 'v') and relname <> 'alembic_version'
           union all
           select proname from pg_proc p where pronamespace = 'public'::regnamespace
           and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
           order by 1"""
    )
    await connection.close()
    return [row["name"] for row in rows]


async def test_the_schema_goes_down_to_nothing_and_up_again(own_urls: Urls) -> None:
    before = await objects(own_urls.plain_superuser)

    await asyncio.to_thread(migrations.downgrade, "participation", own_urls.owner)
    nothing = await objects(own_urls.plain_superuser)
    await asyncio.to_thread(migrations.upgrade, "participation", own_urls.owner)

    assert nothing == []
    assert await objects(own_urls.plain_superuser) == before


async def test_every_constraint_that_a_refusal_speaks_for_exists(own_urls: Urls) -> None:
    connection = await asyncpg.connect(own_urls.plain_superuser)
    known = await connection.fetchval(
        """select string_agg(conname, ' ') || ' ' || (
               select string_agg(prosrc, ' ') from pg_proc
               where pronamespace = 'public'::regnamespace and prolang <> 13)
           from pg_constraint"""
    )
    await connection.close()
    ours = [
        name
        for name, refusal in BY_CONSTRAINT.items()
        if refusal.__module__.startswith("participation.")
    ]

    assert app.ROUTES
    assert len(ours) > 10
    assert [name for name in ours if name not in known] == []
