"""``descent gif``: GIFs for docs."""

from pathlib import Path

import click

from descent.commands.shared import ASSETS, SCENES, output_option, theme_option, timed
from descent.errors import DescentError


@click.command()
@click.argument("scenes", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every film of the folder `scenes`.")
@click.option("--width", default=800, show_default=True, help="Width in pixels.")
@theme_option
@output_option
def gif(scenes: tuple[str, ...], every: bool, width: int, theme: str, output: Path | None) -> None:
    """Make GIFs of SCENES from lossless frames; -o names a GIF for one scene, or a folder."""
    from manim import tempconfig

    from descent.delivery.gif import render_gif
    from descent.look.palette import find_theme
    from descent.stage.catalogue import find_scenes

    if bool(scenes) == every:
        raise DescentError("name the scenes to make GIFs of, or give --all; `descent list` shows them.")
    found = find_scenes(scenes, SCENES)
    output = output or ASSETS
    if output.suffix == ".gif" and len(found) > 1:
        raise DescentError(f"{output} is one file for {len(found)} scenes; give a folder.")
    with tempconfig({"background_color": find_theme(theme).background}):
        for name, scene_class in found.items():
            target = output if output.suffix == ".gif" else output / f"{name}.gif"
            _, seconds = timed(lambda scene=scene_class, to=target: render_gif(scene, to, width))  # type: ignore[misc]
            click.echo(f"{target}  ({seconds:.0f} s, {target.stat().st_size / 1e6:.2f} MB)")
