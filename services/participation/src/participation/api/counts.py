"""The route that counts anybody's Pabulib file; nothing of it is stored."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from participation.domain.counting import Completion, Endowment, Stop, Tie, Utility
from participation.usecases.recounting import recount_file
from shared.answers import Answer
from shared.requests import Body, Choice, Count, Line
from shared.routing import LARGEST_BULK_BYTES, Routes

routes = Routes("/v1/counts", tag="counts")


class NewCount(Body):
    """A Pabulib file as text, and what differs from the rule that it names."""

    pabulib: Annotated[str, Field(min_length=1, max_length=LARGEST_BULK_BYTES)]
    rule: Annotated[str, Field(max_length=100)] | None = None
    utility: Choice[Utility] | None = None
    completion: Choice[Completion] | None = None
    stop: Choice[Stop] | None = None
    endowment: Choice[Endowment] | None = None
    step: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    threshold: Count | None = None
    ties: Annotated[list[Choice[Tie]], Field(max_length=6)] | None = None
    seed: Line | None = None


class Counted(Answer):
    """The outcome; amounts are decimals in the file's currency."""

    winners: Sequence[str]
    cost: str
    budget: str
    currency: str | None
    rule: str
    parameters: dict[str, Any]
    projects: int
    ballots: int
    ballots_with_nothing: int
    digest: str
    engine_version: str
    published_winners: Sequence[str] | None
    agrees_with_published: bool | None


@routes.post("", action="poll.result.read", bulk=True, once=False)
async def post_count(new: NewCount) -> Counted:
    """Count a real election's file by any rule, without storing anything."""
    wanted = new.model_dump(mode="json", exclude_none=True, exclude={"pabulib"})
    return Counted.model_validate(await recount_file(new.pabulib, wanted))
