"""Many balls on a landscape at once, and how many of them are at each place."""

import hashlib
from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
from manim import Rectangle, VGroup

from descent.look.opengl.rolling import Rolling
from descent.look.opengl.shot import Crowd
from descent.look.palette import srgb
from descent.stage.clock import OnClock
from descent.stage.geometry import Box, Floats
from descent.stage.landscape.terrain import OnLand, Terrain
from descent.stage.shapes import ball
from descent.stage.text import BODY, PX, Label, Readout
from descent.stage.theme import current_theme

_FAR = 50.0  # runs are followed so far beyond the land, in world units


class TerrainCrowd(OnLand):
    """Balls without trails, each along the straight segments of its own run.

    Args:
        terrain: Where they roll.
        params: ``[n + 1, balls, 2]``, their iterates, finite.
        colours: One for each ball.
        radius: Of each, in world units.
    """

    def __init__(self, terrain: Terrain, params: Floats, colours: Sequence[str], radius: float = 0.022) -> None:
        super().__init__()
        xy = np.clip(terrain.land.world(params), -_FAR, _FAR)
        self.rolling = Rolling.of(terrain.land, xy, radius)
        self.colours = np.array([srgb(name) for name in colours])
        self.digest = f"{terrain.land.digest}{hash_of(xy, self.colours)}{radius}"
        terrain.enroll(self)

    def shown(self) -> Crowd:
        """The balls at their step."""
        return Crowd(self.rolling, self.colours, self.step, self.digest, self.opacity)


class Tally(OnClock):
    """A row of a bar chart that counts on the clock.

    Args:
        srgb: Of its bar.
        counts: ``[n + 1]``, the count at each step.
        most: The count of a full bar.
        box: The bar and its number fill it.
        before: A count to compare with, marked on the bar; none by default.
    """

    def __init__(self, srgb: str, counts: npt.ArrayLike, most: int, box: Box, before: int | None = None) -> None:
        super().__init__()
        self.counts, self.box, self.most = np.asarray(counts, dtype=int).tolist(), box, most
        self.number = Readout((box.right, box.bottom + (box.height - 0.72 * BODY * PX) / 2, 0), BODY)
        self.room = box.width - 1.0
        self.bar = Rectangle(width=1, height=box.height, stroke_width=0, fill_color=srgb, fill_opacity=0.95)
        self.add(self.bar, self.number)
        if before is not None:
            mark = Rectangle(width=0.035, height=1.35 * box.height, stroke_width=0, fill_opacity=1)
            mark.set_fill(current_theme().ink).move_to((self._end(before), (box.bottom + box.top) / 2, 0))
            self.add(mark)
        self.at_step(0.0)

    def _end(self, count: int) -> float:
        return self.box.left + max(self.room * count / self.most, 0.02)

    def at_step(self, step: float) -> Self:
        """Show the count at the last whole step."""
        count = self.counts[int(np.clip(step + 1e-9, 0, len(self.counts) - 1))]
        low, high, left, right = self.box.bottom, self.box.top, self.box.left, self._end(count)
        self.bar.set_points_as_corners(
            [(left, low, 0), (right, low, 0), (right, high, 0), (left, high, 0), (left, low, 0)]
        )
        self.number.set_text(str(count))
        return self


def tally_label(words: str, ink: str, at: tuple[float, float]) -> VGroup:
    """What stands left of a bar: a ball of its srgb and what it counts."""
    x, y = at
    name = Label(words, BODY).sit((x + 0.34, y - 0.36 * BODY * PX, 0))
    return VGroup(ball(ink, 0.1).shift((x + 0.1, y, 0)), name)


def hash_of(*arrays: Floats) -> str:
    """A name that arrays of equal bytes share."""
    sha = hashlib.sha256()
    for values in arrays:
        sha.update(np.ascontiguousarray(values).tobytes())
    return sha.hexdigest()
