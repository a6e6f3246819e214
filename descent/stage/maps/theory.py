"""Theory beside the picture: the error's parts on the map, the loss split into bands, velocity against position."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import Dot, VMobject

from descent.look.palette import DASHES
from descent.record.surfaces import Array
from descent.record.theory.quadratics import errors, loss_parts, spectrum
from descent.record.trajectories import Trajectory
from descent.stage.clock import Carried, OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, joined, path_until
from descent.stage.maps.loss_map import LossMap
from descent.stage.panels.graph import GraphPanel
from descent.stage.panels.step_panel import Series, StepPanel
from descent.stage.theme import current_theme

_ROOM = 0.08  # share of each range left free around the paths of a phase plane


def direction_colours() -> tuple[str, str]:
    """Colours of the flattest and of the steepest direction, unlike those of the first runs."""
    theme = current_theme()
    return theme.runs[6], theme.gradient


class ErrorParts(OnClock):
    """A run's error as two strokes: from the minimum along the flat eigenvector, then along the steep one to the ball.

    Args:
        trajectory: A run on a quadratic.
        loss_map: Where it is drawn.
    """

    def __init__(self, trajectory: Trajectory, loss_map: LossMap) -> None:
        super().__init__()
        self.digest = trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        axes = spectrum(trajectory.run.surface)
        feet = axes.minimum + errors(trajectory)[:, :1] * axes.directions[:, 0]
        self._home = loss_map.to_frame(axes.minimum)
        self._feet, self._ends = loss_map.to_frame(feet), loss_map.to_frame(trajectory.params)
        self.strokes = [VMobject(stroke_color=colour, stroke_width=5.5) for colour in direction_colours()]
        self.add(*self.strokes)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw both strokes at a step."""
        foot, end = path_until(self._feet, step)[-1], path_until(self._ends, step)[-1]
        for stroke, ends in zip(self.strokes, ((self._home, foot), (foot, end)), strict=True):
            stroke.set_points(joined([np.stack(ends)]))
        return self


class Bands(OnClock):
    """The loss of a run up to the step, split by eigenvector: the flat direction's band below, the steep one's on top.

    Args:
        trajectory: A run on a quadratic.
        panel: Where it is drawn.
    """

    def __init__(self, trajectory: Trajectory, panel: StepPanel) -> None:
        super().__init__()
        self.digest = trajectory.digest
        edges = np.cumsum(np.hstack([np.zeros((len(trajectory.loss), 1)), loss_parts(trajectory)]), axis=1)
        self.edges = [Series(edge, 0) for edge in edges.T]
        self._place = panel.place
        self.bands = [VMobject(fill_color=colour, fill_opacity=0.85, stroke_width=0) for colour in direction_colours()]
        self.add(*self.bands)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the bands up to a step."""
        lines = [self._place(edge.until(step)) for edge in self.edges]
        for band, below, above in zip(self.bands, lines, lines[1:], strict=False):
            outline = np.vstack([below, above[::-1], below[:1]])
            band.set_points(joined([outline] if len(below) > 1 else []))
        return self


def bands_panel(trajectories: Sequence[Trajectory], name: str, steps: int, box: Box) -> StepPanel:
    """Axes for the bands of runs that start alike: the loss above the minimum against the step."""
    totals = [Series(loss_parts(trajectory).sum(axis=1), k) for k, trajectory in enumerate(trajectories)]
    top = max(float(series.values[0]) for series in totals)
    return StepPanel(name, totals, steps, box, log=False, from_zero=True, ceiling=1.05 * top)


class PhasePanel(GraphPanel):
    """Velocity against position, one path per run: a spiral where it swings, a bow where it creeps.

    Args:
        positions: Per run, shape (n + 1,): the error along one direction.
        box: Everything stays inside.
        name: Written at the top left.
        across: The name of the position's axis, at its right end.
    """

    def __init__(self, positions: Sequence[Array], box: Box, name: str, across: str) -> None:
        self.paths = [np.stack([x, np.diff(x, prepend=x[0])], axis=1) for x in positions]
        everything = np.concatenate(self.paths)
        low, high = everything.min(axis=0), everything.max(axis=0)
        room = _ROOM * (high - low)
        (x0, y0), (x1, y1) = (low - room).tolist(), (high + room).tolist()
        super().__init__(name, (x0, x1), (y0, y1), box, across)

    def curves(self) -> "Sequence[PhasePath]":
        """One growing path with a marker per run."""
        return [PhasePath(self.place(path), self.box, k) for k, path in enumerate(self.paths)]


class PhasePath(OnClock):
    """A run's path in the plane of position and velocity, up to the step.

    Args:
        points: In the frame, shape (n + 1, 3).
        box: Where it is drawn.
        index: Position of the run among those compared; chooses colour and dash.
    """

    def __init__(self, points: Floats, box: Box, index: int) -> None:
        super().__init__()
        theme = current_theme()
        self.points_in_frame, self._box, self.dash = points, box, DASHES[index]
        self.line = VMobject(stroke_color=theme.runs[index], stroke_width=3.2)
        self.marker = Dot(radius=0.075, color=theme.runs[index], stroke_width=1.8, stroke_color=theme.rim)
        self._carried = Carried(self.marker)
        self.add(self.line, self.marker)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the path up to a step."""
        points = path_until(self.points_in_frame, step)
        pieces = clip(points, self._box) if len(points) > 1 else []
        if self.dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *self.dash)]
        self.line.set_points(joined(pieces))
        self._carried.put(points[-1])
        return self
