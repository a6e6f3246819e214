"""Basins on a loss map: the ground from which descent ends in one minimum, tinted, with its border."""

import numpy as np
from manim import VMobject

from descent.basins import Basins
from descent.look.relief import contour_lines
from descent.stage.geometry import joined
from descent.stage.loss_map import LossMap


def basin(basins: Basins, minimum: int, loss_map: LossMap, colour: str, opacity: float = 0.22) -> VMobject:
    """The basin of one minimum.

    Args:
        basins: Where descent ends, over the view of the map.
        minimum: The minimum's position among the surface's.
        loss_map: Where to draw.
        colour: Of tint and border.
        opacity: Of the tint.

    Returns:
        A closed path, its border halfway between starts that end there and starts that do not.
    """
    inside = np.pad((basins.minimum == minimum).astype(float), 1)  # the rim of zeros closes the path at the edge
    w1, w2 = (np.concatenate([line[:1], line, line[-1:]]) for line in (basins.w1, basins.w2))
    border = contour_lines(w1, w2, inside, [0.5])
    shape = VMobject(stroke_color=colour, stroke_width=2.5, fill_color=colour, fill_opacity=opacity)
    return shape.set_points(joined([loss_map.to_frame(line) for line in border]))
