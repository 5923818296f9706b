"""Lines of a draft."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Path, Response

from budget.api.answers import ClassCodes, Created, LineAnswer, today
from budget.domain.budgets import LineChangedMeanwhile
from budget.persistence import budgets, lines
from budget.usecases import drafting
from shared.database import Reading, Transaction
from shared.errors import Malformed
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Balance, Body, Code, Identifier, Line
from shared.routing import Routes
from shared.texts import Text

routes = Routes("/v1/budget-lines", tag="budgets")

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')


class IfMatchNeeded(Malformed):
    """Money is changed only from the version that the editor saw (RFC 6585)."""

    status = 428
    title = Text(
        "If-Match тақырыбы керек.", "Нужен заголовок If-Match.", "The header If-Match is needed."
    )


@dataclass(frozen=True)
class LinePlace:
    """A line by its address."""

    budget_id: Annotated[UUID, Path()]
    line_id: Annotated[UUID, Path()]


Place = Annotated[LinePlace, Depends()]
Seen = Annotated[str | None, Header(alias="If-Match", max_length=100)]


def seen_revision(seen: str | None) -> int:
    """Return the revision that an `If-Match` header names.

    Raises:
        IfMatchNeeded: there is no such header.
        LineChangedMeanwhile: it is weak or none of ours, and so matches nothing (RFC 9110, 13.1.1).
    """
    if seen is None:
        raise IfMatchNeeded
    match = _ETAG.fullmatch(seen)
    if match is None:
        raise LineChangedMeanwhile
    return int(match[1])


class NewLine(Body):
    """A line of a draft."""

    budget_id: Identifier
    kind: Literal[
        "taxes",
        "non_tax",
        "capital",
        "special",
        "transfers",
        "expenditure",
        "net_lending",
        "financial_assets",
        "financing",
    ]
    code: Code
    name_kk: Line
    name_ru: Line
    name_en: Line
    class_codes: ClassCodes | None = None
    amount_tiyn: Balance


class NewAmount(Body):
    """A line's new amount."""

    amount_tiyn: Balance


@routes.get("", action="budget.draft.read", response_model=Page[LineAnswer])
async def get_lines(budget_id: UUID, caller: Known, session: Reading, listing: Listing) -> Any:
    """List the lines of a budget, a draft's too."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    after = listing.after[0] if listing.after else None
    rows = await lines.list_lines(session, budget_id, after=after, limit=listing.limit + 1)
    return listing.page(rows, LineAnswer.model_validate, lambda row: [row.id])


@routes.post("", action="budget.draft.edit", response_model=Created)
async def post_line(new: NewLine, caller: Known, session: Transaction, response: Response) -> Any:
    """Add a line to a draft."""
    budget = await budgets.get_budget(session, new.budget_id)
    await permit(session, caller, budget.unit_id)
    values = new.model_dump(exclude={"budget_id"}) | {"drafted_by": caller.account_id}
    line_id = await drafting.add_line(session, new.budget_id, values, today())
    response.headers["ETag"] = '"1"'
    return Created(id=line_id)


@routes.get("/{budget_id}/{line_id}", action="budget.draft.read", response_model=LineAnswer)
async def get_line(
    budget_id: UUID, line_id: UUID, caller: Known, session: Reading, response: Response
) -> Any:
    """Show a line, with the `ETag` that a change of it asks for."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    line = await lines.show_line(session, budget_id, line_id)
    response.headers["ETag"] = f'"{line.revision}"'
    return line


@routes.patch("/{budget_id}/{line_id}", action="budget.draft.edit", response_model=Created)
async def patch_line(
    place: Place,
    new: NewAmount,
    caller: Known,
    session: Transaction,
    response: Response,
    seen: Seen = None,
) -> Any:
    """Change the amount of a draft's line, from the revision named in `If-Match`."""
    budget = await budgets.get_budget(session, place.budget_id)
    await permit(session, caller, budget.unit_id)
    revision = seen_revision(seen)
    change = {
        "budget_id": place.budget_id,
        "line_id": place.line_id,
        "amount_tiyn": new.amount_tiyn,
        "drafted_by": caller.account_id,
        "revision": revision,
    }
    await drafting.change_line(session, change)
    response.headers["ETag"] = f'"{revision + 1}"'
    return Created(id=place.line_id)
