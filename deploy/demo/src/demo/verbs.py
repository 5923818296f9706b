"""`ortaq demo`: play the year, and end with an error if a step or a check fails."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console

from demo.api import Api, StepFailed
from demo.chain import follow_chain
from demo.money import spend_the_year
from demo.real import count_election, register_acts
from demo.report import report_the_year
from demo.telling import Story
from demo.village import settle
from demo.vote import decide_together

BORANKUL = "473639000"


@click.command()
@click.option(
    "--url", default="", help="A running gateway (default: of this folder, or a new one)."
)
@click.option("--kato", default=BORANKUL, show_default=True, help="The village, by its code.")
@click.option(
    "--act",
    "acts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Register the acts of this CSV, thousand tenge as printed, instead of playing the year.",
)
@click.option(
    "--election",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Count this Pabulib election through the API instead of playing the year.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the facts for programs.")
@click.pass_obj
def demo(
    ortaq: Any, url: str, kato: str, acts: Path | None, election: Path | None, as_json: bool
) -> None:
    """Play one year of the village Borankul through the HTTP API."""
    console = Console(stderr=as_json, highlight=False)
    story = Story(console)
    if url:
        _play(url, story, kato, acts, election)
    else:
        with ortaq.open_platform() as gateway:
            _play(gateway, story, kato, acts, election)
    if as_json:
        click.echo(json.dumps({"facts": story.facts, "checks": story.checks}, ensure_ascii=False))


def _play(url: str, story: Story, kato: str, acts: Path | None, election: Path | None) -> None:
    limits = httpx.Limits(max_connections=10)
    with httpx.Client(base_url=url, timeout=30, limits=limits) as client:
        api = Api(client)
        try:
            if acts is not None:
                register_acts(api, story, acts)
            if election is not None:
                count_election(api, story, election)
            if acts is None and election is None:
                _year(api, story, kato)
        except (StepFailed, httpx.HTTPError) as failure:
            story.console.print(f"[bold red]The story breaks off:[/bold red] {failure}")
            sys.exit(1)
    story.console.print(
        f"[bold green]All {story.steps} steps and {len(story.checks)} checks hold[/bold green]"
        f" ({api.calls} calls through {url})."
    )


def _year(api: Api, story: Story, kato: str) -> None:
    village = settle(api, story, kato)
    year = spend_the_year(
        api, story, village, lambda fiscal_year: decide_together(api, story, village, fiscal_year)
    )
    report_the_year(api, story, year)
    follow_chain(api, story, year)
