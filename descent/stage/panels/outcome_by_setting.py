"""Outcomes of many runs against one setting: a dot per run."""

from collections.abc import Sequence

import numpy as np
from manim import Dot, Line, VGroup

from descent.base.numbers import plain
from descent.stage.geometry import Box, Floats, nice_ticks
from descent.stage.text import BODY, PX, SMALL, Label
from descent.stage.theme import current_theme

_TICK = 0.06
_ROOM = 0.06  # share of each range left free around the dots


class OutcomeBySetting(VGroup):
    """Axes with one value per setting.

    Attributes:
        dots: One per run, in order, kept apart from the axes.

    Args:
        name: What is measured, written at the top left.
        setting: What is varied, written at the right end of its axis.
        settings: One per run, shape (n,).
        values: One per run, shape (n,).
        colours: One per run.
        box: Everything stays inside.
    """

    def __init__(
        self, name: str, setting: str, settings: Floats, values: Floats, colours: Sequence[str], box: Box
    ) -> None:
        super().__init__()
        theme, base = current_theme(), SMALL * PX
        self._across, self._up = (_roomy(each) for each in (settings, values))
        ticks = nice_ticks(*self._up, 5)
        numbers = [Label(plain(value), SMALL, theme.soft) for value in ticks]
        gutter = max(label.width for label in numbers) + _TICK + 0.09
        self.box = Box(box.left + gutter, box.right, box.bottom + 2.5 * base + _TICK, box.top - 1.7 * base)
        self.add(Label(name, BODY, theme.ink, "MEDIUM").sit((box.left, box.top - 0.8 * BODY * PX, 0)))
        for label, value in zip(numbers, ticks, strict=True):
            y = self.point(settings[0], value)[1]
            rule = Line((self.box.left, y, 0), (self.box.right, y, 0), stroke_width=1, color=theme.line)
            self.add(rule.set_stroke(opacity=0.35), label.sit((self.box.left - _TICK - 0.06, y - 0.36 * base, 0), 1))
        floor = self.box.bottom
        self.add(Line((self.box.left, floor, 0), (self.box.right, floor, 0), stroke_width=1.5, color=theme.line))
        row = floor - _TICK - 0.05 - 0.72 * base
        for value in nice_ticks(*self._across, 6):
            x = self.point(value, values[0])[0]
            self.add(Line((x, floor, 0), (x, floor - _TICK, 0), stroke_width=1.5, color=theme.line))
            self.add(Label(plain(value), SMALL, theme.soft).sit((x, row, 0), 0))
        self.add(Label(setting, SMALL, theme.ink).sit((self.box.right, row - 1.25 * base, 0), 1))
        self.dots = VGroup(
            *(
                Dot(self.point(at, value), radius=0.085, color=colour, stroke_width=1.8, stroke_color=theme.rim)
                for at, value, colour in zip(settings, values, colours, strict=True)
            )
        )

    def point(self, setting: float, value: float) -> Floats:
        """Position in the frame of a value at a setting, shape (3,)."""
        (x0, x1), (y0, y1) = self._across, self._up
        x = self.box.left + (setting - x0) / (x1 - x0) * self.box.width
        y = self.box.bottom + (value - y0) / (y1 - y0) * self.box.height
        return np.array([x, y, 0.0])


def _roomy(values: Floats) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    room = _ROOM * max(high - low, 1e-9)
    return low - room, high + room
