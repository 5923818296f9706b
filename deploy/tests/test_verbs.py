"""Verbs of other packages: found by name, and harmless when broken."""

from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from launcher import verbs
from launcher.main import ortaq

PACKAGE = """
import click

@click.command()
@click.pass_obj
def greet(obj):
    "Say where the platform is kept."
    click.echo(obj.folder.path)

not_a_command = 1
"""


@pytest.fixture
def contributed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "neighbour_verbs.py").write_text(PACKAGE)
    (tmp_path / "broken_verbs.py").write_text("import a_module_that_is_not_installed")
    info = tmp_path / "neighbour-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: neighbour\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[ortaq.verbs]\n"
        "greet = neighbour_verbs:greet\n"
        "wave = neighbour_verbs:not_a_command\n"
        "shout = broken_verbs:shout\n"
        "up = neighbour_verbs:greet\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("contributed")
def test_a_contributed_verb_gets_the_platforms_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(ortaq, ["--directory", str(tmp_path), "greet"])

    assert result.output.strip() == str(tmp_path / ".ortaq")


@pytest.mark.usefixtures("contributed")
@pytest.mark.parametrize(
    ("verb", "reason"),
    [("shout", "broken_verbs cannot be imported"), ("wave", "not_a_command is not a command")],
)
def test_a_broken_verb_says_so_in_one_line(verb: str, reason: str) -> None:
    result = CliRunner().invoke(ortaq, [verb, "--loudly", "now"])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: `ortaq {verb}` cannot be used: ")
    assert reason in result.output
    assert result.output.count("\n") == 1


@pytest.mark.usefixtures("contributed")
def test_a_broken_verb_leaves_the_others_usable() -> None:
    result = CliRunner().invoke(ortaq, ["--help"])

    assert result.exit_code == 0
    for verb in ("up", "status", "down", "reset", "migrate", "revision", "greet", "shout"):
        assert f"  {verb} " in result.output


@pytest.mark.usefixtures("contributed")
def test_nobody_replaces_the_launchers_own_verbs() -> None:
    command = ortaq.get_command(click.Context(ortaq), "up")

    assert command is not None
    assert "whole platform" in str(command.help)


def test_an_unknown_verb_is_refused() -> None:
    result = CliRunner().invoke(ortaq, ["no-such-verb"])

    assert result.exit_code == 2
    assert "No such command" in result.output


def test_a_verb_is_loaded_only_when_it_is_used() -> None:
    entry = EntryPoint("late", "a_module_that_is_not_installed:verb", verbs.GROUP)

    command = verbs.load(entry)

    assert "cannot be used" in str(command.help)
