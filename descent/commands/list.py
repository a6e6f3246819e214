"""``descent list``: what films there are."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.base.failures import failure
from descent.base.project import BUILT_IN, project
from descent.commands.shared import json_option

if TYPE_CHECKING:
    from descent.delivery.find import Listed
    from descent.film.course import Course, CourseFilm


@click.command("list")
@click.option("--claims", "claims", is_flag=True, help="With what each film claims, and how that is checked.")
@click.option("--built-in", "built_in", is_flag=True, help="Descent's own films, also where the project has some.")
@json_option
def list_films(claims: bool, built_in: bool, as_json: bool) -> None:
    """List the films, and with --claims what each claims: the sentence, and the check that it rests on.

    These are the project's, those of its folder `scenes`; where it has none, descent's own, which are found by name in
    any project. They stand in the order of the course, if there is one: the project's course.toml, or descent's own.

    With --json, --claims gives whole claims: predicate and arguments, runs, control, and the phrases that rest on it.
    Films of a course also have their chapter there, and what they ask and answer.
    """
    from descent.delivery.find import listed, no_scenes, scene_files
    from descent.delivery.outline import course_of

    here = BUILT_IN if built_in else project()
    known = listed(scene_files(here.scenes), project().listing)
    failed = [scene.error for scene in known.values() if scene.error is not None]
    found = {name: scene for name, scene in known.items() if scene.error is None}
    course: Course | None = None
    try:
        course = course_of(here)
    except DescentError as error:
        failed += [error] if not failed else []  # what cannot be read is the reason already
    found = _with_those_of(course, found)
    if as_json:
        click.echo(json.dumps(_rows(course, found, claims), indent=1, ensure_ascii=False))
    else:
        _show(course, found, claims)
    if not known:
        raise no_scenes(here.scenes)
    for each in failed:
        click.echo(failure(each), err=True)
    if failed:
        sys.exit(1)


def _with_those_of(course: "Course | None", found: "Mapping[str, Listed]") -> "dict[str, Listed]":
    """Films in the order of a course, descent's own that it names among them; those that it does not name come last."""
    from descent.delivery.find import listed, own_films

    if course is None:
        return dict(found)
    lent = [own_films()[film.name] for film in course.films if film.name not in found and film.name in own_films()]
    known = {**listed(list(dict.fromkeys(lent)), project().listing), **found}
    named = [film.name for film in course.films if film.name in known]
    return {name: known[name] for name in (*named, *(name for name in found if name not in named))}


def _rows(course: "Course | None", found: "Mapping[str, Listed]", claims: bool) -> list[dict[str, object]]:
    told, rows = _places(course), list[dict[str, object]]()
    for name, scene in found.items():
        rows.append(
            {
                "scene": name,
                "title": scene.title,
                "claims": [claim if claims else claim["text"] for claim in scene.claims],
            }
        )
        if name in told:
            chapter, film = told[name]
            rows[-1] |= {"chapter": chapter, "question": film.question, "answer": film.answer}
    return rows


def _show(course: "Course | None", found: "Mapping[str, Listed]", claims: bool) -> None:
    told, width, heading = _places(course), max(map(len, found), default=0), ""
    indent = "  " if told else ""
    for name, scene in found.items():
        chapter = told[name][0] if name in told else "Not in the course"
        if told and chapter != heading:
            click.echo(f"{chr(10) if heading else ''}{chapter}")
            heading = chapter
        click.echo(f"{indent}{name:{width}}  {scene.title}")
        for claim in scene.claims if claims else ():
            click.echo(f"{indent}{'':{width}}  - {claim['text']}  [{claim['check']}]")


def _places(course: "Course | None") -> "dict[str, tuple[str, CourseFilm]]":
    """The chapter of each film, and what the course says of it."""
    if course is None:
        return {}
    opening = {} if course.opening is None else {course.opening.name: ("Opening", course.opening)}
    return opening | {
        film.name: (f"{chapter.number}  {chapter.title}", film) for chapter in course.chapters for film in chapter.films
    }
