"""``descent gallery``: a site of the films."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.base.project import project
from descent.commands.render import render_all, report_new
from descent.commands.shared import jobs_option

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest
    from descent.publish.course.outline import Course


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
    title: str,
    url: str,
    figures: Path | None,
    jobs: int,
) -> None:
    """Make a site of SCENES (class names or files, in the order to show them), or of all.

    All stand in the order of the course, if there is one: the project's course.toml, or descent's own.

    A page of cards, and a page per film: player with captions and chapters, claims, transcript, code, downloads, and
    snippets to embed it. It needs no server: open index.html, or put the folder on any host. Films are rendered where
    they are not up to date. A film whose other theme or GIF (`descent render --profile docs`) is up to date gets that
    too.
    """
    from descent.publish.course.outline import course_of

    is_file(folder := output or project().site, (), "a site")
    if url and not url.startswith(("https://", "http://")):
        raise DescentError(f"the address {url!r} must start with https:// or http://.")
    course = None if scenes else course_of(project())
    chapters = () if course is None else chapters_of(course)
    if not make_site(list(scenes), folder, profile, themes or ("dark",), jobs, title, url, figures, chapters):
        sys.exit(1)


def make_site(
    scenes: list[str],
    folder: Path,
    profile: str,
    themes: Sequence[str],
    jobs: int,
    title: str,
    url: str = "",
    figures: Path | None = None,
    chapters: tuple[tuple[str, str, tuple[str, ...]], ...] = (),
) -> bool:
    """Render films where they are not up to date, and make a site of them; whether all could be rendered.

    Args:
        scenes: Class names or files, in the order to show them; all if empty.
        folder: Of the site.
        profile: Size and rate of the films.
        themes: What to render them in; of other themes they are shown where they are there.
        jobs: How many processes draw.
        title: Heading of the site.
        url: Its address, if it is known.
        figures: A folder of pictures to show below.
        chapters: Heading, words and names of films of each, in order; films of none of them come last.
    """
    from descent.delivery.freshness import unchanged
    from descent.delivery.profiles import find_profile
    from descent.look.palette import THEMES
    from descent.publish.gallery.film import read_film
    from descent.publish.gallery.site import Site, Still, build

    if find_profile(profile).suffixes[0] not in (".mp4", ".webm"):
        raise DescentError(f"the profile {profile!r} makes no film that a page can play; try slides or lecture.")
    outcomes = [
        render_all(scenes, profile, theme, None, jobs, held=True, either=True, done=report_new)
        for theme in dict.fromkeys(themes)
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
    places = {name: k for k, name in enumerate(name for _, _, names in chapters for name in names)}
    shown.sort(key=lambda film: places.get(film.name, len(places)))
    stills = tuple(map(Still.read, sorted(figures.glob("*.png")))) if figures else ()
    page = build(Site(title, tuple(shown), stills, url, chapters), folder)
    click.echo(f"{page}  ({len(shown)} film{'s' * (len(shown) != 1)})")
    return not any(film.error for films in outcomes for film in films)


def chapters_of(course: "Course") -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Heading, words and names of films of each chapter, for a site."""
    opening = [("Opening", course.welcome, (course.opening.name,))] if course.opening else []
    return (
        *opening,
        *((f"{c.number} · {c.title}", c.bridge, tuple(film.name for film in c.films)) for c in course.chapters),
    )


def _in_theme(order: "RenderRequest", theme: str) -> "RenderRequest":
    name = order.profile.name if theme == "dark" else f"{order.profile.name}-{theme}"
    return replace(order, theme=theme, folder=order.folder.with_name(name))
