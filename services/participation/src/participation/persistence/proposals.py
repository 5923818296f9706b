"""Proposals in the database, their support and their costings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from participation.domain.proposals import NotAResidentHere, ProposalNotFound, ProposalStatus
from shared.database import Session

_SELECT = """
    select p.id, p.unit_id, p.self_government_id, p.author_id, p.title_kk, p.title_ru, p.title_en,
        p.body, p.latitude, p.longitude, p.status, p.cost_tiyn, p.created_at, p.supported_at,
        p.costed_at, p.withdrawn_at, c.supporters
    from proposals p join support_counters c on c.proposal_id = p.id
"""
_ADD = text("""
    with added as (
        insert into proposals (unit_id, self_government_id, author_id, title_kk, title_ru, title_en,
            body, latitude, longitude)
        values (:unit_id, :self_government_id, :author_id, :title_kk, :title_ru, :title_en,
            :body, :latitude, :longitude)
        returning id
    )
    insert into support_counters (proposal_id) select id from added returning proposal_id
""")
_GET = text(f"{_SELECT} where p.id = :id")
_LOCK = text("select 1 from proposals where id = :id for update")
# One statement: the counter's row stays locked for one round trip and the commit, whoever comes
# second waits no longer than that, and a resident who comes twice meets the key.
_SUPPORT = text(
    """
    with added as (
        insert into supports (proposal_id, resident_id)
        select :id, resident_id from known_residents
        where account_id = :account_id and self_government_id = :self_government_id
        and lives_here_from <= today and coalesce(left_on > today, true) limit 1
        returning proposal_id
    )
    update support_counters c set supporters = supporters + 1 from added
    where c.proposal_id = added.proposal_id returning c.supporters
""".replace("today", "(now() at time zone 'Asia/Almaty')::date")
)
_MARK_SUPPORTED = text("""
    update proposals set supported_at = :now where id = :id and supported_at is null returning 1
""")
_COST = text("""
    with figure as (
        insert into costings (proposal_id, cost_tiyn, basis, costed_by, costed_at)
        values (:id, :cost_tiyn, :basis, :costed_by, :now)
    )
    update proposals set cost_tiyn = :cost_tiyn, costed_at = :now, status = 'costed' where id = :id
""")
_WITHDRAW = text("update proposals set status = 'withdrawn', withdrawn_at = :now where id = :id")
_SET_STATUS = text("update proposals set status = :status where id = any (:ids)")
_FILTERS = {
    "unit_id": "and :unit_id in (p.unit_id, p.self_government_id)",
    "status": "and p.status = :status",
    "words": "and p.search like :words escape '!'",
    "after": "and p.id < :after",
}


@dataclass(frozen=True)
class ProposalFilter:
    """Which proposals are looked for; `words` is found anywhere in title or text."""

    unit_id: UUID | None = None
    status: ProposalStatus | None = None
    words: str | None = None


async def find_proposals(
    session: Session, wanted: ProposalFilter, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Return proposals, the newest first."""
    values = {
        "unit_id": wanted.unit_id,
        "status": wanted.status,
        "words": wanted.words and f"%{_literal(wanted.words.lower())}%",
        "after": after,
    }
    used = {name: value for name, value in values.items() if value}
    conditions = " ".join(_FILTERS[name] for name in used)
    query = text(f"{_SELECT} where true {conditions} order by p.id desc limit :limit")
    return (await session.execute(query, {**used, "limit": limit})).all()


def _literal(words: str) -> str:
    """Percent sign and underscore stand for themselves in a search."""
    return "".join(f"!{letter}" if letter in "!%_" else letter for letter in words)


async def get_proposal(session: Session, proposal_id: UUID) -> Row[Any]:
    """Return a proposal with its supporters.

    Raises:
        ProposalNotFound: no proposal has this id.
    """
    proposal = (await session.execute(_GET, {"id": proposal_id})).one_or_none()
    if proposal is None:
        raise ProposalNotFound
    return proposal


async def lock_proposal(session: Session, proposal_id: UUID) -> Row[Any]:
    """Return a proposal that nobody else changes until the transaction ends.

    Raises:
        ProposalNotFound: no proposal has this id.
    """
    await session.execute(_LOCK, {"id": proposal_id})
    return await get_proposal(session, proposal_id)


async def add_proposal(session: Session, values: Mapping[str, Any]) -> UUID:
    """Store a proposal and return its id."""
    proposal_id: UUID = (await session.execute(_ADD, values)).scalar_one()
    return proposal_id


async def add_support(session: Session, proposal: Row[Any], account_id: UUID) -> int:
    """Store a resident's support and return how many supporters there are now.

    Raises:
        NotAResidentHere: the account belongs to nobody who lives in the proposal's unit today.
        sqlalchemy.exc.IntegrityError: `AlreadySupported`, told by the database.
    """
    values = {
        "id": proposal.id,
        "account_id": account_id,
        "self_government_id": proposal.self_government_id,
    }
    supporters: int | None = (await session.execute(_SUPPORT, values)).scalar()
    if supporters is None:
        raise NotAResidentHere
    return supporters


async def mark_supported(session: Session, proposal_id: UUID, now: datetime) -> bool:
    """Store that the support suffices; return whether this is the first time."""
    marked = await session.execute(_MARK_SUPPORTED, {"id": proposal_id, "now": now})
    return marked.scalar() is not None


async def add_costing(session: Session, values: Mapping[str, Any]) -> None:
    """Store what a proposal would cost, and keep the figures given before."""
    await session.execute(_COST, values)


async def mark_withdrawn(session: Session, proposal_id: UUID, now: datetime) -> None:
    """Store that a proposal was taken back."""
    await session.execute(_WITHDRAW, {"id": proposal_id, "now": now})


async def set_statuses(session: Session, ids: Sequence[UUID], status: ProposalStatus) -> None:
    """Store how far proposals have come."""
    await session.execute(_SET_STATUS, {"ids": list(ids), "status": status})
