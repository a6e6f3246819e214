"""Numbers along an axis: round ones, written short, and no more of them than stand apart."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from descent.base.numbers import superscript, ticks
from descent.stage.geometry import nice_ticks
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_LINE = 1.05  # of a number's size, between numbers above each other
_SPACE = 0.45  # of a number's size, between numbers beside each other


def across(low: float, high: float, most: int, length: float, last: float = 0.0) -> list[tuple[float, Label]]:
    """Values and labels of an axis that runs to the right.

    Args:
        low: Value at its left end.
        high: Value at its right end.
        most: How many intervals at most.
        length: Of the axis, in frame units.
        last: Room that is wanted between the last two numbers, in frame units, for the axis's name.
    """

    def apart(places: Sequence[float], labels: Sequence[Label]) -> bool:
        gaps = [
            there - here - (one.width + other.width) / 2
            for (here, one), (there, other) in pairwise(zip(places, labels, strict=True))
        ]
        return all(gap >= _SPACE * SMALL * PX for gap in gaps) and (not gaps or gaps[-1] >= last)

    return _numbers(low, high, most, length, apart)


def upwards(low: float, high: float, most: int, length: float, last: float = 0.0) -> list[tuple[float, Label]]:
    """Values and labels of an axis that runs upwards; see :func:`across`."""

    def apart(places: Sequence[float], _: Sequence[Label]) -> bool:
        gaps = [there - here for here, there in pairwise(places)]
        return all(gap >= _LINE * SMALL * PX for gap in gaps) and (not gaps or gaps[-1] - 0.72 * SMALL * PX >= last)

    return _numbers(low, high, most, length, apart)


def decades(low: float, high: float, most: int, length: float) -> list[tuple[float, Label]]:
    """Values and labels of a logarithmic axis that runs upwards: powers of ten, or 1, 2 and 5 where there is but one.

    Args:
        low: The power of ten at its lower end.
        high: The power of ten at its upper end.
        most: How many intervals at most.
        length: Of the axis, in frame units.
    """
    first, last, line = math.ceil(low), math.floor(high), _LINE * SMALL * PX * (high - low) / length
    stride = max(1, -(-(last - first) // most), math.ceil(line))
    if last - first >= stride:
        powers = range(first, last + 1, stride)
        return [(10.0**power, _label("10" + superscript(power))) for power in powers]
    values: list[float] = []
    between = [digit * 10.0**power for power in range(first - 1, last + 2) for digit in (1, 2, 5)]
    for value in [*between, *nice_ticks(10.0**low, 10.0**high, 1)]:
        place = math.log10(value) if value > 0 else -math.inf
        if low <= place <= high and all(abs(place - math.log10(other)) >= line for other in values):
            values.append(value)
    values = values or [10.0**high]
    return [(value, _label(text)) for value, text in zip(values, ticks(values), strict=True)]


def _numbers(
    low: float, high: float, most: int, length: float, apart: Callable[[Sequence[float], Sequence[Label]], bool]
) -> list[tuple[float, Label]]:
    """The most numbers that are apart, else one."""
    for count in range(most, 0, -1):
        values = nice_ticks(low, high, count) or [high]
        labels = [_label(text) for text in ticks(values)]
        if apart([(value - low) / (high - low) * length for value in values], labels):
            break
    else:
        values, labels = values[-1:], [_label(*ticks(values[-1:]))]
    return list(zip(values, labels, strict=True))


def _label(text: str) -> Label:
    return Label(text, SMALL, current_theme().soft)
