"""Lines of a draft."""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Response
from pydantic import Field

from budget.api.budgets import Created, ExecutionLine
from budget.persistence import budgets
from budget.usecases import drafting
from shared.answers import Answer
from shared.database import Reading, Transaction
from shared.errors import Malformed
from shared.identity import Known, permit
from shared.requests import BIGGEST_INTEGER, Body, Code, Identifier, Line
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
    amount_tiyn: Annotated[int, Field(ge=-BIGGEST_INTEGER, le=BIGGEST_INTEGER)]


class NewAmount(Body):
    """A line's new amount."""

    amount_tiyn: Annotated[int, Field(ge=0, le=BIGGEST_INTEGER)]


class LineList(Answer):
    """The lines of a draft."""

    items: list[ExecutionLine]


@routes.get("", action="budget.draft.read", response_model=LineList)
async def get_lines(budget_id: UUID, caller: Known, session: Reading) -> Any:
    """List the lines of a budget, a draft's too."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    lines = await budgets.list_lines(session, budget_id)
    return LineList(items=[ExecutionLine.model_validate(line) for line in lines])


@routes.post("", action="budget.draft.edit", response_model=Created)
async def post_line(new: NewLine, caller: Known, session: Transaction, response: Response) -> Any:
    """Add a line to a draft."""
    budget = await budgets.get_budget(session, new.budget_id)
    await permit(session, caller, budget.unit_id)
    line_id = await drafting.add_line(session, new.budget_id, new.model_dump(exclude={"budget_id"}))
    response.headers["ETag"] = '"1"'
    return Created(id=line_id)


@routes.patch("/{budget_id}/{line_id}", action="budget.draft.edit", response_model=Created)
async def patch_line(  # noqa: PLR0913 - path, body, header and the frame's three
    budget_id: UUID,
    line_id: UUID,
    new: NewAmount,
    caller: Known,
    session: Transaction,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> Any:
    """Change the amount of a draft's line, from the version named in `If-Match`."""
    budget = await budgets.get_budget(session, budget_id)
    await permit(session, caller, budget.unit_id)
    if if_match is None:
        raise IfMatchNeeded
    match = _ETAG.fullmatch(if_match)
    if match is None:
        raise drafting.LineChangedMeanwhile
    version = int(match[1])
    await drafting.change_line(
        session, budget_id, line_id, amount_tiyn=new.amount_tiyn, version=version
    )
    response.headers["ETag"] = f'"{version + 1}"'
    return Created(id=line_id)
