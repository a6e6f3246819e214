"""What is marked in a panel: a limit across it, the best value so far, and where a plateau scheduler fired."""

from typing import Self

import numpy as np
from manim import DashedLine, VGroup, VMobject

from descent.record.measures import rate_cuts
from descent.record.trajectories import Trajectory
from descent.stage.clock import OnClock
from descent.stage.geometry import Floats, clip, dashed, joined
from descent.stage.panels.step_panel import Series, StepPanel
from descent.stage.shapes import markers
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_MARK = 0.17
_DOTS = (0.045, 0.06)


def level(panel: StepPanel, value: float, words: str, below: bool = False) -> VGroup:
    """A dashed line across a panel at a value, with words above its left end, or below it."""
    theme = current_theme()
    left, right = (panel.point(step, value) for step in (0, panel.steps))
    at = (left[0] + 0.1, left[1] + (-1.05 if below else 0.3) * SMALL * PX, 0)
    line = DashedLine(left, right, dash_length=0.1, stroke_width=2.2, color=theme.ink)
    return VGroup(line, Label(words, SMALL, theme.ink).sit(at))


class FiringMarks(OnClock):
    """Where a plateau scheduler fired: a diamond on the loss it saw, a triangle over the cut it made.

    Args:
        trajectory: A run under `ReduceLROnPlateau`.
        loss: The panel of losses.
        rate: The panel of learning rates.
    """

    def __init__(self, trajectory: Trajectory, loss: StepPanel, rate: StepPanel) -> None:
        super().__init__()
        theme = current_theme()
        self.digest = trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        rows = rate_cuts(trajectory)
        self.seen_at, self.cut_at = np.array(rows), np.array(rows) + 1
        self._seen = np.array([loss.point(row, trajectory.loss[row]) for row in rows]).reshape(-1, 3)
        self._cuts = np.array([rate.point(row + 1, trajectory.lr[row]) for row in rows]).reshape(-1, 3)
        self._cuts[:, 1] += 0.8 * _MARK
        self.seen, self.cuts = (
            VMobject(fill_color=theme.ink, fill_opacity=1, stroke_width=2.4, stroke_color=theme.background)
            for _ in range(2)
        )
        self.add(self.seen, self.cuts)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Show the losses seen and the cuts made up to a step."""
        self.seen.set_points(markers("diamond", _MARK, self._seen[self.seen_at <= step + 1e-9]))
        down = markers("triangle", _MARK, np.zeros((1, 3))) * (1, -1, 1)
        made = self._cuts[self.cut_at <= step + 1e-9]
        self.cuts.set_points(np.concatenate([down + at for at in made] or [np.zeros((0, 3))]))
        return self


class DottedCurve(OnClock):
    """Values that the runs are measured against, as a dotted line up to the step: a limit, the best loss so far.

    Args:
        values: One per step, shape (n,).
        panel: Where it is drawn; it is cut at the panel's edges.
        stairs: Whether value k holds from step k to the next.
        color: Ink; the theme's secondary one by default.
    """

    def __init__(self, values: Floats, panel: StepPanel, stairs: bool = False, color: str | None = None) -> None:
        super().__init__(stroke_color=color or current_theme().soft, stroke_width=2.6)
        self.digest = values.tobytes().hex()
        self._series, self._place, self._box = Series(values, 0, stairs), panel.place, panel.box
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the line up to a step."""
        points = self._place(self._series.until(step))
        pieces = clip(points, self._box) if len(points) > 1 else []
        return self.set_points(joined([dot for piece in pieces for dot in dashed(piece, *_DOTS)]))


def best_so_far(trajectory: Trajectory, panel: StepPanel) -> DottedCurve:
    """The lowest loss up to now, which `ReduceLROnPlateau` compares each new loss with."""
    return DottedCurve(np.minimum.accumulate(trajectory.loss), panel, stairs=True)
