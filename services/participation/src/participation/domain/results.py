"""What the ballots of a closed round decide: winners, rival rules, why projects won or lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from uuid import UUID

from participation.domain.counting import (
    Election,
    Outcome,
    Parameters,
    Project,
    Rule,
    approvals,
    count,
    left_with_nothing,
)
from participation.domain.counting.explanation_texts import (
    LANGUAGES,
    LOST,
    SHORT,
    explanation_texts,
    money,
)
from participation.domain.counting.explanations import Explanation, explain, money_behind
from participation.domain.counting.ladder import first_rung
from participation.domain.counting.rules import choose
from participation.domain.counting.shares import open_market
from participation.domain.counting.ties import tie_ranks
from participation.domain.rules import find_rule
from participation.domain.voting_rules import TIYN_PER_TENGE
from shared.errors import Conflict, NotFound
from shared.texts import Text

RIVALS = (Rule.GREEDY, Rule.EQUAL_SHARES)
"""The rules that every result is compared under."""
RECOUNTS_PER_LOSER = 30
MOST_ENTRIES = 25_000_000
"""Ballot entries gone through, seconds of work, to find what would have made the losers win."""


class NoResultYet(NotFound):
    """Before closing and counting there is no result, and nothing that hints at one."""

    title = Text("Нәтиже әлі жоқ.", "Результата ещё нет.", "There is no result yet.")


class VotingGoesOn(Conflict):
    """Nobody counts before the announced end."""

    title = Text(
        "Дауыс беру әлі аяқталған жоқ.",
        "Голосование ещё не завершено.",
        "Voting is not over.",
    )
    constraint = "ballots_sealed_after_closing"


class BallotsDoNotMatchRoll(Conflict):
    """More or fewer ballots than voters: such a box is looked into by people, not counted."""

    title = Text(
        "Бюллетеньдер саны дауыс бергендер санына тең емес: санау тоқтатылды.",
        "Число бюллетеней не равно числу проголосовавших: подсчёт остановлен.",
        "Ballots and voters do not match in number: the count has been stopped.",
    )
    constraint = "ballots_match_voters"


class TooFewBallots(NotFound):
    """Where few have voted, ballots would tell of single people."""

    title = Text(
        "Дауыс тым аз: жеке адамдар танылмауы үшін бюллетеньдер жарияланбайды.",
        "Голосов слишком мало: бюллетени не публикуются, чтобы никого не узнали.",
        "Too few have voted: ballots are not published, so that nobody is recognised.",
    )


@dataclass(frozen=True)
class ProjectResult:
    """What became of a project: `place` is its number among the winners, from 1."""

    project_id: UUID
    votes: int
    place: int | None
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """The outcome of one rule on a round's ballots."""

    parameters: Parameters
    outcome: Outcome
    winners: tuple[UUID, ...]
    ballots: int
    ballots_with_nothing: int
    projects: tuple[ProjectResult, ...] = ()


def is_publishable(ballots: int, counted_on: date) -> bool:
    """Return whether so many have voted that figures tell of nobody by name."""
    return ballots >= find_rule("result_ballots", counted_on)


def build_election(
    costs_tiyn: Mapping[UUID, int], budget_tiyn: int, ballots: Iterable[Sequence[UUID]]
) -> Election:
    """Return a round as the engine counts it, and as it is read back from its published file.

    Amounts are counted in the largest unit in which they all are whole (tenge, tenths or tiyn):
    exactly what a reader of the file does, so that its digest is ours.
    """
    amounts = [budget_tiyn, *costs_tiyn.values()]
    unit = next(u for u in (1, 10, 100) if all(a * u % TIYN_PER_TENGE == 0 for a in amounts))
    projects = [
        Project(str(project_id), cost * unit // TIYN_PER_TENGE)
        for project_id, cost in costs_tiyn.items()
    ]
    chosen = ([str(project_id) for project_id in ballot] for ballot in ballots)
    budget = budget_tiyn * unit // TIYN_PER_TENGE
    return approvals(projects, budget=budget, ballots=chosen, unit=unit)


def decide(election: Election, parameters: Parameters) -> list[Result]:
    """Count by the round's rule, with an explanation per project, and by its rivals.

    The decisive result comes first. A rival takes every other parameter from the round's rule.
    """
    decisive = _result(election, parameters)
    explained = replace(decisive, projects=_projects(election, decisive))
    rivals = [
        _result(election, replace(parameters, rule=rule, comparison=False))
        for rule in RIVALS
        if rule is not parameters.rule
    ]
    return [explained, *rivals]


def _result(election: Election, parameters: Parameters) -> Result:
    outcome = count(election, parameters)
    with_nothing = left_with_nothing(election, outcome) * election.voters
    return Result(
        parameters,
        outcome,
        tuple(UUID(winner) for winner in outcome.winners),
        election.voters,
        int(with_nothing),
    )


def _projects(election: Election, result: Result) -> tuple[ProjectResult, ...]:
    places = {project_id: place for place, project_id in enumerate(result.outcome.winners, 1)}
    votes = election.votes()
    texts = _texts(election, result)
    return tuple(
        ProjectResult(UUID(one.id), votes[at], places.get(one.id), texts[one.id])
        for at, one in enumerate(election.projects)
    )


def _texts(election: Election, result: Result) -> dict[str, dict[str, str]]:
    """Why each project won or lost; with what would have made it win where that is soon found."""
    parameters, unit = result.parameters, election.unit
    if not election.voters or not is_soon_explained(election, result):
        return _plain_texts(election, result)
    return {
        project.id: explanation_texts(explain(election, parameters, project.id), unit=unit)
        for project in election.projects
    }


def is_soon_explained(election: Election, result: Result) -> bool:
    """Return whether explaining all losers goes through few enough ballot entries."""
    losers = len(election.projects) - len(result.winners)
    raises, endowment = 0, result.outcome.endowment
    if endowment is not None:
        ranks = tie_ranks(election, result.parameters)
        start = first_rung(open_market(election, result.parameters, ranks), result.parameters)
        raises = int((endowment - start) / (result.parameters.step * election.unit))
    # A recount costs about as much as a thousand entries even where there are none.
    entries = (max(raises, 0) + 1) * (len(election.listed) + 1_000)
    return losers * RECOUNTS_PER_LOSER * entries <= MOST_ENTRIES


def _plain_texts(election: Election, result: Result) -> dict[str, dict[str, str]]:
    run = choose(election, result.parameters).run if election.voters else None
    votes, texts = election.votes(), {}
    for place, project in enumerate(election.projects):
        won = Explanation(project.id, True, project.cost, votes[place])
        texts[project.id] = explanation_texts(won, unit=election.unit)
        if project.id not in result.outcome.winners:
            left = None if run is None else money_behind(run, place)
            texts[project.id] = _lost(project, votes[place], left, election.unit)
    return texts


def _lost(project: Project, votes: int, left: Fraction | None, unit: int) -> dict[str, str]:
    values = {"votes": str(votes), "cost": money(project.cost, unit)}
    sentences = [LOST]
    if left is not None and left < project.cost:
        had = left.numerator // left.denominator
        values |= {"left": money(had, unit), "short": money(project.cost - had, unit)}
        sentences.append(SHORT)
    return {
        language: " ".join(sentence[language].format(**values) for sentence in sentences)
        for language in LANGUAGES
    }
