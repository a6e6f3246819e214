"""``descent render`` and ``descent demo``: films from scenes."""

import json
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.failures import failure
from descent.base.project import project
from descent.commands.shared import (
    complete_profiles,
    every_option,
    find_scenes,
    jobs_option,
    json_option,
    output_option,
    scenes_argument,
    theme_option,
    voice_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from descent.delivery.orders import RenderResult


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@scenes_argument
@every_option
@click.option(
    "--profile",
    default="lecture",
    show_default=True,
    shell_complete=complete_profiles,
    help="lecture, slides, docs, web, overlay or preview; see above.",
)
@theme_option
@output_option
@click.option(
    "--vfr/--cfr",
    "held",
    default=None,
    help="Hold a picture while nothing moves (smaller, faster), or encode every frame (for editors and PowerPoint).  "
    "[default: --vfr for web and preview]",
)
@voice_option
@click.option("--silent", is_flag=True, help="Without a voice; captions stay.")
@jobs_option
@click.option("--cluster", default="", metavar="ADDRESS", help="Draw on this Dask cluster, such as tcp://host:8786.")
@click.option("--tls-ca", type=_FILE, help="For a cluster at tls://…: certificates of those who are trusted.")
@click.option("--tls-cert", type=_FILE, help="Your certificate; Dask's own configuration may name these files too.")
@click.option("--tls-key", type=_FILE, help="The key of your certificate.")
@json_option
def render(
    scenes: tuple[str, ...],
    every: bool,
    profile: str,
    theme: str,
    output: Path | None,
    held: bool | None,
    voice: str,
    silent: bool,
    jobs: int,
    cluster: str,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    as_json: bool,
) -> None:
    """Render SCENES, by class name or file, into films/PROFILE.

    -o names another folder than films, or a file for one scene; its suffix must be one that the profile makes.

    A film comes with captions, poster, transcript, and a note in JSON of what it says and was made from. Only what
    looks different from last time is drawn; what is drawn is kept when a rendering is stopped.

    \b
    lecture   1080p60 MP4, full screen in a lecture hall
    slides    720p30 MP4, in a slide deck
    docs      GIF, 800 px wide, at most 2 MB (`descent gif` has more to choose)
    web       720p30 WebM, AV1 and Opus, with captions in a .vtt beside
    overlay   1080p30 without background, to lie over slides: WebM (VP9) and MOV (ProRes 4444)
    preview   480p15 MP4, a quick look
    """  # noqa: D301 -- click's mark for lines to leave alone
    if bool(scenes) == every:
        raise DescentError("name the scenes to render, or give --all; `descent list` shows them.")
    tls = (tls_ca, tls_cert, tls_key)
    told = (lambda film: None) if as_json else report
    films = render_all(
        list(scenes),
        profile,
        theme,
        output,
        jobs,
        silent=silent,
        voice=voice,
        cluster=cluster,
        tls=tls,
        held=held,
        done=told,
    )
    if as_json:
        click.echo(json.dumps([_row(film) for film in films], indent=1, ensure_ascii=False))
    if any(film.error for film in films):
        sys.exit(1)


@click.command()
@click.option("--scene", default="MomentumEscapes", show_default=True, help="Scene to render.")
def demo(scene: str) -> None:
    """Render one film with voice, captions and GIF, and say where all is."""
    from descent.film.sidecar import read_sidecar

    jobs = os.cpu_count() or 1
    for profile in ("slides", "docs"):
        began = time.perf_counter()
        (film,) = render_all([scene], profile, "dark", None, jobs, done=report)
        if film.error:
            sys.exit(1)
        for name in read_sidecar(film.order.file(".json")).files:
            click.echo(f"  {film.order.folder / name}")
        click.echo(f"  It took {time.perf_counter() - began:.0f} s.")


def render_all(
    scenes: list[str],
    profile: str,
    theme: str,
    output: Path | None,
    jobs: int,
    *,
    silent: bool = False,
    voice: str = "",
    cluster: str = "",
    tls: tuple[Path | None, Path | None, Path | None] = (None, None, None),
    held: bool | None = None,
    either: bool = False,
    done: "Callable[[RenderResult], None]",
) -> "list[RenderResult]":
    """Render what is not up to date, with a progress bar; one outcome per scene, in order, told when it is there.

    Where ``either`` says so, a film that is there already counts at a constant or a variable frame rate.
    """
    from descent.delivery.films import in_place, render_stale

    found = find_scenes(scenes, profile, theme, output or project().films, silent=silent, voice=voice)
    orders = in_place(found, output)
    if held is not None:
        orders = [replace(order, profile=replace(order.profile, held=held)) for order in orders]
    with ExitStack() as entered:
        crew = None
        if cluster:
            from descent.base.dask_client import Tls
            from descent.delivery.cluster import Cluster

            crew = entered.enter_context(Cluster(cluster, Tls(*tls)))
        return render_stale(orders, jobs, crew, either, done)


def report(film: "RenderResult") -> None:
    """Say in a line what became of a film, and what its user should know."""
    files = ", ".join(map(str, film.order.films))
    if film.error:
        click.echo(f"{film.order.scene.name}: {failure(film.error)}", err=True)
    elif not film.frames:
        click.echo(f"{files}  (nothing changed)")
    else:
        click.echo(f"{files}  ({film.drawn} of {film.frames} frames drawn)")
    for remark in film.remarks:
        click.echo(f"  {remark}")


def report_new(film: "RenderResult") -> None:
    """The same, of what was rendered or failed; of a film that is as it was, nothing."""
    if film.error or film.frames:
        report(film)


def _row(film: "RenderResult") -> dict[str, object]:
    files = [str(file) for file in film.order.films]
    row: dict[str, object] = {
        "scene": film.order.scene.name,
        "file": files[0],
        "files": files,
        "frames": film.frames,
        "drawn": film.drawn,
        "remarks": list(film.remarks),
    }
    return row | ({"error": failure(film.error)} if film.error else {})
