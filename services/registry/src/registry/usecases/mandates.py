"""Founding posts, and taking them up and giving them back."""

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from registry.domain.posts import MandateHasEnded, MandateKind, PostKind
from registry.domain.terms import require_end_within, require_term
from registry.persistence.posts import (
    add_mandate,
    add_post,
    end_mandate_row,
    get_post,
    lock_mandate,
)
from registry.persistence.units import Moment, get_unit
from shared.contracts.registry import MandateEnded, MandateStarted
from shared.database import Session
from shared.messaging import outbox
from shared.requests import TrilingualLine


async def found_post(  # noqa: PLR0913 - what a post consists of
    session: Session,
    unit_id: UUID,
    kind: PostKind,
    name: TrilingualLine,
    *,
    valid_from: date,
    valid_to: date | None,
    recorded_by: UUID,
) -> RowMapping:
    """Found a post in a unit.

    Raises:
        UnitNotFound, TermEndsBeforeItBegins: the post is refused.
    """
    require_term(valid_from, valid_to)
    await get_unit(session, unit_id, Moment())
    return await add_post(
        session,
        {
            "unit_id": unit_id,
            "kind": kind,
            "name_kk": name.kk,
            "name_ru": name.ru,
            "name_en": name.en,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "recorded_by": recorded_by,
        },
    )


async def start_mandate(  # noqa: PLR0913 - what a mandate consists of
    session: Session,
    post_id: UUID,
    kind: MandateKind,
    *,
    holder_name: str,
    account_id: UUID | None,
    act: str,
    valid_from: date,
    valid_to: date | None,
    recorded_by: UUID,
) -> RowMapping:
    """Record who takes up a post, on the ground of which act, and tell the others.

    Raises:
        PostNotFound, TermEndsBeforeItBegins: the mandate is refused; so are, by the database,
            `PostTaken` and `MandateOutsidePost`.
    """
    require_term(valid_from, valid_to)
    post = await get_post(session, post_id)
    values = {
        "post_id": post_id,
        "kind": kind,
        "holder_name": holder_name,
        "account_id": account_id,
        "act": act,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "recorded_by": recorded_by,
    }
    mandate = await add_mandate(session, values)
    started = MandateStarted(
        mandate_id=mandate["id"],
        post_id=post_id,
        post_kind=post["kind"],
        unit_id=post["unit_id"],
        kind=kind,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    await outbox.record(session, started)
    return mandate


async def end_mandate(
    session: Session, mandate_id: UUID, *, ended_on: date, reason: str
) -> RowMapping:
    """Record that a mandate ends early; `ended_on` is the first day without it.

    Raises:
        MandateNotFound, MandateHasEnded, EndOutsideTerm: nothing ends.
        TermEndsBeforeItBegins: it would end on the day on which it began.
    """
    mandate = await lock_mandate(session, mandate_id)
    if mandate.end_reason is not None:
        raise MandateHasEnded
    require_end_within(ended_on, mandate.valid_from, mandate.valid_to)
    require_term(mandate.valid_from, ended_on)
    post = await get_post(session, mandate.post_id)
    ended = await end_mandate_row(session, mandate_id, ended_on, reason)
    await outbox.record(
        session,
        MandateEnded(
            mandate_id=mandate_id,
            post_id=mandate.post_id,
            unit_id=post["unit_id"],
            ended_on=ended_on,
        ),
    )
    return ended
