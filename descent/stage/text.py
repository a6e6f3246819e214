"""Words and numbers on screen: Inter for text, Typst for maths, sizes in pixels of a 1080p frame."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from manim import DOWN, LEFT, VGroup, VMobject
from manim.typing import Point3DLike

from descent.look import fonts
from descent.stage.theme import current_theme
from descent.stage.typesetting import Outline, formula, glyphs

PX = 8 / 1080
"""Frame units per pixel at 1080p."""

TITLE, NOTE, BODY, SMALL = 54, 34, 31, 26
"""Text sizes in pixels at 1080p; nothing is set smaller than SMALL."""

_LEADING = 1.28


def wrap(text: str, px: float, width: float) -> list[str]:
    """Break text into balanced lines that fit a width.

    Args:
        text: Words separated by spaces.
        px: Text size in pixels at 1080p.
        width: Width available, in frame units.

    Returns:
        The lines, as few as fit, of lengths as equal as possible.
    """
    room = width / (px * PX * 1.05)  # in ems; the ruler measures the regular weight, titles are a little wider
    greedy = fonts.wrap(text, room)
    for limit in np.linspace(room / 2, room, 24):
        if len(balanced := fonts.wrap(text, float(limit))) == len(greedy):
            return balanced
    return greedy


class Label(VMobject):
    r"""Text in Inter as one path, that knows its words, its size and its baseline.

    Args:
        text: What is written; ``\n`` starts a new line, set flush left.
        px: Size (em) in pixels at 1080p.
        color: Ink; the theme's by default.
        weight: Pango weight, such as ``"SEMIBOLD"``.
    """

    def __init__(self, text: str, px: float = BODY, color: str | None = None, weight: str = "NORMAL") -> None:
        self.text, self.px, self.ink = text, float(px), color or current_theme().ink
        super().__init__(fill_color=self.ink, fill_opacity=1, stroke_width=0)
        lines = [_typeset(line, px, weight) for line in text.split("\n")]
        leading = np.array((0, px * PX * _LEADING, 0))
        self.set_points(
            np.concatenate([glyph - k * leading for k, line in enumerate(lines) for glyph in line] or [self.points])
        )
        # How far the last line's descenders reach below its baseline.
        self.drop = -min((float(glyph[:, 1].min()) for glyph in lines[-1]), default=0.0)

    @property
    def baseline(self) -> float:
        """The ordinate of the last line's baseline, in frame units."""
        return float(self.get_bottom()[1]) + self.drop

    def sit(self, point: Point3DLike, side: float = -1) -> Self:
        """Put the baseline at a point, which is the text's left end (side −1), middle (0) or right end (1)."""
        target = np.asarray(point, dtype=float)
        anchor = self.get_center() + side * np.array((self.width / 2, 0, 0))
        self.shift((target[0] - anchor[0], target[1] - self.baseline, 0))
        return self


def width_of(text: str, px: float) -> float:
    """How wide a text would be, in frame units; layouts try the same ones again and again."""
    return _width_of(text, px, fonts.own_font())


@lru_cache(maxsize=4096)
def _width_of(text: str, px: float, font: Path | None) -> float:
    return float(Label(text, px).width)


def paragraph(text: str, px: float, width: float, color: str | None = None, weight: str = "NORMAL") -> Label:
    """A label broken into lines no wider than ``width`` frame units."""
    return Label("\n".join(wrap(text, px, width)), px, color, weight)


class Formula(VGroup):
    """Typst maths that knows its markup and its size: one submobject per glyph, typeset once a process.

    Args:
        markup: Typst maths, such as ``w_(t+1) = w_t - eta nabla L(w_t)``; ``{{ part : name }}`` names a part for
            :meth:`select`.
        px: Size (em) in pixels at 1080p.
        color: Ink; the theme's by default.
    """

    def __init__(self, markup: str, px: float = 34, color: str | None = None) -> None:
        self.text, self.px, self.ink = markup, float(px), color or current_theme().ink
        pieces, self._named = formula(markup, self.px)
        super().__init__(*(piece.drawn(self.ink) for piece in pieces))

    def select(self, name: str) -> VGroup:
        """The glyphs of a named part.

        Raises:
            KeyError: If no part has that name.
        """
        return VGroup(*(self.submobjects[place] for place in self._named[name]))


def maths(markup: str, px: float = 34, color: str | None = None) -> Formula:
    """A formula in Typst maths; see :class:`Formula`."""
    return Formula(markup, px, color)


class Readout(VMobject):
    """A number that changes with the step, set in fixed-width digits and never typeset anew.

    Args:
        at: Right end of the baseline.
        px: Size in pixels at 1080p.
        color: Ink; the theme's by default.
    """

    _GLYPHS = "0123456789−.∞ofe"

    def __init__(self, at: Point3DLike, px: float = BODY, color: str | None = None) -> None:
        self.px, self.ink, self.text = float(px), color or current_theme().ink, ""
        super().__init__(fill_color=self.ink, fill_opacity=1, stroke_width=0)
        self.end = np.asarray(at, dtype=float)
        stock = zip(self._GLYPHS, _typeset(self._GLYPHS, px, "MEDIUM"), strict=True)
        self._stock = {char: glyph - (glyph[:, 0].min(), 0, 0) for char, glyph in stock}
        self._cell = max(_width(self._stock[digit]) for digit in "0123456789") + 0.06 * px * PX

    def set_text(self, text: str) -> Self:
        """Display a text made of digits, sign, point, an exponent's e, spaces and the word "of"."""
        if text == self.text:
            return self
        x, placed = self.end[0], []
        for char in reversed(text):
            if char == " ":
                x -= 0.55 * self._cell
                continue
            glyph = self._stock[char]
            width = self._cell if char.isdigit() or char == "−" else _width(glyph) + 0.1 * self.px * PX
            placed.append(glyph + np.array((x - width / 2 - _width(glyph) / 2, self.end[1], 0)))
            x -= width
        self.text = text
        return self.set_points(np.concatenate(placed))


def _typeset(line: str, px: float, weight: str) -> list[Outline]:
    """Bézier points of each visible glyph of a line, the left end of its baseline at the origin."""
    return [outline * (px * PX) for outline in glyphs(line, weight)]


def _width(glyph: npt.NDArray[np.float64]) -> float:
    return float(np.ptp(glyph[:, 0]))


def rows(labels: Sequence[VMobject], gap: float) -> VGroup:
    """Stack mobjects downwards, flush left, ``gap`` frame units apart."""
    return VGroup(*labels).arrange(DOWN, buff=gap, aligned_edge=LEFT)
