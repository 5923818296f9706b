"""Servers and processes of the reliability tests, and the faults that befall them."""

import asyncio
import contextlib
import random
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition
from reliability_checker import Verdict, Version, count_missing, judge
from reliability_parts import SOURCE_TABLES, TARGET_TABLES, Stage, VersionReached, advance

from launcher import kafka as embedded_kafka
from launcher import postgres as embedded_postgres
from launcher import processes
from shared.contracts.catalogue import Topic
from shared.database import Sessions, connect
from shared.messaging.kafka import end_offsets
from shared.messaging.topics import create_topics

PARTITIONS = 3
FREEZE_SECONDS = 2.0


@dataclass
class Servers:
    """A PostgreSQL that syncs to disk and a Kafka, both of which may be killed."""

    folder: Path
    postgres: embedded_postgres.PostgresServer
    kafka: embedded_kafka.KafkaServer

    def restart_kafka(self) -> None:
        """Kill the broker and start it on its log again."""
        self.kafka.kill()
        self.kafka = embedded_kafka.start(self.kafka.directory, self.kafka.port)

    async def bring_kafka_back(self) -> None:
        """Start a killed broker on its log again."""
        await asyncio.to_thread(self.restart_kafka)

    def restart_postgres(self) -> None:
        """Stop PostgreSQL as a power cut would, and let it recover."""
        self.postgres.stop(immediate=True)
        self.postgres = embedded_postgres.start(self.postgres.directory, self.postgres.port)

    def stop(self) -> None:
        """End both; nobody needs their data any more."""
        self.kafka.kill()
        self.postgres.stop(immediate=True)


def start_servers(folder: Path) -> Servers:
    """Start both servers with the settings of a running system."""
    postgres = embedded_postgres.start(folder / "postgres")
    return Servers(folder, postgres, embedded_kafka.start(folder / "kafka"))


async def set_stage(servers: Servers, *, aggregates: int, seed: int = 0) -> Stage:
    """Make two databases and a topic that nobody has used before."""
    name = f"stage_{secrets.token_hex(4)}"
    messages = (files("shared") / "messaging" / "tables.sql").read_text("utf-8")
    addresses = []
    for role, tables in (("source", SOURCE_TABLES), ("target", TARGET_TABLES)):
        admin = await asyncpg.connect(servers.postgres.dsn("postgres"))
        await admin.execute(f"create database {name}_{role}")
        await admin.close()
        addresses.append(servers.postgres.dsn(f"{name}_{role}"))
        connection = await asyncpg.connect(addresses[-1])
        await connection.execute(messages)
        await connection.execute(tables)
        await connection.close()
    chance = random.Random(seed)  # noqa: S311 - no secret
    VersionReached.topic = f"{name}.v1"
    await create_topics(servers.kafka.address, topics=[Topic(VersionReached.topic, PARTITIONS, {})])
    return Stage(
        source=addresses[0],
        target=addresses[1],
        kafka=servers.kafka.address,
        topic=VersionReached.topic,
        acknowledged=str(servers.folder / f"{name}.acknowledged"),
        aggregates=[str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(aggregates)],
        seed=seed,
    )


@dataclass
class Child:
    """One part in a process of its own."""

    part: str
    stage: Stage
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> Path:
        """Where its output goes, and that of those before it."""
        return log_of(self.stage, self.part)

    def kill(self) -> None:
        """kill -9; it does nothing to one that has ended."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Start the part anew."""
        self.process = launch(self.part, self.stage)


def log_of(stage: Stage, part: str) -> Path:
    """Return the log file of a part."""
    return Path(stage.acknowledged).with_suffix(f".{part.replace(' ', '-')}.log")


def launch(part: str, stage: Stage) -> subprocess.Popen[bytes]:
    """Start a part's process."""
    script = Path(__file__).with_name("reliability_parts.py")
    return processes.start(
        [sys.executable, script, part], log_of(stage, part), environment=stage.write()
    )


@contextlib.asynccontextmanager
async def locked(address: str, table: str) -> AsyncIterator[None]:
    """Let nobody write to a table: a process stops there, and can be killed at that very point."""
    connection = await asyncpg.connect(address)
    await connection.execute("begin")
    await connection.execute(f"lock table {table} in share row exclusive mode")
    try:
        yield
    finally:
        await connection.close()


async def blocked(address: str, *, within_seconds: float = 20) -> None:
    """Wait until a process stands before a locked table; writers wait for each other's rows."""
    waiting = (
        "select exists (select from pg_locks where not granted and locktype = 'relation'"
        " and database = (select oid from pg_database where datname = current_database()))"
    )
    await seen(address, waiting, True, within_seconds=within_seconds)


