"""Mini-batches among the data: the points that a step asks light up, with their gaps to the line."""

from typing import Self

import numpy as np
from manim import VMobject

from descent.base.errors import DescentError
from descent.record.trajectories import Trajectory
from descent.stage.clock import OnClock
from descent.stage.geometry import clip, joined
from descent.stage.panels.fit import FitPanel
from descent.stage.shapes import markers
from descent.stage.theme import current_theme

_MARK = 0.2


class BatchPoints(OnClock):
    """The points of the step under way, filled, each with its gap to the line that the step began with.

    At a whole step that is the step which led there; at the start, the first.

    Args:
        panel: The points.
        trajectory: A run over (weight, bias) with mini-batches, or one that asks all points at every step.
        index: Position of the run among those compared; chooses the colour.

    Raises:
        DescentError: If the run's batches are not of this panel's points.
    """

    def __init__(self, panel: FitPanel, trajectory: Trajectory, index: int) -> None:
        super().__init__()
        self.digest = trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        self._panel, self._params, self._steps = panel, trajectory.params, trajectory.steps
        count, batches = len(panel.points_xy), trajectory.run.batches
        everything = np.arange(count)
        self._seen = [everything if batches is None else batches.of_step(k, count) for k in range(trajectory.steps)]
        residuals = trajectory.params[0, 0] * panel.points_xy[:, 0] + trajectory.params[0, 1] - panel.points_xy[:, 1]
        if not np.isclose(np.mean(residuals[self._seen[0]] ** 2), trajectory.batch_loss[0], rtol=1e-3):
            raise DescentError(f"the batches of {trajectory.run.label!r} are not of the panel's {count} points.")
        colour = current_theme().runs[index]
        self.gaps = VMobject(stroke_color=colour, stroke_width=3.4)
        self.lit = VMobject(fill_color=colour, fill_opacity=1, stroke_color=current_theme().ink, stroke_width=1.8)
        self.add(self.gaps, self.lit)
        self.at_step(0.0)

    def row(self, step: float) -> int:
        """The step that is under way."""
        return int(np.clip(np.ceil(step - 1e-9) - 1, 0, self._steps - 1))

    def at_step(self, step: float) -> Self:
        """Light the points of the step under way."""
        row = self.row(step)
        points = self._panel.points_xy[self._seen[row]]
        weight, bias = self._params[row]
        feet = self._panel.place(np.stack([points[:, 0], weight * points[:, 0] + bias], axis=1))
        places = self._panel.place(points)
        sticks = [np.stack(pair) for pair in zip(places, feet, strict=True)]
        self.gaps.set_points(joined([part for stick in sticks for part in clip(stick, self._panel.box)]))
        self.lit.set_points(markers("circle", _MARK, places))
        return self
