"""Routes of posts and mandates: what officials hold, since when, on which ground."""

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from registry.api.units import Then, last_id, name_of
from registry.domain.posts import MandateKind, PostKind
from registry.persistence.posts import find_mandates, find_posts, get_post, lock_mandate
from registry.usecases.mandates import end_mandate, found_post, start_mandate
from shared.answers import Answer, TrilingualText
from shared.database import Reading, Transaction
from shared.identity import Known, permit
from shared.pages import Listing, Page
from shared.requests import Body, Choice, Day, Identifier, Line, TrilingualLine
from shared.routing import Routes

post_routes = Routes("/v1/posts", tag="posts")
mandate_routes = Routes("/v1/mandates", tag="mandates")


class NewPost(Body):
    """A post in a unit; `valid_to` is the first day on which it no longer is."""

    unit_id: Identifier
    kind: Choice[PostKind]
    name: TrilingualLine
    valid_from: Day
    valid_to: Day | None = None


class Post(Answer):
    """A post in a unit."""

    id: UUID
    unit_id: UUID
    kind: PostKind
    name: TrilingualText
    valid_from: date
    valid_to: date | None


class NewMandate(Body):
    """Who holds a post on the ground of which act."""

    post_id: Identifier
    kind: Choice[MandateKind]
    holder_name: Line
    account_id: Identifier | None = None
    act: Line
    valid_from: Day
    valid_to: Day | None = None


class Mandate(Answer):
    """Who holds a post; the names of officials are public."""

    id: UUID
    post_id: UUID
    kind: MandateKind
    holder_name: str
    act: str
    valid_from: date
    valid_to: date | None
    end_reason: str | None


class EndOfMandate(Body):
    """The first day without the holder, and why."""

    ended_on: Day
    reason: Line


def _show_post(row: RowMapping) -> Post:
    shown = {field: row[field] for field in Post.model_fields if field != "name"}
    return Post(name=name_of(row), **shown)


def _show_mandate(row: RowMapping) -> Mandate:
    return Mandate.model_validate(dict(row))


@post_routes.post("", action="unit.change")
async def post_post(post: NewPost, caller: Known, session: Transaction) -> Post:
    """Found a post."""
    await permit(session, caller, post.unit_id)
    stored = await found_post(
        session,
        post.unit_id,
        post.kind,
        post.name,
        valid_from=post.valid_from,
        valid_to=post.valid_to,
        recorded_by=caller.account_id,
    )
    return _show_post(stored)


@post_routes.get("", action="unit.read")
async def list_posts(
    unit: Identifier, reading: Reading, listing: Listing, as_of: Day | None = None
) -> Page[Post]:
    """List a unit's posts."""
    rows = await find_posts(reading, unit, as_of, after=last_id(listing), limit=listing.limit + 1)
    return listing.page(rows, _show_post, lambda row: (row["id"],))


@mandate_routes.post("", action="grant.other")
async def post_mandate(mandate: NewMandate, caller: Known, session: Transaction) -> Mandate:
    """Record who takes up a post."""
    await permit(session, caller, None)
    await get_post(session, mandate.post_id)
    fields = mandate.model_dump(exclude={"post_id", "kind"})
    stored = await start_mandate(
        session, mandate.post_id, mandate.kind, **fields, recorded_by=caller.account_id
    )
    return _show_mandate(stored)


@mandate_routes.get("", action="unit.read")
async def list_mandates(
    unit: Identifier, reading: Reading, listing: Listing, moment: Then
) -> Page[Mandate]:
    """List who holds the posts of a unit, as of a day and as known at an instant."""
    rows = await find_mandates(
        reading, unit, moment, after=last_id(listing), limit=listing.limit + 1
    )
    return listing.page(rows, _show_mandate, lambda row: (row["id"],))


@mandate_routes.post("/{mandate_id}/endings", action="grant.other")
async def post_ending(
    mandate_id: Identifier, ending: EndOfMandate, caller: Known, session: Transaction
) -> Mandate:
    """Record that a mandate ends early."""
    await permit(session, caller, None)
    await lock_mandate(session, mandate_id)
    ended = await end_mandate(session, mandate_id, ended_on=ending.ended_on, reason=ending.reason)
    return _show_mandate(ended)
