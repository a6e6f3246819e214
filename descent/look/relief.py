"""The look of a loss surface: a compressed height, a shaded relief image and contour lines, as pure arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import contourpy
import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float64]

_COARSE = 4


@dataclass(frozen=True, slots=True)
class ReliefInk:
    """Colours of a relief.

    Attributes:
        ramp: Colours from the lowest to the highest ground, evenly spaced, as (r, g, b) in 0..1.
        light: How strongly slopes towards the light brighten and slopes away darken, 0..1.
        hollow: How strongly ground below its surroundings darkens, 0..1.
    """

    ramp: tuple[tuple[float, float, float], ...]
    light: float
    hollow: float


def compress(loss: npt.ArrayLike, floor: float | None = None) -> Floats:
    """Height of the ground for a loss: ``log(1 + (loss − floor) / scale)``, rescaled to 0..1.

    Losses of teaching surfaces span decades; the logarithm keeps the shallow minima visible. ``scale`` is an
    eighth of the median rise above the floor, so the shape does not depend on the loss's units.

    Args:
        loss: Losses on a grid, any shape; where one is not finite, the ground is as high as it gets.
        floor: The loss drawn at height 0; the grid's minimum by default.

    Returns:
        Heights in 0..1, the shape of ``loss``.

    >>> compress([[0.0, 1.0], [10.0, 100.0]]).round(2).tolist()
    [[0.0, 0.18], [0.55, 1.0]]
    """
    values = np.asarray(loss, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros_like(values)
    values = np.where(finite, values, values[finite].max())
    rise = np.maximum(values - (values.min() if floor is None else floor), 0.0)
    scale = max(float(np.median(rise[finite])) / 8, np.finfo(np.float64).tiny)
    height = np.log1p(rise / scale)
    return height / max(float(height.max()), np.finfo(np.float64).tiny)


def shade(height: Floats, ink: ReliefInk, aspect: float = 1.0) -> npt.NDArray[np.uint8]:
    """A relief image of a height field, lit from the upper left.

    Lambertian shading over a soft occlusion: ``colour(h) · (1 + light·(n·l − n₀·l)) · (1 − hollow·occlusion)``.

    Args:
        height: Heights in 0..1, shape (rows, columns), row 0 at the bottom (w2 grows upwards).
        ink: Colours and strengths.
        aspect: Width of the picture over its height, for slopes that look the same in both directions.

    Returns:
        An RGBA image, shape (rows, columns, 4), row 0 at the top.
    """
    rows, columns = height.shape
    relief = 0.34  # drawn height of the whole range, as a fraction of the picture's height
    dy, dx = np.gradient(height * relief, 1 / rows, aspect / columns)
    norm = np.sqrt(1 + dx**2 + dy**2)
    light = np.array([-0.55, 0.6, 0.9])
    light /= np.linalg.norm(light)
    lambert = (-dx * light[0] - dy * light[1] + light[2]) / norm - light[2]
    occlusion = _occlusion(height)
    ramp = np.asarray(ink.ramp)
    stops = np.linspace(0, 1, len(ramp))
    colour = np.stack([np.interp(height, stops, ramp[:, c]) for c in range(3)], axis=-1)
    brightness = (1 + ink.light * lambert) * (1 - np.clip(ink.hollow * 2 * occlusion, 0, 0.6))
    image = np.clip(colour * brightness[..., None], 0, 1)
    rgba = np.dstack([image * 255 + _dither(rows, columns)[..., None], np.full((rows, columns), 255.0)])
    return np.ascontiguousarray(np.clip(rgba, 0, 255).astype(np.uint8)[::-1])


def contour_lines(w1: Floats, w2: Floats, height: Floats, levels: Sequence[float]) -> list[Floats]:
    """Contour lines of a height field at the given heights.

    Args:
        w1: Grid abscissae, shape (columns,).
        w2: Grid ordinates, shape (rows,).
        height: Heights, shape (rows, columns).
        levels: Heights to trace.

    Returns:
        Polylines in (w1, w2), each of shape (points, 2).
    """
    tracer = contourpy.contour_generator(w1, w2, height)
    lines: list[Floats] = []
    for level in levels:
        lines += [np.asarray(line) for line in tracer.lines(level)]
    return lines


def _occlusion(height: Floats) -> Floats:
    """How far the ground lies below its surroundings, near and far; smooth, so a coarser grid does."""
    rows, columns = height.shape
    coarse = height[::_COARSE, ::_COARSE]
    reach = [len(coarse) * share for share in (0.02, 0.05, 0.11)]
    hollow = sum(np.clip(_blur(coarse, radius) - coarse, 0, None) for radius in reach)
    picture = Image.fromarray(np.asarray(hollow, dtype=np.float32)).resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.float64)


def _blur(height: Floats, radius: float) -> Floats:
    """Gaussian blur by the separable filter, edges held."""
    reach = max(1, round(2.5 * radius))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(radius, 1e-9)) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(height, reach, mode="edge")
    padded = np.apply_along_axis(np.convolve, 0, padded, kernel, "valid")
    return np.apply_along_axis(np.convolve, 1, padded, kernel, "valid")


def _dither(rows: int, columns: int) -> Floats:
    """Half a grey level of fixed noise, so that smooth ground does not band when encoded."""
    return np.random.default_rng(0).uniform(-0.5, 1.0, (rows, columns))
