"""From the sentence to the winner: proposals, support, a round, ballots, the count."""

import json
import shlex
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.api import Api, StepFailed
from demo.telling import Story, tenge
from demo.village import RESIDENTS, Village

BUDGET_TIYN = 300_000_000
SUPPORTERS = 12
WRITERS = 6
SLACK = 2.5
"""How much longer than measured the ballots may take before voting closes."""


@dataclass(frozen=True)
class Idea:
    """What somebody proposes, and who in the village wants it."""

    kk: str
    ru: str
    en: str
    text: str
    cost_tiyn: int
    wanted_by: range
    """Residents by number."""


# Three residents of five live along the main street, two of five at the far end. Counting by the
# most votes alone, the far end gets nothing; equal shares give each side its part.
MAIN_STREET = range(1, RESIDENTS * 3 // 5 + 1)
FAR_END = range(RESIDENTS * 3 // 5 + 1, RESIDENTS + 1)
IDEAS = (
    Idea(
        "Көше шамдары", "Уличные фонари", "Street lights", "Көше қараңғы.", 140_000_000, MAIN_STREET
    ),
    Idea(
        "Жол жөндеу", "Ремонт дороги", "Road repair", "Жолда шұңқыр көп.", 150_000_000, MAIN_STREET
    ),
    Idea(
        "Балалар алаңы",
        "Детская площадка",
        "Playground",
        "Балаларға орын жоқ.",
        110_000_000,
        FAR_END,
    ),
    Idea(
        "Кітапхана шатыры",
        "Крыша библиотеки",
        "Library roof",
        "Шатырдан су ағады.",
        60_000_000,
        FAR_END,
    ),
)


@dataclass
class Vote:
    """What came out of the round."""

    round_id: str
    projects: dict[str, Idea]
    """The ideas by project id."""
    winners: list[str]
    result: dict[str, Any]


def decide_together(api: Api, story: Story, village: Village, fiscal_year: int) -> Vote:
    """Propose, support, cost, vote and count."""
    proposals = _propose(api, story, village)
    round_id, projects, seconds = _open_round(api, story, village, proposals, fiscal_year)
    _vote(api, story, village, round_id, projects, seconds)
    return _count(api, story, village, round_id, projects)


def _propose(api: Api, story: Story, village: Village) -> dict[str, Idea]:
    found = {}
    for idea in IDEAS:
        author, *neighbours = [f"resident-{number}" for number in idea.wanted_by[: SUPPORTERS + 1]]
        proposal = {
            "unit_id": village.unit_id,
            "title": {"kk": idea.kk, "ru": idea.ru, "en": idea.en},
            "text": idea.text,
        }
        proposal_id = api.post_soon(author, "/v1/proposals", proposal)["id"]
        for neighbour in neighbours:
            support = api.post_soon(neighbour, f"/v1/proposals/{proposal_id}/supports")
        costing = {"cost_tiyn": idea.cost_tiyn, "basis": "Estimate of the akimat"}
        api.post_soon("akim", f"/v1/proposals/{proposal_id}/costings", costing)
        found[proposal_id] = idea
    story.step(
        f"{len(found)} proposals are in; each has {support['supporters']} supporters and a cost."
    )
    for idea in IDEAS:
        story.say(f"{idea.kk} / {idea.ru} / {idea.en}: {tenge(idea.cost_tiyn)}")
    return found


def _open_round(
    api: Api, story: Story, village: Village, proposals: dict[str, Idea], fiscal_year: int
) -> tuple[str, dict[str, Idea], float]:
    began = time.monotonic()
    for number in range(1, 11):
        api.get(f"resident-{number}", "/v1/me")
    per_call = (time.monotonic() - began) / 10
    seconds = max(10.0, RESIDENTS * per_call * SLACK)
    now = datetime.now(UTC)
    opens_at, closes_at = now + timedelta(seconds=4), now + timedelta(seconds=4 + seconds)
    drafted = api.post(
        "akim",
        "/v1/rounds",
        {
            "unit_id": village.unit_id,
            "title": {"kk": "Ауыл бюджеті", "ru": "Бюджет села", "en": "The village decides"},
            "fiscal_year": fiscal_year,
            "budget_tiyn": BUDGET_TIYN,
            "most_projects": 3,
            "eligible_on": now.date().isoformat(),
            "opens_at": opens_at.isoformat().replace("+00:00", "Z"),
            "closes_at": closes_at.isoformat().replace("+00:00", "Z"),
        },
    )
    round_id = drafted["id"]
    projects = {
        api.post("akim", f"/v1/rounds/{round_id}/projects", {"proposal_id": proposal_id})[
            "id"
        ]: idea
        for proposal_id, idea in proposals.items()
    }
    api.post("assembly-1", f"/v1/rounds/{round_id}/confirmations")
    time.sleep(max(0.0, (opens_at - datetime.now(UTC)).total_seconds()))
    opened = api.until("", f"/v1/rounds/{round_id}", lambda round_: round_["phase"] == "voting")
    story.step(
        f"A round over {tenge(BUDGET_TIYN)} is open for {seconds:.0f} s: drafted by the akim,"
        f" confirmed by the assembly, {opened['electors']} electors,"
        f" rules frozen as {opened['rules_digest'][:16]}…"
    )
    story.check(f"all {RESIDENTS} residents may vote", opened["electors"] >= RESIDENTS)
    return round_id, projects, seconds


def _vote(
    api: Api,
    story: Story,
    village: Village,
    round_id: str,
    projects: dict[str, Idea],
    seconds: float,
) -> None:
    def cast(number: int) -> str:
        chosen = [key for key, idea in projects.items() if number in idea.wanted_by]
        path = f"/v1/rounds/{round_id}/ballots"
        return str(api.post(f"resident-{number}", path, {"project_ids": chosen})["receipt"])

    began = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        receipts = list(pool.map(cast, range(1, RESIDENTS + 1)))
    took = time.monotonic() - began
    story.step(f"{len(receipts)} residents voted in {took:.1f} s, each with a receipt.")
    again = {"project_ids": [next(iter(projects))]}
    is_refused = api.refuses("resident-1", f"/v1/rounds/{round_id}/ballots", again, 409)
    story.check("a second ballot of the same resident is refused", is_refused)
    unseen = api.client.get(f"/v1/rounds/{round_id}/result", headers=api.headers(""))
    story.check("no count is visible while voting goes on", unseen.status_code == 404)  # noqa: PLR2004
    if took > seconds:
        raise StepFailed("The ballots took longer than the voting was open.")


def _count(
    api: Api, story: Story, village: Village, round_id: str, projects: dict[str, Idea]
) -> Vote:
    closes_at = datetime.fromisoformat(api.get("", f"/v1/rounds/{round_id}")["closes_at"])
    time.sleep(max(0.0, (closes_at - datetime.now(UTC)).total_seconds()) + 0.2)
    result = api.until("", f"/v1/rounds/{round_id}/result", lambda found: bool(found["winners"]))
    story.step(f"Voting is closed and counted; digest {result['digest'][:16]}…")
    story.check(f"every one of {RESIDENTS} ballots was counted", result["ballots"] == RESIDENTS)
    winners = [str(project_id) for project_id in result["winners"]]
    _compare(story, result, projects)
    _explain(api, story, round_id, result)
    _recount(api, story, round_id, result)
    return Vote(round_id, projects, winners, result)


def _compare(story: Story, result: dict[str, Any], projects: dict[str, Idea]) -> None:
    """Show who wins under each rule, and how many voters would be left with nothing."""
    rows = [
        [
            one["rule"] + (" (decides)" if one["is_decisive"] else ""),
            ", ".join(projects[project_id].en for project_id in one["winners"]),
            tenge(one["cost_tiyn"]),
            str(one["ballots_with_nothing"]),
        ]
        for one in result["comparison"]
    ]
    head = ["rule", "winners", "cost", "left with nothing"]
    story.table("The same ballots under two rules", head, rows)
    left = {one["rule"]: one["ballots_with_nothing"] for one in result["comparison"]}
    story.check(
        f"by most votes {left['greedy']} voters get nothing, by equal shares {left['equalshares']}",
        left["greedy"] == len(FAR_END) and left["equalshares"] == 0,
    )


def _explain(api: Api, story: Story, round_id: str, result: dict[str, Any]) -> None:
    """Show why each project won or lost, in the reader's language."""
    for one in result["projects"]:
        mark = "✓" if one["won"] else "✗"
        story.say(f"{mark} {one['title']['en']}: {one['explanation']}")
    rules = api.get("", f"/v1/rounds/{round_id}")["rules_digest"]
    story.check("the rules counted by are those frozen at opening", rules == result["rules_digest"])


def _recount(api: Api, story: Story, round_id: str, result: dict[str, Any]) -> None:
    """Count the published ballots once more, by the published command, without the platform."""
    ballots = api.client.get(f"/v1/rounds/{round_id}/ballots.pb", headers=api.headers(""))
    program, *words = shlex.split(result["recount"])
    with tempfile.TemporaryDirectory() as folder:
        file = next(word for word in words if word.endswith(".pb"))
        Path(folder, file).write_bytes(ballots.content)
        command = [str(Path(sys.executable).with_name(program)), *words, "--json"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own verb
    digest = json.loads(run.stdout)["digest"] if run.returncode == 0 else run.stderr
    story.check(
        "anybody's recount of the published ballots gives the digest", digest == result["digest"]
    )
