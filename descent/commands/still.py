"""``descent still``: single pictures of films."""

import sys
from pathlib import Path

import click

from descent.base.errors import DescentError
from descent.base.failures import failure
from descent.base.output import is_file
from descent.base.progress import progress
from descent.commands.shared import every_option, find_scenes, jobs_option, output_option, scenes_argument, theme_option


@click.command()
@scenes_argument
@every_option
@click.option("--width", type=click.IntRange(64, 7680), default=3840, show_default=True, help="Width in pixels; 16:9.")
@click.option("--at", "seconds", type=click.FloatRange(0), help="Seconds into the film; by default its last picture.")
@click.option("--webp", is_flag=True, help="WebPs in a folder, for web pages, instead of PNGs.")
@theme_option
@output_option
@jobs_option
def still(
    scenes: tuple[str, ...],
    every: bool,
    width: int,
    seconds: float | None,
    webp: bool,
    theme: str,
    output: Path | None,
    jobs: int,
) -> None:
    """Draw one picture of each of SCENES, for title slides and posters.

    -o names a folder, or a .png or .webp for one scene.

    \b
    descent still MomentumEscapes3D -o title.png
    descent still MomentumEscapes3D --at 3 --width 1920 --theme light
    descent still --all --width 480 --webp -o docs/posters
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.base.workers import Workers
    from descent.delivery.in_worker import Still, draw_still

    if bool(scenes) == every:
        raise DescentError("name the scenes to draw, or give --all; `descent list` shows them.")
    folder = output or Path()
    orders = find_scenes(scenes, "docs", theme, folder)
    single = is_file(folder, (".png", ".webp"), "a still", len(orders))
    kind = ".webp" if webp else ".png"
    stills = [
        Still(o.scene, folder if single else folder / f"{o.scene.name}{kind}", width, seconds, o.theme) for o in orders
    ]
    failed = False
    with progress() as told, Workers(jobs) as workers:
        told(0, len(stills), "drawing")
        for done, (each, drawn) in enumerate(workers.run(draw_still, stills), 1):
            told(done, len(stills), f"drawing {each.scene.name}")
            if isinstance(drawn, Exception):
                failed = True
                click.echo(f"{each.scene.name}: {failure(drawn)}", err=True)
            else:
                click.echo(drawn)
    if failed:
        sys.exit(1)
