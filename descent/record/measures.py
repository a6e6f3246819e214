"""Numbers that describe a run and that films quote: distances, arrivals, turns, moves, cuts of the rate."""

from collections.abc import Sequence

import numpy as np

from descent.base.errors import DescentError
from descent.record.surfaces import Array, Point, Surface
from descent.record.trajectories import Trajectory


def distances(trajectory: Trajectory, point: Point) -> Array:
    """Distance of every row from a point, ``[n+1]``, in parameter units; of a matrix, from that of the plane's point.

    Raises:
        DescentError: If the point is not two finite numbers.
    """
    target = np.asarray(point, dtype=float)
    if target.shape != (2,) or not np.isfinite(target).all():
        raise DescentError(f"A point must be two finite numbers (w1, w2), not {point!r}.")
    return lengths(np.concatenate([trajectory.params - target, trajectory.hidden], axis=1))


def lengths(vectors: Array) -> Array:
    """The lengths ``[...]`` of vectors ``[..., d]``, none of which is squared."""
    return np.asarray(np.hypot.reduce(vectors, axis=-1))


def first_step_within(trajectory: Trajectory, point: Point, within: float) -> int | None:
    """How many steps it took to come no farther than ``within`` from ``point``, None if it never did."""
    rows = np.flatnonzero(distances(trajectory, point) <= within)
    return int(rows[0]) if rows.size else None


def settled_from(trajectory: Trajectory, point: Point, within: float) -> int:
    """The row from which a run stays no farther than ``within`` from a point; n + 1 if it does not."""
    return int(np.flatnonzero(distances(trajectory, point) > within).max(initial=-1)) + 1


def swing_rows(values: Array, amplitude: float) -> list[int]:
    """The rows at which moves of at least ``amplitude``, each against the one before, are complete.

    A move may take several rows, and may turn back by less than ``amplitude`` on its way.

    >>> swing_rows(np.array([0.0, 1.0, 0.5, 2.0, 0.0, 1.0]), 1.0)
    [1, 4, 5]
    """
    low = high = float(values[0])
    direction, found = 0, []
    for row, value in enumerate(map(float, values)):
        low, high = min(low, value), max(high, value)
        if direction != 1 and value - low >= amplitude:
            direction, high = 1, value
            found.append(row)
        elif direction != -1 and high - value >= amplitude:
            direction, low = -1, value
            found.append(row)
    return found


def is_undefined(surface: Surface, params: Array, grad: Array) -> bool:
    """Whether a run's last row, which is not finite, lies where the loss is undefined, and not where it is too large.

    A loss that is no number in single precision is computed again in double precision: what is a number there was
    only too large. Far out, a million views away, everything is too large.

    Args:
        surface: The loss.
        params: ``[2 or more, 2]``, the iterates up to that row.
        grad: As many gradients.
    """
    before, there = params[-2:]
    sides = np.array([high - low for low, high in surface.domain])
    if np.isfinite(there).all():
        return bool(np.isnan(surface.at(*there.tolist())) and (np.abs(there / sides) < 1e6).all())
    if np.isfinite(grad[-2]).all():
        return not np.isinf(there).any()
    return not np.isfinite(surface.gradient(*before.tolist())).all()


def path_length(trajectory: Trajectory) -> float:
    """Length of the path, the sum of ``|update|``, in parameter units."""
    return float(np.linalg.norm(trajectory.update, axis=1).sum())


def turns(trajectory: Trajectory) -> Array:
    """By how many degrees each step turns from the one before, ``[n]`` in 0..180; the first turns from nothing.

    >>> from descent import EXPERIMENTS, trace
    >>> turns(trace(EXPERIMENTS["E06"]))[:3].round().tolist()
    [0.0, 178.0, 178.0]
    """
    heading = np.arctan2(trajectory.update[:, 1], trajectory.update[:, 0])
    apart = np.abs(np.diff(heading, prepend=heading[0])) % (2 * np.pi)
    return np.degrees(np.minimum(apart, 2 * np.pi - apart))


def longest_moves(trajectory: Trajectory) -> Array:
    """The farthest each step moved one parameter, ``[n]``."""
    return np.asarray(np.abs(trajectory.update).max(axis=1))


def rates_or_lengths(trajectories: Sequence[Trajectory]) -> tuple[str, list[Array]]:
    """What is shown of every step: the learning rate that it used; where a run has none, the length of each run's.

    Of a path of which only some points were kept, the lengths are those of the way from one to the next.

    Args:
        trajectories: The runs that are compared.

    Returns:
        What it is called, and ``[n]`` for each run.
    """
    if not any(np.isnan(trajectory.lr).any() for trajectory in trajectories):
        return "learning rate", [trajectory.lr for trajectory in trajectories]
    every = all((np.diff(trajectory.at) == 1).all() for trajectory in trajectories)
    name = "length of the step" if every else "distance to the next point"
    return name, [np.linalg.norm(trajectory.update, axis=1) for trajectory in trajectories]


def rate_cuts(trajectory: Trajectory) -> list[int]:
    """The rows after whose step the scheduler lowered the rate: the next step uses a lower one.

    >>> from descent import EXPERIMENTS, trace
    >>> rate_cuts(trace(EXPERIMENTS["E23"]))
    [3, 4, 13, 14, 15, 16, 17, 18]
    """
    return [int(row) for row in np.flatnonzero(np.diff(trajectory.lr) < 0)]


def cuts_follow_plateaus(trajectory: Trajectory) -> bool:
    """Whether the rate is cut after exactly those losses that are no better than the best before them.

    This is `ReduceLROnPlateau` with patience 0 and torch's default relative threshold of 1e-4.
    """
    best, expected = np.inf, []
    for row, loss in enumerate(trajectory.loss[:-2]):
        if loss < best * (1 - 1e-4):
            best = loss
        else:
            expected.append(row)
    return rate_cuts(trajectory) == expected


def loss_decimals(trajectories: Sequence[Trajectory]) -> int:
    """Decimals that tell losses apart: fewer the wider the range they move in."""
    losses = np.concatenate([t.loss[np.isfinite(t.loss)] for t in trajectories])
    return 1 if np.ptp(losses) > 100 else 2 if np.ptp(losses) > 10 else 3
