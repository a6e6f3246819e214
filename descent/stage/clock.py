"""Time on stage: every moving picture is a function of the step."""

from typing import Self

import numpy as np
import numpy.typing as npt
from manim import ValueTracker, VMobject

OFF_STAGE = np.array((0.0, 100.0, 0.0))
"""Where a part goes that a picture drops: Manim draws whatever belonged to it when the play began to the play's end."""


class OnClock(VMobject):
    """A picture that :meth:`at_step` alone determines, so any frame can be drawn first."""

    def at_step(self, step: float) -> Self:
        """Become the picture of a step; fractions lie between two iterates."""
        raise NotImplementedError

    def follow(self, clock: ValueTracker) -> Self:
        """Redraw with every change of a step clock."""
        self.at_step(clock.get_value())
        return self.add_updater(lambda picture: picture.at_step(clock.get_value()))


class Carried:
    """A small picture that is put at many places, each from its home, so that no rounding adds up.

    Manim's cache knows a play by every last bit of its points: pushed along from place to place, a ball drawn frame
    by frame would not equal one that jumped, and what follows a cached play would be drawn again.

    Args:
        picture: What is carried; its parts are where they are for the place (0, 0, 0).
    """

    def __init__(self, picture: VMobject) -> None:
        self._homes = [(part, part.points.copy()) for part in picture.family_members_with_points()]

    def put(self, place: npt.NDArray[np.float64]) -> None:
        """Put it at a place, shape (3,)."""
        for part, home in self._homes:
            part.points = home + place
