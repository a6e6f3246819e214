"""A map of two settings: a cell for every pair of values, coloured by its run's loss at the step."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from manim import DOWN, LEFT, Dot, Line, Rectangle, VMobject

from descent.base.numbers import plain
from descent.look.palette import MARKERS, rgb
from descent.stage.clock import Above, ClockImage, OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, joined, nice_ticks
from descent.stage.panels.step_panel import Panel
from descent.stage.shapes import BALL, dots
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_TICK = 0.07
_DOWN = 0.24  # marks on the lower edge reach so far
_LOW = ("#0b5fa5", "#56b4e9")  # far below the loss at the start, and a little
_HIGH = ("#f5a623", "#a32a00")  # a little above, and far
_SAME, _EQUAL = "#8b97a3", 1e-9
_DECADES = 4.0  # of the loss on either side that have colours of their own


class SettingsMap(Panel):
    """Axes of two settings, with a mark for each run; static. :class:`LossTint` is what changes in it.

    Args:
        names: What the settings are called, along the bottom and up the left.
        x: Values of the columns, rising, shape (columns,).
        y: Values of the rows, rising, shape (rows,).
        marked: The settings of the runs on stage, in order.
        box: Everything, numbers included, stays inside.

    Attributes:
        box: Where the cells lie.
    """

    def __init__(
        self, names: tuple[str, str], x: Floats, y: Floats, marked: Sequence[tuple[float, float]], box: Box
    ) -> None:
        super().__init__()
        self._marked = marked
        theme, base = current_theme(), SMALL * PX
        self._across, self._up = (_edges(values) for values in (x, y))
        across, up = nice_ticks(*self._across, 6), nice_ticks(*self._up, 5)
        numbers = [Label(plain(value), SMALL, theme.soft) for value in up]
        gutter = max(label.width for label in numbers) + _TICK + 0.1
        self.box = Box(box.left + gutter, box.right, box.bottom + 2.3 * base + _DOWN, box.top - 1.5 * base)
        self.frame = Rectangle(width=self.box.width, height=self.box.height, stroke_color=theme.line, stroke_width=1.5)
        self.frame.move_to(((self.box.left + self.box.right) / 2, (self.box.bottom + self.box.top) / 2, 0))
        self.add(self.frame)
        row = self.box.bottom - _DOWN - 0.72 * base
        for value in across:
            at = self.point(value, self._up[0])[0]
            foot = np.array((at, self.box.bottom, 0))
            self.add(Line(foot, foot + _TICK * DOWN, stroke_width=1.5, color=theme.line))
            self.add(Label(plain(value), SMALL, theme.soft).sit((at, row, 0), 0))
        for value, label in zip(up, numbers, strict=True):
            at = self.point(self._across[0], value)[1]
            foot = np.array((self.box.left, at, 0))
            self.add(Line(foot, foot + _TICK * LEFT, stroke_width=1.5, color=theme.line))
            self.add(label.sit((self.box.left - _TICK - 0.08, at - 0.36 * base, 0), 1))
        self.add(Label(names[0], SMALL, theme.ink).sit((self.box.right, row - 1.3 * base, 0), 1))
        self.add(Label(names[1], SMALL, theme.ink).sit((box.left, self.box.top + 0.5 * base, 0)))

    def point(self, x: float, y: float) -> Floats:
        """Position in the frame of a pair of settings, shape (3,)."""
        (x0, x1), (y0, y1) = self._across, self._up
        right = self.box.left + (x - x0) / (x1 - x0) * self.box.width
        return np.array([right, self.box.bottom + (y - y0) / (y1 - y0) * self.box.height, 0.0])

    def line(self, x: Floats, y: Floats, colour: str) -> Above:
        """A dashed line through pairs of settings, cut at the frame."""
        path = np.array([self.point(*pair) for pair in zip(x, y, strict=True)])
        pieces = [dash for piece in clip(path, self.box) for dash in dashed(piece, 0.16, 0.09)]
        return Above(VMobject(stroke_color=colour, stroke_width=5).set_points(joined(pieces)))

    def curves(self) -> Sequence[OnClock]:
        """A mark for each run at its settings, in its colour and on a ground that lets it be seen."""
        theme, marks = current_theme(), []
        for k, settings in enumerate(self._marked):
            at = self.point(*settings)
            ground = Dot(at, 1.4 * BALL, color=theme.chip, stroke_width=2, stroke_color=theme.runs[k])
            marks.append(Above(ground, dots(MARKERS[k], 1.5 * BALL, at[None], theme.runs[k])))
        return marks


class LossTint(ClockImage):
    """Each cell's loss against that at the start: blue below, the deeper the darker, orange to red above.

    Args:
        losses: ``[rows, columns, steps + 1]``, the first row of cells at the bottom.
        best: The lowest loss there is.
        box: Where the cells lie.
    """

    def __init__(self, losses: Floats, best: float, box: Box) -> None:
        rise = np.maximum(losses - best, np.finfo(float).tiny)
        self._decades = np.log10(np.where(np.isfinite(rise), rise, np.finfo(float).max) / rise[..., :1])[::-1]
        super().__init__(box, losses.shape[:2])
        self.at_step(0.0)

    def pixels(self, step: float) -> npt.NDArray[np.uint8]:
        """The colours at a step, between two rows of the record by their logarithm's straight line."""
        step = float(np.clip(step, 0, self._decades.shape[-1] - 1))
        row = min(int(step), self._decades.shape[-1] - 2)
        before, after = self._decades[..., row], self._decades[..., row + 1]
        return loss_colours(before + (step - row) * (after - before))


def loss_colours(decades: Floats) -> npt.NDArray[np.uint8]:
    """Colours of losses, in decades above or below that at the start, RGBA."""
    stops = np.array([-_DECADES, -_EQUAL, 0.0, _EQUAL, _DECADES])
    colours = np.array([rgb(code) for code in (*_LOW, _SAME, *_HIGH)])
    channels = [np.interp(decades, stops, colours[:, k]) for k in range(3)]
    return np.stack([*channels, np.full(decades.shape, 255.0)], axis=-1).round().astype(np.uint8)


def _edges(values: Floats) -> tuple[float, float]:
    """The outer edges of the first and the last cell."""
    first, last = (values[1] - values[0]) / 2, (values[-1] - values[-2]) / 2
    return float(values[0] - first), float(values[-1] + last)
