"""Flat marks that stand over a landscape and follow its camera: the scale of losses, labels tied to points."""

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
from manim import Line, VGroup, VMobject

from descent.base.numbers import plain
from descent.look.opengl.land import BASE, RISE, Land
from descent.stage.clock import OFF_STAGE, Carried
from descent.stage.geometry import SAFE, Floats
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_APART = 1.6  # numbers stand so many of their heights apart
_GAP = 0.16
_ROOM = 0.6  # that the numbers take


class Seen(Protocol):
    """A landscape, as marks know it."""

    land: Land

    def seen(self, points: npt.ArrayLike) -> Floats:
        """Positions in the frame of world points, as the camera sees them now."""


class Tied(VGroup):
    """A flat picture that stands beside a world point wherever the camera sees it.

    Args:
        picture: What stands there.
        terrain: Whose camera it follows.
        point: World point, shape (3,).
        direction: On which side, in frame directions.
        gap: How far from the point.
    """

    only_moves = True

    def __init__(
        self, picture: VMobject, terrain: Seen, point: npt.ArrayLike, direction: npt.ArrayLike, gap: float = _GAP
    ) -> None:
        super().__init__(picture)
        side = np.asarray(direction, dtype=float)
        reach = side * np.array((picture.width / 2 + gap, picture.height / 2 + gap, 0))
        picture.shift(reach - picture.get_center())
        self._terrain, self._point = terrain, np.asarray(point, dtype=float)
        self._carried = Carried(picture)
        self.follow_camera()
        self.add_updater(lambda tied: tied.follow_camera())

    def follow_camera(self) -> Self:
        """Stand where the camera sees the point now."""
        self._carried.put(self._terrain.seen(self._point))
        return self


def tied(picture: VMobject, terrain: Seen, point: npt.ArrayLike, direction: npt.ArrayLike) -> Tied:
    """A picture tied to a world point; see :class:`Tied`."""
    return Tied(picture, terrain, point, direction)


class LossScale(VGroup):
    """An upright axis at the block's outermost left corner, with the losses of contour levels.

    Args:
        terrain: What it measures; which levels are numbered is decided for the first view of its flight.
    """

    def __init__(self, terrain: Seen) -> None:
        super().__init__()
        theme = current_theme()
        self._terrain = terrain
        xy = np.array([(x, y) for x in (-1, 1) for y in (-1, 1)]) * terrain.land.span / 2
        self._corners = np.column_stack([xy, np.full(4, BASE)])
        self._foot = xy[int(np.argmin(terrain.seen(self._corners)[:, 0]))]
        land = terrain.land
        self._ends = np.array([(*self._foot, height) for height in (float(land.heights.min()), RISE)])
        self._axis = Line((0, 0, 0), (1, 0, 0), stroke_width=1.5, color=theme.line)
        chosen, last = [], -np.inf
        for loss, height in zip(land.levels, land.level_heights, strict=True):
            y = terrain.seen((*self._foot, height))[1]
            if y - last >= _APART * SMALL * PX:
                chosen.append((float(loss), float(height)))
                last = float(y)
        self._ticks = VGroup(*(Line((0, 0, 0), (-0.08, 0, 0), stroke_width=1.5, color=theme.line) for _ in chosen))
        self._numbers = VGroup(*(Label(plain(loss), SMALL, theme.soft) for loss, _ in chosen))
        self._name = VGroup(*(Label(words, SMALL, theme.soft) for words in ("loss,", "log scale")))
        self._heights = [height for _, height in chosen]
        for number in self._numbers:
            number.sit((-0.16, -0.36 * SMALL * PX, 0), 1)
        for line, words in enumerate(reversed(self._name)):
            words.sit((0.06, (0.6 + 1.28 * line) * SMALL * PX, 0), 1)
        self._carried = [Carried(part) for part in (*self._ticks, *self._numbers)]
        self._carried_name = Carried(self._name)
        self.follow_camera()
        self.add_updater(lambda scale: scale.follow_camera())

    def follow_camera(self) -> Self:
        """Stand where the camera sees the corner now; where it is not the outermost one in view, stand nowhere."""
        ends = self._terrain.seen(self._ends)
        leftmost = float(self._terrain.seen(self._corners)[:, 0].min())
        shown = ends[:, 0].min() >= SAFE.left + _ROOM and abs(ends[0, 0] - leftmost) < _ROOM and ends[1, 1] < SAFE.top
        places = self._terrain.seen([(*self._foot, height) for height in self._heights])
        self.submobjects = [self._axis, self._ticks, self._numbers, self._name] if shown else []
        if not shown:
            ends, places = ends + OFF_STAGE, places + OFF_STAGE
        self._axis.set_points_as_corners(ends)
        for carried, place in zip(self._carried, [*places, *places], strict=True):
            carried.put(place)
        self._carried_name.put(ends[1])
        return self
