"""From the sentence to the lamp: one GET, in three languages."""

from typing import Any

from demo.api import Api
from demo.money import Year
from demo.telling import Story

STAGES = ("proposal", "vote", "line", "commitment", "act", "payment")


def follow_chain(api: Api, story: Story, year: Year) -> None:
    """Show the whole chain of the project that was built, and of one that still waits."""
    path = f"/v1/projects/{year.project_id}/chain"
    chain = api.until("", path, lambda found: all(_is_reached(one) for one in found["steps"]))
    story.step("The whole chain, by one GET:")
    for one in chain["steps"]:
        story.say(f"{one['stage']:<11} {one['on'] or one['status']}  {one.get('document') or ''}")
    stages = {one["stage"] for one in chain["steps"] if _is_reached(one)}
    story.check("every stage from proposal to payment has its date", stages >= set(STAGES))
    if len(year.vote.winners) > 1:
        waiting = api.get("", f"/v1/projects/{year.vote.winners[1]}/chain")
        missing = [one["stage"] for one in waiting["steps"] if not _is_reached(one)]
        story.check(f"the other winner still waits for: {', '.join(missing)}", bool(missing))


def _is_reached(step: dict[str, Any]) -> bool:
    return step.get("on") is not None
