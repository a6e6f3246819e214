"""A table of values as a smooth function: cubics between its points."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from scipy.interpolate import RectBivariateSpline  # type: ignore[import-untyped]
from scipy.ndimage import spline_filter  # type: ignore[import-untyped]
from torch import Tensor

from descent.record.surfaces import Array, Domain


def interpolated(values: Array, ends: Domain) -> Callable[[Tensor, Tensor], Tensor]:
    """A differentiable function of (p1, p2) that has a table's values ``[rows, columns]`` at its points.

    They are coordinates along two directions, no weights, and its ``names`` tell pictures so.

    Args:
        values: Finite; the first row is the lowest.
        ends: Where the table begins and ends.
    """
    count = len(values)
    coefficients = torch.tensor(spline_filter(values, mode="mirror"))

    def function(w1: Tensor, w2: Tensor) -> Tensor:
        column, row = (
            ((w - low) / (high - low)).clamp(0, 1) * (count - 1) for w, (low, high) in zip((w1, w2), ends, strict=True)
        )
        return _spline(coefficients.to(w1.dtype), row, column)

    function.names = ("p₁", "p₂")  # type: ignore[attr-defined]
    return function


def filled(values: Array, strides: list[int]) -> Array:
    """A square table whose NaNs are filled, from coarse points to fine ones, by cubics through those around.

    Args:
        values: Every point whose row and column the largest stride leads to is there.
        strides: Distances of points, each half of the one before, down to 1.
    """
    found = values.copy()
    for coarse, fine in pairwise(strides):
        known, wanted = lines(len(values), coarse), lines(len(values), fine)
        order = min(3, len(known) - 1)
        spline = RectBivariateSpline(known, known, found[np.ix_(known, known)], kx=order, ky=order)
        rows, columns = np.meshgrid(wanted, wanted, indexing="ij")
        there = found[rows, columns]
        found[rows, columns] = np.where(np.isnan(there), spline(wanted, wanted), there)
    return found


def lines(count: int, stride: int) -> list[int]:
    """The rows of a table that a stride leads to, and its last."""
    return sorted({*range(0, count, stride), count - 1})


def _spline(coefficients: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """A cubic B-spline with these coefficients, mirrored at its edges, at fractional rows and columns."""
    last = len(coefficients) - 1

    def taps(at: Tensor) -> list[tuple[Tensor, Tensor]]:
        whole = at.detach().floor().clamp(0, last - 1)
        t = at - whole
        weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
        places = (last - (last - (whole.long() + k - 1).abs()).abs() for k in range(4))
        return [(place, weight / 6) for place, weight in zip(places, weights, strict=True)]

    parts = [wr * wc * coefficients[r, c] for r, wr in taps(row) for c, wc in taps(column)]
    return torch.stack(parts).sum(dim=0)
