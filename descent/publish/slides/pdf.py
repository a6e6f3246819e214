"""Handouts: a page per slide with the beat's last picture and what is said, its text selectable."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from PIL.Image import Image

from descent.base.files import write
from descent.base.progress import Progress
from descent.figures.style import settings
from descent.look.fonts import file_for, wrap
from descent.look.palette import LIGHT
from descent.publish.slides import titling
from descent.publish.slides.cut import cut, picture
from descent.publish.slides.deck import Deck, DeckFilm, Section
from descent.publish.slides.mark import marked

WIDTH, HEIGHT = 297 / 25.4 * 72, 210 / 25.4 * 72  # A4 on its side, in points
MARGIN = 40.0
LEADING = 1.4  # from a line to the next, in multiples of its size
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


class Page(Figure):
    """A white page on which text is set from the top down.

    Attributes:
        top: Where the next line goes, in points above the page's lower edge.
    """

    def __init__(self, footer: str, number: int) -> None:
        super().__init__(figsize=(WIDTH / 72, HEIGHT / 72), facecolor="white")
        self.top = HEIGHT - MARGIN
        self._set(footer, MARGIN, MARGIN / 2, _SMALL, LIGHT.soft, "left")
        self._set(str(number), WIDTH - MARGIN, MARGIN / 2, _SMALL, LIGHT.soft, "right")

    def paragraph(
        self,
        text: str,
        size: float,
        colour: str = LIGHT.ink,
        indent: float = 0.0,
        first: str = "",
        left: float = MARGIN,
        width: float = WIDTH - 2 * MARGIN,
    ) -> None:
        """Set a paragraph and move down.

        Args:
            text: Its words.
            size: Their size in points.
            colour: Their colour.
            indent: How far it stands from the left.
            first: What stands before its first line, within the indent.
            left: Where its column begins.
            width: Of the column.
        """
        if first:
            self._set(first, left, self.top - size, size, LIGHT.velocity, "left")
        for line in lines_of(text, size, width - indent):
            self._set(line, left + indent, self.top - size, size, colour, "left")
            self.top -= LEADING * size

    def still(self, shown: Image, left: float, bottom: float, width: float, height: float) -> None:
        """Put a picture on the page, with a hair around it."""
        frame = self.add_axes((left / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT))
        frame.imshow(shown, aspect="auto", interpolation="none")
        frame.set_xticks([])
        frame.set_yticks([])
        for spine in frame.spines.values():
            spine.set(color=LIGHT.line, linewidth=0.5)

    def _set(self, text: str, left: float, base: float, size: float, colour: str, side: str) -> None:
        self.text(
            left / WIDTH,
            base / HEIGHT,
            text,
            size=size,
            color=colour,
            horizontalalignment=side,
            verticalalignment="baseline",
            fontproperties=FontProperties(fname=str(file_for(text)), size=size),
            parse_math=False,
        )


def _title_page(lesson: DeckFilm, number: int) -> Figure:
    page = Page(lesson.name, number)
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
    page = Page(lesson.title, number)
    page.paragraph(section.title, _HEADING)
    page.top -= 4
    said = sum(len(lines_of(line, _TEXT)) for line in section.lines)
    room = page.top - 1.6 * MARGIN - said * LEADING * _TEXT
    width = min(WIDTH - 2 * MARGIN, room * lesson.size[0] / lesson.size[1])
    height = width * lesson.size[1] / lesson.size[0]
    bottom = page.top - height
    page.still(picture(clip, last=True), (WIDTH - width) / 2, bottom, width, height)
    page.top = bottom - 10
    for line in section.lines:
        page.paragraph(line, _TEXT)
    return page


def lines_of(text: str, size: float, width: float = WIDTH - 2 * MARGIN) -> list[str]:
    """As few lines as a paragraph takes; those of a heading of about equal length.

    Args:
        text: Its words.
        size: Their size in points.
        width: Of the column, in points.
    """
    room = width / size
    lines = wrap(text, room)
    while size > _HEADING and len(lines) > 1 and len(narrower := wrap(text, room - 1)) == len(lines):
        lines, room = narrower, room - 1
    return lines
