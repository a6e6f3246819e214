"""``descent schedulers``: a page of every scheduler that torch ships, with figures and values."""

from collections.abc import Container
from dataclasses import replace
from pathlib import Path

import click

from descent.base.output import is_file
from descent.base.progress import progress
from descent.base.project import project
from descent.commands.shared import find_scenes, jobs_option, output_option, theme_option


@click.command()
@click.argument("names", nargs=-1)
@click.option("--gif", "gifs", is_flag=True, help="Also a GIF of each: rate, ball and loss on one clock.")
@theme_option
@output_option
@jobs_option
def schedulers(names: tuple[str, ...], gifs: bool, theme: str, output: Path | None, jobs: int) -> None:
    """Show the schedulers NAMES at work, or every one that torch ships: figure, values as CSV, and a page of all.

    The folder (site/schedulers by default) holds index.html and, for each scheduler, .png, .svg, .csv and with --gif
    a .gif. Nothing in it needs the network.
    """
    import torch

    from descent.base.files import write
    from descent.base.templates import templates
    from descent.look.palette import find_theme
    from descent.publish.schedulers.figure import scheduler
    from descent.record.torch_schedulers import SCHEDULER_PAGES, find_page, to_csv

    look = find_theme(theme)
    pages = [find_page(name) for name in names] or list(SCHEDULER_PAGES.values())
    is_file(folder := output or project().site / "schedulers", (), "a site")
    alts: dict[str, str] = {}
    with progress() as told:
        for done, page in enumerate(pages):
            told(done, len(pages), page.name)
            picture = scheduler(page, look)
            for ending in (".png", ".svg"):
                picture.save(folder / f"{page.name}{ending}")
            write(folder / f"{page.name}.csv", to_csv(*page.trace()).encode())
            alts[page.name] = picture.alt
    if gifs:
        _make_gifs(alts, folder, theme, jobs)
    version = torch.__version__.split("+")[0]
    html = (
        templates("descent.commands")
        .get_template("schedulers.html")
        .render(pages=pages, alts=alts, gifs=gifs, theme=look, version=version)
    )
    write(folder / "index.html", html.encode())
    click.echo(folder / "index.html")


def _make_gifs(names: Container[str], folder: Path, theme: str, jobs: int) -> None:
    import descent.publish.schedulers.films as films
    from descent.delivery.render import render

    placed = find_scenes([films.__file__], "docs", theme, folder)
    profile = replace(placed[0].profile, width=640, height=360)
    orders = [replace(o, profile=profile, folder=folder, bare=True) for o in placed if o.scene.name in names]
    with progress() as told:
        made = render(orders, project().segments, jobs, told)
    for film in made:
        if film.error:
            raise film.error
