"""A course as its file says it: chapters of films in their order, and what each film asks, answers and needs."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from descent.base.document import Document, Path_, known, quoted, read_toml, text
from descent.base.errors import DescentError, nearest
from descent.base.project import BUILT_IN, Project
from descent.film.asked import NOTHING_ASKED, Asked

_KEYS: Final = ("title", "welcome", "opening", "closing", "chapter", "film")
_OF_A_CHAPTER: Final = ("title", "bridge", "films")
_OF_A_FILM: Final = ("question", "answer", "after")
_HEADING, _SENTENCE, _SPOKEN = 90, 160, 240  # characters that there is room for
_MANY = 60  # films of a chapter, and chapters: more is a mistake


@dataclass(frozen=True, slots=True)
class CourseFilm:
    """A film as a course shows it.

    Attributes:
        name: Its scene.
        number: Its place, such as "2.1"; empty for the opening.
        question: What it asks; empty if nobody said.
        answer: What it answers, in a line; empty if nobody said, and then its title is the answer.
        after: Films that come before it.
    """

    name: str
    number: str = ""
    question: str = ""
    answer: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its number, its title, what is said before its films, and these."""

    number: int
    title: str
    bridge: str
    films: tuple[CourseFilm, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A course.

    Attributes:
        title: What it is called.
        welcome: What is said over its title.
        opening: The film before the first chapter.
        closing: What is said as questions and films are listed at the end.
        chapters: Its chapters, in order.
        excerpt: Whether it is only some chapters of a course, which begins with the first of them.
    """

    title: str
    welcome: str
    opening: CourseFilm | None
    closing: str
    chapters: tuple[Chapter, ...]
    excerpt: bool = False

    @property
    def films(self) -> tuple[CourseFilm, ...]:
        """All its films, in order."""
        first = () if self.opening is None else (self.opening,)
        return (*first, *(film for chapter in self.chapters for film in chapter.films))

    @property
    def asked(self) -> dict[str, Asked]:
        """What it says of each of its films, by name; what it does not say, the film may say itself."""
        following = [*(film.question for film in self.films[1:]), ""]
        return {
            film.name: Asked(film.question, film.answer, question)
            for film, question in zip(self.films, following, strict=True)
        }

    @property
    def lines(self) -> tuple[str, ...]:
        """What is said between films, in order."""
        said = (self.welcome, *(chapter.bridge for chapter in self.chapters), self.closing)
        return tuple(line for line in said if line)

    def only(self, numbers: Collection[int]) -> "Course":
        """Some chapters of it, which keep their numbers.

        Raises:
            DescentError: If there is no such chapter.
        """
        for number in numbers:
            if number not in range(1, len(self.chapters) + 1):
                raise DescentError(f"there is no chapter {number}: {self.title!r} has {len(self.chapters)}.")
        chosen = tuple(chapter for chapter in self.chapters if chapter.number in numbers)
        return replace(self, opening=None, welcome="", chapters=chosen, excerpt=True)


def looked_up(name: str, file: Path, here: Project) -> Asked:
    """What a project's course says of one film, read now; see :func:`asked_of`.

    Raises:
        DescentError: If anything is wrong in the course.
    """
    course = read_course(here.course, () if is_own(file) else (name,)).asked if here.course.is_file() else {}
    return asked_of(name, file, course, read_course(BUILT_IN.course).asked)


def asked_of(name: str, file: Path, course: Mapping[str, Asked], own: Mapping[str, Asked]) -> Asked:
    """What a course says of a film; of one of descent's own that it leaves out, what descent's own course says.

    Args:
        name: Its scene.
        file: Where that is defined: another film may have the name of one of descent's own.
        course: What the project's course says, by film; empty where it has none.
        own: What descent's own says.
    """
    lent = own.get(name, NOTHING_ASKED) if is_own(file) else NOTHING_ASKED
    return course.get(name, lent)


def is_own(file: Path) -> bool:
    """Whether a scene file is one of descent's own."""
    return file.resolve().parent == BUILT_IN.scenes.resolve()


def read_course(file: Path, own: Collection[str] = (), refuse: Callable[[str], None] = lambda _: None) -> Course:
    """Read a course, and see that its films come in an order in which they can be understood.

    What a film asks, answers and needs stands in the file; of descent's own films, it need not, for it stands in
    descent's own course. A film that only that one names as needed may be left out, but may not come later.

    Args:
        file: A TOML file.
        own: Films of somebody's own, of which descent's course says nothing, even if one of its films has that name.
        refuse: Told the name of each film; raises `DescentError` if there is none.

    Raises:
        DescentError: If anything is wrong in it, in a sentence that tells the line.
    """
    document = read_toml(file, {})
    for key in document.values:
        with document.at(key):
            known(key, _KEYS, "a course")
    said = dict(_tables(document))
    places = _places(document, refuse)
    inherited = {} if file.resolve() == BUILT_IN.course.resolve() else dict(_tables(read_toml(BUILT_IN.course, {})))
    told = {
        name: CourseFilm(name, **{**({} if name in own else inherited.get(name, {})), **said.get(name, {})})
        for name in places
    }
    for name in said:
        with document.at("film", name):
            if name not in told:
                raise DescentError(f"the film {name!r} is in no chapter: {nearest(name, told)}")
    course = Course(
        title=_words(document, document.values, "title", _HEADING) or "A course",
        welcome=_words(document, document.values, "welcome", _SPOKEN),
        opening=told.get(document.values.get("opening", "")),
        closing=_words(document, document.values, "closing", _SPOKEN),
        chapters=tuple(_chapters(document, told)),
    )
    _check_order(document, course, places, said)
    return course


def _places(document: Document, refuse: Callable[[str], None]) -> dict[str, Path_]:
    """Where in the file each film is named, by its name, in order.

    Raises:
        DescentError: If there is no such film, or it is named twice.
    """
    named: list[tuple[Path_, Any]] = []
    if "opening" in document.values:
        named.append((("opening",), document.values["opening"]))
    for number, chapter in enumerate(_tables_of_chapters(document)):
        named += [(("chapter", number, "films", k), name) for k, name in enumerate(chapter["films"])]
    found: dict[str, Path_] = {}
    for place, value in named:
        with document.at(*place):
            name = text(value, "a film's name", _HEADING)
            if name in found:
                raise DescentError(f"the film {name!r} is in the course already.")
            refuse(name)
            found[name] = place
    return found


def _tables_of_chapters(document: Document) -> Sequence[Mapping[str, Any]]:
    with document.at("chapter"):
        chapters = document.values.get("chapter")
        if not isinstance(chapters, list) or not 0 < len(chapters) <= _MANY:
            raise DescentError(f"a course has 1 to {_MANY} chapters, each under a line [[chapter]].")
    for number, chapter in enumerate(chapters):
        with document.at("chapter", number):
            if not isinstance(chapter, dict):
                raise DescentError("a chapter stands under a line [[chapter]].")
            for key in chapter:
                with document.at("chapter", number, key):
                    known(key, _OF_A_CHAPTER, "a chapter")
            films = chapter.get("films")
            if not isinstance(films, list) or not 0 < len(films) <= _MANY:
                raise DescentError(f'a chapter names 1 to {_MANY} films, as in films = ["MomentumEscapes"].')
    return chapters


def _chapters(document: Document, told: Mapping[str, CourseFilm]) -> Iterator[Chapter]:
    for k, chapter in enumerate(_tables_of_chapters(document)):
        title = _words(document, chapter, "title", _HEADING, ("chapter", k))
        bridge = _words(document, chapter, "bridge", _SPOKEN, ("chapter", k))
        films = tuple(replace(told[name], number=f"{k + 1}.{n}") for n, name in enumerate(chapter["films"], 1))
        yield Chapter(k + 1, title or f"Chapter {k + 1}", bridge, films)


def _tables(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What a file says of films, by name."""
    with document.at("film"):
        tables = document.values.get("film", {})
        if not isinstance(tables, dict):
            raise DescentError("what a film asks stands under a line such as [film.MomentumEscapes].")
    for name, table in tables.items():
        with document.at("film", name):
            if not isinstance(table, dict):
                raise DescentError(f"what a film asks stands under a line [film.{name}].")
            for key in table:
                with document.at("film", name, key):
                    known(key, _OF_A_FILM, "a film")
        said = {key: _words(document, table, key, _SENTENCE, ("film", name)) for key in ("question", "answer")}
        with document.at("film", name, "after"):
            after = table.get("after", [])
            if not isinstance(after, list) or not all(isinstance(each, str) for each in after):
                raise DescentError(f"after must be a list of films' names, not {quoted(after)}.")
        yield name, {key: value for key, value in (*said.items(), ("after", tuple(after))) if key in table}


def _words(document: Document, table: Mapping[str, Any], key: str, longest: int, place: Path_ = ()) -> str:
    """A sentence of a table, on one line; empty if it is not there."""
    with document.at(*place, key):
        return text(table.get(key, ""), key, longest)


def _check_order(
    document: Document, course: Course, places: Mapping[str, Path_], own: Mapping[str, Mapping[str, Any]]
) -> None:
    """Refuse a film that comes before what it needs; what only descent's own course asks for may be missing."""
    seen = set[str]()
    for film in course.films:
        mine = "after" in own.get(film.name, {})
        for needed in film.after:
            with document.at(*(("film", film.name, "after") if mine else places[film.name])):
                if mine and needed not in places:
                    raise DescentError(
                        f"{film.name} comes after {needed!r}, which is in no chapter: {nearest(needed, places)}"
                    )
                if needed in places and needed not in seen:
                    raise DescentError(
                        f"{film.name} needs {needed}, which comes later; put that before it, or say under "
                        f"[film.{film.name}] what it needs, as in after = []."
                    )
        seen.add(film.name)
