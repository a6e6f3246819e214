"""Contour lines at round losses, about evenly spaced in height."""

import math

import numpy as np

from descent.record.surfaces import Array

_COUNT = 15
_SLACK = 0.36  # a level may leave its even place by this share of the spacing, for the sake of a rounder number


def round_levels(loss: Array, heights: Array, count: int = _COUNT) -> tuple[Array, Array]:
    """Losses for contour lines, and how high they lie.

    Args:
        loss: Losses on a grid.
        heights: Their heights, a monotone function of the loss.
        count: About how many.

    Returns:
        Round losses, ascending, and their heights.
    """
    finite = np.isfinite(loss)
    order = np.argsort(loss[finite])
    losses, ground = loss[finite][order], heights[finite][order]
    spacing = (ground[-1] - ground[0]) / (count + 1)
    found = []
    for height in ground[0] + spacing * np.arange(1, count + 1):
        low, high = np.interp((height - _SLACK * spacing, height + _SLACK * spacing), ground, losses)
        found.append(roundest(float(low), float(high)))
    levels = np.array(sorted(set(found)))
    return levels, np.interp(levels, losses, ground)


def roundest(low: float, high: float) -> float:
    """The number of an interval with the fewest digits; among equals a multiple of five, of two, nearest the middle.

    >>> roundest(-13.0, 8.0), roundest(37.0, 72.0), roundest(61.0, 68.0)
    (0.0, 50.0, 65.0)
    """
    if low <= 0 <= high:
        return 0.0
    power = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    while True:
        for base in (10, 5, 2, 1):
            unit = base * 10.0 ** (power - 1) if base != 10 else 10.0**power
            first = math.ceil(low / unit - 1e-9)
            last = math.floor(high / unit + 1e-9)
            if first <= last:
                middle = round((low + high) / 2 / unit)
                return float(np.round(unit * min(max(middle, first), last), 12))
        power -= 1
