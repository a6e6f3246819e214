"""A ring that comes and goes around what a sentence names, so that something moves while nothing else does."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from manim import Circle, Mobject, RoundedRectangle, VGroup, VMobject, rate_functions
from manim.animation.animation import Animation

from descent.stage.theme import current_theme

Around: TypeAlias = Mobject | npt.NDArray[np.float64] | Sequence[Mobject | npt.NDArray[np.float64]]
"""What a ring goes around: a picture, a point of the frame, shape (3,), or several of them."""

_ROOM = 0.12  # between a picture and its ring
_RADIUS = 0.34  # of a ring around a point, and around what is no larger
_SECONDS = 1.6  # from one pulse to the next
_GROWS = 0.12  # frame units by which a ring grows in a pulse


class Pulse(Animation):
    """Rings that grow and fade, again and again; where they are at a moment depends on nothing but that moment.

    Args:
        around: What they go around.
        run_time: Seconds, in which as many pulses come as fit.
    """

    def __init__(self, around: Around, run_time: float) -> None:
        several = [around] if isinstance(around, Mobject | np.ndarray) else list(around)
        rings = VGroup(*map(_ring, several))
        self._homes = [(ring, ring.points.copy(), ring.get_center()) for ring in rings]
        self._pulses = max(1, round(run_time / _SECONDS))
        super().__init__(rings, run_time=run_time, rate_func=rate_functions.linear, introducer=True, remover=True)

    def interpolate_mobject(self, alpha: float) -> None:
        """Draw the rings at a share of the time."""
        share = self._pulses * alpha % 1.0
        for ring, home, centre in self._homes:
            half = np.abs(home - centre).max()
            ring.points = centre + (home - centre) * (1 + share * _GROWS / half)
            ring.set_stroke(opacity=float(np.sin(np.pi * share)))


def _ring(around: Mobject | npt.NDArray[np.float64]) -> VMobject:
    ink, thick = current_theme().ink, 3.5
    if isinstance(around, Mobject):
        wide, high = around.width + 2 * _ROOM, around.height + 2 * _ROOM
        if max(wide, high) > 2 * _RADIUS:
            corner = min(wide, high) / 4 if min(wide, high) < 1 else 0.15
            ring = RoundedRectangle(corner_radius=corner, width=wide, height=high, stroke_width=thick, color=ink)
            return ring.move_to(around.get_center())
        around = around.get_center()
    return Circle(_RADIUS, stroke_width=thick, color=ink).move_to(around)
