"""What residents vote by: the counting rule of a round, stored, bounded, frozen and hashed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from participation.domain.counting import (
    Completion,
    Endowment,
    Parameters,
    Rule,
    Stop,
    Tie,
    Utility,
)
from participation.domain.rounds import instant_text
from shared.errors import Invalid
from shared.texts import Text

TIYN_PER_TENGE = 100
MOST_RAISES = 50_000
"""Whoever raises the endowment by a step gets no further than twice the budget: by then every
voter could pay for any project alone. So budget / step bounds the length of a count."""
USUAL_RAISES = 10_000


class StepTooSmall(Invalid):
    """With a tiny step, completion by a raised endowment would be counted for hours."""

    title = Text(
        "Қадам тым кіші.",
        "Шаг слишком мал.",
        "The step is too small.",
    )
    detail = Text(
        "Осы бюджетке қадам кемінде {least} теңге болуы керек.",
        "При таком бюджете шаг должен быть не меньше {least} тенге.",
        "With this budget the step must be at least {least} tenge.",
    )


def usual_step(budget_tiyn: int) -> int:
    """Return the step, in tenge per voter, that a round takes unless told otherwise."""
    return _least_step(budget_tiyn, USUAL_RAISES)


def require_countable(budget_tiyn: int, step: int) -> None:
    """Let only a step pass with which every count ends.

    Raises:
        StepTooSmall: the budget is more than 50,000 steps.
    """
    least = _least_step(budget_tiyn, MOST_RAISES)
    if step < least:
        raise StepTooSmall(least=least)


def _least_step(budget_tiyn: int, raises: int) -> int:
    return max(1, -(-budget_tiyn // (TIYN_PER_TENGE * raises)))


def read_parameters(stored: Mapping[str, Any]) -> Parameters:
    """Return the rule of a round from what is stored of it."""
    return Parameters(
        rule=Rule(stored["rule"]),
        utility=Utility(stored["utility"]),
        completion=Completion(stored["completion"]),
        stop=Stop(stored["stop"]),
        endowment=Endowment(stored["endowment"]),
        step=stored["step"],
        threshold=Fraction(stored["threshold"]),
        comparison=stored["comparison"],
        ties=tuple(Tie(tie) for tie in stored["ties"]),
        seed=stored["seed"],
    )


def write_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return what to store of a rule; `threshold` is a whole number of votes."""
    return {
        "rule": parameters.rule.value,
        "utility": parameters.utility.value,
        "completion": parameters.completion.value,
        "stop": parameters.stop.value,
        "endowment": parameters.endowment.value,
        "step": parameters.step,
        "threshold": int(parameters.threshold),
        "comparison": parameters.comparison,
        "ties": [tie.value for tie in parameters.ties],
        "seed": parameters.seed,
    }


def write_rules(round_: Mapping[str, Any], projects: Sequence[Mapping[str, Any]]) -> str:
    """Return the text that residents vote by, as canonical JSON: who, what, how much, when, how."""
    rules = {
        "round_id": str(round_["id"]),
        "unit_id": str(round_["unit_id"]),
        "fiscal_year": round_["fiscal_year"],
        "budget_tiyn": round_["budget_tiyn"],
        "parameters": round_["parameters"],
        "fewest_projects": round_["fewest_projects"],
        "most_projects": round_["most_projects"],
        "eligible_on": round_["eligible_on"].isoformat(),
        "opens_at": instant_text(round_["opens_at"]),
        "closes_at": instant_text(round_["closes_at"]),
        "projects": sorted([str(one["id"]), one["cost_tiyn"]] for one in projects),
    }
    return json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_rules(rules: str) -> str:
    """Return the SHA-256 of a round's rules, by which a later change would show."""
    return hashlib.sha256(rules.encode()).hexdigest()
