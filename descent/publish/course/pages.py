"""What stands on the cards between films: title, chapters and their questions, and which film answers which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from descent.film.course import Chapter, Course, CourseFilm

CLOSING = "Questions and films"
"""What the last card is called."""

_AT_ONCE = 6  # questions with their films on a page


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a page: a number, words, and what stands below them."""

    number: str
    words: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What is on screen at once: a small heading, a large one, and rows."""

    label: str
    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A short film of words.

    Attributes:
        name: Its scene.
        title: What its part of the whole film is called.
        line: What is said over its first page; nothing if empty.
        pages: One after the other.
    """

    name: str
    title: str
    line: str
    pages: tuple[Page, ...]


def opening_card(course: Course) -> Card:
    """The title, and the chapters to come."""
    rows = tuple(Row(str(chapter.number), chapter.title) for chapter in course.chapters)
    return Card("CourseOpening", course.title, course.welcome, (Page("", course.title, rows),))


def chapter_card(chapter: Chapter, titles: Mapping[str, str]) -> Card:
    """A chapter, and what its films ask.

    Args:
        chapter: It.
        titles: The films' titles, which stand for questions that nobody wrote.
    """
    rows = tuple(Row(film.number, film.question or titles[film.name]) for film in chapter.films)
    page = Page(f"Chapter {chapter.number}", chapter.title, rows)
    return Card(f"CourseChapter{chapter.number}", f"{chapter.number}  {chapter.title}", chapter.bridge, (page,))


def closing_card(course: Course, titles: Mapping[str, str]) -> Card:
    """Every question with the film that answers it, a few at once."""
    pages = [] if course.opening is None else [Page(CLOSING, course.title, _answered([course.opening], titles))]
    for chapter in course.chapters:
        pages += [Page(CLOSING, chapter.title, _answered(some, titles)) for some in _parted(chapter.films, _AT_ONCE)]
    return Card("CourseClosing", CLOSING, course.closing, tuple(pages))


def _answered(films: Sequence[CourseFilm], titles: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(
        Row(film.number, film.question, titles[film.name]) if film.question else Row(film.number, titles[film.name])
        for film in films
    )


def _parted(films: Sequence[CourseFilm], most: int) -> Iterator[Sequence[CourseFilm]]:
    """Films in groups of about equal size."""
    groups = -(-len(films) // most)
    for k in range(groups):
        yield films[k * len(films) // groups : (k + 1) * len(films) // groups]
