"""The map's axes: where their numbers stand, in the rule that films and figures have for scales."""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from descent.base.numbers import ticks
from descent.look.axes import own_scales
from descent.look.fonts import text_width
from descent.record.surfaces import Domain

OWN_RATIO = 1.25
"""Width over height of a map whose axes have scales of their own, as in figures."""

_NARROW = 290.0  # pixels of a map on a phone
_SIZE = 13.0  # pixels of the numbers
_FILLED = 0.8  # of the distance of two numbers, that they may fill
_MOST = 7

Numbers = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of a map.

    Attributes:
        own: Whether each has a scale of its own.
        ratio: The map's width over its height.
        numbers: Of each axis: where each number stands, as a share of the axis, and its text.
    """

    own: bool
    ratio: float
    numbers: tuple[Numbers, Numbers]


def map_axes(domain: Domain) -> Axes:
    """The axes of a view.

    >>> map_axes(((-2, 2), (0, 2))).numbers[1]
    ((0.0, '0'), (0.5, '1'), (1.0, '2'))
    >>> map_axes(((0, 3000), (0, 1))).own
    True
    """
    own = own_scales(domain)
    across, up = (high - low for low, high in domain)
    longest = max(domain, key=lambda side: side[1] - side[0])
    numbers = tuple(_numbers(side, side if own else longest, k == 0) for k, side in enumerate(domain))
    return Axes(own, OWN_RATIO if own else across / up, (numbers[0], numbers[1]))


def _numbers(side: tuple[float, float], longest: tuple[float, float], beside: bool) -> Numbers:
    """The numbers of an axis: as many as fit beside each other, or above each other, on a phone."""
    low, high = side
    found: Numbers = ()
    for most in range(_MOST, 0, -1):
        values = np.asarray(MaxNLocator(most, steps=[1, 2, 4, 5, 10]).tick_values(*longest))
        spacing = float(np.diff(values)[0])
        near = 1e-9 * (high - low)
        first, last = np.ceil((low - near) / spacing), np.floor((high + near) / spacing)
        inside = (np.arange(first, last + 1) * spacing + 0.0).tolist()  # no negative zero
        texts = ticks(inside)
        found = tuple(((value - low) / (high - low), text) for value, text in zip(inside, texts, strict=True))
        wide = max(map(text_width, texts), default=0.0) * _SIZE
        if not beside or wide <= _FILLED * _NARROW * spacing / (high - low):
            break
    return found
