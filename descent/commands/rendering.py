"""``descent render`` and ``descent demo``: films from scenes."""

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.commands.shared import FILMS, SCENES, STORE, output_option, progress, sentence, theme_option, timed
from descent.errors import DescentError

if TYPE_CHECKING:
    from descent.delivery.orders import Film, Order


@click.command()
@click.argument("scenes", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every film of the folder `scenes`.")
@click.option("--profile", default="lecture", show_default=True, help="lecture, slides or preview.")
@theme_option
@output_option
@click.option("--jobs", default=os.cpu_count(), show_default="all cores", help="Processes that draw.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON for a script.")
def render(
    scenes: tuple[str, ...], every: bool, profile: str, theme: str, output: Path | None, jobs: int, as_json: bool
) -> None:
    """Render SCENES (class names or files): film, captions, poster, transcript and a note of what it was made from.

    Only what looks different from last time is drawn. Profiles: lecture 1080p60, slides 720p30, preview 480p15.
    """
    if bool(scenes) == every:
        raise DescentError("name the scenes to render, or give --all; `descent list` shows them.")
    films = render_all(list(scenes), profile, theme, output, jobs)
    if as_json:
        rows = [
            {"scene": f.order.scene.name, "file": str(f.order.file(".mp4")), "frames": f.frames, "drawn": f.drawn}
            | ({"error": sentence(f.error)} if f.error else {})
            for f in films
        ]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for film in films:
            report(film)
    if any(film.error for film in films):
        sys.exit(1)


@click.command()
@click.option("--scene", default="MomentumEscapes", show_default=True, help="Scene to render.")
def demo(scene: str) -> None:
    """Render one film at 720p with voice, captions and GIF, and say where each file is."""
    from descent.delivery.gif import render_gif
    from descent.stage.catalogue import find_scenes

    began = time.perf_counter()
    (film,) = render_all([scene], "slides", "dark", None, os.cpu_count() or 1)
    report(film)
    if film.error:
        sys.exit(1)
    seconds = time.perf_counter() - began
    target, gif_seconds = timed(lambda: render_gif(find_scenes([scene], SCENES)[scene], film.order.file(".gif")))
    for suffix, what in ((".mp4", "film"), (".srt", "captions"), (".vtt", "captions"), (".png", "poster")):
        click.echo(f"{what:9} {film.order.file(suffix)}")
    click.echo(f"GIF       {target}")
    click.echo(f"It took {seconds:.0f} s for the film and {gif_seconds:.0f} s for the GIF.")


def render_all(scenes: list[str], profile: str, theme: str, output: Path | None, jobs: int) -> "list[Film]":
    """Render what is not up to date, with a progress bar; one outcome per scene, in order."""
    from descent.delivery.inputs import unchanged
    from descent.delivery.orders import Film, place

    orders = place(scenes, SCENES, profile, theme, output or FILMS, STORE / "scenes.json")
    fresh = {order for order in orders if unchanged(order)}
    stale: list[Order] = [order for order in orders if order not in fresh]
    done: dict[Order, Film] = {}
    if stale:
        from descent.delivery.films import render as render_films

        with progress() as told:
            done = {film.order: film for film in render_films(stale, STORE, jobs, told)}
    return [done.get(order) or Film(order) for order in orders]


def report(film: "Film") -> None:
    """Say in a line what became of a film."""
    if film.error:
        click.echo(f"{film.order.scene.name}: {sentence(film.error) or repr(film.error)}", err=True)
    elif not film.frames:
        click.echo(f"{film.order.file('.mp4')}  (nothing changed)")
    else:
        click.echo(f"{film.order.file('.mp4')}  ({film.drawn} of {film.frames} frames drawn)")
