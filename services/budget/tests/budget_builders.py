"""A village with its officials, and budgets in any state, for the budget's tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from budget.domain.ledger import Kind, NewEntry, Posting, appropriate, receive
from budget.persistence.ledger import Posted, post_entry
from shared.database import Session

YEAR = 2027
A_DAY = date(YEAR, 3, 1)
KATO = "473639000"


@dataclass(frozen=True)
class Village:
    """Borankul, its district, and the accounts of those who do something with its budget."""

    unit_id: UUID = field(default_factory=uuid4)
    district_id: UUID = field(default_factory=uuid4)
    enterprise_id: UUID = field(default_factory=uuid4)
    accountant: UUID = field(default_factory=uuid4)
    akim: UUID = field(default_factory=uuid4)
    member: UUID = field(default_factory=uuid4)
    deputy: UUID = field(default_factory=uuid4)
    manager: UUID = field(default_factory=uuid4)
    resident: UUID = field(default_factory=uuid4)
    stranger: UUID = field(default_factory=uuid4)


async def settle(session: Session) -> Village:
    """Store the village, its neighbour and their grants."""
    village, neighbour_id = Village(), uuid4()
    district = [village.district_id]
    await add_unit(session, village.district_id, district, kato="473600000", is_village=False)
    await add_unit(session, village.unit_id, [*district, village.unit_id], kato=KATO)
    await add_unit(session, neighbour_id, [*district, neighbour_id], kato="473637000")
    grants: list[tuple[UUID, str, UUID, UUID | None]] = [
        (village.accountant, "accountant", village.unit_id, None),
        (village.akim, "akim", village.unit_id, None),
        (village.member, "assembly_member", village.unit_id, None),
        (village.deputy, "deputy", village.district_id, None),
        (village.manager, "manager", village.unit_id, village.enterprise_id),
        (village.resident, "resident", village.unit_id, None),
        (village.stranger, "accountant", neighbour_id, None),
    ]
    for holder_id, role, unit_id, object_id in grants:
        await add_grant(session, holder_id, role, unit_id, object_id=object_id)
    await session.execute(
        text("""
            insert into enterprises
            values (:id, :unit_id, '941240000193', 'Көркем', 'Коркем', 'Korkem', '2024-05-01',
                :akim)
        """),
        {"id": village.enterprise_id, "unit_id": village.unit_id, "akim": village.akim},
    )
    return village


async def add_unit(
    session: Session, unit_id: UUID, path: Sequence[UUID], *, kato: str, is_village: bool = True
) -> None:
    await session.execute(
        text("""
            insert into known_units values (:unit_id, :kato, 'village', 'Боранқұл', 'Боранкул',
                'Borankul', null, :path, :own, :is_village, daterange('2018-01-01', null))
        """),
        {
            "unit_id": unit_id,
            "kato": kato,
            "path": list(path),
            "own": unit_id if is_village else None,
            "is_village": is_village,
        },
    )


async def add_grant(
    session: Session, holder_id: UUID, role: str, unit_id: UUID, *, object_id: UUID | None = None
) -> None:
    await session.execute(
        text("""
            insert into known_grants
            values (:id, :holder_id, :role, :unit_id, :object_id, daterange('2018-01-01', null))
        """),
        {
            "id": uuid4(),
            "holder_id": holder_id,
            "role": role,
            "unit_id": unit_id,
            "object_id": object_id,
        },
    )


@dataclass(frozen=True)
class Budget:
    """An approved budget with a revenue line and two of expenditure, one of them without money."""

    id: UUID
    village: Village
    line_id: UUID
    revenue_line_id: UUID
    bare_line_id: UUID


async def a_budget(
    session: Session,
    village: Village,
    *,
    amount_tiyn: int = 10_000,
    cash_tiyn: int = 10_000,
    spare_tiyn: int = 0,
    project_id: UUID | None = None,
) -> Budget:
    """Store an approved budget: `amount_tiyn` appropriated to a line, `cash_tiyn` received.

    The line may take `spare_tiyn` more.
    """
    budget_id = await add_budget(session, village, status="draft")
    line_id = await add_line(
        session, budget_id, amount_tiyn=amount_tiyn + spare_tiyn, project_id=project_id
    )
    revenue_line_id = await add_line(
        session, budget_id, direction="revenue", code="206108", amount_tiyn=cash_tiyn
    )
    bare_line_id = await add_line(session, budget_id)
    await advance_to(session, village, budget_id, "approved")
    budget = Budget(budget_id, village, line_id, revenue_line_id, bare_line_id)
    await post_entry(
        session, an_entry(budget, Kind.APPROPRIATE, appropriate(line_id, amount_tiyn), by="deputy")
    )
    if cash_tiyn:
        await post_entry(session, an_entry(budget, Kind.RECEIVE, receive(None, cash_tiyn)))
    return budget


async def add_budget(session: Session, village: Village, *, status: str, year: int = YEAR) -> UUID:
    """Store a budget without lines and take it to a stage."""
    row = await session.execute(
        text("""
            insert into budgets (unit_id, fiscal_year, drafted_by)
            values (:unit_id, :year, :accountant) returning id
        """),
        {"unit_id": village.unit_id, "year": year, "accountant": village.accountant},
    )
    budget_id: UUID = row.scalar_one()
    await advance_to(session, village, budget_id, status)
    return budget_id


STAGES = {
    "submitted": "submitted_by = :akim",
    "agreed": "agreed_by = :member, minutes_number = '7', agreed_on = :day",
    "approved": "approved_by = :deputy",
    "executing": "version = version",
    "closed": "version = version",
}


async def advance_to(session: Session, village: Village, budget_id: UUID, status: str) -> None:
    """Take a draft through its stages up to one of them."""
    who = {"akim": village.akim, "member": village.member, "deputy": village.deputy, "day": A_DAY}
    for stage, fields in STAGES.items():
        if status == "draft":
            return
        wanted = {key: value for key, value in who.items() if f":{key}" in fields}
        statement = f"update budgets set status = '{stage}', {fields} where id = :id"
        await session.execute(text(statement), {"id": budget_id, **wanted})
        if stage == status:
            return


async def add_line(
    session: Session,
    budget_id: UUID,
    *,
    amount_tiyn: int = 10_000,
    direction: str = "expenditure",
    code: str = "07/124/008",
    project_id: UUID | None = None,
) -> UUID:
    row = await session.execute(
        text("""
            insert into lines (budget_id, direction, kind, code, name_kk, name_ru, name_en,
                amount_tiyn, project_id)
            values (:budget_id, :direction, :kind, :code, 'Жарық', 'Освещение', 'Lighting',
                :amount_tiyn, :project_id)
            returning id
        """),
        {
            "budget_id": budget_id,
            "direction": direction,
            "kind": "non_tax" if direction == "revenue" else direction,
            "code": code,
            "amount_tiyn": amount_tiyn,
            "project_id": project_id,
        },
    )
    line_id: UUID = row.scalar_one()
    return line_id


def an_entry(
    budget: Budget,
    kind: Kind,
    postings: Sequence[Posting],
    *,
    by: str | None = None,
    **changes: Any,
) -> NewEntry:
    """Return an entry by the accountant, approved by `by` if named, under a new document."""
    values = {
        "budget_id": budget.id,
        "kind": kind,
        "source_ref": str(uuid4()),
        "effective_on": A_DAY,
        "postings": postings,
        "posted_by": budget.village.accountant,
        "approved_by": getattr(budget.village, by) if by else None,
    }
    return NewEntry(**(values | changes))


async def post(session: Session, budget: Budget, kind: Kind, postings: Sequence[Posting]) -> Posted:
    """Post an entry and have the database check it at once, as the end of a transaction would."""
    by = "akim" if kind in {Kind.PAY, Kind.APPROPRIATE} else None
    posted = await post_entry(session, an_entry(budget, kind, postings, by=by))
    await check_now(session)
    return posted


async def check_now(session: Session) -> None:
    """Run the checks that wait for the end of the transaction."""
    await session.execute(text("set constraints all immediate"))
    await session.execute(text("set constraints all deferred"))


async def balances(session: Session, line_id: UUID) -> tuple[int, int, int, int]:
    """Return a line's available, committed, accrued and paid tiyn."""
    row = await session.execute(
        text("""
            select available_tiyn, committed_tiyn, accrued_tiyn, paid_tiyn
            from line_balances where line_id = :line_id
        """),
        {"line_id": line_id},
    )
    available, committed, accrued, paid = row.one()
    return available, committed, accrued, paid
