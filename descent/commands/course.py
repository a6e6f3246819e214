"""``descent course``: the course as one film, a deck, a handout or a site."""

import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.base.progress import progress
from descent.base.project import project
from descent.commands.gallery import gallery
from descent.commands.render import report_new
from descent.commands.shared import deck_profile_option, find_scenes, jobs_option, theme_option, voice_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from descent.delivery.orders import RenderRequest, RenderResult
    from descent.delivery.outline import Course
    from descent.film.narration import Voice
    from descent.publish.course.film import Part

KINDS = (".mp4", ".pptx", ".html", ".pdf")
"""The kinds of file that a course can be."""


@click.command()
@click.argument("file", default="", metavar="[COURSE.toml]")
@click.option(
    "-o",
    "--output",
    "targets",
    type=click.Path(path_type=Path),
    multiple=True,
    default=("course.mp4",),
    show_default=True,
    help="A .mp4, .pptx, .html or .pdf, or a folder for a site; several at once by giving it again.",
)
@click.option("--chapter", "chapters", type=int, multiple=True, metavar="NUMBER", help="Only this chapter, or these.")
@deck_profile_option
@theme_option
@voice_option
@click.option("--silent", is_flag=True, help="Without a voice; captions stay, and in decks the notes.")
@click.option("--force", is_flag=True, help="Replace a deck even if descent did not make it, or it was changed since.")
@jobs_option
def course(
    file: str,
    targets: tuple[Path, ...],
    chapters: tuple[int, ...],
    profile: str,
    theme: str,
    voice: str,
    silent: bool,
    force: bool,
    jobs: int,
) -> None:
    """Make one thing of a whole course: its films in their order, with what is said between them.

    The course is the project's course.toml, else descent's own; or a file that is named, or one of descent's own
    courses: notebook. Films that are not up to date are rendered first.

    \b
    .mp4    one film: title, chapters with their questions, and at the end which film answers which; a chapter each
    .pptx   a deck: a section a chapter, a slide a beat; films begin with their question, answers come last
    .html   the same for the browser
    .pdf    a handout: questions first, a page of stills a film, answers last
    folder  a site, as `descent gallery` makes it, in chapters
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.delivery.films import render_stale
    from descent.delivery.outline import find_course, read_course
    from descent.delivery.profiles import find_profile
    from descent.publish.course.film import parts_of
    from descent.publish.slides import check_replaceable

    kinds = [target.suffix.lower() if is_file(target, KINDS, "a course") else "" for target in targets]
    if find_profile(profile).suffixes != (".mp4",):
        raise DescentError(f"a course is made of MP4 films, which the profile {profile!r} does not make; try slides.")
    if chapters and "" in kinds:
        raise DescentError("a site shows the whole course: leave out --chapter, or the folder.")
    speaker = None if silent else _voice(voice)
    here = project()
    told = read_course(find_course(file, here), here)
    told = told.only(chapters) if chapters else told
    decks = [target for target, kind in zip(targets, kinds, strict=True) if kind not in ("", ".mp4")]
    for target in decks:
        check_replaceable(target, force, "name another file, or give --force to replace it")
    films = {order.scene.name: order for order in _orders(told, profile, theme, voice, held=False if decks else None)}
    titles = _titles(films)
    parts = parts_of(told, titles, films) if ".mp4" in kinds else []
    orders = list(dict.fromkeys([*(part.order for part in parts), *films.values()]))

    def tell(film: "RenderResult") -> None:
        if film.error or film.order.scene.name in films:
            report_new(film)
        else:  # a card, which is nobody's file
            for remark in film.remarks:
                click.echo(remark)

    if any(film.error for film in render_stale(orders, jobs, either=not decks, done=tell)):
        sys.exit(1)
    for target, kind in zip(targets, kinds, strict=True):
        if kind == ".mp4":
            _film(told, parts, target, speaker)
        elif not kind:
            site = {
                "course": file,
                "output": target,
                "profile": profile,
                "themes": (theme,),
                "title": told.title,
                "voice": voice,
            }
            click.get_current_context().invoke(gallery, **site, jobs=jobs)
        else:
            _deck(told, {name: order.file(".json") for name, order in films.items()}, target, silent)


def _orders(course: "Course", profile: str, theme: str, voice: str, held: bool | None) -> "list[RenderRequest]":
    """What to render for its films, in order."""
    orders = find_scenes([film.name for film in course.films], profile, theme, project().films, voice=voice)
    orders = [replace(order, scene=replace(order.scene, asked=course.asked[order.scene.name])) for order in orders]
    if held is None:
        return orders
    return [replace(order, profile=replace(order.profile, held=held)) for order in orders]


def _titles(films: "Mapping[str, RenderRequest]") -> dict[str, str]:
    from descent.delivery.find import listed

    files = list(dict.fromkeys(order.scene.file for order in films.values()))
    known = listed(files, project().listing)
    return {name: known[name].title or name for name in films}


def _voice(name: str) -> "Voice":
    from descent.film.narration import asked_voice, find_voice

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a voice that is missing is told where films are rendered
        return find_voice(name or asked_voice() or None)


def _film(course: "Course", parts: "Sequence[Part]", target: Path, voice: "Voice | None") -> None:
    from descent.film.sidecar import read_sidecar
    from descent.publish.course.film import write_film
    from descent.publish.gallery.film import clock

    written = write_film(course.title, parts, target, voice)
    seconds = read_sidecar(target.with_suffix(".json")).seconds
    told = f"{clock(seconds)}, {len(parts)} chapters" if written else "nothing changed"
    click.echo(f"{target}  ({told})")


def _deck(course: "Course", notes: "Mapping[str, Path]", target: Path, silent: bool) -> None:
    from descent.publish.course.deck import course_deck
    from descent.publish.course.handout import write_handout
    from descent.publish.slides import write_deck

    with progress() as tell:
        if target.suffix.lower() == ".pdf":
            write_handout(course, notes, target, tell)
            click.echo(f"{target}  ({target.stat().st_size / 1e6:.1f} MB)")
        else:
            deck = course_deck(course, notes, silent)
            write_deck(deck, target, force=True, progress=tell)  # that it may be replaced was asked before
            click.echo(f"{target}  ({deck.slides} slides)")
