"""``descent figure``: still figures of runs."""

from pathlib import Path

import click

from descent.commands.shared import SCENES
from descent.errors import DescentError


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--theme", default="light", show_default=True, help="light, or dark.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A .png, .svg or .pdf; NAMES.png by default.")
@click.option("--title", default="", help="What the figure claims.")
def figure(names: tuple[str, ...], theme: str, output: Path | None, title: str) -> None:
    """Draw a figure of runs of the notebook (E12, or E03 E04 together) or of the runs of a scene."""
    from descent import EXPERIMENTS
    from descent.figures import comparison, experiment

    known_runs = all(name[:1] in "EX" and name[1:].isdigit() for name in names)
    if known_runs or len(names) > 1:
        picture = experiment(*names, title=title, theme=theme)
    else:
        from descent.stage import ComparisonScene
        from descent.stage.catalogue import find_scenes

        (scene,) = find_scenes(names, SCENES).values()
        if not (issubclass(scene, ComparisonScene) and scene.runs):
            raise DescentError(
                f"{names[0]} has no runs to draw a figure of; name a run, such as {next(iter(EXPERIMENTS))}."
            )
        picture = comparison(list(scene.runs), title or scene.title, theme)
    path = picture.save(output or Path(f"{'-'.join(names)}.png"))
    click.echo(path)
    click.echo(picture.alt)
