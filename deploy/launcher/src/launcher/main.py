"""The console command `ortaq`: the whole platform as local processes, for one machine.

For development, demonstrations and small installations; larger ones run the same services in
containers (docker-compose.yml) or on Kubernetes.
"""

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import click

from launcher import plan, platforms, reports, supervision
from launcher.background import DEFAULT_PORT, Ortaq, start_detached, stop
from launcher.refusals import CannotStart
from launcher.runs import RunFolder, live_processes
from launcher.screen import Screen
from launcher.verbs import Verbs

EXIT_UNFIT = 78
"""The exit code for a configuration that must not run (sysexits.h, EX_CONFIG)."""


def _use_directory(context: click.Context, _: click.Parameter, directory: Path | None) -> None:
    if directory is not None or context.obj is None:
        context.obj = Ortaq(RunFolder((directory or Path.cwd()).resolve() / ".ortaq"))


directory_option = click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ORTAQ_DIRECTORY",
    callback=_use_directory,
    expose_value=False,
    is_eager=True,
    help="Where the folder .ortaq with all data is kept (default: here).",
)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@directory_option
def ortaq() -> None:
    """Ortaq: local self-government on one machine."""


@ortaq.command()
@directory_option
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Where the gateway answers.")
@click.option("--detach", is_flag=True, help="Return when everything is ready.")
@click.pass_obj
def up(obj: Ortaq, port: int, detach: bool) -> None:
    """Start the whole platform (Ctrl-C stops it)."""
    if detach:
        start_detached(obj.folder, port)
        click.echo(f"Ortaq is ready at {obj.gateway}")
        return
    obj.folder.prepare()
    with obj.folder.held(), supervision.stop_on_signals() as wake, Screen() as screen:
        platforms.stop_platform(obj.folder, screen)
        try:
            platform = platforms.start_platform(obj.folder, screen, gateway_port=port)
            screen.close()
            reports.tell_addresses(screen, platform)
            supervision.supervise(platform, wake)
        except supervision.StopAsked:
            screen.say("Stopping")
        finally:
            supervision.ignore_signals()
            platforms.stop_platform(obj.folder, screen)


@ortaq.command()
@directory_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def status(obj: Ortaq, as_json: bool) -> None:
    """Show what runs, since when, and with how much memory."""
    report = reports.report(obj.folder)
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        reports.show(report)
    if not report["running"]:
        sys.exit(1)


@ortaq.command()
@directory_option
@click.pass_obj
def down(obj: Ortaq) -> None:
    """Stop the platform that runs from this folder, also what a killed launcher left."""
    if not stop(obj.folder, Screen()):
        click.echo("Nothing runs here.")


@ortaq.command()
@directory_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset(obj: Ortaq, yes: bool) -> None:
    """Delete all data of this folder."""
    if not obj.folder.path.exists():
        click.echo(f"There is nothing in {obj.folder.path}.")
        return
    if not yes:
        click.confirm(f"Delete everything in {obj.folder.path}?", abort=True)
    stop(obj.folder, Screen())
    shutil.rmtree(obj.folder.path)
    click.echo(f"{obj.folder.path} is deleted.")


@ortaq.command()
@directory_option
@click.pass_obj
def migrate(obj: Ortaq) -> None:
    """Bring a running platform's databases to their newest schema."""
    port = _running_postgres(obj.folder)
    for service in plan.SERVICES:
        job = plan.migration_job(obj.folder, service, port)
        command = [sys.executable, "-m", job.module, *job.arguments]
        if subprocess.run(command, check=False, env=job.environment).returncode != 0:
            raise click.ClickException(f"The migration of {service} failed.")
        click.echo(f"{service} is at its newest schema.")


@ortaq.command()
@directory_option
@click.argument("service", type=click.Choice(plan.SERVICES))
@click.argument("message")
@click.pass_obj
def revision(obj: Ortaq, service: str, message: str) -> None:
    """Write an empty migration for a SERVICE; MESSAGE says what it does."""
    port = _running_postgres(obj.folder)
    job = plan.migration_job(obj.folder, service, port)
    command = [sys.executable, "-m", job.module, "revision", service, message]
    sys.exit(subprocess.run(command, check=False, env=job.environment).returncode)


def _running_postgres(folder: RunFolder) -> int:
    running = live_processes(folder.read_state()).get("postgres")
    if running is None or running.port is None:
        raise click.ClickException("Ortaq does not run here: start it with `ortaq up`.")
    return running.port


def main() -> None:
    """Run the command line; what cannot be done is said in one line, with an exit code."""
    try:
        ortaq(standalone_mode=True)
    except plan.UnfitForProduction as refusal:
        click.echo(f"Error: {refusal}", err=True)
        sys.exit(EXIT_UNFIT)
    except CannotStart as refusal:
        click.echo(f"Error: {refusal}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        click.echo(f"Error: The disk is full: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
