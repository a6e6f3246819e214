"""``descent gallery``: a site of the films."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.base.progress import progress
from descent.base.project import project
from descent.commands.render import render_all, report_new
from descent.commands.shared import jobs_option, voice_option

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest
    from descent.film.course import Course


@click.command()
@click.argument("scenes", nargs=-1)
@click.option("--course", metavar="FILE", help="The films of a course; as `descent course` reads it.")
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
@click.option(
    "--explore/--no-explore", default=True, show_default=True, help="A page to take hold of beside films of one map."
)
@jobs_option
def gallery(
    scenes: tuple[str, ...],
    course: str | None,
    output: Path | None,
    profile: str,
    themes: tuple[str, ...],
    voice: str,
    title: str,
    url: str,
    figures: Path | None,
    explore: bool,
    jobs: int,
) -> None:
    """Make a site of SCENES (class names or files, in the order to show them), or of all, as the course has them.

    The course is the one that is named, the project's course.toml, or descent's own; a site of SCENES follows none.

    A page of cards, and a page per film: player with captions and chapters, its runs to take hold of (as
    `descent explore` makes them), claims, transcript, code, downloads, and snippets to embed it. It needs no server:
    open index.html, or put the folder on any host. Films are rendered where they are not up to date. A film whose other
    theme or GIF (`descent render --profile docs`) is up to date gets that too.
    """
    if scenes and course is not None:
        raise DescentError("name scenes, or a course with --course, not both.")
    told = None if scenes else _course(course)
    scenes = scenes if course is None or told is None else tuple(film.name for film in told.films)
    from descent.delivery.freshness import unchanged
    from descent.delivery.profiles import find_profile
    from descent.look.palette import THEMES
    from descent.publish.gallery.film import read_film
    from descent.publish.gallery.site import Site, Still, build, in_chapters

    is_file(folder := output or project().site, (), "a site")
    if url and not url.startswith(("https://", "http://")):
        raise DescentError(f"the address {url!r} must start with https:// or http://.")
    if find_profile(profile).suffixes[0] not in (".mp4", ".webm"):
        raise DescentError(f"the profile {profile!r} makes no film that a page can play; try slides or lecture.")
    outcomes = [
        render_all(list(scenes), profile, theme, None, jobs, voice=voice, held=True, either=True, done=report_new)
        for theme in dict.fromkeys(themes or ("dark",))
    ]
    found = []
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
        found.append(orders)
    pages = _pages([orders[0] for orders in found], jobs) if explore and found else {}
    shown = [read_film(orders, pages.get(orders[0])) for orders in found]
    stills = tuple(map(Still.read, sorted(figures.glob("*.png")))) if figures else ()
    page = build(in_chapters(Site(title, tuple(shown), stills, url), told), folder)
    click.echo(f"{page}  ({len(shown)} film{'s' * (len(shown) != 1)})")
    if any(film.error for films in outcomes for film in films):
        sys.exit(1)


def _pages(orders: "list[RenderRequest]", jobs: int) -> "dict[RenderRequest, Path | None]":
    """The page of each film that has one; what kept one from being made is told."""
    from descent.publish.explore.films import film_pages

    with progress() as told:
        found = film_pages(orders, jobs, told)
    for order, page in found.items():
        if page.failed:
            click.echo(f"{order.scene.name}, no page to take hold of: {page.why}", err=True)
    return {order: page.file for order, page in found.items()}


def _in_theme(order: "RenderRequest", theme: str) -> "RenderRequest":
    name = order.profile.name if theme == "dark" else f"{order.profile.name}-{theme}"
    return replace(order, theme=theme, folder=order.folder.with_name(name))


def _course(file: str | None) -> "Course | None":
    """The course that a site follows: the one that is named, else that of the project, if it has one."""
    from descent.delivery.outline import course_of, find_course, read_course

    here = project()
    return course_of(here) if file is None else read_course(find_course(file, here), here)
