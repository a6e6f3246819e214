"""A run on the map: start, trail, iterates and ball, every frame a pure function of the step."""

from typing import Self

import numpy as np
import numpy.typing as npt
from manim import Circle, VGroup, VMobject

from descent.look.palette import DASHES, MARKERS
from descent.record.trajectories import Trajectory
from descent.stage.clock import OFF_STAGE, Carried, OnClock
from descent.stage.drawing.soft_disc import SoftDisc
from descent.stage.geometry import Box, Floats, clip, dashed, finite_rows, joined, path_until
from descent.stage.maps.loss_map import LossMap
from descent.stage.theme import current_theme

BALL = 0.13
"""Radius of a ball in frame units."""

_MARK = 0.105  # width of an iterate
_FRESH = 6  # the newest iterates fade from full to _FADED; all older ones stay there
_FADED = 0.45
_TRAIL = 3.4


def _ring(corners: int, turn: float = 0.0, inner: float = 1.0) -> Floats:
    """Vertices of a closed regular polygon of width 1, or a star where ``inner`` < 1."""
    angle = np.arange(corners + 1) * 2 * np.pi / corners + turn
    radius = np.where(np.arange(corners + 1) % 2 == 0, 1.0, inner) * 0.5
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], axis=-1)


_UP = np.pi / 2
_SHAPES: dict[str, Floats] = {
    "circle": _ring(16),
    "square": _ring(4, np.pi / 4) * 1.2,
    "triangle": _ring(3, _UP) * 1.3,
    "diamond": _ring(4) * 1.25,
    "star": _ring(10, _UP, 0.45) * 1.35,
    "hexagon": _ring(6) * 1.1,
    "plus": _ring(8, 0.0, 0.28) * 1.45,
    "cross": _ring(8, np.pi / 4, 0.28) * 1.45,
}


def markers(shape: str, size: float, centres: Floats) -> Floats:
    """Bézier points of one small shape repeated at several centres.

    Args:
        shape: One of :data:`descent.look.palette.MARKERS`.
        size: Width in frame units.
        centres: Where, shape (n, 3).

    Returns:
        Points for one Manim path, shape (m, 3).
    """
    outline = joined([_SHAPES[shape] * size])
    return (outline + centres[:, None]).reshape(-1, 3)


def dots(shape: str, size: float, centres: Floats, colour: str, opacity: float = 1.0) -> VMobject:
    """A path of filled markers; see :func:`markers`."""
    path = VMobject(fill_color=colour, fill_opacity=opacity, stroke_width=0)
    return path.set_points(markers(shape, size, centres))


def ball(colour: str, radius: float = BALL) -> VGroup:
    """A ball centred on the origin, with a soft shadow, a light rim and a highlight."""
    return VGroup(
        SoftDisc(radius * 1.6, core=0.62, opacity=0.33, color="#000000").shift((0.03, -0.045, 0)),
        Circle(radius, stroke_width=2.6, stroke_color=current_theme().rim, fill_color=colour, fill_opacity=1),
        SoftDisc(radius * 0.5, core=0.2, opacity=0.62, color="#ffffff").shift((-radius * 0.3, radius * 0.33, 0)),
    )


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
        self.path_on_map = loss_map.to_frame(np.clip(trajectory.params[:kept], -1e6, 1e6))
        self._apart = _spaced(self.path_on_map, _MARK * size / 5)
        outside = np.flatnonzero(~self.map_box.holds(self.path_on_map))
        self.exit_step = int(outside[0]) if len(outside) else None
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
        reached: Floats = path_until(self.path_on_map, step)[-1]
        return reached

    def at_step(self, step: float) -> Self:
        """Draw the run as it is at a step; between iterates the ball is on the straight segment."""
        path = path_until(self.path_on_map, step)
        passed = self.path_on_map[: int(np.clip(step, 0, len(self.path_on_map) - 1) + 1e-9) + 1]
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
        if self.exit_step is None:
            return None
        inside = clip(self.path_on_map[: self.exit_step + 1], self.map_box)
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
