"""How a run ended, decided by the predicates that claims are made of, and said in a clause."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from descent.base.numbers import superscript
from descent.record.claims import Predicate, diverges, oscillates, settles
from descent.record.measures import distances, settled_from
from descent.record.surfaces import Point, Surface
from descent.record.trajectories import Trajectory

_LAST = 5  # steps that a run must stay to have settled
_SWINGING = 20  # steps at the end in which swings are counted


class Ending(StrEnum):
    """The ways in which runs end, from the worst to the best."""

    DIVERGES = "diverges"
    LEAVES = "leaves the view"
    RESTLESS = "has not come to rest"
    SWINGS = "keeps swinging"
    DESCENDS = "is still going down"
    RESTS = "comes to rest at no minimum"
    LOCAL = "gets stuck in a local minimum"
    NEAR = "ends near the lowest minimum"
    LOWEST = "reaches the lowest minimum"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        ending: In which way.
        step: The step at which that is seen.
        detail: What the numbers of the run add to the sentence, with the sign that joins them.
        holds: The check that it did.
    """

    ending: Ending
    step: int
    detail: str
    holds: Predicate


def radius(surface: Surface) -> float:
    """How near to a minimum counts as reaching it: a hundredth of the view's smaller side, to one figure.

    >>> from descent import BIRD, ROSENBROCK
    >>> radius(BIRD), radius(ROSENBROCK)
    (0.1, 0.04)
    """
    side = min(high - low for low, high in surface.domain) / 100
    unit = 10.0 ** math.floor(math.log10(side))
    return round(math.floor(side / unit + 1e-9) * unit, 12)


def quantity(value: float) -> str:
    """A loss in three figures, as it is written and can be said.

    >>> quantity(-106.78), quantity(55261.49), quantity(0.00113), quantity(9.4e-12), quantity(3.4e30), quantity(0.0)
    ('−107', '55,261', '0.00113', '9.4 × 10⁻¹²', '3.4 × 10³⁰', '0')
    """
    size = abs(float(value))
    if size == 0 or not math.isfinite(size):
        return "0" if size == 0 else "∞"
    if 1e-3 <= size < 1e6:
        decimals = max(0, 2 - math.floor(math.log10(size)))
        text = f"{float(value):,.{decimals}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
    factor, exponent = f"{float(value):.1e}".split("e")
    return f"{factor.replace('-', '−')} × 10{superscript(int(exponent))}"


def outcome(trajectory: Trajectory, written: Callable[[float], str] = quantity) -> Outcome:
    """How a run ended: the first that applies of the endings, from losing all numbers to merely being over.

    Args:
        trajectory: The run.
        written: How losses are written.
    """
    surface, end = trajectory.run.surface, trajectory.params[-1].tolist()
    loss, last, near = written(trajectory.loss[-1]), trajectory.steps, radius(surface)
    if trajectory.diverged_at is not None:
        return Outcome(Ending.DIVERGES, last, f": at step {last} its loss is no longer a number", diverges())
    if not surface.contains(*end):
        left = _exit(trajectory)
        if diverges()(trajectory):
            return Outcome(Ending.DIVERGES, left, f": its loss has grown to {loss}", diverges())
        return Outcome(Ending.LEAVES, left, f" at step {left}, and ends at a loss of {loss}", _ends_outside)
    closest = min(surface.minima, key=lambda minimum: math.dist(minimum, end), default=None)
    best = closest is not None and closest in lowest(surface)
    settled = settles(closest, within=near, last=min(_LAST, last))
    if closest is not None and settled(trajectory):
        step = settled_from(trajectory, closest, near)
        if best:
            return Outcome(Ending.LOWEST, step, f" at step {step}", settled)
        return Outcome(Ending.LOCAL, step, f", at a loss of {loss}", settled)
    swings = oscillates(5 * near, last=min(_SWINGING, max(last // 2, 1)))
    if swings(trajectory):
        ends = trajectory.loss[-_SWINGING:]
        detail = f", between losses of {written(ends.min())} and {written(ends.max())}"
        return Outcome(Ending.SWINGS, last, detail, swings)
    if closest is not None and best and math.dist(closest, end) <= 5 * near:
        return Outcome(Ending.NEAR, last, f", at a loss of {loss}", _ends_near(closest, 5 * near))
    after = f": after {last} steps its loss is {loss}"
    if _on_level_ground(trajectory):
        return Outcome(Ending.RESTS, last, after, _on_level_ground)
    if _descends(trajectory):
        return Outcome(Ending.DESCENDS, last, after, _descends)
    rests = settles(within=near, last=_LAST)
    if rests(trajectory):
        return Outcome(Ending.RESTS, last, after, rests)
    return Outcome(Ending.RESTLESS, last, after, lambda t: not rests(t))


def lowest(surface: Surface) -> Sequence[Point]:
    """The minima that share the lowest loss."""
    losses = [surface.at(*minimum) for minimum in surface.minima]
    return [m for m, loss in zip(surface.minima, losses, strict=True) if math.isclose(loss, losses[0], abs_tol=1e-6)]


def _exit(trajectory: Trajectory) -> int:
    """The first row outside of the view, which there is."""
    contains = trajectory.run.surface.contains
    return next(row for row, w in enumerate(trajectory.params.tolist()) if not contains(*w))


def _on_level_ground(trajectory: Trajectory) -> bool:
    """Whether the gradient has vanished, next to what it was."""
    steep = np.linalg.norm(trajectory.grad, axis=1)
    return bool(steep[-_LAST:].max() <= 1e-5 * steep.max())


def _ends_outside(trajectory: Trajectory) -> bool:
    return not trajectory.run.surface.contains(*trajectory.params[-1].tolist())


def _ends_near(point: Point, within: float) -> Predicate:
    return lambda trajectory: bool(distances(trajectory, point)[-1] <= within)


def _descends(trajectory: Trajectory) -> bool:
    """Whether each of the last steps lowered the loss."""
    return bool((np.diff(trajectory.loss)[-_LAST:] < 0).all())
