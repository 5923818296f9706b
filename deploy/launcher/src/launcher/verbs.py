"""The verbs of `ortaq`: the launcher's own, and those that installed packages contribute.

A package contributes a verb by an entry point of the group `ortaq.verbs`, whose value is a click
command. With `click.pass_obj` it gets the platform (`launcher.background.Ortaq`), and so needs
no import from here.
"""

from importlib.metadata import EntryPoint, entry_points

import click

GROUP = "ortaq.verbs"


class Verbs(click.Group):
    """A group of commands that others may add to; a broken one says so and breaks nothing else."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return all verbs by name."""
        return sorted({*super().list_commands(context), *contributed()})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a verb: our own first, then a contributed one."""
        own = super().get_command(context, name)
        if own is not None:
            return own
        entry = contributed().get(name)
        return load(entry) if entry else None


def contributed() -> dict[str, EntryPoint]:
    """Return the verbs of installed packages, by name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def load(entry: EntryPoint) -> click.Command:
    """Return a contributed verb, or one that says in a line why it cannot be used."""
    try:
        command = entry.load()
    except Exception as error:
        return _unusable(entry, f"{entry.module} cannot be imported ({error!r})")
    if not isinstance(command, click.Command):
        return _unusable(entry, f"{entry.value} is not a command")
    return command


def _unusable(entry: EntryPoint, reason: str) -> click.Command:
    sentence = f"`ortaq {entry.name}` cannot be used: {reason}."

    def refuse(arguments: tuple[str, ...]) -> None:
        raise click.ClickException(sentence)

    return click.Command(
        entry.name,
        callback=refuse,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        help=sentence,
        short_help=f"(unusable: {reason})",
    )
