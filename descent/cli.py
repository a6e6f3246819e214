"""The ``descent`` command. Manim and torch are loaded only by the commands that need them."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from descent.errors import DescentError

if TYPE_CHECKING:
    from descent.delivery.orders import Film, Order

SCENES, ASSETS, FILMS = Path("scenes"), Path("assets"), Path("films")
STORE = Path("media") / "segments"
TIMING = ASSETS / "narration.json"

_theme = click.option("--theme", default="dark", show_default=True, help="dark, or light for white slides.")
_folder = click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to put it.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="descent-films")
def descent() -> None:
    """Films, GIFs and figures of how optimizers and learning-rate schedules behave.

    Run it in the folder that holds `scenes`. `descent list` shows what there is.
    """


@descent.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def list_films(as_json: bool) -> None:
    """List the films and what each claims."""
    from descent.stage.catalogue import all_scenes

    found = all_scenes(SCENES)
    if as_json:
        rows = [
            {"scene": n, "title": c.title, "claims": [claim.text for claim in getattr(c, "claims", ())]}
            for n, c in found.items()
        ]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    width = max(map(len, found))
    for name, scene_class in found.items():
        click.echo(f"{name:{width}}  {scene_class.title}")


@descent.command()
@click.argument("scenes", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every film of the folder `scenes`.")
@click.option("--profile", default="lecture", show_default=True, help="lecture, slides or preview.")
@_theme
@_folder
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
    films = _render(list(scenes), profile, theme, output, jobs)
    if as_json:
        rows = [
            {"scene": f.order.scene.name, "file": str(f.order.file(".mp4")), "frames": f.frames, "drawn": f.drawn}
            | ({"error": _sentence(f.error)} if f.error else {})
            for f in films
        ]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for film in films:
            _report(film)
    if any(film.error for film in films):
        sys.exit(1)


@descent.command()
@click.option("--scene", default="MomentumEscapes", show_default=True, help="Scene to render.")
def demo(scene: str) -> None:
    """Render one film at 720p with voice, captions and GIF, and say where each file is."""
    from descent.delivery.gif import render_gif
    from descent.stage.catalogue import find_scenes

    began = time.perf_counter()
    (film,) = _render([scene], "slides", "dark", None, os.cpu_count() or 1)
    _report(film)
    if film.error:
        sys.exit(1)
    seconds = time.perf_counter() - began
    target, gif_seconds = _timed(lambda: render_gif(find_scenes([scene], SCENES)[scene], film.order.file(".gif")))
    for suffix, what in ((".mp4", "film"), (".srt", "captions"), (".vtt", "captions"), (".png", "poster")):
        click.echo(f"{what:9} {film.order.file(suffix)}")
    click.echo(f"GIF       {target}")
    click.echo(f"It took {seconds:.0f} s for the film and {gif_seconds:.0f} s for the GIF.")


@descent.command()
@click.argument("scenes", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every film of the folder `scenes`.")
@click.option("--width", default=800, show_default=True, help="Width in pixels.")
@_theme
@_folder
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
            _, seconds = _timed(lambda scene=scene_class, to=target: render_gif(scene, to, width))  # type: ignore[misc]
            click.echo(f"{target}  ({seconds:.0f} s, {target.stat().st_size / 1e6:.2f} MB)")


@descent.command()
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


@descent.command()
@click.option("--voice", default=None, help="Whose timings to measure; the default voice if not given.")
def narrate(voice: str | None) -> None:
    """Measure every narrated line of every scene and renew the committed timing table."""
    import warnings

    from descent.narration import StaleTimingWarning, find_voice, refresh
    from descent.stage.catalogue import all_scenes
    from descent.stage.rehearsal import spoken_lines

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleTimingWarning)  # they are about to be measured
        lines = spoken_lines(all_scenes(SCENES).values())
    refresh(lines, find_voice(voice), TIMING)
    click.echo(f"{TIMING}: {len(lines)} lines")


@descent.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def doctor(as_json: bool) -> None:
    """Check that drawing, text, maths, encoding and voice work, and say how to mend what does not."""
    from descent.doctor import examine

    findings = list(examine())
    if as_json:
        click.echo(json.dumps([{"name": f.name, "healthy": f.healthy, "detail": f.detail} for f in findings], indent=1))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.healthy else 'BAD'}  {finding.name:6}  {finding.detail}")
    if not all(finding.healthy for finding in findings):
        sys.exit(1)


def main() -> None:
    """Run the command; a user's mistake is one sentence and exit status 1."""
    try:
        descent()
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        click.echo(f"Error: {sentence}", err=True)
        sys.exit(1)


def _sentence(error: Exception | None) -> str | None:
    if error is None or isinstance(error, DescentError):
        return str(error)
    from descent.stage.faults import explain

    return explain(error)


def _render(scenes: list[str], profile: str, theme: str, output: Path | None, jobs: int) -> "list[Film]":
    from descent.delivery.inputs import unchanged
    from descent.delivery.orders import Film, place

    orders = place(scenes, SCENES, profile, theme, output or FILMS, STORE / "scenes.json")
    fresh = {order for order in orders if unchanged(order)}
    stale: list[Order] = [order for order in orders if order not in fresh]
    done: dict[Order, Film] = {}
    if stale:
        from descent.delivery.films import render as render_films

        with _progress() as told:
            done = {film.order: film for film in render_films(stale, STORE, jobs, told)}
    return [done.get(order) or Film(order) for order in orders]


def _report(film: "Film") -> None:
    if film.error:
        click.echo(f"{film.order.scene.name}: {_sentence(film.error) or repr(film.error)}", err=True)
    elif not film.frames:
        click.echo(f"{film.order.file('.mp4')}  (nothing changed)")
    else:
        click.echo(f"{film.order.file('.mp4')}  ({film.drawn} of {film.frames} frames drawn)")


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar with the time left; nothing where the output is not a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total or None, description=what)


def _timed(work: Callable[[], object]) -> tuple[Path, float]:
    start = time.perf_counter()
    result = work()
    assert isinstance(result, Path)
    return result, time.perf_counter() - start
