"""A surface as ground: its relief and contour lines, made once for all pictures of it."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from descent.look.relief import Floats, ReliefInk, compress, contour_lines, shade
from descent.record.surfaces import Surface


@lru_cache(maxsize=16)
def ground(
    surface: Surface, ink: ReliefInk, samples: int, levels: int, aspect: float
) -> tuple[npt.NDArray[np.uint8], tuple[Floats, ...]]:
    """The relief of a surface's view, and contour lines evenly spaced on its compressed height.

    Args:
        surface: The surface.
        ink: Colours and strengths of the relief.
        samples: Samples along the view's longer side.
        levels: How many contour lines.
        aspect: Width of the picture over its height.

    Returns:
        An RGBA image (see :func:`~descent.look.relief.shade`) and polylines in parameters, each of shape (points, 2).
        Both are shared: neither may be changed.
    """
    grid = surface.grid(samples)
    heights = compress(grid.loss)
    lines = contour_lines(grid.w1, grid.w2, heights, np.linspace(0, 1, levels + 2)[1:-1].tolist())
    image = shade(heights, ink, aspect)
    image.flags.writeable = False
    return image, tuple(lines)
