"""A service of one table, `things`, to try the shared mechanisms on."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from sqlalchemy import text

from shared.answers import Answer
from shared.contracts.registry import UnitChanged
from shared.database import Database, Reading, Session, Transaction
from shared.errors import Conflict
from shared.identity import Known, permit
from shared.messaging import outbox
from shared.migrations import split_statements
from shared.pages import Listing, Page
from shared.requests import Amount, Body, Day, Identifier, Line
from shared.routing import Routes
from shared.service import build_app
from shared.texts import Text
from shared.tokens.keys import PublicKeys

THINGS = """
    create table things (id uuid primary key default uuidv7(), unit_id uuid not null,
        title text not null constraint things_title_key unique, amount_tiyn bigint not null);
    grant select, insert, update on things to probe;
"""


def schema(role: str) -> list[str]:
    """Return the statements that make the probe's database."""
    shared = files("shared")
    scripts = [
        (shared / "messaging" / "tables.sql").read_text("utf-8"),
        (shared / "messaging" / "grants.sql").read_text("utf-8").replace("{role}", role),
        (shared / "idempotency.sql").read_text("utf-8"),
        (shared / "territory.sql").read_text("utf-8"),
        f"grant select, insert, update on idempotency_keys, known_units, known_grants to {role}",
        THINGS,
    ]
    return [statement for script in scripts for statement in split_statements(script)]


class ThingExists(Conflict):
    """Titles are unique."""

    title = Text("Мұндай атау бар.", "Такое название есть.", "This title exists.")
    detail = Text("«{title}» бар.", "«{title}» есть.", "“{title}” exists.")
    constraint = "things_title_key"


class NewThing(Body):
    title: Line
    unit_id: Identifier
    amount_tiyn: Amount
    seen_on: Day | None = None


class Thing(Answer):
    id: UUID
    title: str
    amount_tiyn: int


routes = Routes("/v1/things", tag="things")


@routes.post("", action="proposal.create", response_model=Thing)
async def post_thing(new: NewThing, caller: Known, session: Transaction) -> Any:
    """Store a thing."""
    await permit(session, caller, new.unit_id)
    row = await session.execute(
        text(
            "insert into things (unit_id, title, amount_tiyn)"
            " values (:unit_id, :title, :amount_tiyn) returning *"
        ),
        new.model_dump(exclude={"seen_on"}),
    )
    await outbox.record(session, unit_changed(new.unit_id))
    return row.mappings().one()


@routes.get("", action="unit.read", response_model=Page[Thing])
async def get_things(session: Reading, listing: Listing, unit_id: UUID | None = None) -> Any:
    """List things by title."""
    rows = await session.execute(
        text(
            "select * from things where title > :after"
            " and (cast(:unit_id as uuid) is null or unit_id = :unit_id)"
            " order by title limit :limit"
        ),
        {
            "after": listing.after[0] if listing.after else "",
            "limit": listing.limit + 1,
            "unit_id": unit_id,
        },
    )
    return listing.page(rows.mappings().all(), dict, lambda row: [row["title"]])


@routes.get("/silent", action="ledger.read")
async def get_silent() -> dict[str, str]:
    """Forget to ask for the permission, which is a fault."""
    return {"secret": "1"}


def create_probe(database: Database, keys: PublicKeys, cursor_key: bytes) -> FastAPI:
    return build_app(
        "probe", [routes], database=database, internal_keys=keys, cursor_key=cursor_key
    )


def unit_changed(unit_id: UUID, **values: Any) -> UnitChanged:
    defaults = {
        "unit_id": unit_id,
        "kato": "473639000",
        "kind": "village_administration",
        "name_kk": "Боранқұл",
        "name_ru": "Боранкул",
        "name_en": "Borankul",
        "parent_id": None,
        "path": [unit_id],
        "self_government_id": unit_id,
        "is_self_government": True,
        "valid_from": "2018-01-01",
        "valid_to": None,
    }
    return UnitChanged.model_validate(defaults | values)


@dataclass(frozen=True)
class Village:
    """A village, its resident's account and a stranger's."""

    unit_id: UUID
    resident: UUID
    akim: UUID
    stranger: UUID


async def settle(session: Session) -> Village:
    """Store a village with one resident and one akim, and a stranger of another village."""
    village = Village(uuid4(), uuid4(), uuid4(), uuid4())
    for unit_id in (village.unit_id, other := uuid4()):
        await session.execute(
            text(
                "insert into known_units values (:u, '1', 'village', 'а', 'а', 'a', null,"
                " array[:u]::uuid[], :u, true, daterange('2018-01-01', null))"
            ),
            {"u": unit_id},
        )
    for holder, role, unit_id in (
        (village.resident, "resident", village.unit_id),
        (village.akim, "akim", village.unit_id),
        (village.stranger, "resident", other),
    ):
        await session.execute(
            text(
                "insert into known_grants"
                " values (:g, :h, :r, :u, null, daterange('2018-01-01', null))"
            ),
            {"g": uuid4(), "h": holder, "r": role, "u": unit_id},
        )
    return village
