"""The background half of a service: its relay, its consumer and its clock, until told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from shared.database import Sessions, connect
from shared.logs import logger, write_logs
from shared.messaging.consumer import run_consumer
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import BROKER_FAULTS
from shared.messaging.lease import Lease, LeaseLost, NoSlotFree
from shared.messaging.relay import pause, run_relay
from shared.settings import ServiceSettings

LONGEST_PAUSE_SECONDS = 5.0
TICK_SECONDS = 1.0
FAULTS = (
    *BROKER_FAULTS,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    SQLAlchemyError,
    LeaseLost,
    NoSlotFree,
)

Tick = Callable[[Sessions], Awaitable[None]]
"""What the passing of time alone decides; opens its own transactions, a second after the last."""


def work(
    service: str, handlers: Handlers, settings: ServiceSettings, tick: Tick | None = None
) -> None:
    """Relay the service's events, handle those of others and tick, until SIGTERM or SIGINT."""
    write_logs(settings.log_level)
    asyncio.run(_work(service, handlers, settings, tick))


async def _work(
    service: str, handlers: Handlers, settings: ServiceSettings, tick: Tick | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    url = settings.database_url.get_secret_value()
    plain_url = url.replace("postgresql+asyncpg://", "postgresql://")
    database = connect(url, pool_size=2)

    async def relay() -> None:
        await run_relay(f"/{service}", plain_url, settings.kafka, stop)

    async def consume() -> None:
        async with Lease(plain_url) as lease:
            await run_consumer(
                f"{service}.main", handlers, database.sessions, settings.kafka, lease, stop
            )

    async def run_clock() -> None:
        while tick and not stop.is_set():
            await tick(database.sessions)
            await pause(stop, TICK_SECONDS)

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_going("relay", relay, stop))
            if handlers:
                tasks.create_task(keep_going("consumer", consume, stop))
            if tick:
                tasks.create_task(keep_going("clock", run_clock, stop))
    finally:
        await database.engine.dispose()


async def keep_going(name: str, run: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run `run` again, after growing pauses, whenever a broker or database fault ends it."""
    pause_seconds = 0.2
    while not stop.is_set():
        try:
            await run()
            pause_seconds = 0.2
        except FAULTS as error:
            logger.warning("interrupted", extra={"part": name, "reason": repr(error)[:300]})
            await pause(stop, pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
