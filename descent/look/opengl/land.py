"""The ground: a loss surface as a block of land, its heights, normals and light, as pure arrays."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates  # type: ignore[import-untyped]

from descent.look.opengl.contour_levels import round_levels
from descent.look.opengl.light import ambient, sunlight
from descent.look.relief import compress
from descent.record.surfaces import Array, Surface, read_only

RISE = 0.66
"""Height of the highest ground, in world units; the longer side of the land is 2."""

BASE = -0.14
"""Height of the block's underside."""


@dataclass(frozen=True, slots=True, eq=False)
class Land:
    """A surface in world units: x along w1, y along w2, both centred on the view, z the compressed loss.

    Attributes:
        surface: What it shows, over its whole view.
        span: ``[2]``, world width and depth; the longer one is 2.
        heights: ``[rows, columns]``, height of the ground on a regular grid, row 0 at the lowest w2.
        normals: ``[rows, columns, 3]``, unit normals.
        sky: ``[rows, columns]``, share of the sky that the ground sees, 0..1.
        sun: ``[rows, columns]``, share of the sun's disc that it sees, 0..1.
        levels: ``[n]``, the losses of the contour lines, ascending.
        level_heights: ``[n]``, their heights.
        digest: Names all of this: equal for equal land.
    """

    surface: Surface
    span: Array
    heights: Array
    normals: Array
    sky: Array
    sun: Array
    levels: Array
    level_heights: Array
    digest: str

    def world(self, w: npt.ArrayLike) -> Array:
        """World coordinates (x, y) of parameters (w1, w2), shape (…, 2)."""
        (x0, x1), (y0, y1) = self.surface.domain
        low, high = np.array((x0, y0)), np.array((x1, y1))
        return np.asarray((np.asarray(w, dtype=float) - (low + high) / 2) / (high - low) * self.span)

    def on_ground(self, w: npt.ArrayLike) -> Array:
        """World points (x, y, z) of parameters (w1, w2) on the ground, shape (…, 3)."""
        xy = self.world(w)
        return np.concatenate([xy, self.height(xy)[..., None]], axis=-1)

    def height(self, xy: npt.ArrayLike) -> Array:
        """Height of the ground at world points (x, y), shape (…); beyond the edge that of the nearest edge."""
        return self.sample(self.heights, xy)

    def sample(self, field: Array, xy: npt.ArrayLike) -> Array:
        """A field of the grid at world points (x, y), linear between the grid's points."""
        places = np.asarray(xy, dtype=float) / self.span + 0.5
        rows, columns = field.shape
        where = [places[..., 1].ravel() * (rows - 1), places[..., 0].ravel() * (columns - 1)]
        return np.asarray(map_coordinates(field, where, order=1, mode="nearest").reshape(places.shape[:-1]))

    def riding(self, xy: npt.ArrayLike, radius: float) -> Array:
        """Height of the centre of a ball that lies on the ground, straight above world points (x, y).

        The lowest height at which the ball is nowhere below the ground:
        ``max over q of h(q) + sqrt(r² − |q − p|²)``. In a hollow narrower than itself a ball rides on the rims.

        Args:
            xy: Where, shape (…, 2).
            radius: Of the ball, in world units.

        Returns:
            Heights, shape (…).
        """
        rings, turns = np.linspace(0, 0.98, 9), np.linspace(0, 2 * np.pi, 16, endpoint=False)
        offsets = radius * np.stack([np.outer(rings, f(turns)).ravel() for f in (np.cos, np.sin)], axis=-1)[15:]
        lift = np.sqrt(radius**2 - (offsets**2).sum(axis=-1))
        around = np.asarray(xy, dtype=float)[..., None, :] + offsets
        return np.asarray((self.height(around) + lift).max(axis=-1))


@cache
def land_of(surface: Surface, samples: int = 480) -> Land:
    """The land of a surface, computed once a process.

    Args:
        surface: Its view becomes the land.
        samples: Grid points along each side.

    Returns:
        The land; height is :func:`descent.look.relief.compress` of the loss, times :data:`RISE`.
    """
    grid = surface.grid(samples)
    (x0, x1), (y0, y1) = surface.domain
    span = 2 * np.array((x1 - x0, y1 - y0)) / max(x1 - x0, y1 - y0)
    heights = compress(grid.loss) * RISE
    dy, dx = np.gradient(heights, span[1] / (samples - 1), span[0] / (samples - 1))
    normals = np.stack([-dx, -dy, np.ones_like(dx)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    levels, level_heights = round_levels(grid.loss, heights)
    sha = hashlib.sha256(heights.tobytes())
    sha.update(repr((surface.domain, levels.tolist())).encode())
    sky, sun = ambient(heights, span), sunlight(heights, span)
    for array in (span, heights, normals, sky, sun, levels, level_heights):
        read_only(array)
    return Land(surface, span, heights, normals, sky, sun, levels, level_heights, sha.hexdigest())
