"""A run on the map: start, trail, iterates and ball, every frame a pure function of the step."""

from typing import Self

import numpy as np
import numpy.typing as npt
from manim import Circle, VGroup, VMobject

from descent.look.axes import near
from descent.look.palette import DASHES, MARKERS
from descent.record.trajectories import Trajectory
from descent.stage.clock import OFF_STAGE, Carried, OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, finite_rows, joined, path_until
from descent.stage.maps.loss_map import LossMap
from descent.stage.shapes import BALL, ball, dots, markers
from descent.stage.theme import current_theme

_MARK = 0.105  # width of an iterate
_FRESH = 6  # the newest iterates fade from full to _FADED; all older ones stay there
_FADED = 0.45
_TRAIL = 3.4


class RunMarks(OnClock):
    """Start, trail, iterates and ball of one run on one map.

    The ball moves along the straight segment of each step; iterates stay visible, older ones fade. Where a run
    leaves the map its trail is cut at the edge, the ball disappears and a note says at which step.

    Args:
        trajectory: The run's record.
        loss_map: Where it is drawn.
        index: Position of the run among those compared; chooses colour, dash and marker.
        size: Scale of marks and ball.
        announce: Whether leaving the map is noted.
        tail: How many of the last steps stay visible, drawn without dashes; all by default.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        loss_map: LossMap,
        index: int = 0,
        size: float = 1.0,
        announce: bool = True,
        tail: int | None = None,
    ) -> None:
        super().__init__()
        theme = current_theme()
        self.trajectory, self.size, self.map_box = trajectory, size, loss_map.box
        self.digest = trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        self.tail, self.dash, self.shape = tail, None if tail else DASHES[index], MARKERS[index]
        colour = theme.runs[index]
        kept = finite_rows(trajectory.params)
        self.path_on_map = loss_map.to_frame(near(trajectory.params[:kept], loss_map.surface.domain))
        self._apart = _spaced(self.path_on_map, _MARK * size / 5)
        outside = np.flatnonzero(~self.map_box.holds(self.path_on_map))
        self._exit = int(outside[0]) if len(outside) else None
        self.exit_step = None if self._exit is None else int(trajectory.at[self._exit])
        none = np.zeros((0, 3))
        self.trail = VMobject(stroke_color=colour, stroke_width=_TRAIL * size, stroke_opacity=0.95)
        self.old = dots(self.shape, _MARK * size, none, colour, _FADED)
        self.fresh = [
            dots(self.shape, _MARK * size, none, colour, 1 - (1 - _FADED) * age / _FRESH) for age in range(_FRESH)
        ]
        self.start = Circle(0.085 * size, stroke_color=colour, stroke_width=3 * size)
        self.start.set_fill(theme.chip, 0.9).move_to(self.path_on_map[0])
        self.ball = ball(colour, BALL * size)
        self._carried = Carried(self.ball)
        self.note = self._exit_note(loss_map) if announce else None
        self.at_step(0.0)

    def position(self, step: float) -> Floats:
        """Where the ball is, in frame units, shape (3,)."""
        reached: Floats = path_until(self.path_on_map, self.trajectory.row_at(step))[-1]
        return reached

    def at_step(self, step: float) -> Self:
        """Draw the run as it is at a step; between iterates the ball is on the straight segment."""
        row = self.trajectory.row_at(step)
        path = path_until(self.path_on_map, row)
        passed = self.path_on_map[: int(np.clip(row, 0, len(self.path_on_map) - 1) + 1e-9) + 1]
        first = max(len(passed) - 1 - self.tail, 0) if self.tail else 0
        path, passed = path[first:], passed[first:]
        self.trail.set_points(joined(_visible(path, self.dash, self.map_box)))
        aged = len(passed) - _FRESH
        self._mark(self.old, passed[: max(aged, 0)][self._apart[: max(aged, 0)]])
        for age, mark in enumerate(self.fresh):
            self._mark(mark, passed[::-1][age : age + 1])
        self.submobjects = [self.trail, self.old, *self.fresh]
        if self.map_box.contains(self.path_on_map[0]):
            self.submobjects.append(self.start)
        inside = self.map_box.contains(path[-1])
        if inside:
            self.submobjects.append(self.ball)
        elif self.note is not None:
            self.submobjects.append(self.note)
        place = path[-1] if inside else OFF_STAGE
        self._carried.put(place)
        return self

    def _mark(self, mark: VMobject, points: Floats) -> None:
        inside = points[self.map_box.holds(points)]
        mark.set_points(markers(self.shape, _MARK * self.size, inside))

    def _exit_note(self, loss_map: LossMap) -> VGroup | None:
        if self._exit is None:
            return None
        inside = clip(self.path_on_map[: self._exit + 1], self.map_box)
        edge = inside[-1][-1] if inside else self.path_on_map[0]
        side = -1 if edge[1] > (self.map_box.bottom + self.map_box.top) / 2 else 1
        return loss_map.tag(f"leaves the view at step {self.exit_step}", loss_map.to_params(edge), (0, side, 0))


def _spaced(points: Floats, gap: float) -> npt.NDArray[np.bool_]:
    """Which points to mark, so that each lies at least ``gap`` from the one marked before it: the others would hide."""
    apart = np.ones(len(points), dtype=bool)
    last = points[0]
    for k, point in enumerate(points[1:], 1):
        apart[k] = bool(np.abs(point - last).max() >= gap)
        if apart[k]:
            last = point
    return apart


def _visible(path: Floats, dash: tuple[float, float] | None, box: Box) -> list[Floats]:
    pieces = [path] if len(path) > 1 else []
    if not box.holds(path).all():
        pieces = clip(path, box)
    return pieces if dash is None else [part for piece in pieces for part in dashed(piece, *dash)]
