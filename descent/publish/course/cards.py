"""The cards of a course as scenes: words that come in one after the other, while somebody speaks or in silence."""

from collections.abc import Sequence

import msgspec
from manim import FadeIn, FadeOut, VGroup

from descent.publish.course.pages import Card, Page, Row
from descent.stage.geometry import FRAME, SAFE, Box
from descent.stage.scene.lecture import LectureScene
from descent.stage.text import NOTE, PX, SMALL, Label, paragraph
from descent.stage.theme import current_theme

_COLUMN = Box(FRAME.left + 1.3, FRAME.right - 1.3, SAFE.bottom + 0.35, SAFE.top - 0.55)
_HEADINGS, _ROWS = (84, 72, 62, 54, 46), (48, 44, 40, 36, 33, 30, 28, SMALL)  # sizes to try, in pixels at 1080p
_HEADING_ROOM = 2.2
_BELOW = 0.86  # size of what stands below a row's words, as a share of theirs
_COMING, _LEAST, _READING = 0.4, 0.5, 2.4  # seconds: a row comes in, from one to the next, all are read


class CardScene(LectureScene):
    """A card."""

    card: Card

    def construct(self) -> None:
        """Show its pages, the first of them under what is said."""
        before: VGroup | None = None
        for page in self.card.pages:
            heading, rows = _set(page)
            if before is None and self.card.line:
                with self.voiceover(self.card.line, self.card.title) as speech:
                    self.play(FadeIn(heading), run_time=0.6)
                    self._bring_in(rows, (speech.remaining - 0.3) / max(1, len(rows)))
            else:
                if before is not None:
                    self.play(FadeOut(before), run_time=0.3)
                self.play(FadeIn(heading), run_time=0.4)
                self._bring_in(rows, 0.0)
            self.wait(_READING)
            before = VGroup(heading, *rows)

    def _bring_in(self, rows: Sequence[VGroup], pace: float) -> None:
        for row in rows:
            self.play(FadeIn(row), run_time=_COMING)
            self.wait(max(pace, _LEAST) - _COMING)


def card_scenes(text: str, module: str) -> dict[str, type[CardScene]]:
    """Scenes of cards, by name.

    Args:
        text: The cards as JSON.
        module: The module that the classes are to belong to.
    """
    cards = msgspec.json.decode(text, type=list[Card])
    return {
        card.name: type(
            card.name,
            (CardScene,),
            {"__module__": module, "__doc__": card.title, "title": card.title, "card": card},
        )
        for card in cards
    }


def _set(page: Page) -> tuple[VGroup, list[VGroup]]:
    """A page's heading, with the label above it, and its rows, all in their places."""
    theme, top = current_theme(), _COLUMN.top
    heading = VGroup()
    if page.label:
        label = Label(page.label, NOTE, theme.soft)
        heading.add(label.sit((_COLUMN.left, top - NOTE * PX, 0)))
        top -= 1.9 * NOTE * PX
    words = _largest(page.heading)
    words.move_to((_COLUMN.left + words.width / 2, top - words.height / 2, 0))
    heading.add(words)
    return heading, _rows(page.rows, float(words.get_bottom()[1]) - 0.55)


def _largest(text: str) -> Label:
    """A heading, as large as fits."""
    for px in _HEADINGS:
        words = paragraph(text, px, _COLUMN.width, weight="SEMIBOLD")
        if words.height <= _HEADING_ROOM and words.width <= _COLUMN.width:
            break
    return words


def _rows(rows: Sequence[Row], top: float) -> list[VGroup]:
    """Rows below a height: as large as they fit, and the first of them where all are too many."""
    for px in _ROWS:
        placed = _placed(rows, px, top)
        if len(placed) == len(rows):
            return placed
    while placed:
        fewer = [*rows[: len(placed) - 1], Row("", f"and {len(rows) - len(placed) + 1} more")]
        if len(told := _placed(fewer, SMALL, top)) == len(fewer):
            return told
        placed.pop()
    return placed


def _placed(rows: Sequence[Row], px: float, top: float) -> list[VGroup]:
    """Rows of a size, one below the other, as many as there is room for."""
    theme, placed = current_theme(), list[VGroup]()
    numbers = [Label(row.number, px, theme.runs[0], "SEMIBOLD") if row.number else None for row in rows]
    hang = max((number.width + 0.35 for number in numbers if number is not None), default=0.0)
    left = _COLUMN.left + hang
    for row, number in zip(rows, numbers, strict=True):
        group = VGroup()
        base = top - px * PX
        if number is not None:
            group.add(number.sit((_COLUMN.left, base, 0)))
        for words, size, ink in ((row.words, px, theme.ink), (row.below, max(SMALL, _BELOW * px), theme.soft)):
            if words:
                label = paragraph(words, size, _COLUMN.width - hang, ink)
                lines = label.text.count("\n")
                top -= size * PX
                label.sit((left, top - lines * 1.28 * size * PX, 0))
                top -= (lines * 1.28 + 0.42) * size * PX
                group.add(label)
        if float(group.get_bottom()[1]) < _COLUMN.bottom:
            break
        top -= (0.62 if row.below else 0.5) * px * PX
        placed.append(group)
    return placed
