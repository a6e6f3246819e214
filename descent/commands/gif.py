"""``descent gif``: moving pictures for docs."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descent.base.errors import DescentError
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
    from descent.delivery.committed_gifs import Published
    from descent.delivery.gif_settings import GifSettings
    from descent.delivery.orders import RenderRequest, RenderResult
    from descent.publish.docs.fresh import Found, Lost


def _read_beats(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[int, int] | None:
    from descent.film.beats import beats_of

    try:
        return None if text is None else beats_of(text)
    except DescentError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@scenes_argument
@every_option
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["gif", "webp", "avif", "still"]),
    show_default="as -o ends, or the folder's, or gif",
    help="gif, webp, avif, or still for the last picture; may be given several times.",
)
@click.option("--width", type=click.IntRange(64, 3840), show_default="the folder's, or 800", help="Width in pixels.")
@click.option(
    "--theme",
    shell_complete=complete_themes,
    show_default="the folder's, or dark",
    help="dark, light for white pages, or auto for a file in each.",
)
@click.option("--rate", type=click.IntRange(5, 50), show_default="the folder's, or 20", help="Frames a second.")
@click.option(
    "--budget",
    type=click.FloatRange(0.01, 1000),
    show_default="the folder's, or 2",
    help="Most megabytes of a file.",
)
@click.option(
    "--beats",
    metavar="FIRST-LAST",
    callback=_read_beats,
    help="The beats that the file of one scene shows, such as 3-4.  [default: those that the scene or its note names]",
)
@click.option("--check", is_flag=True, help="Make nothing; list what is stale, with exit status 1 if anything is.")
@click.option(
    "--embed",
    is_flag=True,
    help="Print the HTML for a page, with a still for readers who want no motion; a new folder gets AVIF and WebP in "
    "both themes.",
)
@output_option
@jobs_option
@json_option
def gif(
    scenes: tuple[str, ...],
    every: bool,
    beats: tuple[int, int] | None,
    check: bool,
    embed: bool,
    output: Path | None,
    jobs: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Make GIFs, WebPs or AVIFs of SCENES for docs, or check that they are fresh.

    -o names a folder, or one file for one scene. In a folder, only what is stale is made again: `gifs.json` beside the
    files holds the settings they are made with, which are the defaults there, and what each shows. Commit both.
    Without SCENES, those are meant that `gifs.json` lists. A file over its budget gives up colours or quality, then
    every other frame, then size, and says so. `gifs.json` keeps the --beats of each scene; a scene may name some too
    (`gif_beats`).

    \b
    descent gif MomentumEscapes -o momentum.gif     or momentum.webp, or momentum.avif
    descent gif MomentumEscapes --beats 4-5 --width 640 -o docs/gifs
    descent gif MomentumEscapes --embed -o docs/loops
    descent gif --all --format avif --format gif -o build/gallery
    descent gif -o docs/gifs --check                in CI: status 1 if one is stale
    """  # noqa: D301 -- click's mark for lines to leave alone
    if embed and (check or as_json):
        other = "--check makes nothing" if check else "--json prints something else"
        raise DescentError(f"--embed prints the HTML of what is there, and {other}; give one of them.")
    desk = _desk(output or project().assets, given, check or embed, embed)
    orders, lost = _orders(scenes, every, desk, beats)
    told = _Told(quiet=as_json, html=embed)
    for each in lost:
        told.row({"scene": each.scene, "file": str(each.file), "state": "failed", "error": each.error})
    _work_off(orders, desk, jobs, check, told)
    places = {str(order.films[0]): place for place, order in enumerate(orders)}
    rows = sorted(told.rows, key=lambda row: places.get(str(row["file"]), -1))
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    if embed:
        _print_html(orders)
    if any(row["state"] in ("stale", "failed") for row in rows):
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where files go, and what they are made with.

    Attributes:
        folder: The folder.
        settings: What its files are made with.
        published: What the folder notes; None where one file was asked for.
        stem: What that file is called, before its suffix.
    """

    folder: Path
    settings: "GifSettings"
    published: "Published | None"
    stem: str = ""


def _desk(output: Path, given: Mapping[str, Any], wants_folder: bool, embed: bool) -> _Desk:
    from descent.delivery.committed_gifs import Published
    from descent.delivery.gif_settings import AUTO, EMBEDDED, FORMATS, GifSettings
    from descent.film.loops import LOOPS

    given = {**given, "formats": given["formats"] or None}
    if is_file(output, tuple(LOOPS), "a moving picture"):
        if wants_folder:
            word = "--embed" if embed else "--check"
            raise DescentError(f"{word} looks into a folder and its gifs.json; give a folder, not {output}.")
        suffix = output.suffix.lower()
        (named,) = (name for name, ends in FORMATS.items() if ends == suffix)
        if given["formats"] not in (None, (named,)):
            raise DescentError(f"{output} is one {named.upper()} file; leave --format out, or give a folder.")
        settings = GifSettings().given(**{**given, "formats": (named,)})
        if settings.theme == AUTO:
            raise DescentError(f"{output} is one file, which has one theme, not {AUTO}; give a folder.")
        return _Desk(output.parent, settings, None, output.stem)
    published = Published(output)
    if embed:
        new = not published.file.exists()
        formats = given["formats"] or (EMBEDDED if new else published.settings.formats)
        theme = given["theme"] or (AUTO if new else None)
        given |= {"formats": (*formats, "still"), "theme": theme}
    return _Desk(output, published.settings.given(**given), published)


def _orders(
    scenes: Sequence[str], every: bool, desk: _Desk, beats: tuple[int, int] | None
) -> "tuple[list[RenderRequest], list[Lost]]":
    """An order for each file that is asked for, and those of the folder whose scene is not there."""
    from descent.publish.docs.fresh import listed_scenes, wanted

    published, settings = desk.published, desk.settings
    if bool(scenes) == every and (every or not (published and published.gifs)):
        note = f", or a folder whose gifs.json lists some ({desk.folder} has none)" if published and not every else ""
        raise DescentError(f"name the scenes to make GIFs of, or give --all{note}; `descent list` shows them.")
    lost: list[Lost] = []
    if published and not scenes and not every:
        found, lost = listed_scenes(published)
    else:
        found = [placed.scene for placed in find_scenes(scenes, "docs", settings.themes[0], desk.folder)]
    if published is None and len(found) > 1:
        file = desk.folder / f"{desk.stem}{settings.profile().suffixes[0]}"
        raise DescentError(f"{file} is one file for {len(found)} scenes; give a folder.")
    if beats and len(found) != 1:
        raise DescentError(f"--beats names the beats of one film; give one scene, not {len(found)}.")
    orders = wanted(found, settings, desk.folder, published.scenes if published else {}, beats)
    return [replace(order, stem=desk.stem or order.stem) for order in orders], lost


class _Told:
    """What is told of files: a line each as soon as it is known, on stderr where HTML is to be alone on stdout."""

    def __init__(self, quiet: bool, html: bool) -> None:
        self.rows: list[dict[str, object]] = []
        self._quiet, self._html = quiet, html

    def row(self, row: dict[str, object]) -> None:
        """Tell of a file."""
        self.rows.append(row)
        if self._quiet:
            return
        if row["state"] == "failed":
            click.echo(f"{row['file']}: {row['scene']}: {row['error']}", err=True)
        elif row["state"] == "made":
            click.echo(f"{row['file']}  ({int(str(row['bytes'])) / 1e6:.2f} MB)", err=self._html)
            for remark in row["remarks"]:  # type: ignore[attr-defined]
                click.echo(f"  {remark}", err=self._html)
        else:
            state = f"stale: {row['reason']}" if row["state"] == "stale" else "nothing changed"
            click.echo(f"{row['file']}  ({state})", err=self._html)


def _work_off(orders: "Sequence[RenderRequest]", desk: _Desk, jobs: int, check: bool, told: _Told) -> None:
    """Look at files, and make what is stale unless they are only to be checked."""
    from descent.publish.docs.fresh import Found, look_at, make

    settings, published = desk.settings, desk.published
    with progress() as far:
        if published:
            found = look_at(orders, published, settings, jobs, far, renew=not check)
        else:
            found = dict.fromkeys(orders, Found("asked for"))
        stale = [order for order in orders if found[order].stale and not check]
        for order in orders:
            if order not in stale:
                told.row(_row(order, found[order]))

        def note(order: "RenderRequest", film: "RenderResult") -> None:
            look = found[order].look
            if film.error is None and published and look:
                published.add(order, look, settings)
            told.row(_row(order, found[order], film))

        make(stale, jobs, far, note)
    if published and not check and all(row["state"] != "failed" for row in told.rows):
        for file in published.keep(settings, orders):
            click.echo(
                f"{file} is not kept fresh any more: the folder's formats and themes leave it out. Delete it.", err=True
            )


def _row(order: "RenderRequest", found: "Found", film: "RenderResult | None" = None) -> dict[str, object]:
    file = order.films[0]
    row: dict[str, object] = {"scene": order.scene.name, "file": str(file), "state": "fresh"}
    if found.stale:
        row |= {"state": "stale", "reason": found.stale}
    if film and not film.error:
        row |= {"state": "made", "bytes": file.stat().st_size, "remarks": list(_remarks(file, film))}
    elif problem := found.error or (film and film.error):
        row |= {"state": "failed", "error": failure(problem)}
    return row


def _remarks(file: Path, film: "RenderResult") -> Iterator[str]:
    """What was remarked on a file, and with the first of a film's files what was remarked on all of it."""
    others = [str(other) for other in film.order.films if other != file]
    for remark in film.remarks:
        if remark.startswith(f"{file} ") or (
            file == film.order.films[0] and not any(remark.startswith(f"{other} ") for other in others)
        ):
            yield remark


def _print_html(orders: "Sequence[RenderRequest]") -> None:
    """Print what shows each scene whose files are all there."""
    from descent.delivery.find import listed
    from descent.publish.docs.embed import alt_text, pictures

    known = listed(sorted({order.scene.file for order in orders}), project().listing)
    words = {
        name: alt_text(scene.title, (str(claim["text"]) for claim in scene.claims)) for name, scene in known.items()
    }
    there = [order for order in orders if order.scene.name in words]
    for _, html in pictures(there, words):
        click.echo(html)
