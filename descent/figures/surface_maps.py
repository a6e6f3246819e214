"""The figure of a surface alone."""

from descent.figures.alt_text import describe_map
from descent.figures.comparisons import AXIS, WIDTH, map_height, titled
from descent.figures.maps import loss_map, note_lines, numbers_room
from descent.figures.page import EDGE, Sheet, text_height
from descent.figures.picture import Picture
from descent.figures.style import settings
from descent.look.palette import Theme, find_theme
from descent.record.surfaces import Surface

_SIDE = 4.2


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
    left = EDGE + AXIS + numbers_room(surface)
    room = WIDTH - EDGE - left
    height = min(_SIDE, map_height(surface, room))
    width = room * height / map_height(surface, room)
    note = note_lines(surface, width)
    above = text_height(len(note)) + 0.1 if note else 0.05
    marks = ["lowest minimum", "other minimum"][: len(surface.minima)]
    with settings():
        sheet = Sheet(max(left + width + EDGE, 3.2), above + height + AXIS, look, title, marks=marks)
        loss_map(surface, sheet.axes(left, above, width, height), look)
    return Picture(sheet.done(), " ".join([*titled(title), describe_map(surface)]))
