"""Where a run that does not rest has been: its iterates as a cloud, and how far they lie from a point."""

from typing import Self

import numpy as np
from manim import VMobject

from descent.look.axes import near
from descent.record.measures import distances
from descent.record.surfaces import Point
from descent.record.trajectories import Trajectory
from descent.stage.clock import OnClock
from descent.stage.geometry import clip, joined
from descent.stage.maps.loss_map import LossMap
from descent.stage.shapes import markers
from descent.stage.theme import current_theme

_MARK = 0.075  # width of an iterate
_FAINT = 0.55
_TURN = np.linspace(0, 2 * np.pi, 97)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


class Cloud(OnClock):
    """A run's iterates from a row on, as dots without a trail, and the ring of their usual distance from a point.

    The ring's radius is the root mean square of those distances, ``√mean |w − w*|²``, over the iterates shown; it is
    drawn from ``least`` iterates on. Both are cut at the map's edges.

    Args:
        trajectory: The run's record.
        loss_map: Where it is drawn.
        index: Position of the run among those compared; chooses the colour.
        centre: The point in the middle of the ring, (w1, w2).
        since: The first row that belongs to the cloud.
        least: How many iterates there are before the ring is drawn.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        loss_map: LossMap,
        index: int,
        centre: Point,
        since: int = 0,
        least: int = 20,
    ) -> None:
        super().__init__()
        self.digest = trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        self.since, self.least = since, least
        self._map, self._centre = loss_map, np.array(centre, dtype=float)
        self._away = distances(trajectory, centre)[since:]
        self._places = loss_map.to_frame(near(trajectory.params[since:], loss_map.surface.domain))
        self._inside = loss_map.box.holds(self._places)
        colour = current_theme().runs[index]
        self.dots = VMobject(fill_color=colour, fill_opacity=_FAINT, stroke_width=0)
        self.ring = VMobject(stroke_color=colour, stroke_width=4.0)
        self.add(self.dots, self.ring)
        self.at_step(0.0)

    def radius(self, step: float) -> float:
        """The ring's radius at a step, in parameter units; 0 before there is one."""
        shown = self._shown(step)
        return float(np.sqrt(np.mean(self._away[:shown] ** 2))) if shown >= self.least else 0.0

    def at_step(self, step: float) -> Self:
        """Draw the iterates up to the last whole step, and their ring."""
        shown = self._shown(step)
        self.dots.set_points(markers("circle", _MARK, self._places[:shown][self._inside[:shown]]))
        radius = self.radius(step)
        outline = self._map.to_frame(self._centre + radius * _CIRCLE)
        self.ring.set_points(joined(clip(outline, self._map.box) if radius else []))
        return self

    def _shown(self, step: float) -> int:
        """How many iterates of the cloud there are at a step."""
        return int(np.clip(int(step + 1e-9) + 1 - self.since, 0, len(self._away)))
