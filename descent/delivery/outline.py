"""Courses and the films that there are: which course a project follows, and what it says of scenes that are found."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from descent.base.errors import DescentError, nearest
from descent.base.project import BUILT_IN, Project
from descent.delivery.find import Listed, listed, own_films, unknown
from descent.delivery.orders import SceneRef
from descent.film import course as on_file
from descent.film.course import Course, asked_of


def find_course(asked: str, here: Project) -> Path:
    """The file of a course.

    Args:
        asked: Its path; or the name of one of the project's or descent's own folder `courses`, such as "notebook";
            empty for the project's `course.toml`, else descent's own.
        here: The project.

    Raises:
        DescentError: If there is none.
    """
    if not asked:
        return here.course if here.course.is_file() else BUILT_IN.course
    if (path := Path(asked)).is_file():
        return path
    name = f"{Path(asked).stem}.toml"
    for folder in (here.courses, BUILT_IN.courses):
        if (folder / name).is_file() and Path(asked).parent in (Path(), Path("courses")):
            return folder / name
    others = {file.stem for folder in (here.courses, BUILT_IN.courses) for file in folder.glob("*.toml")}
    raise DescentError(
        f"there is no course {asked!r}, neither a file nor one of descent's own: {nearest(path.stem, others)}"
    )


def course_of(here: Project) -> Course | None:
    """The order of a project's films: its course.toml, or descent's own course where it has no films; else none.

    Raises:
        DescentError: If anything is wrong in the file.
    """
    if here.course.is_file():
        return read_course(here.course, here)
    return None if any(here.scenes.glob("*.py")) else read_course(BUILT_IN.course, BUILT_IN)


def in_course(scenes: Iterable[SceneRef], here: Project) -> list[SceneRef]:
    """The same with what a project's course says of the films; of descent's own that it leaves out, what theirs says.

    Raises:
        DescentError: If anything is wrong in the project's course.
    """
    course = read_course(here.course, here).asked if here.course.is_file() else {}
    own = read_course(BUILT_IN.course, BUILT_IN).asked
    return [replace(scene, asked=asked_of(scene.name, scene.file, course, own)) for scene in scenes]


def course_lines(here: Project) -> dict[str, tuple[str, ...]]:
    """What is said between films in each course of a project, by the name of its file.

    Raises:
        DescentError: If anything is wrong in one of them.
    """
    files = [file for file in (here.course, *sorted(here.courses.glob("*.toml"))) if file.is_file()]
    return {file.stem: read_course(file, here).lines for file in files}


def read_course(file: Path, here: Project) -> Course:
    """Read a course as :func:`descent.film.course.read_course` does, and see that its films are there.

    Args:
        file: A TOML file.
        here: The project whose films it names beside descent's own.

    Raises:
        DescentError: If anything is wrong in it, in a sentence that tells the line.
    """
    films = _known_films(here)

    def refuse(name: str) -> None:
        if name not in own_films() and (name not in films or films[name].error is not None):
            raise unknown(name, here.scenes, films)

    return on_file.read_course(file, films, refuse)


def _known_films(here: Project) -> Mapping[str, Listed]:
    """The project's own films, by name; none where they are descent's own, whose names are known."""
    if here.scenes.resolve() == BUILT_IN.scenes.resolve():
        return {}
    return listed(sorted(here.scenes.glob("*.py")), here.listing)
