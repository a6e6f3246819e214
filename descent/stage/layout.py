"""Where things stand in the frame: the map on the left, title, curves and legend in a column on the right."""

from dataclasses import dataclass

from descent.stage.geometry import Box
from descent.stage.legend import legend_height
from descent.surfaces import Surface

MARGIN = 0.36
"""Nothing is drawn nearer to the frame's edge than this (48 px at 1080p)."""

FRAME = Box(-64 / 9, 64 / 9, -4.0, 4.0)
SAFE = Box(FRAME.left + MARGIN, FRAME.right - MARGIN, FRAME.bottom + MARGIN, FRAME.top - MARGIN)

_AXIS_LEFT, _AXIS_BOTTOM = 0.62, 0.40  # room for the map's numbers
_GAP = 0.55
_COLUMN_MIN = 5.2
_RATE = 1.25


@dataclass(frozen=True, slots=True)
class Frame:
    """Boxes of a comparison: map, title with note, loss panel, rate panel, legend."""

    map: Box
    title: Box
    loss: Box
    rate: Box
    legend: Box


def compose(surface: Surface, runs: int) -> Frame:
    """Lay out a comparison.

    Args:
        surface: Its view's proportions decide how wide the map is.
        runs: How many rows the legend has.

    Returns:
        The boxes, in frame units, all inside :data:`SAFE`.
    """
    (x0, x1), (y0, y1) = surface.domain
    left, bottom = SAFE.left + _AXIS_LEFT, SAFE.bottom + _AXIS_BOTTOM
    widest = SAFE.width - _AXIS_LEFT - _GAP - _COLUMN_MIN
    width = min((SAFE.top - bottom) * (x1 - x0) / (y1 - y0), widest)
    column = Box(left + width + _GAP, SAFE.right, SAFE.bottom, SAFE.top)
    legend_top = column.bottom + legend_height(runs)
    rate_top = legend_top + 0.2 + (_RATE if runs <= 4 else 1.0)
    return Frame(
        map=Box(left, left + width, bottom, SAFE.top),
        title=Box(column.left, column.right, column.top - 2.2, column.top),
        loss=Box(column.left, column.right, rate_top + 0.15, column.top - 2.2),
        rate=Box(column.left, column.right, legend_top + 0.2, rate_top),
        legend=Box(column.left, column.right, column.bottom, legend_top),
    )
