"""What figures say: numbers, outcomes of runs, and the text that stands in for a picture."""

from collections.abc import Sequence

import numpy as np

from descent.schedules import LRCurve
from descent.surfaces import Point, Surface
from descent.trajectories import Trajectory


def number(value: float) -> str:
    """Four significant digits at most, with a real minus sign.

    >>> number(-9.248435), number(3414.555), number(-1e-9), number(0.0004)
    ('−9.248', '3415', '−1e−09', '0.0004')
    """
    if not np.isfinite(value):
        return "not finite"
    return f"{value:.4g}".replace("-", "−").replace("e+", "e")


def point(w: Sequence[float]) -> str:
    """A point of the map, to two decimals.

    >>> point((-9.2484, 4.536))
    '(−9.25, 4.54)'
    """
    # Adding zero turns a negative zero, which rounding leaves behind, into zero.
    return f"({', '.join(f'{round(float(value), 2) + 0.0:.2f}' for value in w)})".replace("-", "−")


def exit_step(trajectory: Trajectory) -> int | None:
    """The first row outside of the surface's view, or None."""
    contains = trajectory.run.surface.contains
    return next((row for row, w in enumerate(trajectory.params.tolist()) if not contains(*w)), None)


def outcome(trajectory: Trajectory) -> str:
    """How a run ended, in a clause."""
    if trajectory.diverged_at is not None:
        return f"diverges: loss not finite at step {trajectory.diverged_at}"
    end = f"loss {number(trajectory.loss[-1])} after {_steps(trajectory.steps)}"
    if not trajectory.run.surface.contains(*trajectory.params[-1].tolist()):
        return f"leaves the view at step {exit_step(trajectory)}, {end}"
    return f"ends at {point(trajectory.params[-1])}, {end}"


def rates(lr: Sequence[float]) -> str:
    """How a learning rate went, in a clause."""
    first, last, low, high = lr[0], lr[-1], min(lr), max(lr)
    if low == high:
        return f"learning rate {number(first)} throughout"
    turns = [f"from {number(first)}"]
    if high > max(first, last):
        turns.append(f"up to {number(high)}")
    if low < min(first, last):
        turns.append(f"down to {number(low)}")
    return f"learning rate {', '.join(turns)}, to {number(last)}"


def describe_map(surface: Surface) -> str:
    """A sentence on the view and its marked minima."""
    (left, right), (bottom, top) = surface.domain
    view = f"w1 from {number(left)} to {number(right)}, w2 from {number(bottom)} to {number(top)}"
    text = f"Map of the loss {surface.name}, {view}, dark where it is low."
    best: Point | None = surface.global_minimum
    if best is None:
        return text
    others = len(surface.minima) - 1
    more = f"; {others} other {'minimum' if others == 1 else 'minima'}" if others else ""
    return f"{text} Lowest minimum {point(best)}, loss {number(surface.at(*best))}{more}."


def describe_run(trajectory: Trajectory) -> str:
    """A sentence on a run: settings, start, outcome."""
    run = trajectory.run
    return f"{_flat(run.label)}, from {point(run.start)}: {outcome(trajectory)}; {rates(trajectory.lr.tolist())}."


def describe_schedule(curve: LRCurve) -> str:
    """A sentence on a schedule: settings, and where the rate goes."""
    return f"{_flat(curve.schedule.label)}: {rates(curve.lr.tolist())}, in {_steps(len(curve.lr))}."


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _flat(label: str) -> str:
    return " ".join(label.split())
