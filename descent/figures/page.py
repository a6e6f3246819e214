"""A page in inches: a title, places for axes, and a key that says who is who."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from descent.figures.style import TEXT, TITLE, line, mark, typeset
from descent.look.fonts import text_width, unbroken, wrap
from descent.look.palette import Theme

EDGE = 0.14
"""Free space around everything, in inches."""

_GAP = 0.12  # between title, body and key
_ROW = 0.2  # height of a line of the key
_SWATCH = 0.55
_INDENT = EDGE + _SWATCH + 0.1
_MARKS = {"start": 0.75, "end": 0.7, "lowest minimum": 1.25, "other minimum": 1.25}  # what they take of a line


class Sheet:
    """A figure that is laid out from the top down, in inches: its height is what its contents need.

    Args:
        width: Of the whole figure.
        body: Height of what lies between title and key.
        theme: The look.
        title: What stands on top; nothing by default.
        key: The name and the outcome of each run, in order.
        marks: Which marks of the map the key's last line explains.
    """

    def __init__(
        self,
        width: float,
        body: float,
        theme: Theme,
        title: str = "",
        key: Sequence[tuple[str, str]] = (),
        marks: Sequence[str] = (),
    ) -> None:
        self.theme, self.width = theme, width
        title_lines = lines_within(title, width - 2 * EDGE, TITLE)
        rows = [_key_lines(name, result, width - EDGE - _INDENT) for name, result in key]
        key_height = (sum(map(len, rows)) + bool(marks)) * _ROW
        self._top = EDGE + (text_height(len(title_lines), TITLE) + _GAP if title else 0)
        self.height = self._top + body + _GAP + key_height + EDGE
        self.figure = Figure(figsize=(width, self.height), facecolor=theme.background)
        if title:
            x, y = EDGE / width, 1 - EDGE / self.height
            self.figure.text(x, y, "\n".join(title_lines), fontsize=TITLE, color=theme.ink, va="top", linespacing=1.25)
        ax = self.axes(0, body + _GAP, width, key_height)
        ax.set(xlim=(0, width), ylim=(key_height or 1, 0))
        ax.set_axis_off()
        self._write_key(ax, rows)
        self._explain(ax, marks, key_height - _ROW / 2)

    def axes(self, left: float, top: float, width: float, height: float, **keywords: Any) -> Axes:
        """Axes of a size, their frame's left edge so far from the figure's, its top so far from the body's."""
        bottom = self.height - self._top - top - height
        rectangle = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(rectangle, **keywords)

    def done(self) -> Figure:
        """The figure, typeset."""
        typeset(self.figure)
        return self.figure

    def _write_key(self, ax: Axes, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
        y = _ROW / 2
        for index, lines in enumerate(rows):
            ax.plot([EDGE, EDGE + _SWATCH], [y, y], **line(index, self.theme))
            ax.plot(EDGE + _SWATCH / 2, y, **mark(index, 5.5, self.theme))
            for name, result in lines:
                ax.text(_INDENT, y, name, color=self.theme.ink, va="center_baseline")
                ax.text(self.width - EDGE, y, result, color=self.theme.soft, va="center_baseline", ha="right")
                y += _ROW

    def _explain(self, ax: Axes, marks: Sequence[str], y: float) -> None:
        ink = self.theme.soft
        hollow = {"markersize": 5.5, "markeredgewidth": 1.2, "markeredgecolor": ink, "markerfacecolor": "none"}
        shapes: dict[str, dict[str, Any]] = {
            "start": {"marker": "o", **hollow},
            "end": {"marker": "o", "markersize": 6, "color": ink},
            "lowest minimum": {"marker": "*", "markersize": 7.5, "color": ink, "markeredgewidth": 0},
            "other minimum": {"marker": "D", **hollow, "markersize": 3.2, "markeredgewidth": 0.9},
        }
        x = EDGE + 0.05
        for name in marks:
            ax.plot(x, y, **shapes[name])
            ax.text(x + 0.12, y, name, color=ink, va="center_baseline")
            x += _MARKS[name]


def lines_within(text: str, width: float, size: float = TEXT) -> list[str]:
    """A text or label broken into lines no wider than so many inches; a word that is wider is parted."""
    room = width * 72 / size
    lines: list[str] = []
    for part in wrap(text, room):
        while text_width(part) > room and len(part) > 1:
            fits = next(k for k in range(len(part) - 1, 0, -1) if k == 1 or text_width(part[:k]) <= room)
            lines.append(part[:fits])
            part = part[fits:]
        lines.append(part)
    return lines


def text_height(lines: int, size: float = TEXT) -> float:
    """Height of so many lines of text, in inches."""
    return lines * size * 1.25 / 72


def _key_lines(name: str, result: str, width: float) -> list[tuple[str, str]]:
    """A run's lines in the key: name left and outcome right, on one line if both fit."""
    names = lines_within(unbroken(name), width)
    if text_width(f"{names[-1]}    {result}") * TEXT / 72 <= width:
        return [*((part, "") for part in names[:-1]), (names[-1], result)]
    return [*((part, "") for part in names), ("", result)]
