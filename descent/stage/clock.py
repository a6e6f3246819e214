"""Time on stage: every duration a whole number of frames, every moving picture a function of the step."""

import math
from typing import Self

import numpy as np
from manim import ValueTracker, VMobject

TICKS_PER_SECOND = 15
"""Durations are multiples of 1/15 s: whole frames at 15, 30 and 60 frames a second."""

OFF_STAGE = np.array((0.0, 100.0, 0.0))
"""Where a part goes that a picture drops: Manim draws whatever belonged to it when the play began to the play's end."""


def ticks(seconds: float) -> int:
    """The fewest ticks that last at least ``seconds``, and at least one.

    >>> ticks(0.9), ticks(1.0), ticks(0.0)
    (14, 15, 1)
    """
    return max(1, math.ceil(seconds * TICKS_PER_SECOND - 1e-6))


class OnClock(VMobject):
    """A picture that :meth:`at_step` alone determines, so any frame can be drawn first."""

    def at_step(self, step: float) -> Self:
        """Become the picture of a step; fractions lie between two iterates."""
        raise NotImplementedError

    def follow(self, clock: ValueTracker) -> Self:
        """Redraw with every change of a step clock."""
        self.at_step(clock.get_value())
        return self.add_updater(lambda picture: picture.at_step(clock.get_value()))
