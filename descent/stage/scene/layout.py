"""Where things stand in the frame: one map beside a column of title, curves and legend, or maps in a row."""

from collections.abc import Sequence
from dataclasses import dataclass

from descent.look.axes import own_scales
from descent.record.surfaces import Surface
from descent.stage.geometry import SAFE, Box
from descent.stage.panels.legend import LegendNames, legend_height
from descent.stage.text import BODY, PX, SMALL, TITLE

OWN_SCALES = 5.4
"""Width in frame units of a map whose axes have scales of their own."""

COLUMN = 5.2
"""Least width in frame units of the column beside a map."""

_AXIS_LEFT, _AXIS_BOTTOM = 0.62, 0.40  # room for the map's numbers
_AXIS_TOP = 0.08  # where a number stands at the map's upper edge, half of it rises above
_GAP = 0.55
_RATE = 1.25
_AXIS_RIGHT = 0.15  # for half of the last number under a map
_BETWEEN = 0.3  # maps of a row
_HEADING = (1.35 * BODY + 1.5 * SMALL) * PX  # a line of settings, a line of readouts
_STRIP = 1.6  # least height of the loss panel under a row
_RAISED = 0.3  # its name stands left of the maps' bottom numbers


@dataclass(frozen=True, slots=True)
class Frame:
    """Boxes of a comparison: map, title with note, loss panel, rate panel, legend; and how its words are set.

    Attributes:
        map: The map.
        title: The title with its note.
        loss: The upper panel.
        rate: The lower panel.
        legend: The legend.
        names: How the legend's names are set; in full by default.
        title_px: Size of the title in pixels at 1080p.
    """

    map: Box
    title: Box
    loss: Box
    rate: Box
    legend: Box
    names: LegendNames | None = None
    title_px: float = TITLE


def compose(
    surface: Surface,
    runs: int,
    map_width: float | None = None,
    names: LegendNames | None = None,
    rate: float | None = None,
    title_px: float = TITLE,
) -> Frame:
    """Lay out a comparison.

    Args:
        surface: Its view's proportions decide how wide the map is.
        runs: How many rows the legend has.
        map_width: Width of a map that need not have its view's proportions, in frame units.
        names: How the legend's names are set.
        rate: Height of the rate panel, in frame units.
        title_px: Size of the title.

    Returns:
        The boxes, in frame units, all inside :data:`SAFE`.
    """
    (x0, x1), (y0, y1) = surface.domain
    left, bottom, top = SAFE.left + _AXIS_LEFT, SAFE.bottom + _AXIS_BOTTOM, SAFE.top - _AXIS_TOP
    widest = SAFE.width - _AXIS_LEFT - _GAP - COLUMN
    if map_width is None and own_scales(surface.domain):
        map_width = OWN_SCALES
    width = min(map_width or (top - bottom) * (x1 - x0) / (y1 - y0), widest)
    column = Box(left + width + _GAP, SAFE.right, SAFE.bottom, SAFE.top)
    legend_top = column.bottom + (names.height if names else legend_height(runs))
    rate_top = legend_top + 0.2 + (rate or (_RATE if runs <= 4 else 1.0))
    return Frame(
        map=Box(left, left + width, bottom, top),
        title=Box(column.left, column.right, column.top - 2.2, column.top),
        loss=Box(column.left, column.right, rate_top + 0.15, column.top - 2.2),
        rate=Box(column.left, column.right, legend_top + 0.2, rate_top),
        legend=Box(column.left, column.right, column.bottom, legend_top),
        names=names,
        title_px=title_px,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes of maps side by side: over each map a heading, as wide as the map, and under all of them a loss panel."""

    headings: tuple[Box, ...]
    maps: tuple[Box, ...]
    loss: Box


def compose_row(surfaces: Sequence[Surface], top: float) -> Row:
    """Lay out maps side by side.

    Args:
        surfaces: One per map; their views' proportions decide how wide each is.
        top: Where the title and its note end.

    Returns:
        The boxes, in frame units, all inside :data:`SAFE`: maps equally high and centred in columns of equal width.
    """
    spans = [surface.domain for surface in surfaces]
    aspects = [(x1 - x0) / (y1 - y0) for (x0, x1), (y0, y1) in spans]
    column = (SAFE.width - _BETWEEN * (len(surfaces) - 1)) / len(surfaces)
    map_top = top - _HEADING
    height = map_top - (SAFE.bottom + _STRIP + _AXIS_BOTTOM - _RAISED)
    room = column - _AXIS_LEFT - _AXIS_RIGHT
    height = min(height, room / max(aspects))
    maps = []
    for k, aspect in enumerate(aspects):
        left = SAFE.left + k * (column + _BETWEEN) + _AXIS_LEFT + (room - aspect * height) / 2
        maps.append(Box(left, left + aspect * height, map_top - height, map_top))
    return Row(
        headings=tuple(Box(box.left, box.right, map_top, top) for box in maps),
        maps=tuple(maps),
        loss=Box(SAFE.left, SAFE.right, SAFE.bottom, map_top - height - _AXIS_BOTTOM + _RAISED),
    )
