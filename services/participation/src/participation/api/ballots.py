"""The route of voting."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from participation.api.rounds import permitted_round
from participation.usecases.voting import cast_ballot
from shared.answers import Answer
from shared.database import Transaction
from shared.identity import Known
from shared.requests import Body, Identifier
from shared.routing import Routes

routes = Routes("/v1/rounds", tag="ballots")


class NewBallot(Body):
    """What a resident votes for."""

    project_ids: Annotated[list[Identifier], Field(max_length=50)]


class Receipt(Answer):
    """Proof of a ballot in the box, to be found among the receipts after closing."""

    round_id: UUID
    receipt: str
    rules_digest: str


@routes.post("/{round_id}/ballots", action="ballot-token.issue", once=False)
async def post_ballot(
    round_id: Identifier, ballot: NewBallot, caller: Known, session: Transaction
) -> Receipt:
    """Vote; once per resident, and never to be seen with a name.

    Takes no `Idempotency-Key`: stored beside the account, the request's hash would give the choice
    away. A repeated request is refused as a second ballot, which says that the first one is in.
    """
    round_ = await permitted_round(session, caller, round_id)
    receipt = await cast_ballot(
        session, round_, caller.account_id, ballot.project_ids, datetime.now(UTC)
    )
    return Receipt(round_id=round_id, receipt=receipt, rules_digest=round_.rules_digest)
