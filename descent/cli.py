"""The ``descent`` command."""

import sys

import click

from descent.commands.animate import animate
from descent.commands.figures import figure
from descent.commands.gallery import gallery
from descent.commands.gifs import gif
from descent.commands.health import doctor
from descent.commands.listing import list_films
from descent.commands.narration import narrate
from descent.commands.rendering import demo, render
from descent.commands.schedulers import schedulers
from descent.commands.shared import sentence
from descent.commands.slides import slides


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="descent-films")
def descent() -> None:
    """Films, GIFs and figures of how optimizers and learning-rate schedules behave.

    Run it in the folder that holds `scenes`. `descent list` shows what there is.
    """


for _command in (
    list_films,
    render,
    demo,
    animate,
    gif,
    figure,
    gallery,
    schedulers,
    slides,
    narrate,
    doctor,
):
    descent.add_command(_command)


def main() -> None:
    """Run the command; a user's mistake is one sentence and exit status 1."""
    try:
        descent()
    except Exception as error:
        told = sentence(error)
        if told is None:
            raise
        click.echo(f"Error: {told}", err=True)
        sys.exit(1)
