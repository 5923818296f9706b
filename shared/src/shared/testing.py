"""The pytest plugin: a real PostgreSQL and a real Kafka per run, a clean database per test.

A service's `conftest.py` gives `service` (its name) and `create_app`; this plugin gives

* `database`: everything a test commits becomes a savepoint and is gone after the test;
* `committed`: a database of the test's own, for races and processes, with real commits;
* `client`: HTTP to the service in this process, `as_account(…)`: the headers of a caller;
* `kafka`: the address of an Apache Kafka with the catalogue's topics.
"""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from launcher import kafka as embedded_kafka
from launcher import postgres as embedded_postgres
from shared import migrations
from shared.database import Database, Session, connect
from shared.messaging.topics import create_topics
from shared.tokens.internal import mint_internal_token
from shared.tokens.keys import PublicKeys, generate_signing_key, load_public_keys, load_signing_key

EXTENSIONS = ("btree_gist", "pg_trgm", "ltree", "unaccent")
CreateApp = Callable[[Database, PublicKeys, bytes], FastAPI]
CURSOR_KEY = b"only for tests"


@dataclass(frozen=True)
class Urls:
    """One database by three hands: its owner, the service's runtime role, the superuser."""

    owner: str
    runtime: str
    superuser: str

    @property
    def plain_runtime(self) -> str:
        """The runtime address as asyncpg itself writes it."""
        return self.runtime.replace("+asyncpg", "")

    @property
    def plain_superuser(self) -> str:
        """The superuser's address as asyncpg itself writes it."""
        return self.superuser.replace("+asyncpg", "")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data; a test that needs it skips where it is absent."""
    folder = Path(os.environ.get("ORTAQ_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the folder of real data (ORTAQ_DATA) is not on this machine")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[embedded_postgres.PostgresServer]:
    """A PostgreSQL 18 for this run; nothing is synced to disk, which no test here relies on.

    Its folder is not pytest's: a second run resets the rights of pytest's common folder, and the
    account that PostgreSQL runs under where the tests run as root could pass it no more.
    """
    unsafe = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    with tempfile.TemporaryDirectory(prefix="ortaq-test-") as folder:
        server = embedded_postgres.start(Path(folder), settings=unsafe)
        yield server
        server.stop(immediate=True)


@pytest.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of an Apache Kafka for this run, with the topics of the catalogue."""
    server = embedded_kafka.start(tmp_path_factory.mktemp("kafka"))
    await create_topics(server.address)
    yield server.address
    server.stop()


@pytest.fixture(scope="session")
def service() -> str:
    """The service under test; its `conftest.py` overrides this."""
    return ""


_prepared: dict[str, Urls] = {}


def _address(
    server: embedded_postgres.PostgresServer, database: str, role: str | None = None
) -> str:
    password = role and f"{role}-test"
    dsn = server.dsn(database, role, password) if role else server.dsn(database)
    return dsn.replace("postgresql://", "postgresql+asyncpg://")


async def prepare_database(server: embedded_postgres.PostgresServer, name: str) -> Urls:
    """Create a service's roles and database as the launcher does, and migrate it; once per run."""
    if name in _prepared:
        return _prepared[name]
    connection = await asyncpg.connect(server.dsn("postgres"))
    for role in (f"{name}_owner", name):
        await connection.execute(f"create role {role} login password '{role}-test'")
    await connection.execute(f"create database {name} owner {name}_owner")
    await connection.execute(f"revoke all on database {name} from public")
    await connection.execute(f"grant connect on database {name} to {name}")
    await connection.close()
    connection = await asyncpg.connect(server.dsn(name))
    for extension in EXTENSIONS:
        await connection.execute(f"create extension if not exists {extension}")
    await connection.execute(f"alter schema public owner to {name}_owner")
    await connection.execute(
        f"revoke create on schema public from public; grant usage on schema public to {name}"
    )
    await connection.close()
    urls = Urls(
        _address(server, name, f"{name}_owner"),
        _address(server, name, name),
        _address(server, name),
    )
    _prepared[name] = urls
    return urls


@pytest.fixture
async def urls(postgres: embedded_postgres.PostgresServer, service: str) -> Urls:
    """The addresses of the service's migrated database."""
    fresh = service not in _prepared
    found = await prepare_database(postgres, service)
    if fresh:
        await asyncio.to_thread(migrations.upgrade, service, found.owner)
    return found


@pytest.fixture
async def database(urls: Urls) -> AsyncIterator[Database]:
    """The service's database inside one outer transaction, which is rolled back after the test."""
    engine = create_async_engine(urls.runtime, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        outer = await connection.begin()
        sessions = async_sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        yield Database(engine, sessions, sessions)
        await outer.rollback()
    await engine.dispose()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[Session]:
    """A session to arrange with and to look at results; what it flushes the service sees."""
    async with database.sessions() as session:
        yield session


@pytest.fixture
async def own_urls(
    urls: Urls, postgres: embedded_postgres.PostgresServer, service: str
) -> AsyncIterator[Urls]:
    """The addresses of a copy of the migrated database that only this test uses."""
    del urls
    name = f"{service}_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    await connection.execute(f"create database {name} template {service} owner {service}_owner")
    await connection.execute(f"revoke all on database {name} from public")
    await connection.execute(f"grant connect on database {name} to {service}")
    yield Urls(
        _address(postgres, name, f"{service}_owner"),
        _address(postgres, name, service),
        _address(postgres, name),
    )
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.fixture
async def committed(own_urls: Urls) -> AsyncIterator[Database]:
    """A database of the test's own with real connections and real commits, for races."""
    found = connect(own_urls.runtime, pool_size=24)
    yield found
    await found.engine.dispose()


@dataclass(frozen=True)
class SigningKeys:
    """The gateway's internal keys as a test holds them."""

    private_path: Path
    public_path: Path
    public: PublicKeys


@pytest.fixture(scope="session")
def signing_keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    """A pair of internal keys for this run."""
    folder = tmp_path_factory.mktemp("keys")
    private, public = folder / "internal.jwk", folder / "internal-public.jwks"
    generate_signing_key(private, public)
    return SigningKeys(private, public, load_public_keys(public))


AsAccount = Callable[..., dict[str, str]]


@pytest.fixture
def as_account(signing_keys: SigningKeys, service: str) -> AsAccount:
    """Return the headers of a request by an account: `as_account(account_id, strong=True)`.

    `as_account(None)` is an anonymous visitor; a fresh idempotency key comes with every call.
    """
    key = load_signing_key(signing_keys.private_path)

    def headers(
        account_id: UUID | None, *, strong: bool = False, language: str = "en"
    ) -> dict[str, str]:
        now = datetime.now(UTC)
        token = mint_internal_token(
            key, service, account_id, now=now, acr="strong" if strong else None, auth_time=now
        )
        return {
            "Internal-Identity": token,
            "Idempotency-Key": str(uuid4()),
            "Accept-Language": language,
        }

    return headers


@pytest.fixture
async def client(
    database: Database, create_app: CreateApp, signing_keys: SigningKeys
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the service, inside the test's outer transaction."""
    app = create_app(database, signing_keys.public, CURSOR_KEY)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
async def racing_client(
    committed: Database, create_app: CreateApp, signing_keys: SigningKeys
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the service with real commits, for requests that race."""
    app = create_app(committed, signing_keys.public, CURSOR_KEY)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client
