"""Checks of single values that a user typed: each returns the value as it is needed, or tells what it should be."""

import math

from descent.base.document import known, quoted, text, whole
from descent.base.errors import DescentError
from descent.record.surfaces import Domain, Point

__all__ = ["LARGEST", "SMALLEST", "domain", "known", "point", "points", "text", "whole"]

LARGEST = 1e15
"""No coordinate is larger: its neighbours a unit away are no longer told apart."""

SMALLEST = 1e-5
"""The shortest side of a view, as a share of its coordinates: single precision has few digits left there."""


def point(value: object, name: str) -> Point:
    """Two coordinates.

    Raises:
        DescentError: If the value is anything else.
    """
    first, second = _numbers(value, name, 2, "two numbers, w1 and w2")
    return first, second


def points(value: object, name: str) -> list[Point]:
    """One point, or a list of points.

    Raises:
        DescentError: If the value is anything else.
    """
    if isinstance(value, list | tuple) and value and all(isinstance(each, list | tuple) for each in value):
        return [point(each, name) for each in value]
    return [point(value, name)]


def domain(value: object, name: str) -> Domain:
    """A view: the smallest and largest w1, the smallest and largest w2.

    Args:
        value: What was typed.
        name: What it is called.

    Raises:
        DescentError: If the value is anything else.
    """
    left, right, bottom, top = _numbers(value, name, 4, "four numbers: w1 from, to, w2 from, to")
    for low, high in ((left, right), (bottom, top)):
        if not high - low > SMALLEST * max(abs(low), abs(high)):
            raise DescentError(f"{name} must go from a smaller to a larger number, but {low:g} to {high:g} does not.")
    return (left, right), (bottom, top)


def _numbers(value: object, name: str, count: int, what: str) -> list[float]:
    given = value if isinstance(value, list | tuple) else [value]
    plain = [each for each in given if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(given) != count or len(plain) != count:
        raise DescentError(f"{name} must be {what}, not {quoted(value)}.")
    for each in plain:
        if not (math.isfinite(each) and abs(each) <= LARGEST):
            raise DescentError(f"{name} must be finite numbers of at most 10¹⁵, not {quoted(each)}.")
    return [float(each) for each in plain]
