"""The loss map on matplotlib's axes, and runs on it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator, MultipleLocator

from descent.base.numbers import ticks
from descent.figures.style import TEXT, ShortNumbers, dress, line, mark, settings
from descent.look.axes import near, own_scales
from descent.look.fonts import text_width, wrap
from descent.look.map_image import ground
from descent.look.palette import Theme, find_theme
from descent.record.runs import Run
from descent.record.surfaces import Array, Surface
from descent.record.trajectories import Trajectory, trace

_GRID = 500
_LEVELS = 18
_DOT, _END = 3.4, 7.5
_USUAL = 0.22  # inches that the numbers at a map's left take
_CROWDED = 0.85  # of the distance of two numbers, that they may fill
_MANY = 50  # longer runs are drawn finer


def loss_map(surface: Surface, ax: Axes, theme: str | Theme = "light") -> Axes:
    """Draw a surface from above: shaded relief, contour lines on its compressed scale, and its minima.

    Both axes have one scale, so that directions are true, unless the view would be a strip then; its axes say so.

    Args:
        surface: What to draw, over its own view.
        ax: Where.
        theme: "light" or "dark".

    Returns:
        ``ax``.

    Raises:
        DescentError: If there is no such theme.
    """
    look = find_theme(theme)
    (left, right), (bottom, top) = surface.domain
    image, lines = ground(surface, look.relief, _GRID, _LEVELS, (right - left) / (top - bottom))
    # Samples lie on the view's edges, so their pixels reach half a pixel beyond.
    across, up = (right - left) / (_GRID - 1) / 2, (top - bottom) / (_GRID - 1) / 2
    extent = (left - across, right + across, bottom - up, top + up)
    with settings():
        ax.imshow(image, extent=extent, aspect="auto", interpolation="bilinear", zorder=0)
        ax.add_collection(
            LineCollection(lines, colors=look.contour, alpha=look.contour_opacity, linewidths=0.5, zorder=1)
        )
        for minimum in surface.minima:
            _minimum(ax, minimum, minimum == surface.global_minimum, look)
        inches = ax.bbox.width / ax.figure.dpi
        if told := "\n".join(note_lines(surface, inches)):
            ax.set_title(told, loc="left", fontsize=TEXT, color=look.soft, pad=5, linespacing=1.25)
        own = own_scales(surface.domain)
        first, second = surface.names
        across_is = f"{first} (each axis has its own scale)" if own else first
        ax.set(
            xlim=(left, right), ylim=(bottom, top), aspect="auto" if own else "equal", xlabel=across_is, ylabel=second
        )
        longest = max((left, right), (bottom, top), key=lambda side: side[1] - side[0])
        ax.xaxis.set_major_locator(MultipleLocator(_spacing((left, right), (left, right) if own else longest, inches)))
        ax.yaxis.set_major_locator(MultipleLocator(_spacing((bottom, top), (bottom, top) if own else longest)))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(ShortNumbers())
        dress(ax, look, frame=True)
    return ax


def numbers_room(surface: Surface) -> float:
    """How much wider than usual the numbers at the left of a surface's map are, in inches."""
    low, high = surface.domain[1]
    widths = map(text_width, ticks(np.arange(low, high, _spacing((low, high), (low, high))).tolist()))
    return max(0.0, max(widths) * TEXT / 72 - _USUAL)


def _spacing(side: tuple[float, float], longest: tuple[float, float], room: float = math.inf) -> float:
    """How far apart an axis's numbers are: at most seven on the longest side, fewer where they are too wide for it.

    Args:
        side: The axis's lowest and highest value.
        longest: Those of the map's longest side.
        room: Length of the axis in inches, if numbers stand beside each other.
    """
    spacing = 0.0
    for most in range(6, 0, -1):
        values = np.asarray(MaxNLocator(most, steps=[1, 2, 4, 5, 10]).tick_values(*longest))
        spacing = float(np.diff(values)[0])
        texts = ticks(values[(values >= side[0]) & (values <= side[1])].tolist())
        wide = max(map(text_width, texts), default=0.0) * TEXT / 72
        if wide <= _CROWDED * room * spacing / (side[1] - side[0]):
            break
    return spacing


def trajectories(
    runs: Sequence[Run | Trajectory], ax: Axes, theme: str | Theme = "light", first: int = 0
) -> list[Trajectory]:
    """Draw runs on a loss map: start (ring), iterates, the straight segments between them, and end.

    A run that leaves the view is cut at its edge.

    Args:
        runs: Up to eight runs, traced or not.
        ax: Axes of a loss map of their surface.
        theme: "light" or "dark".
        first: Position of the first of them among all runs compared; chooses colour, dash and marker.

    Returns:
        The runs, traced.

    Raises:
        DescentError: If there are too many, or torch refuses one.
    """
    look = find_theme(theme)
    traced = [run if isinstance(run, Trajectory) else trace(run) for run in runs]
    with settings():
        for index, trajectory in enumerate(traced, start=first):
            _run(ax, trajectory, index, look)
    return traced


def note_lines(surface: Surface, width: float) -> list[str]:
    """What a map says of its surface, in lines for so many inches; none where there is nothing to say."""
    return wrap(surface.note, width * 72 / TEXT) if surface.note else []


def _minimum(ax: Axes, at: Sequence[float], best: bool, theme: Theme) -> None:
    """A star or a small diamond, on top of everything, so that a run that ends there does not hide it."""
    if best:
        ax.plot(*at, "*", color=theme.ink, markersize=7.5, markeredgewidth=0.5, markeredgecolor=theme.chip, zorder=8)
    else:
        ax.plot(*at, "D", color="none", markersize=3, markeredgewidth=0.9, markeredgecolor=theme.ink, zorder=8)


def _run(ax: Axes, trajectory: Trajectory, index: int, theme: Theme) -> None:
    path = _finite(trajectory)
    order = 3 + 0.1 * index
    finer = 1.0 if trajectory.steps <= _MANY else 0.7
    ax.plot(*path.T, **line(index, theme, 1.4 * finer), zorder=order)
    ax.plot(*path.T, linestyle="none", **mark(index, _DOT * finer, theme), zorder=order + 0.01)
    start: dict[str, Any] = {"markersize": 6.5, "markeredgewidth": 1.5, "markeredgecolor": theme.runs[index]}
    ax.plot(*path[0], "o", **start, markerfacecolor=theme.chip, zorder=5)
    end = mark(index, _END, theme) | {"markeredgewidth": 0.9, "markeredgecolor": theme.rim}
    if trajectory.run.surface.contains(*path[-1].tolist()):
        ax.plot(*path[-1], **end, zorder=6 + 0.1 * index)


def _finite(trajectory: Trajectory) -> Array:
    """The iterates up to the last finite one, kept within what a canvas can draw."""
    params = trajectory.params
    return near(params[np.isfinite(params).all(axis=1)], trajectory.run.surface.domain, 1e6)
