"""Which rule a Pabulib file names, as parameters of a count, and back."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from participation.domain.counting import Completion, Parameters, Rule, Utility
from participation.domain.pabulib.ballots import BallotType

COMPARISON = "-comparison"
ADD1 = "/add1"


class RuleNotComputable(ValueError):
    """The file's rule is not one that can be recomputed from the ballots."""


def parameters_of(
    meta: Mapping[str, str], ballot_type: BallotType, *, rule: str | None = None
) -> Parameters:
    """The parameters that META states, or those of the rule named instead.

    Rules are named as in Pabulib, `equalshares/add1-comparison` being equal shares with raised
    endowment and comparison step; `phragmen` is ours. Approval ballots take a project's cost as
    its utility, ballots with points or ranks the points themselves.

    Raises:
        RuleNotComputable: the rule is unknown, custom, or missing.
    """
    name = rule or meta.get("rule", "")
    base = name.removesuffix(COMPARISON)
    compared, raised = base != name, base.endswith(ADD1)
    base = base.removesuffix(ADD1)
    try:
        known = Rule(base)
    except ValueError:
        raise RuleNotComputable(f"Rule {name!r} cannot be recomputed; name another.") from None
    if (compared or raised) and known is not Rule.EQUAL_SHARES:
        raise RuleNotComputable(f"Rule {name!r} cannot be recomputed; name another.")
    approved = ballot_type in (BallotType.APPROVAL, BallotType.CHOOSE_ONE)
    return Parameters(
        rule=known,
        utility=Utility.COST if approved else Utility.CARDINALITY,
        completion=Completion.ADD1 if raised else Completion.NONE,
        comparison=compared,
        threshold=_threshold(meta, known),
    )


def _threshold(meta: Mapping[str, str], rule: Rule) -> Fraction:
    """A file's threshold belongs to its greedy rules; plain greedy and the others have none."""
    text = meta.get("min_project_score_threshold", "").replace(",", ".")
    if rule not in (Rule.GREEDY_THRESHOLD, Rule.GREEDY_NO_SKIP) or not text:
        return Fraction(0)
    try:
        return Fraction(text)
    except ValueError:
        raise RuleNotComputable(f"The threshold {text[:80]!r} is not a number.") from None


def pabulib_rule(parameters: Parameters) -> str:
    """The rule's name in a Pabulib file; `unknown` where the format has no name for it."""
    if parameters.rule is Rule.PHRAGMEN:
        return "unknown"
    if parameters.rule is not Rule.EQUAL_SHARES:
        return parameters.rule.value
    if parameters.completion in (Completion.UTILITARIAN, Completion.ADD1U):
        return "unknown"
    raised = ADD1 if parameters.completion is Completion.ADD1 else ""
    return f"{parameters.rule}{raised}{COMPARISON if parameters.comparison else ''}"
