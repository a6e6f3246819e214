"""The figure of a surface alone."""

from descent.figures.alt_text import describe_map
from descent.figures.comparisons import WIDTH
from descent.figures.maps import loss_map
from descent.figures.page import EDGE, Sheet
from descent.figures.picture import Picture
from descent.figures.style import settings
from descent.look.palette import Theme, find_theme
from descent.record.surfaces import Surface

_AXIS, _SIDE = 0.46, 4.2


def surface_map(surface: Surface, title: str = "", theme: str | Theme = "light") -> Picture:
    """A surface from above, in its view, with the minima that it knows.

    Args:
        surface: What to draw.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If there is no such theme.
    """
    look = find_theme(theme)
    (left, right), (bottom, top) = surface.domain
    scale = min((WIDTH - 2 * EDGE - _AXIS) / (right - left), _SIDE / (top - bottom))
    width, height = (right - left) * scale, (top - bottom) * scale
    marks = ["lowest minimum", "other minimum"][: len(surface.minima)]
    with settings():
        sheet = Sheet(max(width + 2 * EDGE + _AXIS, 3.2), 0.05 + height + _AXIS, look, title, marks=marks)
        loss_map(surface, sheet.axes(EDGE + _AXIS, 0.05, width, height), look)
    lead = [title if title.endswith((".", "?", "!")) else f"{title}."] if title else []
    return Picture(sheet.done(), " ".join([*lead, describe_map(surface)]))
