"""Counting a Pabulib file that somebody brings, by any rule."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from participation.domain.counting import (
    Completion,
    Election,
    Endowment,
    Outcome,
    Parameters,
    Stop,
    Tie,
    Utility,
    count,
    left_with_nothing,
)
from participation.domain.pabulib import PabulibElection, parameters_of, read_pabulib
from participation.domain.pabulib.writing import money_text
from participation.domain.voting_rules import write_parameters
from shared.errors import Invalid, Unavailable
from shared.texts import Text

_KINDS = {"utility": Utility, "completion": Completion, "stop": Stop, "endowment": Endowment}


class FileNotCountable(Invalid):
    """The file breaks its format, or names no rule that can be recomputed."""

    title = Text(
        "Файлды санау мүмкін емес.", "Файл нельзя подсчитать.", "The file cannot be counted."
    )
    detail = Text(
        "Файлды санау мүмкін емес: {reason}",
        "Файл нельзя подсчитать: {reason}",
        "The file cannot be counted: {reason}",
    )


class CountTooLong(Invalid):
    """A count that takes too long is a matter for one's own machine."""

    title = Text(
        "Санау тым ұзаққа созылды: оны «ortaq count» командасымен өз компьютеріңізде орындаңыз.",
        "Подсчёт занял слишком много времени: выполните его у себя командой «ortaq count».",
        "The count took too long: do it on your own machine with “ortaq count”.",
    )


class CountersBusy(Unavailable):
    """So many files at a time, so that counting never slows down voting."""

    title = Text(
        "Қазір басқа файл саналып жатыр. Біраздан кейін қайталаңыз.",
        "Сейчас считается другой файл. Повторите чуть позже.",
        "Another file is being counted. Please try again soon.",
    )
    retry_after_seconds = 5


def recount(content: bytes, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Count a file by the rule it names, or by what is wanted instead, as plain values.

    Args:
        content: the file.
        wanted: any of rule (as Pabulib names it), utility, completion, stop, endowment, step,
            threshold, ties and seed.

    Raises:
        UnreadableFile, RuleNotComputable, UncountableElection: the file cannot be counted.
    """
    file = read_pabulib(content)
    parameters = _parameters(file, wanted)
    outcome = count(file.election, parameters)
    published = file.published_winners()
    return {
        **_shown(file.election, outcome),
        "projects": len(file.election.projects),
        "ballots": file.election.voters,
        "budget": money_text(file.election.budget, file.election.unit),
        "currency": file.meta.get("currency"),
        "published_winners": published,
        "agrees_with_published": (
            None if published is None else set(published) == set(outcome.winners)
        ),
    }


def _parameters(file: PabulibElection, wanted: Mapping[str, Any]) -> Parameters:
    base = parameters_of(file.meta, file.ballot_type, rule=wanted.get("rule"))
    given: dict[str, Any] = {
        key: kind(wanted[key]) for key, kind in _KINDS.items() if key in wanted
    }
    given |= {key: wanted[key] for key in ("step", "seed") if key in wanted}
    if "threshold" in wanted:
        given["threshold"] = Fraction(wanted["threshold"])
    if "ties" in wanted:
        given["ties"] = tuple(Tie(tie) for tie in wanted["ties"])
    return replace(base, **given)


def _shown(election: Election, outcome: Outcome) -> dict[str, Any]:
    share = left_with_nothing(election, outcome)
    parameters = write_parameters(outcome.parameters)
    return {
        "winners": list(outcome.winners),
        "cost": money_text(outcome.cost, election.unit),
        "rule": outcome.parameters.rule.value,
        "parameters": parameters | {"threshold": str(outcome.parameters.threshold)},
        "digest": outcome.digest,
        "engine_version": outcome.engine_version,
        "ballots_with_nothing": int(share * election.voters),
    }
