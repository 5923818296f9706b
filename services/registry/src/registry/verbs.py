"""`ortaq import-units FILE`: bring the classifier of territorial units up to date."""

import asyncio
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from registry.domain.classifier import read_classifier
from registry.domain.classifier_file import MAX_BYTES
from registry.domain.problem_texts import describe
from registry.usecases.classifier_imports import (
    Edition,
    ImportReport,
    english_names,
    import_classifier,
)
from shared.database import connect
from shared.errors import Refusal
from shared.texts import Language


@click.command("import-units")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--edition", default="", help="Its name; by default the name of the file.")
@click.option(
    "--valid-from",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day from which it counts; by default today.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change; without a database, check.")
@click.option("--partial", is_flag=True, help="Let more than a tenth of the known units end.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--database", envvar="ORTAQ_DATABASE_URL", help="The registry's database.")
@click.option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    default="en",
    help="Of problems.",
)
@click.pass_obj
def import_units(  # noqa: PLR0913 - one parameter per option
    platform: Any,
    file: Path,
    *,
    edition: str,
    valid_from: datetime | None,
    dry_run: bool,
    partial: bool,
    as_json: bool,
    database: str | None,
    language: str,
) -> None:
    """Take in the Bureau's classifier (CSV in UTF-8), whole or not at all."""
    day = valid_from.date() if valid_from else date.today()  # noqa: DTZ011 - the operator's day
    brought = Edition(edition or file.name, day, _content(file))
    url = database or _database_of(platform)
    if url:
        report = asyncio.run(_import(url, brought, dry_run=dry_run, partial=partial))
    elif dry_run:
        report = _check(brought)
    else:
        raise click.UsageError("Name the registry's database (--database), or use --dry-run.")
    click.echo(_as_json(report) if as_json else _as_text(report, Language(language), dry_run))
    if report.problems:
        raise click.exceptions.Exit(1)


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _database_of(platform: Any) -> str | None:
    """Ask the launcher, where one called us, for the database of the platform that it runs."""
    find = getattr(platform, "database_url", None)
    return str(find("registry")) if find else None


async def _import(url: str, edition: Edition, *, dry_run: bool, partial: bool) -> ImportReport:
    database = connect(url, pool_size=1)
    try:
        async with database.sessions.begin() as session:
            return await import_classifier(
                session, edition, is_dry_run=dry_run, may_be_partial=partial
            )
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence(Language.EN, refusal.values)) from refusal
    except OSError as cause:
        raise click.ClickException(f"The registry's database does not answer: {cause}") from cause
    finally:
        await database.engine.dispose()


def _check(edition: Edition) -> ImportReport:
    units, problems = read_classifier(edition.content, english_names())
    return ImportReport(edition.name, edition.valid_from, len(units), 0, 0, 0, problems)


def _as_json(report: ImportReport) -> str:
    problems = [
        {
            "line": problem.line,
            "problem": problem.kind,
            "value": problem.value,
            "message": {language: describe(problem, language) for language in Language},
        }
        for problem in report.problems
    ]
    fields = {name: getattr(report, name) for name in ("edition", "units", *_COUNTS)}
    document = {**fields, "valid_from": report.valid_from.isoformat(), "problems": problems}
    return json.dumps(document, ensure_ascii=False, indent=2)


_COUNTS = ("created", "changed", "ended")


def _as_text(report: ImportReport, language: Language, is_dry_run: bool) -> str:
    if report.problems:
        kinds = Counter(problem.kind for problem in report.problems)
        heading = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        lines = [describe(problem, language) for problem in report.problems]
        return "\n".join([f"Nothing was imported: {heading}.", *lines])
    done = "would be" if is_dry_run else "were"
    counts = ", ".join(f"{getattr(report, name)} {name}" for name in _COUNTS)
    return f"{report.units} units read from {report.edition}; {done} {counts}."
