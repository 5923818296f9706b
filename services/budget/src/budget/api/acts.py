"""Acts of maslikhats: their figures as published, with what disagrees in them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from budget.domain.figures import SECTIONS
from budget.persistence.acts import list_acts
from budget.usecases.acts import register_act
from shared.answers import Answer
from shared.database import Reading, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Body, Code, Identifier, Line
from shared.routing import Routes

routes = Routes("/v1/acts", tag="acts")

Printed = Annotated[str, Field(pattern=r"^[-−]?[0-9  ]{1,20}([.,][0-9]{1,6})?$")]
"""A figure in thousand tenge as printed."""


class NewAct(Body):
    """Figures of one unit in an act, thousand tenge as printed, by section."""

    unit_id: Identifier
    number: Code
    kato: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    unit_name: Line
    fiscal_year: Annotated[int, Field(ge=2018, le=2100)]
    version: Annotated[str, Field(max_length=100)] = ""
    figures: Annotated[dict[str, Printed], Field(min_length=1, max_length=len(SECTIONS))]


class Disagreement(Answer):
    """A printed figure that its own parts contradict."""

    name: str
    published_tiyn: int
    computed_tiyn: int


class ActAnswer(Answer):
    """An act's figures in tiyn."""

    id: UUID
    number: str
    unit_id: UUID | None
    unit_name: str
    fiscal_year: int
    version: str
    figures_tiyn: dict[str, int]
    disagreements: list[Disagreement]


class ActRegistered(Answer):
    """What became of an act; `id` is null if it was registered before."""

    id: UUID | None
    disagreements: list[Disagreement]


@routes.get("", action="budget.read", response_model=Page[ActAnswer])
async def get_acts(
    session: Reading,
    listing: Listing,
    fiscal_year: Annotated[int | None, Query(ge=2018, le=2100)] = None,
) -> Any:
    """List acts."""
    after = listing.after[0] if listing.after else None
    rows = await list_acts(session, year=fiscal_year, after=after, limit=listing.limit + 1)
    return listing.page(rows, ActAnswer.model_validate, lambda row: [row.id])


@routes.post("", action="budget.draft.edit", response_model=ActRegistered)
async def post_act(new: NewAct, caller: Known, session: Transaction) -> Any:
    """Register the figures of an act as they were published."""
    await permit(session, caller, new.unit_id)
    act_id, found = await register_act(
        session, caller.account_id, new.model_dump(exclude={"unit_id"})
    )
    return ActRegistered(id=act_id, disagreements=[Disagreement(**one) for one in found])
