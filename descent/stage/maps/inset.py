"""A small map beside a landscape: the same runs from above."""

from collections.abc import Sequence

from manim import Mobject, VGroup

from descent.record.surfaces import Surface
from descent.record.trajectories import Trajectory
from descent.stage.geometry import Box
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.run_marks import RunMarks
from descent.stage.text import BODY, PX, Label

_SHARE = 0.46  # of the room, at most, for the map
_GAP = 0.3
_SIZE = 0.55  # of balls and marks
_STAR = 0.75
_LEVELS = 9


class Inset:
    """The small map and what is on it.

    Attributes:
        still: What stands still: map, minima, and a name over them.
        marks: The runs, in order.
        rest: What is left of the room, at the map's right.

    Args:
        surface: What to show.
        trajectories: The runs.
        room: The map stands at its left.
    """

    def __init__(self, surface: Surface, trajectories: Sequence[Trajectory], room: Box) -> None:
        (x0, x1), (y0, y1) = surface.domain
        aspect = (x1 - x0) / (y1 - y0)
        top = room.top - 1.7 * BODY * PX
        width = min(_SHARE * room.width, (top - room.bottom) * aspect)
        small = LossMap(
            surface, Box(room.left, room.left + width, top - width / aspect, top), axes=False, levels=_LEVELS
        )
        stars = VGroup(*(mark.scale(_STAR) for mark in small.minimum_marks()))
        name = Label("from above", BODY, weight="MEDIUM").sit((room.left, room.top - 0.8 * BODY * PX, 0))
        self.still: Sequence[Mobject] = (small, stars, VGroup(name))
        self.marks = [RunMarks(t, small, k, _SIZE, announce=False) for k, t in enumerate(trajectories)]
        self.rest = Box(small.box.right + _GAP, room.right, top - width / aspect - 0.1, room.top)
