"""A piece of a surface, cut out in the proportions of a box."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from descent.record.surfaces import Surface
from descent.stage.geometry import Box


def crop(surface: Surface, centre: npt.ArrayLike, width: float, box: Box) -> Surface:
    """The same surface seen through a smaller view.

    Args:
        surface: What to look at.
        centre: Middle of the view, (w1, w2).
        width: Width of the view in parameter units.
        box: Its proportions are the view's.

    Returns:
        The surface with that view, and of its minima those inside.
    """
    reach = np.array([width, width * box.height / box.width]) / 2
    low, high = np.asarray(centre) - reach, np.asarray(centre) + reach
    view = ((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
    inside = tuple(m for m in surface.minima if (low < m).all() and (m < high).all())
    return replace(surface, domain=view, minima=inside)
