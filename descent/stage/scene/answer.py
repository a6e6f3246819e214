"""The card a film ends with: what it asked, the answer, its formula, and what comes next."""

from collections.abc import Sequence

from manim import VGroup

from descent.look.fonts import text_width
from descent.stage.geometry import FRAME, SAFE, Box
from descent.stage.text import NOTE, PX, Formula, Label, paragraph
from descent.stage.theme import current_theme

NEXT = "Next:"

_COLUMN = Box(FRAME.left + 1.3, FRAME.right - 1.3, SAFE.bottom + 0.35, SAFE.top - 0.75)
_QUESTION, _ANSWERS = 40, (66, 58, 50, 44, 38)  # sizes in pixels, to try
_ROOM = 3.0  # height in frame units that an answer may take
_GAP, _ABOVE_FORMULA = 0.45, 0.6
_FORMULAS = (54, 46, 38, 32)
_WORDS_A_SECOND = 4.0
_BOLD = 1.05  # the ruler measures the regular weight


def answer_card(question: str, answer: str, formula: str = "", following: str = "") -> list[VGroup]:
    """What comes onto the card, in order, each thing in its place.

    Args:
        question: What the film asked; nothing if empty.
        answer: A sentence.
        formula: Typst maths; nothing if empty.
        following: What the next film asks; nothing if empty.
    """
    theme, top = current_theme(), _COLUMN.top
    first = VGroup()
    if question:
        asked = _at_left(paragraph(question, _QUESTION, _COLUMN.width, theme.soft), top)
        first.add(asked)
        top = float(asked.get_bottom()[1]) - _GAP
    said = _at_left(_largest(answer), top)
    first.add(said)
    parts = [first]
    if formula:
        below = float(said.get_bottom()[1]) - _ABOVE_FORMULA
        parts.append(VGroup(_fitting(formula, below)))
    if following:
        words = paragraph(f"{NEXT} {following}", NOTE, _COLUMN.width, theme.soft)
        words.move_to((_COLUMN.left + words.width / 2, _COLUMN.bottom + words.height / 2, 0))
        parts.append(VGroup(words))
    return parts


def reading_time(texts: Sequence[str]) -> float:
    """Seconds in which words are read on a card: at least 3."""
    return max(3.0, len(" ".join(texts).split()) / _WORDS_A_SECOND)


def _at_left(words: Label, top: float) -> Label:
    return words.move_to((_COLUMN.left + words.width / 2, top - words.height / 2, 0))


def _largest(answer: str) -> Label:
    """The answer as large as it fits."""
    for px in _ANSWERS:
        words = paragraph(answer, px, _COLUMN.width, weight="SEMIBOLD")
        if words.height <= _ROOM and all(text_width(line) * px * PX * _BOLD <= _COLUMN.width for line in _lines(words)):
            break
    return words


def _lines(words: Label) -> list[str]:
    return words.text.split("\n")


def _fitting(formula: str, top: float) -> Formula:
    for px in _FORMULAS:
        found = Formula(formula, px)
        if found.width <= _COLUMN.width:
            break
    found.move_to((_COLUMN.left + found.width / 2, top - found.height / 2, 0))
    return found
