"""Decks of slides from finished films: for PowerPoint, for the browser (reveal.js) and on paper (PDF)."""

from pathlib import Path

from descent.base.errors import DescentError
from descent.base.progress import Progress
from descent.publish.slides.deck import Deck, DeckFilm, Section, read_deck
from descent.publish.slides.loops import looping, slide_numbers
from descent.publish.slides.mark import check_replaceable
from descent.publish.slides.template import read_template

__all__ = [
    "FORMATS",
    "Deck",
    "DeckFilm",
    "Section",
    "check_replaceable",
    "check_target",
    "looping",
    "read_deck",
    "read_template",
    "slide_numbers",
    "write_deck",
]

FORMATS = (".pptx", ".html", ".pdf")
"""The kinds of file that a deck can be."""


def check_target(target: Path) -> str:
    """The ending of a deck's file, in small letters.

    Raises:
        DescentError: If it is none that a deck can have.

    >>> check_target(Path("Lecture.PPTX"))
    '.pptx'
    """
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise DescentError(f"cannot make a deck {target.name!r}: the name must end in .pptx, .html or .pdf.")
    return ending


def write_deck(
    deck: Deck,
    target: Path,
    *,
    one_file: bool = False,
    template: Path | None = None,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> None:
    """Write a deck in the format that the target's ending names.

    Args:
        deck: What to show.
        target: A .pptx, .html or .pdf, written whole or not at all.
        one_file: Whether everything goes into the .html itself.
        template: Whose masters a .pptx takes; by default it has the films' own colours.
        force: Whether it may replace a file that is not a deck as descent wrote it.
        progress: Told (slides done, slides in all, what is going on).

    Raises:
        DescentError: If the ending is another, the template cannot be used, a film cannot be cut, or the target
            cannot be written or holds what somebody else made.
    """
    ending = check_target(target)
    check_replaceable(target, force)
    match ending:
        case ".pptx":
            from descent.publish.slides.pptx import write_pptx

            write_pptx(deck, target, template, progress)
        case ".html":
            from descent.publish.slides.html import write_html

            write_html(deck, target, one_file, progress)
        case _:
            from descent.publish.slides.pdf import write_pdf

            write_pdf(deck, target, progress)
