"""A disc whose opacity falls off towards its edge: a soft shadow in one path."""

from typing import Any

import cairo
import numpy as np
from manim import Dot

_STOPS = 17  # of the gradient; between them it is linear


class SoftDisc(Dot):
    """A disc that is even up to a core and fades from there to its edge.

    `FilmCamera` knows how to draw it; other cameras of Manim show next to nothing of it.

    Args:
        radius: Where it ends, in frame units.
        core: Share of the radius up to which it is even.
        opacity: There.
        kwargs: As :class:`manim.Dot`'s.
    """

    def __init__(self, radius: float, core: float, opacity: float, **kwargs: Any) -> None:
        super().__init__(radius=radius, stroke_width=0, **kwargs)
        left = np.clip((1 - np.linspace(0, 1, _STOPS)) / (1 - core), 0, 1)  # of the way from the edge to the core
        colour = np.repeat(self.fill_rgbas[:1], _STOPS, axis=0)
        colour[:, 3] = opacity * left * left * (3 - 2 * left)
        self.fill_rgbas = colour

    def get_gradient_start_and_end_points(self) -> Any:
        """Nowhere: it does not run across."""
        return np.zeros((2, 3))

    def gradient(self) -> cairo.RadialGradient:
        """Its colours from the middle to the edge, in frame units and the order in which Manim's cameras store them."""
        points = self.points
        (left, low, _), (right, high, _) = points.min(0).tolist(), points.max(0).tolist()
        x, y = (left + right) / 2, (low + high) / 2
        pattern = cairo.RadialGradient(x, y, 0, x, y, (right - left) / 2)
        for k, (red, green, blue, alpha) in enumerate(self.fill_rgbas.tolist()):
            pattern.add_color_stop_rgba(k / (len(self.fill_rgbas) - 1), blue, green, red, alpha)
        return pattern
