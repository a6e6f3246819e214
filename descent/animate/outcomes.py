"""How a run ended, decided by the predicates that claims are made of, and said in a clause."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from descent.claims import Predicate, diverges, oscillates, settles
from descent.measures import distances, settled_from
from descent.surfaces import Point, Surface
from descent.trajectories import Trajectory

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LAST = 5  # steps that a run must stay to have settled
_SWINGING = 20  # steps at the end in which swings are counted


class Ending(StrEnum):
    """The ways in which runs end, the ones that films tell first in front."""

    DIVERGES = "diverges"
    LEAVES = "leaves the view"
    LOCAL = "gets stuck in a local minimum"
    SWINGS = "keeps swinging"
    DESCENDS = "is still going down"
    ENDS = "comes to an end elsewhere"
    NEAR = "ends near the lowest minimum"
    LOWEST = "reaches the lowest minimum"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        ending: In which way.
        step: The step at which that is seen.
        detail: What to say of it besides, with the numbers of the run.
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


def outcome(trajectory: Trajectory) -> Outcome:
    """How a run ended: the first that applies of the endings, from losing all numbers to merely being over."""
    surface, end = trajectory.run.surface, trajectory.params[-1].tolist()
    loss, last = quantity(trajectory.loss[-1]), trajectory.steps
    if trajectory.diverged_at is not None:
        return Outcome(Ending.DIVERGES, last, f"at step {last} its loss is no longer a number", diverges())
    left = _exit(trajectory)
    if left is not None and diverges()(trajectory):
        return Outcome(Ending.DIVERGES, left, f"its loss grows to {loss}", diverges())
    if not surface.contains(*end):
        return Outcome(Ending.LEAVES, left or last, f"to a loss of {loss}", _ends_outside)
    near = radius(surface)
    for minimum in surface.minima:
        settled = settles(minimum, within=near, last=min(_LAST, last))
        if settled(trajectory):
            if minimum in lowest(surface):
                step = settled_from(trajectory, minimum, near)
                return Outcome(Ending.LOWEST, step, f"at step {step}", settled)
            return Outcome(Ending.LOCAL, settled_from(trajectory, minimum, near), f"at a loss of {loss}", settled)
    swings = oscillates(5 * near, last=min(_SWINGING, last))
    if swings(trajectory):
        ends = trajectory.loss[-_SWINGING:]
        detail = f"between losses of {quantity(ends.min())} and {quantity(ends.max())}"
        return Outcome(Ending.SWINGS, last, detail, swings)
    closest = min(surface.minima, key=lambda minimum: math.dist(minimum, end), default=None)
    if closest in lowest(surface) and closest is not None and distances(trajectory, closest)[-1] <= 5 * near:
        return Outcome(Ending.NEAR, last, f"at a loss of {loss}", _ends_near(closest, 5 * near))
    if _descends(trajectory):
        return Outcome(Ending.DESCENDS, last, f"at a loss of {loss} after {last} steps", _descends)
    return Outcome(Ending.ENDS, last, f"at a loss of {loss} after {last} steps", lambda t: t.steps == last)


def lowest(surface: Surface) -> Sequence[Point]:
    """The minima that share the lowest loss."""
    losses = [surface.at(*minimum) for minimum in surface.minima]
    return [m for m, loss in zip(surface.minima, losses, strict=True) if math.isclose(loss, losses[0], abs_tol=1e-6)]


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
    return f"{factor.replace('-', '−')} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _exit(trajectory: Trajectory) -> int | None:
    """The first row outside of the view."""
    contains = trajectory.run.surface.contains
    return next((row for row, w in enumerate(trajectory.params.tolist()) if not contains(*w)), None)


def _ends_outside(trajectory: Trajectory) -> bool:
    return not trajectory.run.surface.contains(*trajectory.params[-1].tolist())


def _ends_near(point: Point, within: float) -> Predicate:
    return lambda trajectory: bool(distances(trajectory, point)[-1] <= within)


def _descends(trajectory: Trajectory) -> bool:
    """Whether each of the last steps lowered the loss."""
    return bool((np.diff(trajectory.loss)[-_LAST:] < 0).all())
