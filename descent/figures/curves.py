"""Curves against the step on matplotlib's axes: loss, learning rate."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from descent.base.numbers import power_of_ten, ticks
from descent.figures.style import TEXT, ShortNumbers, dress, line, mark, settings
from descent.look.axes import loss_range, losses_are_logarithmic, rate_range, rates_are_logarithmic
from descent.look.palette import Theme, find_theme
from descent.record.measures import rates_or_lengths
from descent.record.schedules import LRCurve
from descent.record.surfaces import Array
from descent.record.trajectories import Trajectory

_MANY = 60  # longer losses are drawn finer


def loss_curves(
    runs: Sequence[Trajectory],
    ax: Axes,
    theme: str | Theme = "light",
    first: int = 0,
    among: Sequence[Trajectory] = (),
) -> Axes:
    """Draw the loss of runs against the step; its axis is logarithmic where losses are positive and span decades.

    Args:
        runs: Traced runs; one that blows up is cut at the top.
        ax: Where.
        theme: "light" or "dark".
        first: Position of the first of them among all runs compared; chooses colour and dash.
        among: All runs compared, to give several axes one scale.

    Returns:
        ``ax``.

    Raises:
        DescentError: If there is no such theme, or there are too many runs.
    """
    look = find_theme(theme)
    losses = [_finite(run.loss) for run in runs]
    steps = [run.at[np.isfinite(run.loss)] for run in runs]
    with settings():
        for index, loss in enumerate(losses, start=first):
            width = 1.4 if len(loss) <= _MANY else 1.0
            at = steps[index - first]
            ax.plot(at, loss, **line(index, look, width), zorder=3 + 0.1 * index)
            end = mark(index, 4.5, look) | {"markeredgewidth": 0.7, "markeredgecolor": look.rim}
            ax.plot(at[-1], loss[-1], **end, zorder=5 + 0.1 * index)
        _loss_scale(ax, [_finite(run.loss) for run in among] or losses)
        _steps(ax, max(at[-1] for at in steps), "loss", look)
    return ax


def lr_curves(runs: Sequence[Trajectory | LRCurve], ax: Axes, theme: str | Theme = "light", first: int = 0) -> Axes:
    """Draw the learning rate that each step used, as a staircase: rate ``k`` holds from step ``k`` to ``k + 1``.

    Where a run has no rate, the lengths of all runs' steps are drawn instead.

    Args:
        runs: Traced runs or schedules.
        ax: Where.
        theme: "light" or "dark".
        first: Position of the first of them among all compared; chooses colour and dash.

    Returns:
        ``ax``.

    Raises:
        DescentError: If there is no such theme, or there are too many runs.
    """
    look = find_theme(theme)
    traced = [run for run in runs if isinstance(run, Trajectory)]
    name, rates = rates_or_lengths(traced) if len(traced) == len(runs) else ("learning rate", [run.lr for run in runs])
    with settings():
        edges = [run.at if isinstance(run, Trajectory) else np.arange(len(run.lr) + 1) for run in runs]
        for index, (at, lr) in enumerate(zip(edges, rates, strict=True), start=first):
            ax.step(at, np.append(lr, lr[-1]), where="post", **line(index, look), zorder=3 + 0.1 * index)
        _rate_scale(ax, rates)
        _steps(ax, max(at[-1] for at in edges), name, look)
    return ax


def _finite(loss: Array) -> Array:
    """Losses up to a divergence, whose last row is the only one that is not finite."""
    return loss[np.isfinite(loss)]


def _loss_scale(ax: Axes, losses: Sequence[Array]) -> None:
    log = losses_are_logarithmic(losses)
    low, high = loss_range(losses)
    if log:
        _logarithmic(ax, low / 1.6, high * 1.6)
        return
    room = 0.05 * (high - low)
    ax.set_ylim(low - room, high + room)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_formatter(ShortNumbers())


def _rate_scale(ax: Axes, rates: Sequence[Array]) -> None:
    if rates_are_logarithmic(rates):
        low, high = rate_range(rates)
        _logarithmic(ax, low / 1.6, high * 1.6)
    else:
        ax.set_ylim(0, 1.2 * max(float(lr.max()) for lr in rates) or 1.0)
        ax.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(ShortNumbers())


def _logarithmic(ax: Axes, low: float, high: float) -> None:
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    several = math.floor(math.log10(high)) > math.ceil(math.log10(low))
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0,) if several else (1.0, 2.0, 5.0), numticks=5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value) if several else ticks([value])[0]))
    ax.yaxis.set_minor_locator(NullLocator())


def _steps(ax: Axes, last: float, name: str, theme: Theme) -> None:
    ax.set(xlim=(0, max(last, 1) * 1.02), xlabel="step")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.set_title(name, loc="left", fontsize=TEXT, color=theme.ink, pad=5)
    ax.grid(axis="y", color=theme.line, alpha=0.3, linewidth=0.5)
    ax.set_axisbelow(True)
    dress(ax, theme)
