"""A course on paper: its questions first, a page of stills a film with what is said, and the answers last."""

import io
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages

from descent.base.files import write
from descent.base.progress import Progress
from descent.figures.style import settings
from descent.film.course import Course, CourseFilm
from descent.look.palette import LIGHT
from descent.publish.slides import DeckFilm, Section, read_deck
from descent.publish.slides.cut import cut, picture
from descent.publish.slides.mark import marked
from descent.publish.slides.pdf import LEADING, MARGIN, WIDTH, Page, lines_of

_ACROSS, _GAP = 3, 18.0  # stills side by side, and points between them
_TITLE, _HEADING, _TEXT, _SAID = 30.0, 15.0, 11.5, 8.5  # sizes in points
_HANG = 30.0  # points that words stand beside their number


def write_handout(
    course: Course, notes: Mapping[str, Path], target: Path, progress: Progress = lambda *_: None
) -> None:
    """Write a handout. Pages are white whatever the films' theme, to be printed.

    Args:
        course: It.
        notes: The JSON that `descent render` writes beside each film, by the film's name.
        target: The .pdf, written whole or not at all.
        progress: Told (films done, films in all, what is going on).

    Raises:
        DescentError: If a film is missing or cannot be cut, or the target cannot be written.
    """
    films = {film.name: film for film in read_deck([notes[film.name] for film in course.films]).lessons}
    about = {"Title": course.title, "Author": "descent", "Creator": "descent", "CreationDate": None}
    with io.BytesIO() as buffer, TemporaryDirectory() as folder, settings():
        with PdfPages(buffer, metadata=about) as pdf:
            book = _Book(pdf, course.title)
            _questions(book, course, films)
            for done, film in enumerate(course.films):
                progress(done, len(films), f"cutting {film.name}")
                _film(book, film, films[film.name], Path(folder) / "clip.mp4")
            _answers(book, course, films)
            book.turn()
        write(target, marked(buffer.getvalue(), ".pdf"))


class _Book:
    """Pages that are begun where there is no room left."""

    def __init__(self, pdf: Any, footer: str) -> None:
        self._pdf, self._footer, self._count = pdf, footer, 0
        self.page: Page | None = None

    def turn(self) -> None:
        """Put the page away, if one is begun."""
        if self.page is not None:
            self._pdf.savefig(self.page)
            self.page = None

    def begin(self) -> Page:
        """A new page."""
        self.turn()
        self._count += 1
        self.page = Page(self._footer, self._count)
        return self.page

    def paragraph(self, text: str, size: float, number: str, colour: str = LIGHT.ink, more: float = 0.0) -> None:
        """Set a numbered paragraph, together with so many points that follow it."""
        height = len(lines_of(text, size, WIDTH - 2 * MARGIN - _HANG)) * LEADING * size
        self.room(height + more).paragraph(text, size, colour, indent=_HANG, first=number)

    def room(self, needed: float) -> Page:
        """A page with so many points left, this one or the next."""
        if self.page is None or self.page.top - needed < 1.2 * MARGIN:
            return self.begin()
        return self.page


def _questions(book: _Book, course: Course, films: Mapping[str, DeckFilm]) -> None:
    page = book.begin()
    page.paragraph(course.title, _TITLE)
    page.top -= 10
    if course.opening:
        page.paragraph(_asked(course.opening, films), _HEADING)
    for chapter in course.chapters:
        book.room(4 * _HEADING).top -= 10
        book.paragraph(chapter.title, _HEADING, str(chapter.number), more=2 * _HEADING)
        for film in chapter.films:
            book.paragraph(_asked(film, films), _TEXT, film.number)


def _answers(book: _Book, course: Course, films: Mapping[str, DeckFilm]) -> None:
    book.begin().paragraph("Answers", _TITLE)
    for film in course.films:
        book.room(5 * _TEXT).top -= 3
        book.paragraph(_asked(film, films), _TEXT, film.number, LIGHT.soft, more=3 * _TEXT)
        book.paragraph(film.answer or films[film.name].title, _TEXT, "")


def _asked(film: CourseFilm, films: Mapping[str, DeckFilm]) -> str:
    return film.question or films[film.name].title


def _film(book: _Book, asked: CourseFilm, film: DeckFilm, clip: Path) -> None:
    """The last picture of each beat, in rows, with what is said below."""
    page = book.begin()
    page.paragraph(asked.question or film.title, _HEADING, indent=_HANG if asked.number else 0, first=asked.number)
    page.top -= 8
    width = (WIDTH - 2 * MARGIN - (_ACROSS - 1) * _GAP) / _ACROSS
    height = width * film.size[1] / film.size[0]
    sections = [each for each in film.sections if each.lines] or film.sections  # the card's answer comes last of all
    for first in range(0, len(sections), _ACROSS):
        row = sections[first : first + _ACROSS]
        said = max(_said_height(section, width) for section in row)
        page = book.room(height + said)
        top = page.top
        for k, section in enumerate(row):
            cut(film.film, section.start, section.end, clip)
            left = MARGIN + k * (width + _GAP)
            page.still(picture(clip, last=True), left, top - height, width, height)
            page.top = top - height - 5
            for line in section.lines:
                page.paragraph(line, _SAID, left=left, width=width)
        page.top = top - height - said - 6


def _said_height(section: Section, width: float) -> float:
    return 5 + sum(len(lines_of(line, _SAID, width)) for line in section.lines) * LEADING * _SAID
