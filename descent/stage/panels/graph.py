"""Axes for one quantity against another, and curves there that change with the step: a fit, a cut through a loss."""

import hashlib
from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import Dot, Line, VMobject

from descent.stage.axis_numbers import across, upwards
from descent.stage.clock import OFF_STAGE, Carried, OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, joined, path_until
from descent.stage.panels.step_panel import Panel
from descent.stage.text import BODY, PX, SMALL, Label
from descent.stage.theme import current_theme

Interval = tuple[float, float]

_TICK = 0.06
_TRAIL = 6  # segments of a ball's way that stay visible


class GraphPanel(Panel):
    """Axes of one quantity against another, with numbers; static.

    Args:
        name: What is plotted, written at the top left.
        x: The interval of the axis that runs to the right.
        y: The interval of the axis that runs upwards.
        box: Everything stays inside.
        across_is: What the first one is called, at its right end.
    """

    def __init__(
        self,
        name: str,
        x: Interval,
        y: Interval,
        box: Box,
        across_is: str = "",
    ) -> None:
        super().__init__()
        theme, base = current_theme(), SMALL * PX
        self.x, self.y = x, y
        foot, head = 1.25 * base + _TICK, 1.7 * base
        rows = upwards(*y, 4, box.height - foot - head)
        gutter = max((label.width for _, label in rows), default=0.0) + _TICK + 0.09
        self.box = Box(box.left + gutter, box.right, box.bottom + foot, box.top - head)
        self.add(Label(name, BODY, theme.ink, "MEDIUM").sit((box.left, box.top - 0.8 * BODY * PX, 0)))
        for value, label in rows:
            self.rule((x[0], value), (x[1], value), value == 0)
            self.add(label.sit((self.box.left - _TICK - 0.06, self.ordinate(value) - 0.36 * base, 0), 1))
        row = self.box.bottom - _TICK - 0.05 - 0.72 * base
        word = Label(across_is, SMALL, theme.soft).sit((self.box.right, row, 0), 1)
        if across_is:
            self.add(word)
        if not y[0] < 0 < y[1]:
            self.rule((x[0], y[0]), (x[1], y[0]), True)
        for value, label in across(*x, 5, self.box.width):
            self.rule((value, y[0]), (value, y[1]), value == 0)
            label.sit((self.abscissa(value), row, 0), 0)
            if not across_is or label.get_right()[0] < word.get_left()[0] - 0.1:
                self.add(label)

    def place(self, points: Floats) -> Floats:
        """Positions in the frame of points, shape (n, 2) to (n, 3)."""
        x = self.box.left + (points[:, 0] - self.x[0]) / (self.x[1] - self.x[0]) * self.box.width
        y = self.box.bottom + (points[:, 1] - self.y[0]) / (self.y[1] - self.y[0]) * self.box.height
        return np.stack([x, y, 0 * x], axis=1)

    def abscissa(self, value: float) -> float:
        """Where a number of the axis to the right belongs, in frame units."""
        return float(self.place(np.array([[value, self.y[0]]]))[0, 0])

    def ordinate(self, value: float) -> float:
        """Where a number of the axis upwards belongs, in frame units."""
        return float(self.place(np.array([[self.x[0], value]]))[0, 1])

    def rule(self, start: Interval, end: Interval, strong: bool) -> None:
        """A line across, between two points."""
        line = Line(*self.place(np.array([start, end])), stroke_width=1.5 if strong else 1, color=current_theme().line)
        self.add(line.set_stroke(opacity=0.9 if strong else 0.35))

    def still(self, points: Floats, color: str, width: float = 2.6, dash: Interval | None = None) -> VMobject:
        """A curve that does not change, cut at the panel's edges."""
        pieces = clip(self.place(points), self.box)
        if dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *dash)]
        return VMobject(stroke_color=color, stroke_width=width).set_points(joined(pieces))


def grown(points: Floats) -> Floats:
    """A curve that grows point by point, ``[m, 2]``, as the shapes of a `Graph`, ``[m, m, 2]``."""
    count = len(points)
    return points[np.minimum(np.arange(count), np.arange(count)[:, None])]


class Graph(OnClock):
    """A curve that changes with the step; between two pictures, in between.

    Args:
        panel: Where it is drawn; it is cut at the panel's edges.
        shapes: The curve's points at some steps, ``[k, m, 2]``.
        at: ``[k]``, those steps, rising.
        color: Its ink.
        dash: Length of dashes and gaps; a full line by default.
        ball: Where a ball is on it at those steps, ``[k, 2]``; none by default. Its last steps stay visible.
    """

    def __init__(
        self,
        panel: GraphPanel,
        shapes: Floats,
        at: Sequence[float] | Floats,
        color: str,
        dash: Interval | None = None,
        ball: Floats | None = None,
        ball_color: str | None = None,
    ) -> None:
        super().__init__()
        theme = current_theme()
        self._panel, self._shapes, self._at, self._dash, self._ball = panel, shapes, np.asarray(at, float), dash, ball
        # Manim's cache key reads strings, not arrays.
        parts = [shapes, self._at, np.zeros(0) if ball is None else ball]
        self.digest = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()
        self.line = VMobject(stroke_color=color, stroke_width=3.6)
        self.trail = VMobject(stroke_color=ball_color or color, stroke_width=2.4, stroke_opacity=0.75)
        self.marker = Dot(radius=0.12, color=ball_color or color, stroke_width=2.2, stroke_color=theme.rim)
        self._carried = Carried(self.marker)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the curve of a step."""
        row = float(np.interp(step, self._at, np.arange(float(len(self._at)))))
        whole = min(int(row), len(self._at) - 2) if len(self._at) > 1 else 0
        share, after = row - whole, min(whole + 1, len(self._at) - 1)
        shape = self._shapes[whole] + share * (self._shapes[after] - self._shapes[whole])
        pieces = clip(self._panel.place(shape), self._panel.box)
        if self._dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *self._dash)]
        self.line.set_points(joined(pieces))
        self.submobjects = [self.line]
        if self._ball is not None:
            way = self._panel.place(path_until(self._ball, row)[-_TRAIL - 1 :])
            self.trail.set_points(joined(clip(way, self._panel.box) if len(way) > 1 else []))
            inside = self._panel.box.contains(way[-1])
            self._carried.put(way[-1] if inside else OFF_STAGE)
            self.submobjects += [self.trail, self.marker] if inside else [self.trail]
        return self
