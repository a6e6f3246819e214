"""What figures say: numbers, outcomes of runs, and the text that stands in for a picture."""

from collections.abc import Sequence

import numpy as np

from descent.base.numbers import point, rounded
from descent.look.axes import own_scales
from descent.record.predicates import diverges
from descent.record.schedules import LRCurve
from descent.record.surfaces import Point, Surface
from descent.record.trajectories import Trajectory

_LEAST, _MOST = 0.2, 1e5  # sides of a view, and coordinates, for which two decimals are right


def exit_step(trajectory: Trajectory) -> int | None:
    """The first step outside of the surface's view, or None."""
    contains = trajectory.run.surface.contains
    steps = zip(trajectory.at.tolist(), trajectory.params.tolist(), strict=True)
    return next((int(step) for step, w in steps if not contains(*w)), None)


def outcome(trajectory: Trajectory) -> str:
    """How a run ended, in a clause."""
    last = int(trajectory.at[-1])
    if trajectory.diverged_at is not None:
        if not diverges()(trajectory):
            return f"ends with an undefined loss at step {last}"
        return f"diverges: loss not finite at step {last}"
    end = f"loss {rounded(trajectory.loss[-1])} after {_steps(last)}"
    if not trajectory.run.surface.contains(*trajectory.params[-1].tolist()):
        return f"leaves the view at step {exit_step(trajectory)}, {end}"
    return f"ends at {_place(trajectory.run.surface, trajectory.params[-1].tolist())}, {end}"


def rates(lr: Sequence[float]) -> str:
    """How a learning rate went, in a clause."""
    first, last, low, high = lr[0], lr[-1], min(lr), max(lr)
    if low == high:
        return f"learning rate {rounded(first)} throughout"
    turns = []
    if high > max(first, last):
        turns.append((lr.index(high), f"up to {rounded(high)}"))
    if low < min(first, last):
        turns.append((lr.index(low), f"down to {rounded(low)}"))
    way = ", ".join(text for _, text in sorted(turns))
    return f"learning rate from {rounded(first)} {f'{way}, then ' if way else ''}to {rounded(last)}"


def describe_map(surface: Surface) -> str:
    """A sentence on the view and its marked minima."""
    (left, right), (bottom, top) = surface.domain
    first, second = (name.replace("₁", "1").replace("₂", "2") for name in surface.names)
    view = f"{first} from {rounded(left)} to {rounded(right)}, {second} from {rounded(bottom)} to {rounded(top)}"
    name = f"({surface.note})" if surface.note else surface.name
    text = f"Map of the loss {name}, {view}, dark where it is low."
    if own_scales(surface.domain):
        text += " Each axis has its own scale."
    best: Point | None = surface.global_minimum
    if best is None:
        return text
    others = len(surface.minima) - 1
    more = f"; {others} other {'minimum' if others == 1 else 'minima'}" if others else ""
    return f"{text} Lowest minimum {_place(surface, best)}, loss {rounded(surface.at(*best))}{more}."


def describe_run(trajectory: Trajectory) -> str:
    """A sentence on a run: settings, start, outcome."""
    run = trajectory.run
    went = "" if np.isnan(trajectory.lr).any() else f"; {rates(trajectory.lr.tolist())}"
    start = _place(run.surface, run.start)
    return f"{_flat(run.label)}, from {start}: {outcome(trajectory)}{went}."


def alt_text(runs: Sequence[Trajectory]) -> str:
    """What a loss map of these runs shows, in sentences made of their data.

    Args:
        runs: Traced runs of one surface.

    Returns:
        The view and its minima, then for each run its settings, start, outcome and learning rate.
    """
    return " ".join([describe_map(runs[0].run.surface), *map(describe_run, runs)])


def describe_schedule(curve: LRCurve) -> str:
    """A sentence on a schedule: settings, and where the rate goes."""
    return f"{_flat(curve.schedule.label)}: {rates(curve.lr.tolist())}, in {_steps(len(curve.lr))}."


def _place(surface: Surface, w: Sequence[float]) -> str:
    """A point to two decimals, or in four figures where those do not suit the view."""
    plain = all(high - low >= _LEAST and max(abs(low), abs(high)) < _MOST for low, high in surface.domain)
    return point(w) if plain else f"({', '.join(map(rounded, w))})"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _flat(label: str) -> str:
    return " ".join(label.split())
