"""Handouts: a page per slide with the beat's last picture and what is said, its text selectable."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from descent.base.files import write
from descent.base.progress import Progress
from descent.figures.style import settings
from descent.look.fonts import file_for, wrap
from descent.look.palette import LIGHT
from descent.publish.slides import titling
from descent.publish.slides.cut import cut, picture
from descent.publish.slides.deck import Deck, DeckFilm, Section
from descent.publish.slides.mark import marked

_WIDTH, _HEIGHT = 297 / 25.4 * 72, 210 / 25.4 * 72  # A4 on its side, in points
_MARGIN = 40.0
_LEADING = 1.4  # from a line to the next, in multiples of its size
_TITLE, _HEADING, _TEXT, _SMALL = 34.0, 17.0, 12.0, 9.0


def write_pdf(deck: Deck, target: Path, progress: Progress = lambda *_: None) -> None:
    """Write a handout. Pages are white whatever the films' theme, to be printed.

    Args:
        deck: What to show.
        target: The .pdf, written whole or not at all.
        progress: Told (pages done, pages in all, what is going on).

    Raises:
        DescentError: If a film cannot be cut, or the target cannot be written.
    """
    pages = 0
    about = {
        "Title": deck.title,
        "Author": "descent",
        "Creator": "descent",
        "Subject": "; ".join(lesson.title for lesson in deck.lessons),
    }
    with io.BytesIO() as buffer, TemporaryDirectory() as folder, settings():
        with PdfPages(buffer, metadata={**about, "CreationDate": None}) as book:
            for lesson in deck.lessons:
                pages += 1
                book.savefig(_title_page(lesson, pages))
                for section in lesson.sections:
                    progress(pages, deck.slides, f"cutting {lesson.name}")
                    pages += 1
                    clip = Path(folder) / "clip.mp4"
                    cut(lesson.film, section.start, section.end, clip)
                    book.savefig(_section_page(lesson, section, clip, pages))
                if lesson.page is not None:
                    pages += 1
                    words = (titling.PAGE_WORDS, f"descent explore {lesson.name} -o page.html")
                    last = Section(titling.PAGE_TITLE, 0.0, 0.0, words, ())
                    book.savefig(_section_page(lesson, last, clip, pages))
        write(target, marked(buffer.getvalue(), ".pdf"))


class _Page(Figure):
    """A white page on which text is set from the top down."""

    def __init__(self, footer: str, number: int) -> None:
        super().__init__(figsize=(_WIDTH / 72, _HEIGHT / 72), facecolor="white")
        self.top = _HEIGHT - _MARGIN
        self._set(footer, _MARGIN, _MARGIN / 2, _SMALL, LIGHT.soft, "left")
        self._set(str(number), _WIDTH - _MARGIN, _MARGIN / 2, _SMALL, LIGHT.soft, "right")

    def paragraph(self, text: str, size: float, colour: str = LIGHT.ink, indent: float = 0.0, first: str = "") -> None:
        """Set a paragraph and move down; ``first`` stands before its first line, within the indent."""
        if first:
            self._set(first, _MARGIN, self.top - size, size, LIGHT.velocity, "left")
        for line in _lines(text, size, indent):
            self._set(line, _MARGIN + indent, self.top - size, size, colour, "left")
            self.top -= _LEADING * size

    def _set(self, text: str, left: float, base: float, size: float, colour: str, side: str) -> None:
        self.text(
            left / _WIDTH,
            base / _HEIGHT,
            text,
            size=size,
            color=colour,
            horizontalalignment=side,
            verticalalignment="baseline",
            fontproperties=FontProperties(fname=str(file_for(text)), size=size),
            parse_math=False,
        )


def _title_page(lesson: DeckFilm, number: int) -> Figure:
    page = _Page(lesson.name, number)
    page.top -= 80
    page.paragraph(lesson.title, _TITLE)
    page.top -= 24
    shown = titling.claims_shown(lesson)
    for text, holds in shown:
        page.paragraph(text, 1.4 * _TEXT, indent=28, first=titling.mark(holds))
        page.top -= 4
    if rest := titling.more(len(lesson.claims) - len(shown)):
        page.paragraph(rest, 1.4 * _TEXT, LIGHT.soft, indent=28)
    page.top -= 20
    page.paragraph(titling.runs_line(lesson), _TEXT, LIGHT.soft)
    return page


def _section_page(lesson: DeckFilm, section: Section, clip: Path, number: int) -> Figure:
    page = _Page(lesson.title, number)
    page.paragraph(section.title, _HEADING)
    page.top -= 4
    said = sum(len(_lines(line, _TEXT)) for line in section.lines)
    room = page.top - 1.6 * _MARGIN - said * _LEADING * _TEXT
    width = min(_WIDTH - 2 * _MARGIN, room * lesson.size[0] / lesson.size[1])
    height = width * lesson.size[1] / lesson.size[0]
    left, bottom = (_WIDTH - width) / 2, page.top - height
    frame = page.add_axes((left / _WIDTH, bottom / _HEIGHT, width / _WIDTH, height / _HEIGHT))
    frame.imshow(picture(clip, last=True), aspect="auto", interpolation="none")
    frame.set_xticks([])
    frame.set_yticks([])
    for spine in frame.spines.values():
        spine.set(color=LIGHT.line, linewidth=0.5)
    page.top = bottom - 10
    for line in section.lines:
        page.paragraph(line, _TEXT)
    return page


def _lines(text: str, size: float, indent: float = 0.0) -> list[str]:
    """As few lines as it takes; those of a heading of about equal length."""
    width = (_WIDTH - 2 * _MARGIN - indent) / size
    lines = wrap(text, width)
    while size > _HEADING and len(lines) > 1 and len(narrower := wrap(text, width - 1)) == len(lines):
        lines, width = narrower, width - 1
    return lines
