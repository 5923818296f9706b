"""A real gateway process between raw sockets and an echoing upstream: the world outside it."""

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from shared.tokens.internal import InternalClaims, verify_internal_token
from shared.tokens.keys import generate_signing_key, load_public_keys, public_document

ISSUER = "https://id.example.kz"
AUDIENCE = "ortaq"
START_SECONDS = 15.0


def _load_hostile() -> Any:
    path = Path(__file__).parents[3] / "shared" / "tests" / "hostile_tokens.py"
    spec = importlib.util.spec_from_file_location("hostile_tokens", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile_tokens"] = module
    spec.loader.exec_module(module)
    return module


hostile = _load_hostile()


@dataclass
class Echo:
    """The services and the issuer as the gateway meets them: they echo and count."""

    port: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)
    key_fetches: int = 0
    is_ready: bool = True
    key_document: dict[str, Any] | None = None
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/jwks":
            self.key_fetches += 1
            whole = public_document(hostile.RSA, hostile.EC, hostile.EDWARDS)
            return web.json_response(self.key_document or whole)
        if request.path.endswith("/readyz"):
            return web.json_response({}, status=200 if self.is_ready else 503)
        if request.path.endswith("/openapi.json"):
            return web.json_response(self.documents[request.path.split("/")[1]])
        body = await request.content.read()
        self.seen.append(
            {
                "method": request.method,
                "target": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "lines": len(request.raw_headers),
                "body": body.decode("latin-1"),
            }
        )
        return web.json_response(
            {"echo": len(self.seen), "bytes": len(body)},
            headers={
                "X-Powered-By": "echo",
                "Set-Cookie": "a=b",
                "ETag": '"1"',
                "Location": request.query.get("to", "/v1/units/1"),
            },
        )


@dataclass
class Gateway:
    """The gateway under test: where it listens, what is behind it, how to get a token."""

    port: int
    echo: Echo
    public_file: Path
    process: asyncio.subprocess.Process

    def token(self, sub: str = "resident-1", **claims: Any) -> str:
        setting = hostile.Setting(ISSUER, AUDIENCE, datetime.now(UTC))
        token: str = hostile.a_token(setting, claims={"sub": sub, **claims})
        return token

    def told(self, index: int = -1, audience: str = "registry") -> InternalClaims:
        """What the last service was told about its caller."""
        token = self.echo.seen[index]["headers"]["internal-identity"]
        keys = load_public_keys(self.public_file)
        return verify_internal_token(token, keys, audience, datetime.now(UTC))


@dataclass(frozen=True)
class Answer:
    """One answer, read from the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def read_answer(reader: asyncio.StreamReader, *, is_head: bool = False) -> Answer | None:
    """Read one answer; None if the connection ends without one."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = b""
    if is_head or first.split()[1] in {"204", "304"}:
        pass
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    return Answer(int(first.split()[1]), headers, body)


async def exchange(port: int, octets: bytes, *, seconds: float = 15.0) -> Answer | None:
    """Send raw bytes on a connection of their own and read one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(octets)
        async with asyncio.timeout(seconds):
            return await read_answer(reader, is_head=octets.startswith(b"HEAD "))
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def ask(
    port: int,
    method: str,
    target: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Send one ordinary request."""
    lines = {"Host": f"127.0.0.1:{port}", "Connection": "close", **(headers or {})}
    if body:
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    answer = await exchange(port, f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
    assert answer is not None
    return answer


async def start_gateway(folder: Path, echo: Echo, **variables: str) -> Gateway:
    """Start a gateway process and wait until it answers."""
    private, public = folder / "gateway.jwk", folder / "gateway.jwks"
    generate_signing_key(private, public)
    port = free_port()
    base = f"http://127.0.0.1:{echo.port}"
    issuer = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": f"{base}/jwks"}
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "ORTAQ_PORT": str(port),
        "ORTAQ_INTERNAL_SIGNING_KEY_FILE": str(private),
        "ORTAQ_REGISTRY_URL": f"{base}/registry",
        "ORTAQ_BUDGET_URL": f"{base}/budget",
        "ORTAQ_PARTICIPATION_URL": f"{base}/participation",
        "ORTAQ_ISSUERS": json.dumps([issuer]),
        "ORTAQ_REQUESTS_PER_MINUTE": "100000",
        "ORTAQ_LOG_LEVEL": "WARNING",
        **variables,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.app", env=environment
    )
    async with asyncio.timeout(START_SECONDS):
        while not await _answers(port):
            assert process.returncode is None
            await asyncio.sleep(0.05)
    return Gateway(port, echo, public, process)


async def stop_gateway(gateway: Gateway) -> None:
    if gateway.process.returncode is None:
        gateway.process.send_signal(signal.SIGTERM)
    await gateway.process.wait()


async def _answers(port: int) -> bool:
    try:
        return (await ask(port, "GET", "/livez")).status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
async def echo() -> AsyncIterator[Echo]:
    echo = Echo()
    server = web.Server(echo.answer)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    echo.port = runner.addresses[0][1]
    yield echo
    await runner.cleanup()


@pytest.fixture(scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, echo: Echo) -> AsyncIterator[Gateway]:
    gateway = await start_gateway(tmp_path_factory.mktemp("gateway"), echo)
    yield gateway
    await stop_gateway(gateway)
