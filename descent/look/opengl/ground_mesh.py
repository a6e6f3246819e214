"""The block of land as triangles: its ground, and its four cut sides with the contour levels as strata."""

import numpy as np
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

from descent.look.opengl.land import BASE, RISE, Land
from descent.record.surfaces import Array

_FOCUS = 1.5  # how much closer they are where the ground bends

TOP = RISE + 0.02
"""Where the table of :func:`levels` ends."""


def reach(count: int) -> tuple[float, float]:
    """The heights that a table of :func:`levels` begins and ends at, as textures count: half an entry further out."""
    half = (TOP - BASE) / (count - 1) / 2
    return BASE - half, TOP + half


def levels(land: Land, count: int) -> Array:
    """Places among the contour levels of evenly spaced heights from ``BASE`` to :data:`TOP`, float32.

    The first level is 1, the next 2, smooth in between: the shader draws a line at every whole number.
    """
    knots = np.concatenate([[BASE], land.level_heights, [max(TOP, land.level_heights[-1] + 0.05)]])
    curve = PchipInterpolator(knots, np.arange(len(knots)))
    return np.asarray(curve(np.linspace(BASE, TOP, count)), dtype=np.float32)


def lines(height: int) -> int:
    """How many rows, and columns, of corners a picture of so many pixels' height needs: one for ten pixels."""
    return min(max(height // 10, 72), 480)


def ground(land: Land, count: int) -> tuple[Array, Array]:
    """Corners ``[n, 8]`` (place, normal, sky, sun) and triangles ``[m, 3]`` of the ground, ``count`` rows and columns.

    Rows and columns of corners lie closer together where the ground bends more, so that pits are round at a fraction
    of the triangles.
    """
    down, across = (_spread(land, axis, count) for axis in (0, 1))
    places = np.stack(np.meshgrid(across, down), axis=-1)
    fields = [land.normals[..., c] for c in range(3)] + [land.sky, land.sun]
    values = [land.height(places), *(land.sample(field, places) for field in fields)]
    corners = np.concatenate([places, np.stack(values, axis=-1)], axis=-1).reshape(-1, 8)
    number = np.arange(count * count).reshape(count, count)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    triangles = np.stack([a, b, c, c, b, d], axis=-1).reshape(-1, 3)
    return corners.astype(np.float32), triangles.astype(np.int32)


def _spread(land: Land, axis: int, count: int) -> Array:
    """World coordinates of the rows (axis 0) or columns (axis 1) of the ground's corners, edges included."""
    half = land.span[1 - axis] / 2
    bends = np.sqrt(np.abs(np.diff(land.heights, 2, axis=axis))).mean(axis=1 - axis)
    bends = np.concatenate([bends[:1], bends, bends[-1:]])
    density = 1 + _FOCUS * bends / max(float(bends.mean()), 1e-12)
    passed = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.interp(np.linspace(0, passed[-1], count), passed, np.linspace(-half, half, len(passed)))


def walls(land: Land, count: int) -> tuple[Array, Array]:
    """Corners and triangles of the cut sides, as :func:`ground` gives them."""
    half_x, half_y = land.span / 2
    down, across = (_spread(land, axis, count) for axis in (0, 1))
    sides = [
        (np.column_stack([across, np.full_like(across, -half_y)]), (0, -1, 0)),
        (np.column_stack([across, np.full_like(across, half_y)])[::-1], (0, 1, 0)),
        (np.column_stack([np.full_like(down, -half_x), down])[::-1], (-1, 0, 0)),
        (np.column_stack([np.full_like(down, half_x), down]), (1, 0, 0)),
    ]
    corners, triangles, made = [], [], 0
    for edge, normal in sides:
        heights = np.stack([np.full(len(edge), BASE), land.height(edge)])
        place = np.stack([*(np.broadcast_to(edge[:, k], heights.shape) for k in (0, 1)), heights], axis=-1)
        rest = np.stack([np.full_like(heights, 0.85), np.ones_like(heights)], axis=-1)
        facing = np.broadcast_to(np.array(normal, dtype=float), place.shape)
        corners.append(np.concatenate([place, facing, rest], axis=-1).reshape(-1, 8))
        number = made + np.arange(heights.size).reshape(heights.shape)
        a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
        triangles.append(np.stack([a, b, c, c, b, d], axis=-1).reshape(-1, 3))
        made += heights.size
    return np.concatenate(corners).astype(np.float32), np.concatenate(triangles).astype(np.int32)
