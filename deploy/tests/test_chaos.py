"""kill -9 of every part while residents vote and money comes in: nothing lost, nothing doubled."""

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from chaos_judge import Acknowledged, judge_ballots, judge_copies, judge_events, judge_ledger
from rich.console import Console

from demo.api import Api
from demo.money import free_year
from demo.telling import Story
from demo.village import Village, settle
from launcher.background import Ortaq
from launcher.cluster import superuser_password
from launcher.plan import SERVICES
from launcher.runs import RunFolder, live_processes

pytestmark = [pytest.mark.timeout(420), pytest.mark.slow]

SEED = int(os.environ.get("CHAOS_SEED", "20261125"))
RESIDENTS = 60
VOTE_EVERY_SECONDS = 0.5
ROUNDS = 2
"""How often each part is killed while votes and money come in."""
PARTS = (
    "registry.app",
    "registry.worker",
    "participation.app",
    "participation.worker",
    "budget.app",
    "budget.worker",
    "gateway.app",
    "kafka",
    "postgres",
)
PATIENCE_SECONDS = 90


@pytest.fixture(scope="module")
def folder(platform: RunFolder) -> RunFolder:
    return platform


@pytest.fixture(scope="module")
def api(folder: RunFolder) -> Iterator[Api]:
    limits = httpx.Limits(max_connections=12)
    with httpx.Client(base_url=Ortaq(folder).gateway, timeout=20, limits=limits) as client:
        yield Api(client)


def dsns(folder: RunFolder) -> dict[str, str]:
    port = folder.read_state().ports["postgres"]
    password = superuser_password(folder.postgres)
    return {name: f"postgresql://postgres:{password}@127.0.0.1:{port}/{name}" for name in SERVICES}


def insist(api: Api, person: str, path: str, body: dict[str, object]) -> int:
    """Post until answered for good, always with the same key, as a careful client does."""
    key = str(uuid4())
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            headers = api.headers(person) | {"Idempotency-Key": key}
            answer = api.client.post(path, json=body, headers=headers)
            if answer.status_code < 500 and answer.status_code not in {404, 429}:
                return answer.status_code
            said = f"{answer.status_code} {answer.text[:200]}"
        except (httpx.HTTPError, ValueError, KeyError, AssertionError, RuntimeError) as error:
            said = repr(error)
        except Exception as error:
            said = repr(error)
        assert time.monotonic() < deadline, f"{path} was never answered: {said}"
        time.sleep(0.2)


def settled(
    judge: Callable[[], Awaitable[list[str]]], seconds: float = PATIENCE_SECONDS
) -> list[str]:
    """Return what is still wrong after the system has had time to recover."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            wrong = asyncio.run(judge())  # type: ignore[arg-type]
        except OSError as error:
            wrong = [repr(error)]
        if not wrong or time.monotonic() > deadline:
            return wrong
        time.sleep(1)


@pytest.fixture(scope="module")
def village(api: Api) -> Village:
    quiet = Story(Console(quiet=True))
    return settle(api, quiet, "473639000", residents=RESIDENTS)


@pytest.fixture(scope="module")
def budget(api: Api, village: Village) -> tuple[str, str, int]:
    """An approved budget with one revenue line: its id, the line's and the year."""
    year = free_year(api, village)
    draft = {"unit_id": village.unit_id, "fiscal_year": year}
    budget_id = api.post_soon("accountant", "/v1/budgets", draft)["id"]
    ids = {}
    for kind, code in (("taxes", "104102"), ("expenditure", "124.001")):
        line = {
            "budget_id": budget_id,
            "kind": kind,
            "code": code,
            "name_kk": "а",
            "name_ru": "а",
            "name_en": "a",
            "amount_tiyn": 1_000_000,
        }
        ids[kind] = api.post("accountant", "/v1/budget-lines", line)["id"]
    path = f"/v1/budgets/{budget_id}"
    api.post("akim", f"{path}/submissions")
    api.post(
        "assembly-1",
        f"{path}/agreements",
        {"minutes_number": "1", "agreed_on": f"{year - 1}-12-10"},
    )
    api.post(
        "deputy",
        f"{path}/approvals",
        {
            "decision_number": "1",
            "decided_on": f"{year - 1}-12-20",
            "effective_from": f"{year}-01-01",
        },
    )
    return budget_id, ids["taxes"], year


