"""Figures of sweeps: two settings against each other as a map, one setting as regimes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from descent.base.errors import DescentError
from descent.base.numbers import point, power_of_ten, rounded
from descent.figures.alt_text import describe_run, outcome
from descent.figures.maps import loss_map, trajectories
from descent.figures.page import EDGE, Sheet
from descent.figures.picture import Picture
from descent.figures.style import TEXT, dress, mark, settings
from descent.figures.swatches import LINE, ROW, explain, flowed
from descent.look.palette import Theme, find_theme, rgb
from descent.record.many.sweeps import DIVERGED, ELSEWHERE, OUTCOMES, REACHED, SWINGS, UNDERWAY, Sweep, stability_limit
from descent.record.surfaces import Array
from descent.record.trajectories import trace

_WIDTH, _AXIS, _HEAD = 7.2, 0.46, 0.24
_COLOURS = {UNDERWAY: "#56b4e9", REACHED: "#00805c", ELSEWHERE: "#8b6bb1", SWINGS: "#e6a817", DIVERGED: "#a32a00"}
_SAMPLES = 3


def sweep_map(
    found: Sweep,
    samples: Sequence[tuple[float, float]] = (),
    title: str = "",
    theme: str | Theme = "light",
) -> Picture:
    """How runs end for every pair of two settings, with the limit of stability where theory has it, and sample paths.

    Args:
        found: A sweep of two settings.
        samples: Pairs of values whose runs are drawn beside it; the nearest cells are taken, up to three.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If the sweep is of one setting, or there are more than three samples.
    """
    if len(found.values) != 2:
        raise DescentError("A map of a sweep needs two settings; `regimes` draws one.")
    if len(samples) > _SAMPLES:
        raise DescentError(f"A map of a sweep shows up to {_SAMPLES} sample runs, not {len(samples)}.")
    look = find_theme(theme)
    names = list(found.values)
    cells = [found.cell(**dict(zip(names, sample, strict=True))) for sample in samples]
    runs = [trace(found.run_at(*cell)) for cell in cells]
    side = 3.0 if runs else 5.0
    rows = _key(found)
    body = _HEAD + side + _AXIS + ROW * len(rows)
    with settings():
        sheet = Sheet(_WIDTH, body, look, title, [(run.run.label, outcome(run)) for run in runs])
        ax = sheet.axes(EDGE + _AXIS, _HEAD, side if runs else _WIDTH - 2 * EDGE - _AXIS, side)
        _cells(found, ax, look)
        _limit(found, ax, look)
        for index, (row, column) in enumerate(cells):
            at = found.values[names[0]][column], found.values[names[1]][row]
            style = mark(index, 7, look) | {"markeredgewidth": 1.2, "markeredgecolor": look.chip}
            ax.plot(*at, linestyle="none", clip_on=False, zorder=6, **style)
        explain(rows, sheet.axes(EDGE, body - ROW * len(rows), _WIDTH - 2 * EDGE, ROW * len(rows)), look)
        if runs:
            ground = sheet.axes(EDGE + _AXIS + side + 0.75, _HEAD, *_fitted(found, side))
            loss_map(found.run.surface, ground, look)
            trajectories(runs, ground, look)
    lead = [f"{title if title.endswith('.') else f'{title}.'}"] if title else []
    return Picture(sheet.done(), " ".join([*lead, describe_sweep(found), *map(describe_run, runs)]))


def regimes(found: Sweep, title: str = "", theme: str | Theme = "light") -> Picture:
    """The last loss against one setting, on grounds coloured by how the runs end.

    Args:
        found: A sweep of one setting.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If the sweep is of two settings.
    """
    if len(found.values) != 1:
        raise DescentError("Regimes are drawn of a sweep of one setting; `sweep_map` draws two.")
    look = find_theme(theme)
    ((name, values),) = found.values.items()
    height = 2.4
    rows = _key(found)
    body = _HEAD + height + _AXIS + ROW * len(rows)
    rise = found.loss[0] - min(found.run.surface.at(*found.target), float(found.loss.min()))
    shown = np.clip(rise, max(float(rise[rise > 0].min(initial=1.0)), 1e-12), None)
    with settings():
        sheet = Sheet(_WIDTH, body, look, title)
        ax = sheet.axes(EDGE + _AXIS + 0.2, _HEAD, _WIDTH - 2 * EDGE - _AXIS - 0.2, height)
        edges = np.concatenate([values[:1], (values[1:] + values[:-1]) / 2, values[-1:]])
        for (left, right), code in zip(pairwise(edges), found.outcome[0].tolist(), strict=True):
            ax.axvspan(left, right, color=_COLOURS[code], alpha=0.28, linewidth=0)
        start = found.run.surface.at(*found.run.start) - found.run.surface.at(*found.target)
        top = max(start * 1e3, float(shown[shown <= start * 1e3].max(initial=start)))
        kept = np.where(shown <= top * 10, shown, np.nan)
        ax.plot(values, kept, color=look.ink, linewidth=1.2)
        ax.axhline(start, color=look.soft, linewidth=0.8, linestyle=(0, (4, 3)))
        ax.text(values[0], start * 1.3, " at the start", color=look.soft, va="bottom")
        ax.set(yscale="log", xlim=(values[0], values[-1]), ylim=(max(np.nanmin(kept), 1e-10) / 3, top * 3), xlabel=name)
        ax.yaxis.set_major_locator(LogLocator(numticks=6))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
        ax.yaxis.set_minor_locator(NullLocator())
        words = f"loss above the minimum after {found.run.steps} steps"
        ax.set_title(words, loc="left", fontsize=TEXT, color=look.ink, pad=5)
        _line(found, ax, look)
        dress(ax, look)
        explain(rows, sheet.axes(EDGE, body - ROW * len(rows), _WIDTH - 2 * EDGE, ROW * len(rows)), look)
    lead = [f"{title if title.endswith('.') else f'{title}.'}"] if title else []
    return Picture(sheet.done(), " ".join([*lead, describe_sweep(found)]))


def describe_sweep(found: Sweep) -> str:
    """What a sweep shows, in sentences made of its data."""
    ranges = " and ".join(f"{name} from {rounded(v[0])} to {rounded(v[-1])}" for name, v in found.values.items())
    lead = f"{' '.join(found.run.label.split())} on {found.run.surface.name}, from {point(found.run.start)}, {ranges}"
    parts = [f"{100 * (found.outcome == k).mean():.0f} % {OUTCOMES[k]}" for k in _present(found)]
    words = f"{lead}: of {found.outcome.size} runs of {found.run.steps} steps {', '.join(parts)}."
    limits = _limits(found)
    if limits is None:
        return words
    span = rounded(limits[0]) if len(set(limits)) == 1 else f"{rounded(limits[0])} to {rounded(limits[-1])}"
    return f"{words} Theory's limit of stability: lr {span}."


def _present(found: Sweep) -> list[int]:
    return [k for k in range(len(OUTCOMES)) if (found.outcome == k).any()]


def _cells(found: Sweep, ax: Axes, look: Theme) -> None:
    (x_name, x), (y_name, y) = found.values.items()
    table = np.array([rgb(_COLOURS[k]) for k in range(len(OUTCOMES))])
    image = table[found.outcome].astype(float)
    reached = found.outcome == REACHED
    if reached.any():  # the sooner a run arrives, the lighter its cell
        soon = 1 - found.steps / max(int(found.steps.max()), 1)
        image[reached] += (255 - image[reached]) * 0.6 * soon[reached][:, None]
    ax.pcolormesh(x, y, image.round().astype(np.uint8), shading="nearest", zorder=0, rasterized=True)
    ax.set(xlabel=x_name, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ax.set_title(y_name, loc="left", fontsize=TEXT, color=look.ink, pad=5)
    dress(ax, look, frame=True)


def _limits(found: Sweep) -> Array | None:
    """The limit of stability for each row, None where theory does not have it."""
    names = list(found.values)
    if names[0] != "lr" or names[1:] not in ([], ["momentum"]):
        return None
    try:
        return np.atleast_1d(stability_limit(found.run, found.values["momentum"] if names[1:] else None))
    except DescentError:
        return None


def _limit(found: Sweep, ax: Axes, look: Theme) -> None:
    limits = _limits(found)
    if limits is not None:
        y = found.values["momentum"]
        ax.plot(limits, y, color=look.chip, linewidth=2.6, zorder=4)
        ax.plot(limits, y, color=look.ink, linewidth=1.4, linestyle=(0, (4, 2)), zorder=5)


def _line(found: Sweep, ax: Axes, look: Theme) -> None:
    limits = _limits(found)
    if limits is not None:
        ax.axvline(float(limits[0]), color=look.ink, linewidth=1.4, linestyle=(0, (4, 2)))


def _key(found: Sweep) -> list[list[tuple[float, str, str]]]:
    """What the colours mean, and the line."""
    entries = [(_COLOURS[code], OUTCOMES[code]) for code in _present(found)]
    if _limits(found) is not None:
        moves = "momentum" in found.values or found.run.optimizer.keywords.get("momentum")
        words = "limit 2 (1 + momentum) / λmax" if moves else "limit 2 / λmax"
        entries.append((LINE, words))
    return flowed(entries, _WIDTH - 2 * EDGE)


def _fitted(found: Sweep, side: float) -> tuple[float, float]:
    (left, right), (bottom, top) = found.run.surface.domain
    scale = min((_WIDTH - 2 * EDGE - _AXIS - side - 0.75) / (right - left), side / (top - bottom))
    return (right - left) * scale, (top - bottom) * scale
