"""The look of figures on matplotlib's terms: theme, typeface and settings, with nothing global changed."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter

from descent.base.errors import DescentError
from descent.base.numbers import ticks
from descent.look.fonts import file_for
from descent.look.palette import DASHES, MARKERS, MAX_RUNS, Theme

# What it has to say about the fonts of a PDF would reach the terminal once Manim has set up logging.
logging.getLogger("fontTools").setLevel(logging.WARNING)

TEXT, TITLE = 8.0, 10.5
"""Text sizes in points, at the figure's own width: what journals set captions in, and a step above it."""

_SETTINGS: Mapping[str, Any] = {
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "axes.linewidth": 0.7,
    "lines.solid_capstyle": "round",
    "text.hinting": "no_hinting",  # a text has its true width at every resolution, and so fits
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "descent",
}
_STROKE = 0.034  # width of a film's trail in frame units, in which the palette gives its dashes
_MARKS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "cross": "X",
    "plus": "P",
    "hexagon": "h",
    "star": "*",
}
_WIDTHS = {"s": 0.9, "D": 0.82, "^": 1.08, "X": 1.1, "P": 1.15, "h": 1.05, "*": 1.4}  # to look equally large


def settings() -> AbstractContextManager[None]:
    """Matplotlib's defaults and ours, whatever the user has set, for as long as the context lasts."""
    return matplotlib.style.context(["default", dict(_SETTINGS)])


def line(index: int, theme: Theme, width: float = 1.4) -> dict[str, Any]:
    """Keywords of a run's line: its colour and its dash.

    Args:
        index: Position of the run among those compared.
        theme: The look.
        width: In points.

    Raises:
        DescentError: If that is more runs than can be told apart.
    """
    if index >= MAX_RUNS:
        raise DescentError(f"A figure tells at most {MAX_RUNS} runs apart; draw the others in another figure.")
    dash = DASHES[index]
    style: Any = "-" if dash is None else (0, tuple(length / _STROKE for length in dash))
    return {"color": theme.runs[index], "linestyle": style, "linewidth": width}


def mark(index: int, size: float, theme: Theme) -> dict[str, Any]:
    """Keywords of a run's markers: their shape, their colour and a size at which all shapes look equally large."""
    shape = _MARKS[MARKERS[index]]
    return {
        "marker": shape,
        "markersize": size * _WIDTHS.get(shape, 1.0),
        "markerfacecolor": theme.runs[index],
        "markeredgewidth": 0.0,
    }


def dress(ax: Axes, theme: Theme, frame: bool = False) -> None:
    """Colour axes for a look: ground, spines, ticks and labels, in Inter.

    Args:
        ax: Axes on which everything is drawn already.
        theme: The look.
        frame: Whether all four spines are drawn, or only those that carry numbers.
    """
    ax.set_facecolor(theme.background)
    ax.tick_params(which="both", color=theme.line, labelcolor=theme.soft, width=0.7, length=3, pad=2.5)
    for side, spine in ax.spines.items():
        spine.set(color=theme.line, visible=frame or side in ("left", "bottom"))
    for name in (ax.xaxis.label, ax.yaxis.label, ax.title):
        name.set_color(theme.ink)
    typeset(ax)


class ShortNumbers(ScalarFormatter):
    """Numbers as matplotlib writes them, but powers of ten where it would take a factor or an offset out of them."""

    def format_ticks(self, values: Any) -> list[str]:
        """The texts of an axis's numbers."""
        texts: list[str] = super().format_ticks(values)
        return ticks([float(value) for value in values]) if super().get_offset() else texts

    def get_offset(self) -> str:
        """What stands at the end of the axis: nothing."""
        return ""


def typeset(artist: Artist) -> None:
    """Set every text of an artist in Inter, from the font's own file: its family is never made known globally.

    Raises:
        DescentError: If neither Inter nor the user's own font has some of the characters.
    """
    for text in artist.findobj(Text):
        assert isinstance(text, Text)
        text.get_fontproperties().set_file(file_for(text.get_text()))
        text.set_parse_math(False)
