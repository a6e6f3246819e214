"""``descent completion``: what a shell needs to complete the command."""

import click
from click.shell_completion import get_completion_class

from descent.base.errors import DescentError

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script with which SHELL completes this command.

    It completes commands, options, profiles and scenes, these once `descent list` has seen them.

    \b
    descent completion bash >> ~/.bashrc
    descent completion zsh  >> ~/.zshrc
    descent completion fish > ~/.config/fish/completions/descent.fish
    """  # noqa: D301 -- click's mark for lines to leave alone
    kind = get_completion_class(shell)
    if kind is None:
        raise DescentError(f"this click cannot complete for {shell}; it can for {', '.join(_SHELLS)}.")
    click.echo(kind(context.find_root().command, {}, "descent", "_DESCENT_COMPLETE").source())
