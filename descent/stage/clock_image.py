"""A picture of pixels on the step clock, and what stands still above it."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from manim import ImageMobject, ValueTracker, VMobject

from descent.stage.clock import OnClock
from descent.stage.geometry import Box


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


class Above(OnClock):
    """Pictures that stand still above others that move: what has no clock is drawn under what has one."""

    def __init__(self, *pictures: VMobject) -> None:
        super().__init__()
        self.add(*pictures)

    def at_step(self, step: float) -> Self:
        """Stay."""
        return self
