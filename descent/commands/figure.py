"""``descent figure``: still figures of runs, of basins, of sweeps."""

from pathlib import Path

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.commands.figure_many import KINDS, basins, sweep
from descent.commands.shared import find_scenes


class _RunsByDefault(click.Group):
    """A group whose first word, where it names no command of its own, is a run or a scene."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "runs", self.commands["runs"], args

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("-h", "--help"):
            args = ["runs", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_RunsByDefault)
def figure() -> None:
    """Draw a still figure with its alt text: of runs, of basins, of a sweep of settings.

    \b
    descent figure E03 E04 -o race.png                   (as descent figure runs E03 E04)
    descent figure MomentumEscapes --theme dark
    descent figure basins --surface bird "SGD(lr=0.01)" "SGD(lr=0.01, momentum=0.8)"
    descent figure sweep --surface valley --start -4.5,-2 --x lr=0.01:1.1:110 --y momentum=0:0.95:96 "SGD"
    """  # noqa: D301 -- click's mark for lines to leave alone


@figure.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--theme", default="light", show_default=True, help="light, or dark.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A .png, .svg or .pdf; NAMES.png by default.")
@click.option("--title", default="", help="What the figure claims.")
def runs(names: tuple[str, ...], theme: str, output: Path | None, title: str) -> None:
    """Draw runs of the notebook (E12, or E03 E04 together) or the runs of a scene."""
    from descent import EXPERIMENTS
    from descent.figures import comparison, experiment

    target = output or Path()
    if not is_file(target, KINDS, "a figure"):
        target /= f"{'-'.join(names)}.png"
    known_runs = all(name[:1] in "EX" and name[1:].isdigit() for name in names)
    if known_runs or len(names) > 1:
        picture = experiment(*names, title=title, theme=theme)
    else:
        from descent.stage import ComparisonScene
        from descent.stage.scene.catalogue import load_scenes

        (request,) = find_scenes(names, "docs", "dark", Path())
        scene = load_scenes(request.scene.file)[request.scene.name]
        if not (issubclass(scene, ComparisonScene) and scene.runs):
            raise DescentError(
                f"{names[0]} has no runs to draw a figure of; name a run, such as {next(iter(EXPERIMENTS))}."
            )
        picture = comparison(list(scene.runs), title or scene.title, theme)
    path = picture.save(target)
    click.echo(path)
    click.echo(picture.alt)


figure.add_command(basins)
figure.add_command(sweep)
