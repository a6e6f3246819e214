"""A course as a deck: questions before each chapter, films that begin with theirs, and all answers at the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from descent.film.course import Course, CourseFilm
from descent.publish.slides import Deck, DeckFilm, read_deck, titling

ANSWERS = "Answers"

_APART = "\u2002"  # between a number and what it numbers: in HTML, several spaces are one
_SIZE = 26  # units; words of slides are set at least so large


def course_deck(course: Course, notes: Mapping[str, Path], silent: bool = False) -> Deck:
    """The slides of a course.

    A film's first slide shows its question; what it claims stands in the speaker notes.

    Args:
        course: It.
        notes: The JSON that `descent render` writes beside each film, by the film's name.
        silent: Whether films are without their sound.

    Raises:
        DescentError: If a note or its film is missing or damaged.
    """
    deck = read_deck([notes[film.name] for film in course.films], course.title, silent)
    films = {film.name: film for film in deck.lessons}
    like = deck.lessons[0]

    def words(name: str, title: str, lines: Sequence[str], aside: str = "", chapter: str = "") -> Iterator[DeckFilm]:
        """As many slides as the lines need; the first begins a chapter."""
        for k, some in enumerate(_slides(lines)):
            shown = tuple((line, None) for line in some)
            blank = replace(like, title=title, claims=shown, runs=(), sections=())
            if k:
                yield replace(blank, name=f"{name}-{k + 1}", aside="")
            else:
                yield replace(blank, name=name, aside=aside, chapter=chapter)

    shown: list[DeckFilm] = []
    if not course.excerpt:
        chapters = [f"{chapter.number}{_APART}{chapter.title}" for chapter in course.chapters]
        shown += words("Course", course.title, chapters, course.welcome, course.title)
    if course.opening:
        shown.append(asking(course.opening, films[course.opening.name]))
    for chapter in course.chapters:
        title = f"{chapter.number}  {chapter.title}"
        questions = [f"{film.number}{_APART}{film.question or films[film.name].title}" for film in chapter.films]
        shown += words(f"Chapter{chapter.number}", title, questions, chapter.bridge, title)
        shown += (asking(film, films[film.name]) for film in chapter.films)
    aside, first = course.closing, ANSWERS
    if course.opening:
        shown += words("Answers", ANSWERS, [_answered(course.opening, films)], aside, first)
        aside = first = ""
    for chapter in course.chapters:
        answers = [_answered(film, films) for film in chapter.films]
        shown += words(f"Answers{chapter.number}", f"{ANSWERS}: {chapter.title}", answers, aside, first)
        aside = first = ""
    return replace(deck, lessons=tuple(shown))


def asking(told: CourseFilm, film: DeckFilm) -> DeckFilm:
    """A film whose first slide asks what it is about; title and claims stand in the notes."""
    if not told.question:
        return film
    return replace(film, title=told.question, claims=(), aside="\n".join([film.title, titling.notes(film)]).strip())


def _answered(film: CourseFilm, films: Mapping[str, DeckFilm]) -> str:
    """A question with its answer, on one line."""
    said = " ".join(filter(None, (film.question, film.answer or films[film.name].title)))
    return _APART.join(filter(None, (film.number, said)))


def _slides(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Lines in groups that fit on a slide."""
    some: list[str] = []
    for line in lines:
        if some and titling.text_height([*some, line], _SIZE) > titling.CLAIMS_ROOM:
            yield some
            some = []
        some.append(line)
    yield some
