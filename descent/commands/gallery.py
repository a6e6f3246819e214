"""``descent gallery``: a site of the films."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.base.project import project
from descent.commands.render import render_all, report_new
from descent.commands.shared import jobs_option, voice_option

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest


@click.command()
@click.argument("scenes", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    show_default="site",
    help="Folder of the site.",
)
@click.option(
    "--profile", default="slides", show_default=True, help="Size and rate of the films: an MP4 or WebM profile."
)
@click.option(
    "--theme",
    "themes",
    multiple=True,
    help="dark or light, or both by giving it twice: pages then show what suits them.",
)
@voice_option
@click.option("--title", default="How optimizers move", show_default=True, help="Heading of the site.")
@click.option("--url", default="", help="Address the site will have; embed snippets then link there.")
@click.option(
    "--figures",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of PNGs made by `descent figure`, to show below the films.",
)
@jobs_option
def gallery(
    scenes: tuple[str, ...],
    output: Path | None,
    profile: str,
    themes: tuple[str, ...],
    voice: str,
    title: str,
    url: str,
    figures: Path | None,
    jobs: int,
) -> None:
    """Make a site of SCENES (class names or files, in the order to show them), or of all.

    A page of cards, and a page per film: player with captions and chapters, claims, transcript, code, downloads, and
    snippets to embed it. It needs no server: open index.html, or put the folder on any host. Films are rendered where
    they are not up to date. A film whose other theme or GIF (`descent render --profile docs`) is up to date gets that
    too.
    """
    from descent.delivery.freshness import unchanged
    from descent.delivery.profiles import find_profile
    from descent.look.palette import THEMES
    from descent.publish.gallery.film import read_film
    from descent.publish.gallery.site import Site, Still, build

    is_file(folder := output or project().site, (), "a site")
    if url and not url.startswith(("https://", "http://")):
        raise DescentError(f"the address {url!r} must start with https:// or http://.")
    if find_profile(profile).suffixes[0] not in (".mp4", ".webm"):
        raise DescentError(f"the profile {profile!r} makes no film that a page can play; try slides or lecture.")
    outcomes = [
        render_all(list(scenes), profile, theme, None, jobs, voice=voice, held=True, either=True, done=report_new)
        for theme in dict.fromkeys(themes or ("dark",))
    ]
    shown = []
    for films in zip(*outcomes, strict=True):
        orders = [film.order for film in films if not film.error]
        if not orders:
            continue
        for theme in THEMES:
            other = _in_theme(orders[0], theme)
            if theme not in {order.theme for order in orders} and (
                unchanged(other) or unchanged(other.at_other_rate())
            ):
                orders.append(other)
        shown.append(read_film(orders))
    stills = tuple(map(Still.read, sorted(figures.glob("*.png")))) if figures else ()
    page = build(Site(title, tuple(shown), stills, url), folder)
    click.echo(f"{page}  ({len(shown)} film{'s' * (len(shown) != 1)})")
    if any(film.error for films in outcomes for film in films):
        sys.exit(1)


def _in_theme(order: "RenderRequest", theme: str) -> "RenderRequest":
    name = order.profile.name if theme == "dark" else f"{order.profile.name}-{theme}"
    return replace(order, theme=theme, folder=order.folder.with_name(name))
