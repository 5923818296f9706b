"""The ledger's entries: which accounts a kind of entry moves, and what no entry may do.

Amounts are signed; what is added stands positive. The database holds every entry to the same rules
(`migrations/0001_ledger_rules.sql`): these functions only make entries that it takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from uuid import UUID

from shared.errors import Conflict, Invalid, NotFound
from shared.texts import Text


class Account(IntEnum):
    """The chart of accounts; ids as in the table `accounts`."""

    APPROPRIATION = 1
    AVAILABLE = 2
    COMMITTED = 3
    ACCRUED = 4
    PAID = 5
    CASH = 6
    EXPENSE = 7
    REVENUE = 8


class Kind(StrEnum):
    """What an entry records."""

    APPROPRIATE = "appropriate"
    COMMIT = "commit"
    ACCRUE = "accrue"
    PAY = "pay"
    RECEIVE = "receive"
    REVERSE = "reverse"


@dataclass(frozen=True)
class Posting:
    """One leg of an entry."""

    account: Account
    line_id: UUID | None
    amount_tiyn: int


@dataclass(frozen=True)
class NewEntry:
    """An entry about to be posted; `source_ref` names its document, once per budget and kind."""

    budget_id: UUID
    kind: Kind
    source_ref: str
    effective_on: date
    postings: Sequence[Posting]
    posted_by: UUID
    approved_by: UUID | None = None
    reverses: UUID | None = None
    reason: str | None = None


def appropriate(line_id: UUID, amount_tiyn: int) -> list[Posting]:
    """The decision gives a line money."""
    return _move(Account.APPROPRIATION, Account.AVAILABLE, line_id, amount_tiyn)


def commit(line_id: UUID, amount_tiyn: int) -> list[Posting]:
    """A contract binds money of a line."""
    return _move(Account.AVAILABLE, Account.COMMITTED, line_id, amount_tiyn)


def accrue(line_id: UUID, amount_tiyn: int) -> list[Posting]:
    """Accepted work makes bound money due."""
    return _move(Account.COMMITTED, Account.ACCRUED, line_id, amount_tiyn)


def pay(line_id: UUID, amount_tiyn: int) -> list[Posting]:
    """What is due leaves the cash control account."""
    return [
        *_move(Account.ACCRUED, Account.PAID, line_id, amount_tiyn),
        Posting(Account.CASH, None, -amount_tiyn),
        Posting(Account.EXPENSE, line_id, amount_tiyn),
    ]


def receive(line_id: UUID | None, amount_tiyn: int) -> list[Posting]:
    """Money comes in, on a revenue line where the budget has one for it."""
    return [
        Posting(Account.REVENUE, line_id, -amount_tiyn),
        Posting(Account.CASH, None, amount_tiyn),
    ]


def mirror(postings: Sequence[Posting]) -> list[Posting]:
    """Return the postings that undo `postings`."""
    return [Posting(leg.account, leg.line_id, -leg.amount_tiyn) for leg in postings]


def _move(source: Account, target: Account, line_id: UUID, amount_tiyn: int) -> list[Posting]:
    return [Posting(source, line_id, -amount_tiyn), Posting(target, line_id, amount_tiyn)]


class AppropriationExceeded(Conflict):
    """A line never gives more than the decision gave it (Budget Code, execution of budgets)."""

    title = Text(
        "Бюджет жолында бос қаражат жетпейді.",
        "На строке бюджета не хватает свободных средств.",
        "The budget line has not enough left.",
    )
    constraint = "line_balances_available"


class CommitmentExceeded(Conflict):
    """Accepted work never exceeds what contracts bind; a contract with accepted work stands."""

    title = Text(
        "Жолдағы шарт бойынша міндеттемеден асып кетеді.",
        "Это больше обязательств по договорам на этой строке.",
        "This is more than contracts bind on this line.",
    )
    constraint = ("line_balances_committed", "commitments_accrued", "commitments_released")


class AccrualExceeded(Conflict):
    """Payments never exceed accepted work; accepted work that is paid for stays accepted."""

    title = Text(
        "Жолда қабылданған жұмыс сомасынан асып кетеді.",
        "Это больше суммы принятых работ на этой строке.",
        "This is more than the work accepted on this line.",
    )
    constraint = ("line_balances_accrued", "obligations_paid", "obligations_paid_if_accepted")


class CashExceeded(Conflict):
    """No payment goes beyond the balance of the cash control account."""

    title = Text(
        "Бақылау шотында ақша жетпейді.",
        "На контрольном счёте наличности не хватает денег.",
        "The cash control account has not enough money.",
    )
    constraint = "cash_balances_amount"


class ReceiptsAlreadyCounted(Conflict):
    """A line cannot have received less than nothing."""

    title = Text(
        "Кіріс жолында мұндай түсім жоқ.",
        "На строке дохода нет такого поступления.",
        "The revenue line has no such receipt.",
    )
    constraint = "line_balances_received"


class BudgetNotOpen(Conflict):
    """Entries are made from the approval of a budget until its year is closed."""

    title = Text(
        "Бұл бюджетке жазба енгізуге болмайды: ол бекітілмеген немесе жабылған.",
        "В этот бюджет проводки не вносятся: он не утверждён или закрыт.",
        "This budget takes no entries: it is not approved, or it is closed.",
    )
    constraint = "entries_budget_open"


class OutsideFiscalYear(Invalid):
    """An entry's day lies in the year of its budget."""

    title = Text(
        "Күн бюджеттің қаржы жылынан тыс.",
        "День вне финансового года бюджета.",
        "The day is outside the budget's fiscal year.",
    )
    constraint = "entries_in_year"


class PeriodClosed(Conflict):
    """A closed period takes no entry and is not closed again."""

    title = Text("Бұл кезең жабылған.", "Этот период закрыт.", "This period is closed.")
    constraint = ("entries_period_open", "period_closings_once")


class DocumentAlreadyPosted(Conflict):
    """One document makes one entry of a kind in a budget."""

    title = Text(
        "Бұл құжат бойынша жазба бар.",
        "По этому документу проводка уже есть.",
        "This document has been posted already.",
    )
    constraint = "entries_source_once"


class AlreadyReversed(Conflict):
    """An entry is reversed once, and once is the reversal asked for."""

    title = Text(
        "Бұл жазбаға сторно жасалған немесе дайындалған.",
        "Сторно этой проводки уже подготовлено или проведено.",
        "This entry's reversal has been prepared or made already.",
    )
    constraint = ("entries_reversed_once", "reversals_one_an_entry")


class ReversalNotPrepared(NotFound):
    """A reversal is prepared by one person and approved by another."""

    title = Text(
        "Бұл жазбаның сторносы дайындалмаған.",
        "Сторно этой проводки не подготовлено.",
        "No reversal of this entry has been prepared.",
    )


class ReversalNotReversible(Conflict):
    """A reversal stands; what it undid is posted anew under a new document."""

    title = Text(
        "Сторно жазбасын сторнолауға болмайды.",
        "Сторно нельзя сторнировать.",
        "A reversal cannot be reversed.",
    )
    constraint = "entries_reversible"


class EntryUnbalanced(Invalid):
    """Every entry sums to zero over at least two postings."""

    title = Text("Жазба теңгерілмеген.", "Проводка не сбалансирована.", "The entry is unbalanced.")
    constraint = ("entries_balanced", "entries_legs", "entries_shape", "entries_line_balanced")


class EntryNotFound(NotFound):
    """No entry has this id."""

    title = Text("Мұндай жазба жоқ.", "Такой проводки нет.", "There is no such entry.")
