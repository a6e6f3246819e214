"""Small solids around the origin, as triangles: ball, cube, cone, diamond, ring, star, pole."""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.spatial import ConvexHull  # type: ignore[import-untyped]

from descent.record.surfaces import Array


@cache
def solid(name: str) -> Array:
    """Triangles of a solid.

    Args:
        name: "circle", "square", "triangle" and "diamond" are the solids of those markers; "ball" is a finer sphere;
            "ring" lies flat; "star" stands, its points in x and z; "pole" reaches from z = 0 to 1.

    Returns:
        Corners and their unit normals, ``[3 n, 6]``, float32.
    """
    return _MAKERS[name]().astype(np.float32)


_CUBE = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * 0.82
_OCTAHEDRON = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]) * 1.3


def _hull(corners: Array) -> Array:
    triangles = corners[ConvexHull(corners).simplices]
    outward = np.einsum("ij,ij->i", _normals(triangles), triangles.mean(axis=1)) > 0
    return np.asarray(np.where(outward[:, None, None], triangles, triangles[:, ::-1]))


def _normals(triangles: Array) -> Array:
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12))


def _faceted(triangles: Array) -> Array:
    normals = np.repeat(_normals(triangles)[:, None], 3, axis=1)
    return np.concatenate([triangles, normals], axis=-1).reshape(-1, 6)


def _sphere(around: int, up: int) -> Array:
    tilt = np.linspace(-np.pi / 2, np.pi / 2, up + 1)
    corners = _revolved(np.stack([np.cos(tilt), np.sin(tilt)], axis=-1), around)
    return np.concatenate([corners, corners], axis=-1)


def _revolved(profile: Array, around: int) -> Array:
    """Triangles of a surface of revolution about z, counter-clockwise from outside, ``[3 n, 3]``.

    Args:
        profile: (radius, height) from the bottom up, shape (m, 2).
        around: How many sides.
    """
    turns = np.linspace(0, 2 * np.pi, around + 1)
    radius, height = profile.T
    x, y = np.outer(radius, np.cos(turns)), np.outer(radius, np.sin(turns))
    points = np.stack([x, y, np.repeat(height[:, None], around + 1, axis=1)], axis=-1)
    low, high = points[:-1], points[1:]
    corners = (low[:, :-1], low[:, 1:], high[:, :-1], high[:, :-1], low[:, 1:], high[:, 1:])
    return np.stack(corners, axis=2).reshape(-1, 3)


def _prism(profile: list[tuple[float, float]], around: int) -> Array:
    return _faceted(_revolved(np.array(profile), around).reshape(-1, 3, 3))


def _pole() -> Array:
    corners = _revolved(np.array([(1.0, 0.0), (1.0, 1.0)]), 12)
    normals = corners * (1, 1, 0)
    return np.concatenate([corners, normals / np.linalg.norm(normals, axis=-1, keepdims=True)], axis=-1)


def _ring() -> Array:
    """A torus of radius 1 and thickness 0.26."""
    turns, tube = np.linspace(0, 2 * np.pi, 49), np.linspace(0, 2 * np.pi, 13)
    out = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=-1)[:, None]
    normals = np.cos(tube)[:, None] * out + np.sin(tube)[:, None] * np.array((0, 0, 1.0))
    both = np.concatenate([out + 0.26 * normals, normals], axis=-1)
    a, b, c, d = both[:-1, :-1], both[1:, :-1], both[:-1, 1:], both[1:, 1:]
    return np.stack([a, b, c, c, b, d], axis=2).reshape(-1, 6)


def _star() -> Array:
    """A five-pointed star with a raised middle on both sides."""
    angle = np.arange(11) * np.pi / 5 + np.pi / 2
    radius = np.where(np.arange(11) % 2 == 0, 1.0, 0.45)
    outline = np.stack([radius * np.cos(angle), 0 * angle, radius * np.sin(angle)], axis=-1)
    sides = [
        np.stack([np.broadcast_to((0, side * 0.32, 0), (10, 3)), outline[:-1], outline[1:]][:: int(-side)], axis=1)
        for side in (-1.0, 1.0)
    ]
    return _faceted(np.concatenate(sides))


SPHERES = frozenset({"circle", "ball"})

_MAKERS: dict[str, Callable[[], Array]] = {
    "circle": lambda: _sphere(14, 9),
    "ball": lambda: _sphere(40, 24),
    "square": lambda: _faceted(_hull(_CUBE)),
    "triangle": lambda: _prism([(0, -0.8), (1.15, -0.8), (0, 1.15)], 24),
    "diamond": lambda: _faceted(_hull(_OCTAHEDRON)),
    "cross": lambda: _prism([(0, -0.8), (0.95, -0.8), (0.95, 0.8), (0, 0.8)], 4),
    "plus": lambda: _prism([(0, -1.0), (1.0, 0.0), (0, 1.0)], 8),
    "hexagon": lambda: _prism([(0, -0.8), (1.05, -0.8), (1.05, 0.8), (0, 0.8)], 6),
    "star": _star,
    "ring": _ring,
    "pole": _pole,
}
