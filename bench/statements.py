"""The statements that our code sends, overheard, so that pgbench can send the same ones."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import event

from shared.database import Session, connect

Overheard = list[tuple[str, Sequence[Any]]]


def overhear(url: str, work: Callable[[Session], Awaitable[Any]]) -> Overheard:
    """Return the statements of a piece of work with their values, and undo what it did."""
    return asyncio.run(_overhear(url, work))


def as_script(
    statement: str, values: Sequence[Any], variables: Mapping[int, str] | None = None
) -> str:
    """Return a statement as pgbench takes it: values written out, or left to pgbench's variables.

    `variables` names, by place from 1, what stands instead of a value.
    """

    def fill(found: re.Match[str]) -> str:
        place = int(found[1])
        named = (variables or {}).get(place)
        return named if named is not None else _literal(values[place - 1])

    return re.sub(r"\$(\d+)", fill, statement).strip() + ";\n"


async def _overhear(url: str, work: Callable[[Session], Awaitable[Any]]) -> Overheard:
    database, heard = connect(url, pool_size=1), Overheard()

    def listen(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        heard.append((statement, tuple(values)))

    try:
        async with database.sessions() as session:
            # What a connection asks when it is new is none of the work.
            await session.connection()
            event.listen(database.engine.sync_engine, "before_cursor_execute", listen)
            await work(session)
            await session.rollback()
    finally:
        await database.engine.dispose()
    return heard


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"array[{', '.join(_literal(one) for one in value)}]"
    if isinstance(value, date | datetime):
        value = value.isoformat()
    return "'" + str(value).replace("'", "''") + "'"