async def seen(address: str, query: str, wanted: Any, *, within_seconds: float = 20) -> None:
    """Wait until a query answers as wanted."""
    connection = await asyncpg.connect(address)
    try:
        async with asyncio.timeout(within_seconds):
            while await connection.fetchval(query) != wanted:  # noqa: ASYNC110 - it is elsewhere
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def change(address: str, *statements: str) -> None:
    """Run statements, in one transaction."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute("; ".join(statements))
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def writing(stage: Stage) -> AsyncIterator[Sessions]:
    """Open the source as a writer does."""
    database = connect(stage.source.replace("postgresql:", "postgresql+asyncpg:"))
    try:
        yield database.sessions
    finally:
        await database.engine.dispose()


async def write(stage: Stage, *, rounds: int) -> None:
    """Advance every aggregate once in each round."""
    async with writing(stage) as sessions, sessions.begin() as session:
        for _ in range(rounds):
            for aggregate_id in stage.aggregates:
                await advance(session, aggregate_id)


@contextlib.asynccontextmanager
async def running(stage: Stage, *parts: str) -> AsyncIterator[list[Child]]:
    """Run parts, and leave none behind."""
    children = [Child(part, stage, launch(part, stage)) for part in parts]
    try:
        yield children
    finally:
        for child in children:
            child.kill()


async def end(child: Child, *, within_seconds: float = 15) -> int:
    """Ask a process to end (SIGTERM) and return its exit status."""
    child.process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(child.process.wait, within_seconds)


async def died(child: Child, *, within_seconds: float = 20) -> None:
    """Wait until a process has ended by itself."""
    await asyncio.to_thread(child.process.wait, within_seconds)


async def settled(stage: Stage, *, left: int = 0, within_seconds: float = 30) -> float:
    """Wait until all committed events but `left` have their effect, or the time is over.

    Returns the seconds it took.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    while await count_missing(stage.source, stage.target) > left:
        if clock() - began > within_seconds:
            break
        await asyncio.sleep(0.1)
    return clock() - began


async def pass_verdict(stage: Stage) -> Verdict:
    """Judge a stage."""
    return await judge(stage.source, stage.target, read_acknowledged(stage))


def read_acknowledged(stage: Stage) -> list[Version]:
    """Return the versions that writers were told are stored."""
    notes = Path(stage.acknowledged)
    lines = notes.read_text("utf-8").splitlines() if notes.exists() else []
    return [(subject, int(version)) for subject, version in map(str.split, lines)]


async def count_records(stage: Stage) -> int:
    """Return how many records lie in the topic, repeated ones included."""
    places = [TopicPartition(stage.topic, number) for number in range(PARTITIONS)]
    return sum((await end_offsets(stage.kafka, places)).values())


FAULTS = {
    "kill relay": 9,
    "cut relay": 3,
    "kill consumer": 11,
    "kill writer": 4,
    "freeze relay": 3,
    "freeze consumer": 3,
    "kill broker": 4,
    "stop PostgreSQL": 4,
}
"""How often each fault comes in one run."""


@dataclass(frozen=True)
class Fault:
    """What happens, how long after the fault before, and which of several it hits."""

    pause_seconds: float
    kind: str
    pick: float


def plan_faults(seed: int) -> list[Fault]:
    """Return the schedule that belongs to a seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    kinds = [kind for kind, count in FAULTS.items() for _ in range(count)]
    chance.shuffle(kinds)
    return [Fault(chance.uniform(0.3, 1.2), kind, chance.random()) for kind in kinds]


@dataclass
class Chaos:
    """A schedule of faults at work on a system."""

    servers: Servers
    children: Sequence[Child]
    under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    unasked: list[str] = field(default_factory=list)
    """Parts that ended although nobody killed them."""

    async def play(self, faults: Sequence[Fault]) -> None:
        """Let the faults come one after another, and wait until all that can has come back."""
        for fault in faults:
            await asyncio.sleep(fault.pause_seconds)
            await self.strike(fault)
            self.done[fault.kind] += 1
        await asyncio.gather(*self.under_way.values())
        self.raise_the_dead()

    async def strike(self, fault: Fault) -> None:
        """Do one fault; what takes time goes on while the next ones come."""
        self.raise_the_dead()
        verb, victim = fault.kind.split()
        if victim in ("broker", "PostgreSQL"):
            restart = self.servers.restart_kafka
            if victim == "PostgreSQL":
                restart = self.servers.restart_postgres
            await self._begin(victim, lambda: asyncio.to_thread(restart))
            return
        candidates = [child for child in self.children if child.part == victim]
        child = candidates[int(fault.pick * len(candidates))]
        if verb == "cut":
            await cut(candidates)
        elif verb == "freeze":
            await self._begin(f"{id(child)}", lambda: freeze(child))
        else:
            child.kill()
            child.start_again()

    async def _begin(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        if name in self.under_way:
            await self.under_way[name]

        async def run() -> None:
            await act()

        self.under_way[name] = asyncio.create_task(run())

    def raise_the_dead(self) -> None:
        """Start again what ended without having been asked to."""
        for child in self.children:
            if child.process.poll() is not None:
                self.unasked.append(f"{child.part} ({child.process.returncode}): {child.log}")
                child.start_again()


async def cut(relays: Sequence[Child]) -> None:
    """Kill the relays where it hurts most: after a batch is sent and before it is marked."""
    # A database or broker that is away is a fault of its own; they are killed all the same.
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with locked(relays[0].stage.source, "relay_partitions"):
            await blocked(relays[0].stage.source, within_seconds=3)
            for relay in relays:
                relay.kill()
    for relay in relays:
        relay.kill()
        relay.start_again()


async def freeze(child: Child) -> None:
    """Hold a process still, then let it go on without knowing of it."""
    process = child.process
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(FREEZE_SECONDS)
    process.send_signal(signal.SIGCONT)