@pytest.fixture(scope="module")
def voting(api: Api, village: Village, budget: tuple[str, str, int]) -> tuple[str, list[str]]:
    """A round that is open for a while: its id and its projects."""
    proposals = []
    for number in (1, 2):
        title = {
            "kk": f"Ұсыныс {number}",
            "ru": f"Предложение {number}",
            "en": f"Proposal {number}",
        }
        proposal = {"unit_id": village.unit_id, "title": title, "text": "Керек."}
        proposal_id = api.post_soon(f"resident-{number}", "/v1/proposals", proposal)["id"]
        for supporter in range(3, 12):
            api.post(f"resident-{supporter}", f"/v1/proposals/{proposal_id}/supports")
        api.post_soon(
            "akim", f"/v1/proposals/{proposal_id}/costings", {"cost_tiyn": 100_000, "basis": "b"}
        )
        proposals.append(proposal_id)
    now = datetime.now(UTC)
    instants = {
        name: (now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
        for name, seconds in (("opens_at", 4), ("closes_at", 600))
    }
    draft = {
        "unit_id": village.unit_id,
        "title": {"kk": "а", "ru": "а", "en": "a"},
        "fiscal_year": budget[2],
        "budget_tiyn": 100_000,
        "most_projects": 2,
        "eligible_on": now.date().isoformat(),
        **instants,
    }
    round_id = api.post("akim", "/v1/rounds", draft)["id"]
    projects = [
        api.post("akim", f"/v1/rounds/{round_id}/projects", {"proposal_id": one})["id"]
        for one in proposals
    ]
    api.post("assembly-1", f"/v1/rounds/{round_id}/confirmations")
    api.until("", f"/v1/rounds/{round_id}", lambda one: one["phase"] == "voting")
    return round_id, projects


class Faults(threading.Thread):
    """Kills one part after the other, each so many times, by a seeded schedule."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.killed: list[str] = []

    def run(self) -> None:
        choice = random.Random(SEED)  # noqa: S311 - a schedule, not a secret
        for name in [part for _ in range(ROUNDS) for part in choice.sample(PARTS, len(PARTS))]:
            time.sleep(choice.uniform(0.5, 2.0))
            while (running := live_processes(self.folder.read_state()).get(name)) is None:
                time.sleep(0.1)  # still being started again
            os.kill(running.mark.pid, signal.SIGKILL)
            self.killed.append(name)


def test_nothing_is_lost_or_doubled_while_every_part_is_killed(
    folder: RunFolder,
    api: Api,
    village: Village,
    budget: tuple[str, str, int],
    voting: tuple[str, list[str]],
) -> None:
    budget_id, line_id, year = budget
    round_id, projects = voting
    faults = Faults(folder)
    faults.start()

    def vote(number: int) -> int:
        time.sleep(number * VOTE_EVERY_SECONDS)
        body = {"project_ids": [projects[number % 2]]}
        return insist(api, f"resident-{number}", f"/v1/rounds/{round_id}/ballots", body)

    def receive(writer: int) -> list[str]:
        """Take money in for as long as parts are being killed."""
        numbers: list[str] = []
        while faults.is_alive():
            body = {
                "line_id": line_id,
                "number": f"KILL-{writer}-{len(numbers):05d}",
                "amount_tiyn": 100 + len(numbers),
                "received_on": f"{year}-03-01",
            }
            path = f"/v1/budgets/{budget_id}/receipts"
            assert insist(api, "accountant", path, body) == 201
            numbers.append(str(body["number"]))
            time.sleep(0.05)
        return numbers

    with ThreadPoolExecutor(RESIDENTS + 2) as pool:
        ballots = [pool.submit(vote, number) for number in range(1, RESIDENTS + 1)]
        receipts = [pool.submit(receive, writer) for writer in range(2)]
        said = Acknowledged(
            voters=sum(one.result() in {201, 409} for one in ballots),
            receipts=frozenset(number for one in receipts for number in one.result()),
        )

    async def judge() -> list[str]:
        dsn = dsns(folder)
        return [
            *await judge_events(dsn),
            *await judge_copies(dsn),
            *await judge_ledger(dsn, budget_id, said),
            *await judge_ballots(dsn, round_id, said),
        ]

    wrong = settled(judge)
    told = f"{len(faults.killed)} kills, {said.voters} ballots, {len(said.receipts)} receipts"
    assert wrong == [], f"seed {SEED}: {told}"
    assert all(faults.killed.count(part) == ROUNDS for part in PARTS), told
    assert said.voters == RESIDENTS


def test_without_recovery_the_same_judge_finds_events_missing(
    folder: RunFolder, api: Api, village: Village
) -> None:
    state = folder.read_state()
    assert state.launcher is not None

    async def judge() -> list[str]:
        return await judge_events(dsns(folder))

    assert settled(judge) == []
    os.kill(state.launcher.pid, signal.SIGSTOP)
    try:
        for name, running in live_processes(state).items():
            if name.endswith(".worker"):
                os.kill(running.mark.pid, signal.SIGKILL)
        enterprise = {
            "unit_id": village.unit_id,
            "title": {"kk": "в", "ru": "в", "en": "v"},
            "text": "Керек.",
        }
        api.post("resident-5", "/v1/proposals", enterprise)
        left_alone = settled(judge, seconds=8)
    finally:
        os.kill(state.launcher.pid, signal.SIGCONT)

    assert any("unsent" in one for one in left_alone)
    assert settled(judge) == []
