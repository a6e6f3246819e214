"""The data of a classifier and the line where each run changes its mind, on the step clock."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import Rectangle, VMobject

from descent.look.palette import DASHES
from descent.stage.clock import OnClock
from descent.stage.geometry import Box, Floats, dashed, joined
from descent.stage.panels.step_panel import Panel
from descent.stage.shapes import dots
from descent.stage.text import BODY, PX, Label
from descent.stage.theme import current_theme

_POINT = 0.06


class DecisionPanel(Panel):
    """Points of two classes, in equal scale; :meth:`curves` makes a moving boundary per run.

    Args:
        name: What it shows, written at the top left.
        points: ``[m, 2]``.
        classes: ``[m]``, 0 or 1.
        lines: Per run, per row of its record, the lines of its boundary in the points' coordinates.
        box: Everything stays inside.
        span: What the panel shows, ((left, right), (bottom, top)) in the points' coordinates.
        at: The step of each row, such as `Recording.at`; by default 0, 1, 2, …
    """

    def __init__(
        self,
        name: str,
        points: Floats,
        classes: Floats,
        lines: Sequence[Sequence[Sequence[Floats]]],
        box: Box,
        span: tuple[tuple[float, float], tuple[float, float]],
        at: Sequence[float] | Floats | None = None,
    ) -> None:
        super().__init__()
        theme = current_theme()
        self.at = None if at is None else np.asarray(at, dtype=float)
        self.lines, (left, bottom) = lines, (span[0][0], span[1][0])
        heading = 1.5 * BODY * PX
        unit = min(box.width / (span[0][1] - left), (box.height - heading) / (span[1][1] - bottom))
        self._place = np.array((box.left, box.bottom)), unit, np.array((left, bottom))
        self.add(Label(name, BODY, theme.ink, "MEDIUM").sit((box.left, box.top - 0.8 * BODY * PX, 0)))
        frame = Rectangle(
            width=unit * (span[0][1] - left),
            height=unit * (span[1][1] - bottom),
            stroke_color=theme.line,
            stroke_width=1.5,
        )
        frame.move_to((box.left + frame.width / 2, box.bottom + frame.height / 2, 0))
        self.add(frame)
        for number, shape in enumerate(("circle", "cross")):
            ink = theme.soft if number == 0 else theme.ink
            self.add(dots(shape, _POINT * (1 + number / 2), self.to_frame(points[classes == number]), ink, 0.85))

    def to_frame(self, points: Floats) -> Floats:
        """Positions in the frame ``[m, 3]`` of points ``[m, 2]``."""
        corner, unit, low = self._place
        flat = corner + (points - low) * unit
        return np.column_stack([flat, np.zeros(len(flat))])

    def curves(self) -> Sequence[OnClock]:
        """One moving boundary per run."""
        placed = [[[self.to_frame(line) for line in row] for row in rows] for rows in self.lines]
        return [DecisionLine(rows, k, self.at) for k, rows in enumerate(placed)]


class DecisionLine(OnClock):
    """The boundary of a run at the last step that has a row."""

    def __init__(self, rows: Sequence[Sequence[Floats]], index: int, at: Floats | None = None) -> None:
        super().__init__()
        self.rows, self.dash = rows, DASHES[index]
        self.at = np.arange(float(len(rows))) if at is None else at
        self.line = VMobject(stroke_color=current_theme().runs[index], stroke_width=3.2)
        self.add(self.line)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the boundary of a row of the record, the last one after its end."""
        row = int(np.searchsorted(self.at, step + 1e-9, side="right")) - 1
        pieces = self.rows[max(row, 0)]
        if self.dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *self.dash)]
        self.line.set_points(joined(list(pieces)))
        return self
