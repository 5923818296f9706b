"""The copy of the residents, and the electors of each round."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.contracts.registry import ResidentChanged
from shared.database import Session

_KEEP = text("""
    insert into known_residents (resident_id, account_id, unit_id, self_government_id,
        may_vote_from, lives_here_from, left_on)
    values (:resident_id, :account_id, :unit_id, :self_government_id,
        :may_vote_from, :lives_here_from, :left_on)
    on conflict (resident_id) do update set
        account_id = excluded.account_id, unit_id = excluded.unit_id,
        self_government_id = excluded.self_government_id, may_vote_from = excluded.may_vote_from,
        lives_here_from = excluded.lives_here_from, left_on = excluded.left_on
""")
# Once, at the opening: whoever could add residents while voting goes on could add votes.
_ENTER = text("""
    insert into electors (round_id, resident_id)
    select r.id, k.resident_id
    from rounds r join known_residents k on k.self_government_id = r.unit_id
    where r.id = :round_id and k.may_vote_from <= r.eligible_on
    and k.lives_here_from <= r.eligible_on
    and coalesce(k.left_on > r.eligible_on, true)
    on conflict do nothing
""")
_FIND = text("""
    select resident_id, unit_id, self_government_id from known_residents
    where account_id = :account_id order by (left_on is null) desc, lives_here_from desc limit 1
""")


async def keep_residents(session: Session, events: Sequence[ResidentChanged]) -> None:
    """Bring the copy up to date; the rolls of open rounds stay as they are."""
    await session.execute(_KEEP, [event.model_dump() for event in events])


async def enter_electors(session: Session, round_id: UUID) -> None:
    """Write down who may vote in a round, as of its day."""
    await session.execute(_ENTER, {"round_id": round_id})


async def find_resident(session: Session, account_id: UUID) -> Row[Any] | None:
    """Return the resident behind an account, if the registry told of one."""
    return (await session.execute(_FIND, {"account_id": account_id})).one_or_none()
