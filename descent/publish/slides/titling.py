"""Where the words of a title slide stand and how large they are set, so that they fit whatever they are."""

from collections.abc import Sequence
from typing import Final

from descent.look.fonts import wrap
from descent.publish.slides.deck import DeckFilm

WIDTH: Final = 1280
HEIGHT: Final = 720
"""A slide in units, which are pixels of a web page and 3/4 points of PowerPoint."""

MARGIN: Final = 96
TITLE_ROOM: Final = 170
CLAIMS_TOP: Final = 300
CLAIMS_ROOM: Final = 290
RUNS_TOP: Final = 602
RUNS_SIZE: Final = 18
GAP: Final = 0.5
"""Space after a claim, in multiples of its size."""

PAGE_TITLE: Final = "Try it"
PAGE_WORDS: Final = "Drag a start, move a setting: the page takes torch's own steps."
PAGE_NOTES: Final = (
    "Ask where a run ends from another start, or with another rate, before you move it. In the browser, Esc gives the "
    "keys back to the deck."
)

_TITLES: Final = (60, 54, 48, 42, 36, 30)
_CLAIMS: Final = (30, 28, 26, 24, 22, 20)
_LINE: Final = 1.25  # height of a line, in multiples of its size
_SLACK: Final = 1.08  # bold type, or another typeface in Inter's place, is wider


def title_size(lesson: DeckFilm) -> int:
    """The size of the title, in units."""
    return _largest([lesson.title], TITLE_ROOM, _TITLES)


def claims_size(lesson: DeckFilm) -> int:
    """The size of the claims, in units."""
    return _largest(_claim_texts(lesson.claims), CLAIMS_ROOM, _CLAIMS)


def claims_shown(lesson: DeckFilm) -> tuple[tuple[str, bool | None], ...]:
    """The claims that fit on the slide: all, but for a film of very many."""
    size = claims_size(lesson)
    for count in range(len(lesson.claims), 0, -1):
        texts = [*_claim_texts(lesson.claims[:count]), more(len(lesson.claims) - count)]
        if text_height(list(filter(None, texts)), size) <= CLAIMS_ROOM:
            return lesson.claims[:count]
    return lesson.claims[:1]


def more(count: int) -> str:
    """What stands for so many that are not shown; nothing for none.

    >>> more(3)
    'and 3 more'
    """
    return f"and {count} more" if count else ""


def mark(holds: bool | None) -> str:
    """What a claim begins with; nothing where a line claims nothing."""
    return "" if holds is None else "✓" if holds else "✗"


def runs_line(lesson: DeckFilm) -> str:
    """The runs that a film shows, each once, as many as two lines hold; then how many more there are."""
    labels = list(dict.fromkeys(" ".join(run.split()) for run in lesson.runs))
    for shown in range(len(labels), 0, -1):
        line = "   |   ".join(filter(None, [*labels[:shown], more(len(labels) - shown)]))
        if text_height([line], RUNS_SIZE) <= 2 * _LINE * RUNS_SIZE:
            return line
    return f"{len(labels)} runs" if labels else ""


def notes(lesson: DeckFilm) -> str:
    """Speaker notes of a title slide: every claim, as it was tried on the film's own runs, and every run."""
    if lesson.aside is not None:
        return lesson.aside
    runs = list(dict.fromkeys(" ".join(run.split()) for run in lesson.runs))
    return "\n".join([*(f"{mark(holds)} {text}" for text, holds in lesson.claims), *runs])


def _claim_texts(claims: Sequence[tuple[str, bool | None]]) -> list[str]:
    return [f"{mark(holds)}   {text}".strip() for text, holds in claims]


def text_height(texts: Sequence[str], size: float, width: float = WIDTH - 2 * MARGIN) -> float:
    """How much room paragraphs take, in the unit of size and width."""
    lines = sum(len(wrap(text, width / size / _SLACK)) for text in texts)
    return (lines * _LINE + (len(texts) - 1) * GAP) * size


def _largest(texts: Sequence[str], height: float, sizes: Sequence[int]) -> int:
    """The largest size at which paragraphs fit; the smallest if none does."""
    return next((size for size in sizes if text_height(texts, size) <= height), sizes[-1])
