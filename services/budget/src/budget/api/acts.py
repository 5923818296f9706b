"""Acts of maslikhats: their figures as published, with what disagrees in them."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from budget.api.answers import Disagreement, Number, YearFilter
from budget.persistence.acts import list_acts
from budget.usecases.acts import read_act, register_act
from shared.answers import Answer
from shared.database import Reading, Session, Transaction
from shared.identity import Caller, Known, permit
from shared.pages import Listing, Page
from shared.requests import Balance, Body, Day, Identifier, Line
from shared.routing import Routes

routes = Routes("/v1/acts", tag="acts")

Printed = Annotated[str, Field(max_length=40, description="thousand tenge as printed")]
Section = Literal[
    "revenue",
    "taxes",
    "non_tax",
    "capital",
    "special",
    "transfers",
    "expenditure",
    "net_lending",
    "financial_assets",
    "balance",
    "financing",
]


class NewAct(Body):
    """What an act prints for one unit and year, under the unit's id or its code."""

    number: Number
    unit_id: Identifier | None = None
    kato: Annotated[str, Field(pattern=r"^[0-9]{9}$")] | None = None
    unit_name: Line
    fiscal_year: Annotated[int, Field(ge=2000, le=2100)]
    version: Annotated[str, Field(max_length=100)] = ""
    figures: Annotated[dict[Section, Printed], Field(min_length=1)] | None = None
    figures_tiyn: Annotated[dict[Section, Balance], Field(min_length=1)] | None = None
    act_number: Line | None = None
    act_date: Day | None = None
    body: Line | None = None
    source_url: Line | None = None
    language: Literal["kk", "ru"] | None = None
    note: Line | None = None

    @model_validator(mode="after")
    def _one_unit_of_money(self) -> Self:
        if (self.figures is None) == (self.figures_tiyn is None):
            raise ValueError("either figures (thousand tenge) or figures_tiyn")
        return self

    def printed(self) -> dict[str, Any]:
        """Return the fields as the use case names them."""
        values = self.model_dump(exclude={"number", "unit_name", "version"})
        own = {"document": self.number, "unit_as_written": self.unit_name}
        return values | own | {"amends": self.version or None}


class NewActs(Body):
    """Several acts at once, all or nothing."""

    acts: Annotated[list[NewAct], Field(min_length=1, max_length=1_000)]


class ActAnswer(Answer):
    """An act's figures in tiyn, as published."""

    id: UUID
    number: Annotated[str, Field(validation_alias="document")]
    unit_id: UUID
    unit_name: Annotated[str, Field(validation_alias="unit_as_written")]
    fiscal_year: int
    version: Annotated[str | None, Field(validation_alias="amends")]
    act_number: str | None
    act_date: date | None
    body: str | None
    source_url: str | None
    note: str | None
    figures_tiyn: Annotated[dict[str, int], Field(validation_alias="figures")]
    disagreements: list[Disagreement]


class ActRegistered(Answer):
    """What became of an act; `id` is null if it was registered before."""

    id: UUID | None
    disagreements: list[Disagreement]


class ActsRegistered(Answer):
    """What became of each act, in the order they came."""

    items: list[ActRegistered]


@routes.get("", action="budget.read", response_model=Page[ActAnswer])
async def get_acts(
    session: Reading,
    listing: Listing,
    unit_id: UUID | None = None,
    fiscal_year: YearFilter = None,
) -> Any:
    """List acts."""
    after = UUID(listing.after[0]) if listing.after else None
    place = {"unit_id": unit_id, "year": fiscal_year, "after": after, "limit": listing.limit + 1}
    rows = await list_acts(session, place)
    return listing.page(rows, ActAnswer.model_validate, lambda row: [row["id"]])


@routes.post("", action="budget.draft.edit", response_model=ActRegistered)
async def post_act(new: NewAct, caller: Known, session: Transaction) -> Any:
    """Register the figures of an act as they were published."""
    return await _register(session, caller, new)


@routes.post("/batches", action="budget.draft.edit", response_model=ActsRegistered, bulk=True)
async def post_acts(new: NewActs, caller: Known, session: Transaction) -> Any:
    """Register many acts: all of them, or none if one is refused."""
    return ActsRegistered(items=[await _register(session, caller, act) for act in new.acts])


async def _register(session: Session, caller: Caller, new: NewAct) -> ActRegistered:
    act = await read_act(session, new.printed())
    await permit(session, caller, act.unit_id)
    act_id, found = await register_act(session, caller.account_id, act)
    return ActRegistered(
        id=act_id, disagreements=[Disagreement.model_validate(one) for one in found]
    )
