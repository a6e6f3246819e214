"""The block of land as triangles: its ground, and its four cut sides with the contour levels as strata."""

import numpy as np
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

from descent.surfaces import Array
from descent.terrain.land import BASE, RISE, Land

TOP = RISE + 0.02
"""Where the table of :func:`levels` ends."""


def levels(land: Land, count: int = 2048) -> Array:
    """Places among the contour levels of evenly spaced heights from ``BASE`` to :data:`TOP`, float32.

    The first level is 1, the next 2, smooth in between: the shader draws a line at every whole number.
    """
    knots = np.concatenate([[BASE], land.level_heights, [max(TOP, land.level_heights[-1] + 0.05)]])
    curve = PchipInterpolator(knots, np.arange(len(knots)))
    return np.asarray(curve(np.linspace(BASE, TOP, count)), dtype=np.float32)


def ground(land: Land) -> tuple[Array, Array]:
    """Corners ``[n, 8]`` (place, normal, sky, sun) and triangles ``[m, 3]`` of the ground."""
    rows, columns = land.heights.shape
    x, y = (np.linspace(-half, half, n) for half, n in zip(land.span / 2, (columns, rows), strict=True))
    places = np.stack([*np.meshgrid(x, y), land.heights], axis=-1)
    seen = np.stack([land.sky, land.sun], axis=-1)
    corners = np.concatenate([places, land.normals, seen], axis=-1).reshape(-1, 8)
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    triangles = np.stack([a, b, c, c, b, d], axis=-1).reshape(-1, 3)
    return corners.astype(np.float32), triangles.astype(np.int32)


def walls(land: Land) -> tuple[Array, Array]:
    """Corners and triangles of the cut sides, as :func:`ground` gives them."""
    top, bottom = land.heights[-1], land.heights[0]
    left, right = land.heights[:, 0], land.heights[:, -1]
    half_x, half_y = land.span / 2
    x = np.linspace(-half_x, half_x, land.heights.shape[1])
    y = np.linspace(-half_y, half_y, land.heights.shape[0])
    sides = [
        (np.column_stack([x, np.full_like(x, -half_y), bottom]), (0, -1, 0)),
        (np.column_stack([x, np.full_like(x, half_y), top])[::-1], (0, 1, 0)),
        (np.column_stack([np.full_like(y, -half_x), y, left])[::-1], (-1, 0, 0)),
        (np.column_stack([np.full_like(y, half_x), y, right]), (1, 0, 0)),
    ]
    corners, triangles, count = [], [], 0
    for edge, normal in sides:
        heights = np.stack([np.full(len(edge), BASE), edge[:, 2]])
        place = np.stack([*(np.broadcast_to(edge[:, k], heights.shape) for k in (0, 1)), heights], axis=-1)
        rest = np.stack([np.full_like(heights, 0.85), np.ones_like(heights)], axis=-1)
        facing = np.broadcast_to(np.array(normal, dtype=float), place.shape)
        corners.append(np.concatenate([place, facing, rest], axis=-1).reshape(-1, 8))
        number = count + np.arange(heights.size).reshape(heights.shape)
        a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
        triangles.append(np.stack([a, b, c, c, b, d], axis=-1).reshape(-1, 3))
        count += heights.size
    return np.concatenate(corners).astype(np.float32), np.concatenate(triangles).astype(np.int32)
