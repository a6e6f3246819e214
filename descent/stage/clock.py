"""Time on stage: every moving picture is a function of the step."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from manim import ImageMobject, ValueTracker, VMobject

from descent.stage.geometry import Box

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


class ClockImage(ImageMobject):
    """An image that the step alone determines; a subclass says which by :meth:`pixels`.

    Args:
        box: Where it lies.
        shape: Rows and columns of pixels.
    """

    def __init__(self, box: Box, shape: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(np.zeros((*shape, 4), dtype=np.uint8), **kwargs)
        self.stretch_to_fit_width(box.width).stretch_to_fit_height(box.height)
        self.move_to(((box.left + box.right) / 2, (box.bottom + box.top) / 2, 0))
        self._step = -1.0

    def pixels(self, step: float) -> npt.NDArray[np.uint8]:
        """RGBA at a step, shape (rows, columns, 4), row 0 at the top."""
        raise NotImplementedError

    def at_step(self, step: float) -> Self:
        """Become the picture of a step."""
        if step != self._step:
            self.pixel_array, self._step = self.pixels(step), step
        return self

    def follow(self, clock: ValueTracker) -> Self:
        """Redraw with every change of a step clock."""
        self.at_step(clock.get_value())
        return self.add_updater(lambda picture: picture.at_step(clock.get_value()))


class Together(OnClock):
    """Several pictures of one thing, all shown at the same step."""

    def __init__(self, *pictures: OnClock) -> None:
        super().__init__()
        self.add(*pictures)
        self._pictures = pictures

    def at_step(self, step: float) -> Self:
        """Show all of them at a step."""
        for picture in self._pictures:
            picture.at_step(step)
        return self


class Above(OnClock):
    """Pictures that stand still above others that move: what has no clock is drawn under what has one."""

    def __init__(self, *pictures: VMobject) -> None:
        super().__init__()
        self.add(*pictures)

    def at_step(self, step: float) -> Self:
        """Stay."""
        return self
