"""Figures of the inside of a step, and of theory beside recorded runs on quadratics."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse, Rectangle
from matplotlib.ticker import MaxNLocator

from descent.base.errors import DescentError
from descent.base.numbers import point, rounded
from descent.figures.alt_text import outcome
from descent.figures.maps import loss_map, trajectories
from descent.figures.page import EDGE, Sheet
from descent.figures.picture import Picture
from descent.figures.style import TEXT, dress, line, settings
from descent.look.palette import MAX_RUNS, Theme, find_theme
from descent.record.runs import Run
from descent.record.surfaces import Array, Surface
from descent.record.theory.anatomy import decays_apart, take_apart
from descent.record.theory.quadratics import errors, loss_parts, predicted_errors, spectrum
from descent.record.trajectories import Trajectory, trace

_WIDTH = 7.2  # inches, a page's two columns
_AXIS, _HEAD = 0.46, 0.24
_DIRECTIONS = 6  # the palette's colour of the flat direction; the steep one has the gradient's


def step_parts(run: Run | Trajectory, step: int, title: str = "", theme: str | Theme = "light") -> Picture:
    """One step under the lens: its parts as arrows tip to tail, their sum, and the ellipse on which it ends.

    Args:
        run: A run of `SGD`, `RMSprop`, `Adam` or `AdamW`, traced or not.
        step: Which step, from 0.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The map with the run so far and, beside it, the step enlarged, with its alt text.

    Raises:
        DescentError: If the optimizer cannot be taken apart, or there is no such step.
    """
    look, traced = find_theme(theme), _traced(run)
    if not 0 <= step < traced.steps:
        raise DescentError(f"{traced.run.label!r} took {traced.steps} steps, so it has no step {step}.")
    whole, surface = take_apart(traced), traced.run.surface
    here, parts = traced.params[step], {name: part[step] for name, part in whole.parts.items()}
    reach = max(float(np.abs(np.cumsum([*parts.values()], axis=0)).max()), float(np.linalg.norm(traced.update[step])))
    side = (_WIDTH - 2 * EDGE - 2 * _AXIS - 0.3) / 2
    with settings():
        sheet = Sheet(_WIDTH, side + _AXIS, look, title, [(traced.run.label, outcome(traced))])
        ground = sheet.axes(EDGE + _AXIS, 0.05, side, side)
        loss_map(surface, ground, look)
        trajectories([traced], ground, look)
        lens = _around(surface, here + traced.update[step] / 2, 1.3 * reach)
        near = sheet.axes(EDGE + 2 * _AXIS + 0.3 + side, 0.05, side, side)
        loss_map(lens, near, look)
        (x0, x1), (y0, y1) = lens.domain
        ground.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=look.ink, linewidth=1.0, zorder=9))
        near.plot(*here, "o", markersize=7, color=look.runs[0], markeredgecolor=look.rim, zorder=9)
        across, up = (2 * whole.reach[step]).tolist()
        middle = tuple(_ring_centre(whole.decay[step], traced, here))
        near.add_patch(Ellipse(middle, across, up, fill=False, edgecolor=look.soft, linewidth=1.0, zorder=5))
        _arrows(near, here, parts, traced.update[step], look)
        sheet.done()
    told = ", ".join(f"{name} {point(part)}" for name, part in parts.items())
    lead = [f"{title.rstrip('.')}."] if title else []
    alt = f"Step {step} of {traced.run.label} from {point(here)}: {told}; together {point(traced.update[step])}."
    return Picture(sheet.figure, " ".join([*lead, " ".join(alt.split())]))


def error_bands(runs: Sequence[Run | Trajectory], title: str = "", theme: str | Theme = "light") -> Picture:
    """The loss of runs on a quadratic, split by eigenvector: a band for each direction, a panel for each run.

    Args:
        runs: One to four, traced or not.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure with its alt text.

    Raises:
        DescentError: If a surface is not quadratic, or there are too many runs.
    """
    look, traced = find_theme(theme), [_traced(run) for run in runs]
    if not 1 <= len(traced) <= 4:
        raise DescentError(f"A figure shows the bands of one to four runs, not {len(traced)}.")
    parts = [loss_parts(trajectory) for trajectory in traced]
    gap, height = _AXIS, 1.7
    width = (_WIDTH - 2 * EDGE - _AXIS - gap * (len(traced) - 1)) / len(traced)
    with settings():
        sheet = Sheet(_WIDTH, _HEAD + height + _AXIS, look, title, [(t.run.label, outcome(t)) for t in traced])
        top = max(float(part.sum(axis=1)[0]) for part in parts)
        for k, (trajectory, part) in enumerate(zip(traced, parts, strict=True)):
            ax = sheet.axes(EDGE + _AXIS + k * (width + gap), _HEAD, width, height)
            steps = np.arange(len(part))
            ax.stackplot(steps, part.T, colors=[look.runs[_DIRECTIONS], look.gradient], alpha=0.85, linewidth=0)
            ax.set(xlim=(0, trajectory.steps), ylim=(0, 1.05 * top), xlabel="step")
            ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            ax.yaxis.set_major_locator(MaxNLocator(4))
            ax.set_title("loss", loc="left", fontsize=TEXT, pad=5)
            ax.plot(steps, part.sum(axis=1), **line(k, look, 1.0))
            for row, (name, ink) in enumerate((("steep", look.gradient), ("flat", look.runs[_DIRECTIONS]))):
                ax.text(0.97, 0.97 - 0.11 * row, name, transform=ax.transAxes, color=ink, ha="right", va="top")
            dress(ax, look)
        sheet.done()
    ends = [
        f"{' '.join(t.run.label.split())}: after {t.steps} steps {rounded(part[-1, 0])} in the flat direction and "
        f"{rounded(part[-1, 1])} in the steep one."
        for t, part in zip(traced, parts, strict=True)
    ]
    low, high = spectrum(traced[0].run.surface).curvatures.tolist()
    lead = f"Loss by eigenvector, of curvature {rounded(low)} and {rounded(high)}, against step."
    return Picture(sheet.figure, " ".join([*([f"{title.rstrip('.')}."] if title else []), lead, *ends]))


def phase_planes(runs: Sequence[Run | Trajectory], title: str = "", theme: str | Theme = "light") -> Picture:
    """Heavy ball as a spring: velocity against position along the steepest eigenvector, and position against step.

    Args:
        runs: One to eight runs of `SGD` with ``lr`` and ``momentum`` on a quadratic, traced or not.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure, with the closed form dotted over the positions, and its alt text.

    Raises:
        DescentError: If a surface is not quadratic, an optimizer is not heavy ball, or there are too many runs.
    """
    look, traced = find_theme(theme), [_traced(run) for run in runs]
    if not 1 <= len(traced) <= MAX_RUNS:
        raise DescentError(f"A figure shows one to {MAX_RUNS} runs, not {len(traced)}.")
    width, height = (_WIDTH - 2 * EDGE - 2 * _AXIS - 0.2) / 2, 2.2
    with settings():
        sheet = Sheet(_WIDTH, _HEAD + height + _AXIS, look, title, [(t.run.label, outcome(t)) for t in traced])
        plane = sheet.axes(EDGE + _AXIS, _HEAD, width, height)
        time = sheet.axes(EDGE + 2 * _AXIS + 0.2 + width, _HEAD, width, height)
        for k, trajectory in enumerate(traced):
            x, theory = errors(trajectory)[:, 1], predicted_errors(trajectory)[:, 1]
            plane.plot(x, np.diff(x, prepend=x[0]), **line(k, look))
            time.plot(x, **line(k, look))
            every = max(1, trajectory.steps // 20)
            time.plot(np.arange(len(theory))[::every], theory[::every], ".", markersize=3.5, color=look.ink, zorder=6)
        plane.set(xlabel="position")
        plane.set_title("velocity", loc="left", fontsize=TEXT, pad=5)
        time.set(xlabel="step")
        time.set_title("position; dots: closed form", loc="left", fontsize=TEXT, pad=5)
        for ax in (plane, time):
            ax.axhline(0, color=look.line, linewidth=0.7, zorder=0)
            ax.yaxis.set_major_locator(MaxNLocator(4))
            dress(ax, look)
        sheet.done()
    lead = "Velocity against position, and position against step, with the closed form as dots."
    told = [f"{' '.join(t.run.label.split())}: {outcome(t)}." for t in traced]
    return Picture(sheet.figure, " ".join([*([f"{title.rstrip('.')}."] if title else []), lead, *told]))


def _traced(run: Run | Trajectory) -> Trajectory:
    return run if isinstance(run, Trajectory) else trace(run)


def _around(surface: Surface, middle: Array, reach: float) -> Surface:
    """The surface in a square view around a point."""
    (x0, y0), (x1, y1) = (middle - reach).tolist(), (middle + reach).tolist()
    inside = tuple((w1, w2) for w1, w2 in surface.minima if x0 < w1 < x1 and y0 < w2 < y1)
    return replace(surface, domain=((x0, x1), (y0, y1)), minima=inside)


def _ring_centre(decay: Array, trajectory: Trajectory, here: Array) -> Array:
    """Where the ellipse stands: the iterate, less the decay that AdamW takes before it."""
    centre: Array = here + decay if decays_apart(trajectory) else here
    return centre


def _arrows(ax: Axes, here: Array, parts: dict[str, Array], update: Array, look: Theme) -> None:
    """The parts tip to tail, their sum, and what each is called."""
    inks = {"momentum": look.velocity, "gradient": look.gradient, "weight decay": look.runs[3]}
    tail = here
    for name, part in parts.items():
        _arrow(ax, tail, tail + part, inks[name], 2.0)
        tail = tail + part
    _arrow(ax, here, here + update, look.update, 1.6)
    names = [*((name, inks[name]) for name in parts), ("step", look.update)]
    box = {"facecolor": look.chip, "edgecolor": "none", "alpha": 0.85, "pad": 2.0}
    for k, (name, ink) in enumerate(names):
        ax.text(0.03, 0.97 - 0.075 * k, f"→ {name}", transform=ax.transAxes, color=ink, va="top", bbox=box, zorder=10)


def _arrow(ax: Axes, start: Array, end: Array, ink: str, width: float) -> None:
    head = "-|>,head_width=0.25,head_length=0.5"
    style = {"arrowstyle": head, "color": ink, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", tuple(end), tuple(start), arrowprops=style, zorder=8)
