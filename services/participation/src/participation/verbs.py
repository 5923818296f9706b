"""What `ortaq` can do with files of this service, without a running system."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from participation.domain.counting import (
    Completion,
    Endowment,
    Outcome,
    Parameters,
    Rule,
    Stop,
    Tie,
    UncountableElection,
    Utility,
    left_with_nothing,
)
from participation.domain.counting import (
    count as count_election,
)
from participation.domain.pabulib import (
    MOST_BYTES,
    PabulibElection,
    RuleNotComputable,
    UnreadableFile,
    parameters_of,
    read_pabulib,
)

COMPARED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("greedy", "greedy", {}),
    ("greedy-no-skip", "greedy-no-skip", {}),
    ("equal shares", "equalshares", {}),
    ("equal shares + utilitarian", "equalshares", {"completion": Completion.UTILITARIAN}),
    ("equal shares + add1", "equalshares/add1", {}),
    ("equal shares + add1u", "equalshares", {"completion": Completion.ADD1U}),
    ("equal shares, cardinality", "equalshares", {"utility": Utility.CARDINALITY}),
    ("Phragmen", "phragmen", {}),
)


def _ties(_: click.Context, __: click.Parameter, text: str | None) -> tuple[Tie, ...] | None:
    if text is None:
        return None
    try:
        return tuple(Tie(key.strip()) for key in text.split(",") if key.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r}: the keys are {', '.join(Tie)}.") from None


def _choices(values: type[Utility | Completion | Stop | Endowment]) -> click.Choice[str]:
    return click.Choice([value.value for value in values])


@click.command("count")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rule", help="greedy, greedy-no-skip, greedy-threshold, equalshares, phragmen...")
@click.option("--utility", type=_choices(Utility), help="What a project is worth to a voter.")
@click.option("--completion", type=_choices(Completion), help="How leftover money is used.")
@click.option("--stop", type=_choices(Stop), help="When raising the endowment ends.")
@click.option("--endowment", type=_choices(Endowment), help="Where raising it starts.")
@click.option("--step", type=click.IntRange(min=1), help="Currency units per raise and voter.")
@click.option("--threshold", type=click.IntRange(min=0), help="Fewest votes that can win.")
@click.option("--ties", callback=_ties, help="Keys that break ties, e.g. max-votes,min-cost.")
@click.option("--seed", help="Public text from which the last tie is drawn by lot.")
@click.option("--compare", is_flag=True, help="All rules side by side.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def count(file: Path, *, compare: bool, as_json: bool, **options: Any) -> None:
    """Count the election in a Pabulib FILE, by the rule it names unless told otherwise."""
    try:
        election = read_pabulib(_content(file))
        report = _compare if compare else _count
        click.echo(report(election, options, as_json=as_json))
    except (UnreadableFile, RuleNotComputable, UncountableElection) as refusal:
        raise click.ClickException(f"{file.name}: {refusal}") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _parameters(
    election: PabulibElection, options: dict[str, Any], *, rule: str | None = None
) -> Parameters:
    base = parameters_of(election.meta, election.ballot_type, rule=rule or options["rule"])
    kinds = {"utility": Utility, "completion": Completion, "stop": Stop, "endowment": Endowment}
    given: dict[str, Any] = {
        key: kind(options[key]) for key, kind in kinds.items() if options[key] is not None
    }
    given |= {k: options[k] for k in ("step", "ties", "seed") if options[k] is not None}
    if options["threshold"] is not None:
        given["threshold"] = Fraction(options["threshold"])
    return replace(base, **given)


def _count(file: PabulibElection, options: dict[str, Any], *, as_json: bool) -> str:
    parameters = _parameters(file, options)
    started = time.perf_counter()
    outcome = count_election(file.election, parameters)
    facts = _facts(file, outcome, time.perf_counter() - started)
    return json.dumps(facts, ensure_ascii=False) if as_json else _for_people(file, outcome, facts)


def _money(amount: int | Decimal, unit: int) -> int | str:
    """Currency units: a number where whole, else its exact decimal text."""
    value = Decimal(amount) / unit if amount % unit else amount // unit
    return int(value) if value == int(value) else format(value, "f")


def _facts(file: PabulibElection, outcome: Outcome, seconds: float) -> dict[str, Any]:
    parameters, unit = outcome.parameters, file.election.unit
    endowment = outcome.endowment
    return {
        "winners": list(outcome.winners),
        "cost": _money(outcome.cost, unit),
        "rule": parameters.rule.value,
        "parameters": {
            "utility": parameters.utility.value,
            "completion": parameters.completion.value,
            "stop": parameters.stop.value,
            "endowment": parameters.endowment.value,
            "step": parameters.step,
            "threshold": str(parameters.threshold),
            "comparison": parameters.comparison,
            "ties": [*(tie.value for tie in parameters.ties), parameters.last_tie.value],
            "seed": parameters.seed,
        },
        "digest": outcome.digest,
        "seconds": round(seconds, 6),
        "engine_version": outcome.engine_version,
        "budget": _money(file.election.budget, unit),
        "leftover": _money(outcome.leftover, unit),
        "endowment_per_voter": None if endowment is None else str(endowment / unit),
        "completed": list(outcome.completed),
        "preferring": outcome.preferring,
        "kept": None if outcome.kept is None else outcome.kept.value,
        "voters": file.election.voters,
        "voters_left_with_nothing": float(left_with_nothing(file.election, outcome)),
    }


def _for_people(file: PabulibElection, outcome: Outcome, facts: dict[str, Any]) -> str:
    places = {project.id: place for place, project in enumerate(file.election.projects)}
    votes, unit = file.election.votes(), file.election.unit
    lines = [
        f"{_rule_text(outcome.parameters)}: {len(outcome.winners)} of {len(places)} projects win,"
        f" {facts['cost']} of {facts['budget']} spent, {facts['voters']} ballots"
    ]
    for number, project_id in enumerate(outcome.winners, start=1):
        place = places[project_id]
        cost = _money(file.election.projects[place].cost, unit)
        name = file.project_columns[project_id].get("name", "").strip()
        lines.append(f"{number:4}  {project_id:>8}  {cost:>14}  {votes[place]:>8} votes  {name}")
    if facts["endowment_per_voter"] is not None:
        lines.append(f"Each voter had {facts['endowment_per_voter']} to spend.")
    if outcome.preferring is not None:
        ours, theirs = outcome.preferring
        lines.append(f"{ours} voters prefer equal shares, {theirs} greedy: {facts['kept']} kept.")
    lines.append(f"Left with nothing: {facts['voters_left_with_nothing']:.1%} of the voters")
    lines.append(f"Digest {outcome.digest}, {facts['seconds']:.3f} s")
    return "\n".join(lines)


def _rule_text(parameters: Parameters) -> str:
    if parameters.rule is not Rule.EQUAL_SHARES:
        return parameters.rule.value
    completion = parameters.completion.value
    return f"{parameters.rule.value} ({parameters.utility.value} utility, completion {completion})"


def _compare(file: PabulibElection, options: dict[str, Any], *, as_json: bool) -> str:
    rows = []
    for name, rule, changes in COMPARED:
        parameters = replace(_parameters(file, options | {"rule": None}, rule=rule), **changes)
        started = time.perf_counter()
        try:
            outcome = count_election(file.election, parameters)
        except UncountableElection as refusal:
            rows.append({"name": name, "refused": str(refusal)})
            continue
        facts = _facts(file, outcome, time.perf_counter() - started)
        rows.append({"name": name} | facts)
    if as_json:
        return json.dumps({"rules": rows}, ensure_ascii=False)
    head = f"{'rule':<28}{'projects':>9}{'cost':>16}{'left with nothing':>19}{'seconds':>9}"
    return "\n".join([head, *map(_compared_row, rows)])


def _compared_row(row: dict[str, Any]) -> str:
    if "refused" in row:
        return f"{row['name']:<28}  {row['refused']}"
    return (
        f"{row['name']:<28}{len(row['winners']):>9}{row['cost']:>16}"
        f"{row['voters_left_with_nothing']:>19.1%}{row['seconds']:>9.3f}"
    )
