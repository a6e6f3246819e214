"""Panels of a live page with what was measured at some steps of runs, beside loss and rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from descent.record.surfaces import Array


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at steps, finite ones."""

    at: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel.

    Attributes:
        name: What is shown.
        curves: One per run.
        limits: One per run, dashed; empty for none.
        limit: What the limits are called.
        alike: Whether all runs have the same.
        high: The highest value shown; the lowest is zero.
    """

    name: str
    curves: tuple[Curve, ...]
    limits: tuple[Curve, ...]
    limit: str
    alike: bool
    high: float


def panel(
    name: str,
    at: Sequence[Array],
    values: Sequence[Array],
    limits: Sequence[Array] = (),
    limit: str = "",
    alike: bool = False,
    ceiling: float | None = None,
) -> Panel:
    """A panel of values ``[m]`` at steps ``[m]``, per run; where they are not finite, they are left out.

    >>> panel("sharpness", [np.array([0.0, 1.0])], [np.array([2.0, np.inf])]).curves
    (Curve(at=(0.0,), values=(2.0,)),)
    """
    curves = tuple(map(_curve, at, values))
    top = max((value for curve in curves for value in curve.values), default=0.0)
    high = ceiling or 1.2 * top or 1.0
    return Panel(name, curves, tuple(map(_curve, at, limits)) if limits else (), limit, alike, high)


def _curve(at: Array, values: Array) -> Curve:
    known = np.isfinite(values)
    return Curve(tuple(at[known].tolist()), tuple(values[known].tolist()))
