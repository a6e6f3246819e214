"""A key of colours in rows, as many as it needs."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from descent.figures.style import TEXT
from descent.look.fonts import text_width
from descent.look.palette import Theme

ROW = 0.24
"""Height of a row, in inches."""

LINE = "line"
"""Instead of a colour: a dashed line."""

_CHIP, _STROKE, _GAP = 0.12, 0.35, 0.22
_BESIDE = 0.08

Entry = tuple[str, str]
"""A colour, `LINE`, or nothing for words alone, and what it means."""


def flowed(entries: Sequence[Entry], width: float) -> list[list[tuple[float, str, str]]]:
    """Entries with their places from the left, in as many rows as they need, all in inches.

    >>> [len(row) for row in flowed([("#ffffff", "words")] * 4, width=1.6)]
    [2, 2]
    """
    rows: list[list[tuple[float, str, str]]] = [[]]
    x = 0.0
    for colour, words in entries:
        room = _sign(colour) + text_width(words) * TEXT / 72
        if x + room > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, colour, words))
        x += room + _GAP
    return rows


def explain(rows: Sequence[Sequence[tuple[float, str, str]]], ax: Axes, look: Theme) -> None:
    """Draw a key into axes as wide as it was made for, and `ROW` high for each row."""
    figure = ax.figure
    ax.set(xlim=(0, ax.get_position().width * figure.get_figwidth()), ylim=(ROW * len(rows), 0))  # type: ignore[union-attr]
    ax.set_axis_off()
    for line, entries in enumerate(rows):
        y = (line + 0.5) * ROW
        for x, colour, words in entries:
            if colour == LINE:
                ax.plot([x, x + _STROKE], [y, y], color=look.ink, linewidth=1.4, linestyle=(0, (4, 2)))
            elif colour:
                low, high = y - _CHIP / 2, y + _CHIP / 2
                ax.fill_between([x, x + _CHIP], low, high, color=colour, ec=look.line, linewidth=0.5)
            ax.text(x + _sign(colour), y, words, color=look.ink if colour else look.soft, va="center_baseline")


def _sign(colour: str) -> float:
    """Room for what stands before the words."""
    return {LINE: _STROKE, "": -_BESIDE}.get(colour, _CHIP) + _BESIDE
