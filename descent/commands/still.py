"""``descent still``: one picture of a film."""

from pathlib import Path

import click

from descent.commands.shared import SCENES, output_option, theme_option


@click.command()
@click.argument("scene")
@click.option("--width", type=click.IntRange(64, 7680), default=3840, show_default=True, help="Width in pixels; 16:9.")
@click.option("--at", "seconds", type=click.FloatRange(0), help="Seconds into the film; by default its last picture.")
@theme_option
@output_option
def still(scene: str, width: int, seconds: float | None, theme: str, output: Path | None) -> None:
    """Draw one picture of SCENE as a PNG, for title slides and posters.

    \b
    descent still MomentumEscapes3D -o title.png
    descent still MomentumEscapes3D --at 3 --width 1920 --theme light
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.delivery.still import render_still
    from descent.stage.scene.catalogue import find_scenes

    film = find_scenes([scene], SCENES)[scene]
    click.echo(render_still(film, output or Path(f"{scene}.png"), width, seconds, theme))
