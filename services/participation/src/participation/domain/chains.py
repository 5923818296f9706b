"""The chain from a sentence to the finished work; money's part follows the ledger alone.

Everything here is computed from facts whose order of arrival does not matter: a later entry of the
ledger is told by its time-ordered id, not by when we heard of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from shared.texts import Text


class ProjectStatus(StrEnum):
    """What has become of a project."""

    ON_BALLOT = "on_ballot"
    NOT_CHOSEN = "not_chosen"
    WON = "won"
    IN_BUDGET = "in_budget"
    CONTRACTED = "contracted"
    BUILT = "built"
    PAID = "paid"


class Stage(StrEnum):
    """The links of the chain, in order."""

    PROPOSAL = "proposal"
    VOTE = "vote"
    COUNT = "count"
    LINE = "line"
    COMMITMENT = "commitment"
    ACT = "act"
    PAYMENT = "payment"


class State(StrEnum):
    """How far a link is."""

    NOT_YET = "not_yet"
    UNDER_WAY = "under_way"
    DONE = "done"


STATUS_NAMES = {
    ProjectStatus.ON_BALLOT: Text("дауысқа салынды", "вынесен на голосование", "on the ballot"),
    ProjectStatus.NOT_CHOSEN: Text("таңдалмады", "не выбран", "not chosen"),
    ProjectStatus.WON: Text("жеңді", "победил", "won"),
    ProjectStatus.IN_BUDGET: Text("бюджетке енгізілді", "включён в бюджет", "in the budget"),
    ProjectStatus.CONTRACTED: Text("шарт жасалды", "заключён договор", "contracted"),
    ProjectStatus.BUILT: Text("жұмыс қабылданды", "работы приняты", "built and accepted"),
    ProjectStatus.PAID: Text("төленді", "оплачен", "paid"),
}
STAGE_NAMES = {
    Stage.PROPOSAL: Text("Ұсыныс", "Предложение", "Proposal"),
    Stage.VOTE: Text("Дауыс беру", "Голосование", "Vote"),
    Stage.COUNT: Text("Дауыс санау", "Подсчёт голосов", "Count"),
    Stage.LINE: Text("Бюджет жолы", "Строка бюджета", "Budget line"),
    Stage.COMMITMENT: Text("Шарт", "Договор", "Contract"),
    Stage.ACT: Text("Орындалған жұмыстар актісі", "Акт выполненных работ", "Act of work"),
    Stage.PAYMENT: Text("Төлем", "Оплата", "Payment"),
}
STATE_NAMES = {
    State.NOT_YET: Text("әлі жоқ", "ещё нет", "not yet"),
    State.UNDER_WAY: Text("орындалуда", "в процессе", "under way"),
    State.DONE: Text("болды", "сделано", "done"),
}


class LineFact(Protocol):
    """A line of the budget as the budget told of it: once as a draft, once as approved."""

    line_id: UUID
    status: str
    code: str
    amount_tiyn: int
    opened_on: date


class EntryFact(Protocol):
    """An entry of the ledger, and the amounts of its line after it."""

    entry_id: UUID
    line_id: UUID
    entry_kind: str
    effective_on: date
    document: str
    available_tiyn: int
    committed_tiyn: int
    accrued_tiyn: int
    paid_tiyn: int


@dataclass(frozen=True)
class Link:
    """One link of the chain: how far, since which day, by which document, for how much."""

    stage: Stage
    state: State
    on: date | None = None
    document: str | None = None
    amount_tiyn: int | None = None


@dataclass(frozen=True)
class Money:
    """Where a project's money stands now, in tiyn; each sum moves on to the next."""

    available: int = 0
    committed: int = 0
    accrued: int = 0
    paid: int = 0

    @property
    def engaged(self) -> int:
        """What a contract has bound, whatever has become of it since."""
        return self.committed + self.accrued + self.paid


def money_now(entries: Iterable[EntryFact]) -> Money:
    """Return the amounts after the latest entry of each line."""
    latest: dict[UUID, EntryFact] = {}
    for entry in entries:
        known = latest.get(entry.line_id)
        if known is None or entry.entry_id > known.entry_id:
            latest[entry.line_id] = entry
    return Money(
        sum(entry.available_tiyn for entry in latest.values()),
        sum(entry.committed_tiyn for entry in latest.values()),
        sum(entry.accrued_tiyn for entry in latest.values()),
        sum(entry.paid_tiyn for entry in latest.values()),
    )


def status_of(
    has_won: bool | None, lines: Sequence[LineFact], entries: Sequence[EntryFact]
) -> ProjectStatus:
    """Return what has become of a project; `has_won` is None before the count."""
    money = money_now(entries)
    if has_won is None:
        return ProjectStatus.ON_BALLOT
    if not has_won:
        return ProjectStatus.NOT_CHOSEN
    if money.paid and money.paid == money.engaged:
        return ProjectStatus.PAID
    if money.engaged and not money.committed:
        return ProjectStatus.BUILT
    if money.engaged:
        return ProjectStatus.CONTRACTED
    return ProjectStatus.IN_BUDGET if is_approved(lines, entries) else ProjectStatus.WON


def is_approved(lines: Iterable[LineFact], entries: Iterable[EntryFact]) -> bool:
    """Return whether a project's line is in force: money has been put on it, or the budget says."""
    return any(line.status != "draft" for line in lines) or any(entries)


def money_links(lines: Sequence[LineFact], entries: Sequence[EntryFact]) -> list[Link]:
    """Return the links that the budget's facts make: line, contract, act of work, payment."""
    money = money_now(entries)
    return [
        _line_link(lines, entries),
        _money_link(Stage.COMMITMENT, "commit", entries, (money.engaged, 0)),
        _money_link(Stage.ACT, "accrue", entries, (money.accrued + money.paid, money.committed)),
        _money_link(Stage.PAYMENT, "pay", entries, (money.paid, money.committed + money.accrued)),
    ]


def _line_link(lines: Sequence[LineFact], entries: Sequence[EntryFact]) -> Link:
    if not lines:
        return Link(Stage.LINE, State.NOT_YET)
    approved = [line for line in lines if line.status != "draft"] or list(lines)
    state = State.DONE if is_approved(lines, entries) else State.UNDER_WAY
    codes = ", ".join(sorted({line.code for line in lines}))
    amount_tiyn = sum(line.amount_tiyn for line in approved)
    return Link(Stage.LINE, state, min(line.opened_on for line in approved), codes, amount_tiyn)


def _money_link(
    stage: Stage, kind: str, entries: Sequence[EntryFact], reached_and_missing: tuple[int, int]
) -> Link:
    reached_tiyn, missing_tiyn = reached_and_missing
    if not reached_tiyn:
        return Link(stage, State.NOT_YET)
    state = State.UNDER_WAY if missing_tiyn else State.DONE
    own = [entry for entry in entries if entry.entry_kind == kind]
    if not own:
        return Link(stage, state, amount_tiyn=reached_tiyn)
    last = max(own, key=lambda entry: entry.entry_id)
    return Link(stage, state, last.effective_on, last.document, reached_tiyn)
