"""``descent gif``: GIFs for docs."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descent.base.errors import DescentError, nearest
from descent.base.failures import failure
from descent.base.output import is_file
from descent.base.progress import progress
from descent.base.project import project
from descent.commands.shared import (
    complete_themes,
    every_option,
    find_scenes,
    jobs_option,
    json_option,
    output_option,
    scenes_argument,
)

if TYPE_CHECKING:
    from descent.delivery.committed_gifs import GifKey, Published
    from descent.delivery.gif_settings import GifSettings
    from descent.delivery.orders import RenderRequest, RenderResult
    from descent.delivery.render import Progress


def _read_beats(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, int] | None:
    from descent.film.beats import beats_of

    try:
        return None if text is None else beats_of(text)
    except DescentError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@scenes_argument
@every_option
@click.option("--width", type=click.IntRange(64, 3840), show_default="the folder's, or 800", help="Width in pixels.")
@click.option(
    "--theme",
    shell_complete=complete_themes,
    show_default="the folder's, or dark",
    help="dark, or light for white pages.",
)
@click.option("--rate", type=click.IntRange(5, 50), show_default="the folder's, or 20", help="Frames a second.")
@click.option(
    "--budget",
    type=click.FloatRange(0.01, 1000),
    show_default="the folder's, or 2",
    help="Most megabytes of a GIF.",
)
@click.option(
    "--beats",
    metavar="FIRST-LAST",
    callback=_read_beats,
    help="The beats that the GIF of one scene shows, such as 3-4.  [default: those that the scene or its note names]",
)
@click.option("--check", is_flag=True, help="Make nothing; list what is stale, with exit status 1 if anything is.")
@output_option
@jobs_option
@json_option
def gif(
    scenes: tuple[str, ...],
    every: bool,
    beats: tuple[int, int] | None,
    check: bool,
    output: Path | None,
    jobs: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Make GIFs of SCENES for docs, or check that they are fresh.

    -o names a folder, or a GIF for one scene. In a folder, only what is stale is made again: `gifs.json` beside the
    GIFs holds the settings they are made with, which are the defaults there, and what each shows. Commit both.
    Without SCENES, those are meant that `gifs.json` lists. A GIF over its budget gives up colours, then every other
    frame, then size, and says so. `gifs.json` keeps the --beats of each GIF; a scene may name some too (`gif_beats`).

    \b
    descent gif MomentumEscapes -o momentum.gif
    descent gif MomentumEscapes --beats 4-5 --width 640 -o docs/gifs
    descent gif --all -o build/gallery
    descent gif -o docs/gifs --check                in CI: status 1 if one is stale
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.delivery.committed_gifs import Published
    from descent.delivery.gif_settings import GifSettings

    folder = output or project().assets
    if is_file(folder, (".gif",), "a GIF"):
        if check:
            raise DescentError(f"--check looks into a folder and its gifs.json; give a folder, not {folder}.")
        published, settings = None, GifSettings().given(**given)
    else:
        published = Published(folder)
        settings = published.settings.given(**given)
    orders, missing = _orders(scenes, every, settings, folder, published, beats)
    with progress() as told:
        found = _looked_at(orders, published, settings, jobs, told, renew=not check)
        tell = (lambda row: None) if as_json else _tell
        row_of: dict[RenderRequest, dict[str, object]] = {}

        def note(order: "RenderRequest", film: "RenderResult | None" = None) -> None:
            row_of[order] = _row(order, found[order], film)
            tell(row_of[order])

        for row in missing:
            tell(row)
        stale = [order for order in orders if found[order].stale and not check]
        for order in orders:
            if order not in stale:
                note(order)
        _make(stale, found, published, settings, jobs, told, note)
    rows = [*missing, *(row_of[order] for order in orders)]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    if any(row["state"] in ("stale", "failed") for row in rows):
        sys.exit(1)


def _orders(
    scenes: Sequence[str],
    every: bool,
    settings: "GifSettings",
    output: Path,
    published: "Published | None",
    beats: tuple[int, int] | None,
) -> "tuple[list[RenderRequest], list[dict[str, object]]]":
    """What is asked for, and a row for each GIF of the folder whose scene is not there."""
    listed = published.gifs if published else {}
    if bool(scenes) == every and (every or not listed):
        note = f", or a folder whose gifs.json lists some ({output} has none)" if published and not every else ""
        raise DescentError(f"name the scenes to make GIFs of, or give --all{note}; `descent list` shows them.")
    missing: list[dict[str, object]] = []
    if published and not scenes and not every:
        placed, missing = _listed(published, settings)
    else:
        placed = find_scenes(scenes, "docs", settings.theme, output)
    if published is None and len(placed) > 1:
        raise DescentError(f"{output} is one file for {len(placed)} scenes; give a folder.")
    if beats and len(placed) != 1:
        raise DescentError(f"--beats names the beats of one film; give one scene, not {len(placed)}.")
    folder, stem = (output.parent, output.stem) if published is None else (output, "")
    profile = settings.profile()

    def order(of: "RenderRequest") -> "RenderRequest":
        noted = listed.get(of.scene.name)
        kept = beats or (noted.beats if noted else None)
        return replace(of, profile=profile, folder=folder, stem=stem, bare=True, beats=kept)

    return list(map(order, placed)), missing


def _listed(published: "Published", settings: "GifSettings") -> "tuple[list[RenderRequest], list[dict[str, object]]]":
    """The scenes that a folder's note lists, found where they were, in the project, or among descent's own."""
    from descent.delivery.find import own_film, scene_files, scenes_in
    from descent.delivery.orders import RenderRequest, SceneRef

    here = project()
    there = {name: here.root / noted.scene for name, noted in published.gifs.items()}
    known = scenes_in(sorted({file for file in there.values() if file.is_file()}), here.listing)
    if published.gifs.keys() - known.keys():
        known |= scenes_in(scene_files(here.scenes), here.listing)
    for name in published.gifs.keys() - known.keys():
        if file := own_film(name, here.listing):
            known[name] = file
    orders: list[RenderRequest] = []
    missing: list[dict[str, object]] = []
    for name in published.gifs:
        broken = there[name] if there[name].name in known else None  # planning says what is wrong with it
        if found := known.get(name, broken):
            orders.append(RenderRequest(SceneRef(found, name), settings.profile(), settings.theme, published.folder))
        else:
            hint = nearest(name, [scene for scene in known if not scene.endswith(".py")])
            error = f"{published.file} lists it, but there is no such scene: {hint} Delete its entry there and its GIF."
            missing.append(
                {"scene": name, "file": str(published.folder / f"{name}.gif"), "state": "failed", "error": error}
            )
    return orders, missing


@dataclass(frozen=True, slots=True)
class _Found:
    """What looking at a GIF found: why it is stale, if it is, what it would show now, and why that is not known."""

    stale: str = ""
    look: "GifKey | None" = None
    error: Exception | None = None


def _looked_at(
    orders: "Sequence[RenderRequest]",
    published: "Published | None",
    settings: "GifSettings",
    jobs: int,
    told: "Progress",
    renew: bool,
) -> "dict[RenderRequest, _Found]":
    """What is stale. A film is planned only if its sources changed, or if it will be made and noted."""
    if published is None:
        return dict.fromkeys(orders, _Found("asked for"))
    found = {order: _Found(published.fault(order, settings)) for order in orders}
    changed = {order: published.changed(order) for order in orders if not found[order].stale}
    unsure = [order for order in orders if (changed.get(order) if order in changed else renew)]
    if unsure:
        from descent.base.workers import Workers
        from descent.delivery.in_worker import gif_content_key

        told(0, len(unsure), "planning")
        with Workers(jobs) as processes:
            for done, (order, look) in enumerate(processes.run(gif_content_key, unsure), 1):
                told(done, len(unsure), f"planning {order.scene.name}")
                if isinstance(look, Exception):
                    found[order] = _Found(error=look)
                elif order not in changed:
                    found[order] = _Found(found[order].stale, look)
                elif not published.looks_the_same(order, look):
                    since = ", ".join(changed[order])
                    found[order] = _Found(f"its pictures would differ; changed since it was made: {since}", look)
                elif renew:
                    published.add(order, look, settings)
    return found


def _make(
    stale: "Sequence[RenderRequest]",
    found: "Mapping[RenderRequest, _Found]",
    published: "Published | None",
    settings: "GifSettings",
    jobs: int,
    told: "Progress",
    note: "Callable[[RenderRequest, RenderResult], None]",
) -> None:
    """Make GIFs; each is noted when it is there, so that those of a rendering that is interrupted count."""
    if not stale:
        return
    from descent.delivery.render import render

    def done(film: "RenderResult") -> None:
        look = found[film.order].look
        if film.error is None and published and look:
            published.add(film.order, look, settings)
        note(film.order, film)

    render(stale, project().segments, jobs, told, done=done)


def _row(order: "RenderRequest", found: _Found, film: "RenderResult | None") -> dict[str, object]:
    file = order.films[0]
    row: dict[str, object] = {"scene": order.scene.name, "file": str(file), "state": "fresh"}
    if found.stale:
        row |= {"state": "stale", "reason": found.stale}
    if film and not film.error:
        row |= {"state": "made", "bytes": file.stat().st_size, "remarks": list(film.remarks)}
    elif problem := found.error or (film and film.error):
        row |= {"state": "failed", "error": failure(problem)}
    return row


def _tell(row: dict[str, object]) -> None:
    if row["state"] == "failed":
        click.echo(f"{row['scene']}: {row['error']}", err=True)
    elif row["state"] == "made":
        click.echo(f"{row['file']}  ({int(str(row['bytes'])) / 1e6:.2f} MB)")
        for remark in row["remarks"]:  # type: ignore[attr-defined]
            click.echo(f"  {remark}")
    else:
        state = f"stale: {row['reason']}" if row["state"] == "stale" else "nothing changed"
        click.echo(f"{row['file']}  ({state})")
