"""What `ortaq` can do with acts and ledgers: read a file of acts, prove a budget's chain."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import click

from budget.domain.act_files import ActRow, UnreadableActs, read_acts
from budget.domain.chain import first_broken

ADDRESS = "http://127.0.0.1:8000"
MOST_BYTES = 20_000_000
BATCH = 500
TOKEN_VARIABLE = "ORTAQ_TOKEN"  # noqa: S105 - the name of a variable, not a token

url_option = click.option("--url", default=ADDRESS, show_default=True, help="The gateway.")
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@click.command("import-acts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only read the file; no running system is needed.")
@url_option
@json_option
def import_acts(file: Path, dry_run: bool, url: str, as_json: bool) -> None:
    """Register the acts of a CSV FILE as published, naming the figures that disagree.

    The access token of an accountant is read from the variable ORTAQ_TOKEN.
    """
    rows = _read(file)
    added = 0 if dry_run else asyncio.run(_send(rows, url))
    found = [
        {"line": row.line, "document": row.fields["number"], **asdict(one)}
        for row in rows
        for one in row.disagreements
    ]
    if as_json:
        click.echo(json.dumps({"acts": len(rows), "added": added, "disagreements": found}))
        return
    click.echo(f"{len(rows)} acts read" + ("" if dry_run else f", {added} of them new"))
    for one in found:
        click.echo(
            f"line {one['line']}, {one['document']}: {one['name']} is published as "
            f"{one['published_tiyn']} tiyn, its parts give {one['computed_tiyn']}"
        )


def _read(file: Path) -> list[ActRow]:
    if file.stat().st_size > MOST_BYTES:
        raise click.ClickException(f"{file.name}: larger than {MOST_BYTES} bytes")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(read_acts(lines))
    except UnreadableActs as fault:
        raise click.ClickException(f"{file.name}, {fault}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name}: not UTF-8") from None


async def _send(rows: Sequence[ActRow], url: str) -> int:
    added = 0
    async with aiohttp.ClientSession(url, headers=_headers()) as client:
        for start in range(0, len(rows), BATCH):
            acts = [row.fields for row in rows[start : start + BATCH]]
            key = hashlib.sha256(json.dumps(acts, sort_keys=True).encode()).hexdigest()
            sent = client.post(
                "/v1/acts/batches", json={"acts": acts}, headers={"Idempotency-Key": key}
            )
            answer = await _answer(sent)
            added += sum(one["id"] is not None for one in answer["items"])
    return added


@click.command("verify-ledger")
@click.argument("budget_id", type=click.UUID)
@url_option
@json_option
def verify_ledger(budget_id: Any, url: str, as_json: bool) -> None:
    """Recompute the chain of a budget's entries here, trusting no server.

    The access token of somebody who may read the ledger is read from the variable ORTAQ_TOKEN.
    """
    entries = asyncio.run(_entries(str(budget_id), url))
    broken = first_broken(entries)
    head = entries[-1]["hash"] if entries else None
    verdict = {"entries": len(entries), "head_hash": head, "first_broken": broken and broken["id"]}
    if as_json:
        click.echo(json.dumps(verdict))
    elif broken is None:
        click.echo(f"{len(entries)} entries, each as it was sealed; head {head}")
    if broken is not None:
        number = broken["sequence"]
        raise click.ClickException(f"entry {broken['id']} (number {number}) is not as sealed")


async def _entries(budget_id: str, url: str) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession(url, headers=_headers()) as client:
        return [entry async for entry in _pages(client, budget_id)]


async def _pages(client: aiohttp.ClientSession, budget_id: str) -> AsyncIterator[dict[str, Any]]:
    query = {"budget_id": budget_id, "limit": "200"}
    while True:
        page = await _answer(client.get("/v1/entries", params=query))
        for entry in page["items"]:
            yield entry
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def _headers() -> dict[str, str]:
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise click.ClickException(f"the variable {TOKEN_VARIABLE} holds no access token")
    return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}


async def _answer(call: Any) -> Any:
    try:
        async with call as response:
            answer = await response.json(content_type=None)
            if response.ok:
                return answer
            raise click.ClickException(f"{response.status}: {answer.get('detail', answer)}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise click.ClickException(f"no answer: {error}") from None
