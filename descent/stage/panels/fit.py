"""A line through data points, its two weights those of the step: the other picture of a regression's run."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import Circle, Line, VGroup, VMobject

from descent.base.numbers import number
from descent.look.palette import DASHES
from descent.record.trajectories import Trajectory
from descent.stage.axis_numbers import across, upwards
from descent.stage.clock import OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, joined
from descent.stage.panels.legend import swatch
from descent.stage.panels.step_panel import Panel
from descent.stage.text import BODY, PX, SMALL, Label, Readout
from descent.stage.theme import current_theme

_TICK = 0.06
_ROW = 0.4
_COLUMN = 1.3  # of a table's numbers


class FitPanel(Panel):
    """The data points on their axes, and a table head for the weights of each run's line.

    Args:
        points: The data, shape (n, 2), as (x, y).
        trajectories: Runs over (weight, bias) of the line ``y = w x + b``.
        box: Everything stays inside.
        decimals: Of the weights in the table; None for no table.
        names: What the axes are called.
    """

    def __init__(
        self,
        points: Floats,
        trajectories: Sequence[Trajectory],
        box: Box,
        decimals: int | None = 3,
        names: tuple[str, str] = ("x", "y"),
    ) -> None:
        super().__init__()
        theme, base = current_theme(), SMALL * PX
        self.points_xy, self.trajectories, self.decimals = points, tuple(trajectories), decimals
        low, high = points.min(axis=0), points.max(axis=0)
        reach = 0.08 * (high - low)
        self._x = (float(low[0] - reach[0]), float(high[0] + reach[0]))
        self._y = (float(min(low[1], 0.0) - reach[1]), float(high[1] + 3 * reach[1]))
        numbers = upwards(*self._y, 5, box.height - 1.25 * base - _TICK - 0.1)
        gutter = max(label.width for _, label in numbers) + _TICK + 0.09
        self.box = Box(box.left + gutter, box.right, box.bottom + 1.25 * base + _TICK, box.top - 0.1)
        for value, label in numbers:
            y = self.place(np.array([[0.0, value]]))[0, 1]
            rule = Line((self.box.left, y, 0), (self.box.right, y, 0), stroke_width=1, color=theme.line)
            self.add(rule.set_stroke(opacity=0.35), label.sit((self.box.left - _TICK - 0.06, y - 0.36 * base, 0), 1))
        floor = self.box.bottom
        self.add(Line((self.box.left, floor, 0), (self.box.right, floor, 0), stroke_width=1.5, color=theme.line))
        row = floor - _TICK - 0.05 - 0.72 * base
        name = Label(names[0], SMALL, theme.ink).sit((self.box.right, row, 0), 1)
        self.add(name)
        for value, label in across(*self._x, 5, self.box.width):
            x = self.place(np.array([[value, 0.0]]))[0, 0]
            self.add(Line((x, floor, 0), (x, floor - _TICK, 0), stroke_width=1.5, color=theme.line))
            label.sit((x, row, 0), 0)
            if label.get_right()[0] < name.get_left()[0] - 0.08:
                self.add(label)
        self.add(Label(names[1], SMALL, theme.ink).sit((self.box.left + 0.12, self.box.top - 0.8 * base, 0)))
        for point in self.place(points):
            self.add(Circle(0.075, color=theme.ink, stroke_width=2.5).set_fill(theme.ink, 0.25).move_to(point))
        if decimals is None:
            return
        self._table = self.box.left + 1.1, self.box.top - 0.8 * BODY * PX
        for column, word in enumerate(("weight w", "bias b")):
            self.add(Label(word, SMALL, theme.soft).sit(self.cell(0, column), 1))

    def place(self, xy: Floats) -> Floats:
        """Positions in the frame of data points, shape (n, 2) to (n, 3)."""
        (x0, x1), (y0, y1) = self._x, self._y
        x = self.box.left + (xy[:, 0] - x0) / (x1 - x0) * self.box.width
        y = self.box.bottom + (xy[:, 1] - y0) / (y1 - y0) * self.box.height
        return np.stack([x, y, 0 * x], axis=1)

    def cell(self, row: int, column: int) -> tuple[float, float, float]:
        """The right end of a number's baseline in the table; row 0 is the head."""
        left, top = self._table
        return left + _COLUMN * (column + 1), top - _ROW * row, 0.0

    def curves(self) -> "Sequence[FitLine]":
        """One moving line per run, with its weights in the table."""
        return [FitLine(self, k) for k in range(len(self.trajectories))]

    def still_line(self, weight: float, bias: float) -> VMobject:
        """A thin line that does not move, to compare with: the best fit."""
        line = VMobject(stroke_color=current_theme().ink, stroke_width=2.2)
        return line.set_points(joined(clip(self.ends(weight, bias), self.box)))

    def ends(self, weight: float, bias: float) -> Floats:
        """A line's two ends at the left and the right of the panel, shape (2, 3)."""
        x = np.array(self._x)
        return self.place(np.stack([x, weight * x + bias], axis=1))


class FitLine(OnClock):
    """The line of one run at a step, and its weights at the last whole step.

    Attributes:
        gaps: Whether the vertical gap between each point and the line is drawn.
    """

    def __init__(self, panel: FitPanel, index: int) -> None:
        super().__init__()
        theme = current_theme()
        self.gaps, self.dash, self.decimals = False, DASHES[index], panel.decimals
        self.params, self.data, self.panel_box = panel.trajectories[index].params, panel.points_xy, panel.box
        self._place, self._ends = panel.place, panel.ends
        colour = theme.runs[index]
        self.line = VMobject(stroke_color=colour, stroke_width=4.2)
        self.residuals = VMobject(stroke_color=theme.soft, stroke_width=2.2)
        cells = [] if panel.decimals is None else [panel.cell(index + 1, column) for column in (0, 1)]
        self.weights = VGroup(*(Readout(cell) for cell in cells))
        if cells:
            left, base, _ = panel.cell(index + 1, -1)
            self.add(swatch(index, (left - 0.25, base + 0.36 * BODY * PX)))
        self.add(self.residuals, self.line, self.weights)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the line; between two iterates, the weights are on the straight segment."""
        last = len(self.params) - 1
        step = float(np.clip(step, 0, last))
        row = int(step + 1e-9)
        share = max(step - row, 0.0)
        now = (1 - share) * self.params[row] + share * self.params[min(row + 1, last)]
        pieces = clip(self._ends(*now), self.panel_box)
        if self.dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *self.dash)]
        self.line.set_points(joined(pieces))
        x = self.data[:, 0]
        feet = self._place(np.stack([x, now[0] * x + now[1]], axis=1))
        sticks = [np.stack(pair) for pair in zip(self._place(self.data), feet, strict=True)] if self.gaps else []
        self.residuals.set_points(joined([part for stick in sticks for part in clip(stick, self.panel_box)]))
        for readout, value in zip(self.weights, self.params[row], strict=False):
            readout.set_text(number(float(value), self.decimals or 0))
        return self
