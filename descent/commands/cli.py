"""The ``descent`` command."""

import signal
import sys

import click

from descent.base.failures import explain
from descent.commands.animate import animate
from descent.commands.cache import cache
from descent.commands.check import check
from descent.commands.completion import completion
from descent.commands.copy import copy
from descent.commands.course import course
from descent.commands.doctor import doctor
from descent.commands.explore import explore
from descent.commands.figure import figure
from descent.commands.gallery import gallery
from descent.commands.gif import gif
from descent.commands.init import init
from descent.commands.list import list_films
from descent.commands.media import media
from descent.commands.narrate import narrate
from descent.commands.render import demo, render
from descent.commands.schedulers import schedulers
from descent.commands.slides import slides
from descent.commands.still import still
from descent.commands.training import training
from descent.commands.watch import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="descent-films")
def descent() -> None:
    """Films, GIFs and figures of how optimizers and learning-rate schedules behave.

    `descent list` shows what films there are, `descent render MomentumEscapes` makes one, `descent doctor` says what is
    missing on this machine. `descent init` starts a project of your own; commands find it from any folder inside it.

    Exit status: 0 all is done, 1 something failed (stderr says what) or is stale, 2 the command line is not understood,
    130 stopped by Ctrl-C.
    """


for _command in (
    init,
    list_films,
    copy,
    render,
    demo,
    animate,
    explore,
    training,
    watch,
    check,
    gif,
    figure,
    gallery,
    course,
    schedulers,
    slides,
    still,
    media,
    narrate,
    cache,
    doctor,
    completion,
):
    descent.add_command(_command)


def main() -> None:
    """Run the command; a user's mistake is one explain and exit status 1, an interrupt 130."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _end)
    try:
        sys.exit(descent(prog_name="descent", standalone_mode=False))
    except click.ClickException as mistake:
        mistake.show()
        sys.exit(mistake.exit_code)
    except click.Abort as stop:
        if isinstance(stop.__cause__, EOFError):  # click takes a pipe that ends for Ctrl-C
            click.echo("Error: a process that does the work was killed; run it again.", err=True)
            sys.exit(1)
        click.echo("Stopped; what was drawn so far is kept.", err=True)
        sys.exit(130)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        click.echo(f"Error: {message}", err=True)
        sys.exit(1)
    finally:
        if pool := sys.modules.get("descent.base.workers"):
            pool.end_server()


def _end(number: int, _: object) -> None:
    """Leave as by an interrupt: no half file, no worker."""
    signal.signal(number, signal.SIG_IGN)  # once is enough
    sys.exit(128 + number)
