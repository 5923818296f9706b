"""The one door to the database: engine, sessions and the transaction of a request."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

Session = AsyncSession
Sessions = async_sessionmaker[AsyncSession]
Connection = AsyncConnection


@dataclass(frozen=True)
class Database:
    """A service's database: `sessions` to change it, `readings` to read single statements."""

    engine: AsyncEngine
    sessions: Sessions
    readings: Sessions


def connect(url: str, *, pool_size: int = 8) -> Database:
    """Return the database at `url` (postgresql+asyncpg://…); connections open when first needed.

    A reading runs each statement by itself, which saves BEGIN and ROLLBACK, two of three round
    trips; what must be read together is read in one statement or in a transaction.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        # A failed statement is logged; names, numbers and choices in it are not.
        hide_parameters=True,
        connect_args={"timeout": 5, "command_timeout": 30},
    )
    reading_engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    return Database(
        engine,
        async_sessionmaker(engine, expire_on_commit=False),
        async_sessionmaker(reading_engine, expire_on_commit=False),
    )


async def open_transaction(request: Request) -> AsyncIterator[Session]:
    """Give a request its transaction: commit when the route returns, roll back when it raises."""
    database: Database = request.app.state.database
    async with database.sessions.begin() as session:
        request.state.transaction = session
        yield session


async def open_reading(request: Request) -> AsyncIterator[Session]:
    """Give a request a session whose statements stand alone and change nothing."""
    database: Database = request.app.state.database
    async with database.readings() as session:
        yield session


# scope="function" commits before the response leaves; FastAPI's default would commit after it,
# and a client could read 201 for a row that never came to be.
Transaction = Annotated[Session, Depends(open_transaction, scope="function")]
Reading = Annotated[Session, Depends(open_reading, scope="function")]
