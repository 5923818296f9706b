"""The statements of our requests, overheard, so that pgbench can send the same ones.

What pgbench sends is never written by hand: it would soon be what the code used to ask.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import event

from shared.database import Database, connect

CreateApp = Callable[[Database], FastAPI]


@dataclass(frozen=True)
class Statement:
    """A statement with its values; BEGIN and COMMIT have none."""

    sql: str
    values: Sequence[Any] = ()


@dataclass(frozen=True)
class Request:
    """A request to overhear."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None = None


def overhear(url: str, create_app: CreateApp, requests: Sequence[Request]) -> list[list[Statement]]:
    """Return what each request makes the service send to its database at `url`."""
    return asyncio.run(_overhear(url, create_app, requests))


def as_script(heard: Sequence[Statement], instead: Mapping[str, str] | None = None) -> str:
    """Return statements as pgbench takes them, their values written out.

    `instead` names expressions that stand for values which must be new each time.
    """
    return "".join(_written(statement, instead or {}) for statement in heard)


async def _overhear(
    url: str, create_app: CreateApp, requests: Sequence[Request]
) -> list[list[Statement]]:
    database = connect(url, pool_size=1)
    try:
        transport = httpx.ASGITransport(app=create_app(database))
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            # A new connection asks for more than a request does, and so does a first request.
            await _send(client, requests[0])
            heard = _listen(database)
            found = []
            for request in requests[1:]:
                heard.clear()
                await _send(client, request)
                found.append(list(heard))
    finally:
        await database.engine.dispose()
    return found


async def _send(client: httpx.AsyncClient, request: Request) -> None:
    answer = await client.request(
        request.method, request.path, headers=dict(request.headers), json=request.body
    )
    answer.raise_for_status()


def _listen(database: Database) -> list[Statement]:
    heard: list[Statement] = []

    def on_statement(_: Any, __: Any, sql: str, values: Any, *___: Any) -> None:
        heard.append(Statement(sql.strip(), tuple(values)))

    def on_border(word: str) -> Callable[[Any], None]:
        def hear(connection: Any) -> None:
            if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
                heard.append(Statement(word))

        return hear

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", on_statement)
    event.listen(engine, "begin", on_border("begin"))
    event.listen(engine, "commit", on_border("commit"))
    return heard


def _written(statement: Statement, instead: Mapping[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        value = statement.values[int(found[1]) - 1]
        return instead.get(str(value)) or _literal(value)

    return re.sub(r"\$(\d+)", fill, statement.sql) + ";\n"


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"array[{', '.join(_literal(one) for one in value)}]"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, date):
        value = value.isoformat()
    return "'" + str(value).replace("'", "''") + "'"
