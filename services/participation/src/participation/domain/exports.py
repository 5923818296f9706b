"""A counted round as a Pabulib file, from which anybody can repeat the count."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from participation.domain.counting import Election, Parameters
from participation.domain.pabulib import pabulib_rule, write_pabulib
from participation.domain.pabulib.ballots import BallotType
from participation.domain.pabulib.writing import Sheet

DAY = "%d.%m.%Y"


def recount_command(parameters: Parameters) -> str:
    """Return the command that counts the downloaded file by the round's own rule.

    Fit to be pasted into a shell, whatever text somebody chose as the seed.
    """
    rule = f"{parameters.rule}-comparison" if parameters.comparison else parameters.rule.value
    words = ["ortaq", "count", "ballots.pb", "--rule", rule]
    words += ["--utility", parameters.utility.value, "--completion", parameters.completion.value]
    words += ["--stop", parameters.stop.value, "--endowment", parameters.endowment.value]
    words += ["--step", str(parameters.step), "--threshold", str(int(parameters.threshold))]
    words += ["--ties", ",".join(parameters.ties), "--seed", parameters.seed]
    return shlex.join(words)


def write_ballots(
    election: Election,
    round_: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    parameters: Parameters,
    days: tuple[date, date],
    winners: Sequence[str],
) -> str:
    """Return the file: projects, ballots in random order, winners, and how to count them.

    Args:
        election: the round's ballots.
        round_: its `title_en`, `fiscal_year`, `fewest_projects`, `most_projects`, and the `unit`
            as name and code.
        names: the projects' names by id.
        parameters: the round's rule.
        days: the first and the last day of voting.
        winners: the ids of the projects that won.
    """
    meta = {
        "description": round_["title_en"],
        "country": "Kazakhstan",
        "unit": round_["unit"],
        "instance": str(round_["fiscal_year"]),
        "rule": pabulib_rule(parameters),
        "date_begin": days[0].strftime(DAY),
        "date_end": days[1].strftime(DAY),
        "min_length": str(round_["fewest_projects"]),
        "max_length": str(round_["most_projects"]),
        "language": "kk",
        "currency": "KZT",
        "comment": f"#1: {recount_command(parameters)}",
    }
    columns = {project_id: {"name": name} for project_id, name in names.items()}
    sheet = Sheet(BallotType.APPROVAL, meta, columns)
    return write_pabulib(election, sheet, winners=winners)
