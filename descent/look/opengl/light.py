"""Light on the ground, computed once from the heights: how much sky and how much sun each point sees."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates  # type: ignore[import-untyped]

from descent.record.surfaces import Array

SUN = np.array((-0.66, 0.30, 0.44)) / np.linalg.norm((-0.66, 0.30, 0.44))
"""Unit vector to the sun: from the left, behind, not high, so that relief shows."""

_DISC = 0.16  # tangent of the sun's apparent half width: large, for soft shadows
_COARSE = 4  # light varies slowly: it is computed on every fourth point
_DIRECTIONS = 16
_REACH = 0.55  # how far hills are looked for, in world units


def ambient(heights: Array, span: Array) -> Array:
    """Share of the sky that each point of the ground sees: 1 − the mean of sin² of the horizon's elevation.

    Args:
        heights: Of the ground, shape (rows, columns), in world units.
        span: World width and depth.

    Returns:
        Shares in 0..1, shape of ``heights``.
    """
    coarse = heights[::_COARSE, ::_COARSE]
    hidden = np.zeros_like(coarse)
    for turn in np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS:
        slope = np.maximum(_horizon(coarse, span, np.array((np.cos(turn), np.sin(turn)))), 0)
        hidden += slope**2 / (1 + slope**2)
    return _fine(gaussian_filter(1 - hidden / _DIRECTIONS, 0.7), heights)


def sunlight(heights: Array, span: Array) -> Array:
    """Share of the sun's disc that each point of the ground sees, its own slope aside.

    Args:
        heights: Of the ground, shape (rows, columns), in world units.
        span: World width and depth.

    Returns:
        Shares in 0..1, shape of ``heights``; between light and shadow lies a soft edge as wide as the disc.
    """
    coarse = heights[::_COARSE, ::_COARSE]
    level = float(np.hypot(*SUN[:2]))
    slope = _horizon(coarse, span, SUN[:2] / level, _REACH * 2)
    seen = np.clip((SUN[2] / level - slope) / (2 * _DISC) + 0.5, 0, 1)
    return _fine(gaussian_filter(seen * seen * (3 - 2 * seen), 0.8), heights)


def _horizon(heights: Array, span: Array, direction: Array, reach: float = _REACH) -> Array:
    """Steepest slope from each point to the ground in one direction; beyond the edge lies nothing."""
    rows, columns = heights.shape
    cell = span / (columns - 1, rows - 1)
    y, x = np.mgrid[:rows, :columns].astype(float)
    steepest = np.full_like(heights, -np.inf)
    distance = float(cell.min())
    while distance < reach:
        moved = distance * direction / cell
        there = map_coordinates(heights, [y + moved[1], x + moved[0]], order=1, mode="constant", cval=-1e3)
        np.maximum(steepest, (there - heights) / distance, out=steepest)
        distance *= 1.22
    return steepest


def _fine(coarse: Array, like: Array) -> Array:
    """A coarse field on the full grid."""
    rows, columns = like.shape
    y, x = np.mgrid[:rows, :columns] / float(_COARSE)
    return np.asarray(np.clip(map_coordinates(coarse, [y, x], order=1, mode="nearest"), 0, 1))
