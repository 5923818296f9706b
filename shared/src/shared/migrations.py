"""Schema changes: the body of every service's Alembic environment, and the command that runs them.

The schema is written as SQL: its constraints, triggers and grants are the rules that the database
keeps, and no mapping of classes would show them.

`python -m shared.migrations upgrade <service>` with `ORTAQ_DATABASE_URL` of the owner role. The
runtime role of a service is named after it and gets what migrations grant, nothing else.
"""

import asyncio
import os
import re
import sys
from importlib.resources import files
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

LOCK_TIMEOUT_SECONDS = 4
"""A migration that cannot get its lock fails, rather than stall everybody who queues behind it."""


def configuration(service: str, url: str = "") -> Config:
    """Return Alembic's configuration for the migrations inside package `service`."""
    config = Config()
    config.set_main_option("script_location", f"{service}:migrations")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(service: str, url: str, revision: str = "head") -> None:
    """Bring a service's database to `revision`."""
    command.upgrade(configuration(service, url), revision)


def downgrade(service: str, url: str, revision: str = "base") -> None:
    """Take a service's database back to `revision`."""
    command.downgrade(configuration(service, url), revision)


def run_migrations() -> None:
    """Run what Alembic asks for; called from each service's `migrations/env.py`."""
    asyncio.run(_run(context.config.attributes["url"]))


async def _run(url: str) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run_in)
        await connection.commit()
    await engine.dispose()


def _run_in(connection: Connection) -> None:
    connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


def run_sql(package: str, *path: str, **values: str) -> None:
    """Run a packaged SQL file inside a migration, with `{name}` placeholders filled in."""
    script = files(package).joinpath(*path).read_text(encoding="utf-8")
    for name, value in values.items():
        script = script.replace("{" + name + "}", value)
    for statement in split_statements(script):
        op.get_bind().exec_driver_sql(statement)


def split_statements(script: str) -> list[str]:
    """Return the single statements of a SQL script; dollar-quoted bodies stay whole."""
    parts = re.split(r"(\$[a-z_]*\$.*?\$[a-z_]*\$)", script, flags=re.DOTALL)
    statements, current = [], ""
    for index, part in enumerate(parts):
        if index % 2:
            current += part
            continue
        plain = re.sub(r"--[^\n]*", "", part)
        *complete, rest = plain.split(";")
        for statement in complete:
            statements.append((current + statement).strip())
            current = ""
        current += rest
    return [statement for statement in [*statements, current.strip()] if statement]


def create_messaging(role: str) -> None:
    """Create outbox, inbox, dead letters and idempotency keys, for the runtime role `role`."""
    run_sql("shared", "messaging", "tables.sql")
    run_sql("shared", "messaging", "grants.sql", role=role)
    run_sql("shared", "idempotency.sql")
    op.execute(f"grant select, insert, update on idempotency_keys to {role}")


def create_territory(role: str) -> None:
    """Create the copies of units and grants, for the runtime role `role`."""
    run_sql("shared", "territory.sql")
    op.execute(f"grant select, insert, update on known_units, known_grants to {role}")


def main(arguments: list[str]) -> int:
    """Run `upgrade SERVICE` or `revision SERVICE MESSAGE`."""
    match arguments:
        case ["upgrade", service]:
            upgrade(service, os.environ["ORTAQ_DATABASE_URL"])
        case ["revision", service, message]:
            where = Path(str(files(service))) / "migrations" / "versions"
            number = f"{len(list(where.glob('[0-9]*.py'))) + 1:04d}"
            command.revision(
                configuration(service, os.environ["ORTAQ_DATABASE_URL"]), message, rev_id=number
            )
        case _:
            sys.stderr.write(
                "usage: python -m shared.migrations upgrade SERVICE | revision SERVICE MESSAGE\n"
            )
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
