"""The ``descent`` command."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

ASSETS = Path("assets")
TIMING = ASSETS / "narration.json"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="descent-films")
def descent() -> None:
    """Films, GIFs and figures of how optimizers and learning-rate schedules behave."""


@descent.command()
@click.option("--scene", default="MomentumEscapes", show_default=True, help="Scene to render.")
def demo(scene: str) -> None:
    """Render one film at 720p with voice, captions and GIF, and say where each file is."""
    from manim import tempconfig

    from descent.delivery.gif import render_gif
    from descent.stage.catalogue import find_scenes

    (scene_class,) = find_scenes([scene]).values()
    quality = {"pixel_width": 1280, "pixel_height": 720, "frame_rate": 30}
    with tempconfig({**quality, "progress_bar": "none", "verbosity": "ERROR"}):
        film, seconds = _timed(lambda: _render(scene_class))
        gif, gif_seconds = _timed(lambda: render_gif(scene_class, film.with_suffix(".gif")))
    click.echo(f"film      {film}  ({seconds:.0f} s)")
    click.echo(f"captions  {film.with_suffix('.srt')}, {film.with_suffix('.vtt')}")
    click.echo(f"GIF       {gif}  ({gif_seconds:.0f} s, {gif.stat().st_size / 1e6:.1f} MB)")


@descent.command()
@click.argument("scene")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The GIF; assets/SCENE.gif by default.")
@click.option("--width", default=800, show_default=True, help="Width in pixels.")
def gif(scene: str, output: Path | None, width: int) -> None:
    """Render SCENE as a GIF from lossless frames."""
    from descent.delivery.gif import render_gif
    from descent.stage.catalogue import find_scenes

    ((name, scene_class),) = find_scenes([scene]).items()
    path, seconds = _timed(lambda: render_gif(scene_class, output or ASSETS / f"{name}.gif", width))
    click.echo(f"{path}  ({seconds:.0f} s, {path.stat().st_size / 1e6:.2f} MB)")


@descent.command()
@click.option("--voice", default=None, help="Whose timings to measure; the default voice if not given.")
def narrate(voice: str | None) -> None:
    """Measure every narrated line of every scene and renew the committed timing table."""
    from descent.narration import find_voice, refresh
    from descent.stage.catalogue import all_scenes
    from descent.stage.rehearsal import spoken_lines

    lines = spoken_lines(all_scenes().values())
    refresh(lines, find_voice(voice), TIMING)
    click.echo(f"{TIMING}: {len(lines)} lines")


def main() -> None:
    """Run the command; a user's mistake is one sentence and exit status 1."""
    try:
        descent()
    except Exception as error:
        from descent.stage.faults import explain

        sentence = explain(error)
        if sentence is None:
            raise
        click.echo(f"Error: {sentence}", err=True)
        sys.exit(1)


def _render(scene_class: type) -> Path:
    scene = scene_class()
    scene.render()
    return Path(scene.renderer.file_writer.movie_file_path)


def _timed(work: Callable[[], Path]) -> tuple[Path, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start
