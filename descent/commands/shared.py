"""What several commands share: options, folders, progress, and errors as one sentence."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from descent.base.project import project

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest


def find_scenes(
    names: Sequence[str], profile: str, theme: str, output: Path, *, silent: bool = False, voice: str = ""
) -> "list[RenderRequest]":
    """What is asked for, from the project; where one of its scenes hides a film of descent's own, that is said.

    What the films ask and answer, the course says.
    """
    from descent.delivery.find import hiding_own, requests
    from descent.delivery.outline import in_course

    here = project()
    found = requests(names, here.scenes, profile, theme, output, here.listing, silent=silent, voice=voice)
    for sentence in hiding_own([request for request in found if request.scene.name in names]):
        click.echo(sentence, err=True)
    scenes = in_course([request.scene for request in found], here)
    return [replace(request, scene=scene) for request, scene in zip(found, scenes, strict=True)]


def timed(work: Callable[[], object]) -> tuple[Path, float]:
    """Do it, and how many seconds it took."""
    start = time.perf_counter()
    result = work()
    assert isinstance(result, Path)
    return result, time.perf_counter() - start


def complete_scenes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names that start so, from the listing that earlier commands left; nothing is executed for it."""
    from descent.delivery.find import noted_scenes

    names = [name for name in noted_scenes(project().listing) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def complete_themes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Themes that start so."""
    from descent.look.palette import THEMES

    return [name for name in THEMES if name.startswith(incomplete)]


def complete_profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Profiles that start so, with what they are for."""
    from descent.delivery.profiles import PROFILES

    return [CompletionItem(p.name, help=p.use) for p in PROFILES.values() if p.name.startswith(incomplete)]


scenes_argument = click.argument("scenes", nargs=-1, metavar="[SCENE|FILE.py]...", shell_complete=complete_scenes)
every_option = click.option("--all", "every", is_flag=True, help="Every film of the project, or of descent.")
theme_option = click.option(
    "--theme",
    default="dark",
    show_default=True,
    shell_complete=complete_themes,
    help="dark, or light for white slides.",
)
output_option = click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to put it.")
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count(),
    show_default="all cores",
    help="Processes that draw and encode.",
)
deck_profile_option = click.option(
    "--profile",
    default="slides",
    show_default=True,
    shell_complete=complete_profiles,
    help="Size of the films: slides (720p30), lecture (1080p60) or preview (480p15).",
)
voice_option = click.option(
    "--voice",
    default="",
    metavar="NAME|FOLDER",
    help="hibari, piper, silence, or a folder of recordings.  [default: the installed one]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
