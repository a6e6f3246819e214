"""Where to look: the view of a problem, chosen from its runs, and the minima inside it, found by a search."""

import itertools
import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from scipy.optimize import minimize  # type: ignore[import-untyped]

from descent.animate.problem import Problem, ground, own_function
from descent.base.errors import DescentError
from descent.record.minima import is_single
from descent.record.named_surfaces import SURFACES
from descent.record.regression import best_line
from descent.record.surfaces import Array, Domain, Grid, Point, Surface
from descent.record.trajectories import Trajectory, trace

MOST_MINIMA = 25
"""A map with more marks is hard to read; the lowest are kept."""

_GRID = 121  # points a side where a search begins
_STARTS = 60  # most of its lowest hollows that are followed down
_TIGHT = {"ftol": 1e-13, "gtol": 1e-10, "maxiter": 150}
_RING = 1e-3  # radius, as a share of the view, on which everything is higher than a minimum
_BEYOND = 20.0  # times its median distance from the start: farther, a run may be running away
_FALL = 1000.0  # and so much farther, it does though its loss falls
_LAST = 0.05  # of its distance: the least last move of a run that runs away
_ROOM = 0.2  # free space around the runs, as a share of the view
_STILL = 1e-5  # of a coordinate: what moves less is not seen to move, and has few digits left
_LEAST = 1e-3  # of a coordinate: no view is narrower, or its axes would need too many figures
_NARROW = 0.1  # of the other: a span that is less is not seen in one scale
_COUNTS = 0.05  # of what the loss changes by along the other axis: what changes it by more must be seen
_NOISE = 1e-6  # the same: what changes it by less are last digits
_THROUGH = 17  # points on a line, and lines, along which the loss is looked at


def settle(problem: Problem) -> Problem:
    """The problem with its view and its minima filled in.

    Args:
        problem: What was asked for.

    Returns:
        The same, unless it is a surface of the zoo in its own view, with a digest of its ground and its runs.

    Raises:
        DescentError: If a run or the surface does not fit, or is another each time it is computed.
    """
    _check_repeatable(problem)
    seen = _seen(problem)
    return replace(seen, ground=ground(seen))


def _seen(problem: Problem) -> Problem:
    if problem.points:
        best = best_line(problem.points)
        if problem.domain is None:
            problem = replace(problem, domain=_view(problem.trajectories(), [best], own=True))
        return replace(problem, minima=(best,) if problem.landscape().contains(*best) else ())
    known = SURFACES.get(problem.surface) or own_function(problem.surface)
    if isinstance(known, Surface):
        if problem.domain is None:
            return problem
        if _within(problem.domain, known.domain):
            inside = replace(problem, minima=()).landscape().contains
            return replace(problem, minima=tuple(m for m in known.minima if inside(*m)))
    elif problem.domain is None:
        problem = replace(problem, domain=_view(problem.trajectories()))
    return replace(problem, minima=find_minima(replace(problem, minima=()).landscape()))


def find_minima(surface: Surface) -> tuple[Point, ...]:
    """Minima inside a surface's view: hollows of a grid, followed down, each lower than all around it.

    It finds what a grid of 121 × 121 shows; a narrower pit may be missed.

    Args:
        surface: The loss; where it is not finite there is no minimum.

    Returns:
        At most 25 points, lowest loss first.

    >>> from descent.record.named_surfaces import HIMMELBLAU
    >>> sorted((round(w1, 3), round(w2, 3)) for w1, w2 in find_minima(HIMMELBLAU))[-1]
    (3.584, -1.848)
    """
    corner, spans = np.array([low for low, _ in surface.domain]), np.array([high - low for low, high in surface.domain])
    found: list[tuple[float, Point]] = []
    grid = surface.grid(_GRID)
    objective = _objective(surface, grid.loss, corner, spans)
    for start in _hollows(grid)[:_STARTS]:
        share = (np.array(start) - corner) / spans
        ended = minimize(objective, share, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * 2, options=_TIGHT)
        point = _inside(corner + spans * ended.x, surface.domain)
        near = [other for _, other in found if np.all(np.abs(np.subtract(point, other)) < 0.01 * spans)]
        if not near and _is_minimum(surface, point, spans):
            found.append((surface.at(*point), point))
    return tuple(point for _, point in sorted(found)[:MOST_MINIMA])


def _hollows(grid: Grid) -> list[Point]:
    """Grid points lower than all their neighbours, lowest first."""
    loss = np.where(np.isfinite(grid.loss), grid.loss, np.inf)
    middle = loss[1:-1, 1:-1]
    lower = np.isfinite(middle)
    for row, column in itertools.product((0, 1, 2), repeat=2):
        if (row, column) != (1, 1):
            lower &= middle <= loss[row : row + _GRID - 2, column : column + _GRID - 2]
    rows, columns = np.nonzero(lower)
    order = np.argsort(middle[rows, columns], kind="stable")
    return [(float(grid.w1[columns[k] + 1]), float(grid.w2[rows[k] + 1])) for k in order]


def _objective(surface: Surface, losses: Array, corner: Array, spans: Array) -> "object":
    """The loss and its slope against shares of the view's sides, in units of what the losses of the view differ by."""
    losses = losses[np.isfinite(losses)]
    low, unit = float(losses.min(initial=0.0)), float(np.ptp(losses)) if losses.size else 0.0

    def objective(share: Array) -> tuple[float, Array]:
        w = (corner + spans * share).tolist()
        loss, slope = (surface.at(*w) - low) / (unit or 1.0), surface.gradient(*w) * spans / (unit or 1.0)
        finite = math.isfinite(loss) and bool(np.isfinite(slope).all())
        return (loss, slope) if finite else (1e300, np.zeros(2))

    return objective


def _inside(point: Array, domain: Domain) -> Point:
    """A point that rounding may have put beside an edge."""
    w1, w2 = (min(max(float(w), low), high) for w, (low, high) in zip(point, domain, strict=True))
    return w1, w2


def _is_minimum(surface: Surface, point: Point, spans: Array) -> bool:
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.array(point) + _RING * spans * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if not all(surface.contains(*each) for each in ring.tolist()):
        return False
    here = surface.at(*point)
    return all(surface.at(*each) > here for each in ring.tolist()) and is_single(surface, point, _RING)


def _view(trajectories: Sequence[Trajectory], also: Sequence[Point] = (), own: bool = False) -> Domain:
    """A view that holds what the runs did, with room around it.

    Both axes have one scale, unless that hides what the runs do: where they move much less one way than the other,
    and yet their loss changes by it.

    Args:
        trajectories: The runs; of one that runs away, what it did before.
        also: Further points to be seen.
        own: Whether each axis has a scale of its own in any case.
    """
    top = _ceiling(trajectories)
    points = np.vstack([*(_before_running_away(each, top) for each in trajectories), *(np.array([p]) for p in also)])
    low, high = points.min(axis=0), points.max(axis=0)
    span, size = high - low, np.maximum(np.abs(low), np.abs(high))
    effects = _effects(trajectories[0].run.surface, points)
    moving = (span > _STILL * size) & (effects > _NOISE * effects.max())
    counting = effects[span.argmin()] > _COUNTS * effects.max()  # along the axis that one scale would hide
    longest = float(span[moving].max(initial=0.0)) or float(size.max()) or 1.0
    if own or (counting and moving.all() and span.min() < _NARROW * longest):
        span = np.where(moving, span, np.maximum(span, longest))
    else:
        span = np.maximum(span, longest / 1.4)
    half = np.maximum(span, _LEAST * size) * (0.5 + _ROOM)
    middle = (low + high) / 2
    (left, bottom), (right, upper) = (middle - half).tolist(), (middle + half).tolist()
    return _rounded(left, right), _rounded(bottom, upper)


def _effects(surface: Surface, points: Array) -> Array:
    """By how much the loss changes along each axis over the span of some points, through some of them; shape (2,)."""
    through = points[np.unique(np.linspace(0, len(points) - 1, _THROUGH).astype(int))]
    found = []
    for axis in (0, 1):
        lines = np.repeat(through[:, None], _THROUGH, axis=1)
        lines[..., axis] = np.linspace(points[:, axis].min(), points[:, axis].max(), _THROUGH)
        losses, _ = surface.along(lines, torch.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a line that is undefined all along
            found.append(np.nanmax(np.ptp(np.where(np.isfinite(losses), losses, np.nan), axis=1), initial=0.0))
    return np.array(found)


def _ceiling(trajectories: Sequence[Trajectory]) -> float:
    """The highest loss of a run that has not blown up: as far above the starts as those lie above the lowest loss."""
    tops = [float(t.loss[0]) for t in trajectories]
    lows = [float(t.loss[np.isfinite(t.loss)].min()) for t in trajectories]
    return max(tops) + (max(tops) - min(lows))


def _before_running_away(trajectory: Trajectory, top: float) -> Array:
    """Where a run went, all of it unless it runs away at the end: up for ever, or a thousand times as far as before."""
    finite = np.isfinite(trajectory.loss) & np.isfinite(trajectory.params).all(axis=1)
    params, loss = trajectory.params[finite], trajectory.loss[finite]
    away = np.linalg.norm(params - params[0], axis=1)
    usual = float(np.median(away))
    last = float(np.linalg.norm(params[-1] - params[-2])) if len(params) > 1 else 0.0
    lost = not finite.all() or loss[-1] > top or away[-1] > _FALL * usual
    if not (lost and away[-1] > _BEYOND * usual and last > _LAST * away.max()):
        return params
    gone = np.flatnonzero((loss > top) | (away > _BEYOND * usual))
    return params[: max(int(gone[0]), 1)]


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Outwards to two figures of the span, so that the axes have short numbers."""
    power = math.floor(math.log10((high - low) / 10))
    unit = 10.0**power
    return float(f"{math.floor(low / unit)}e{power}"), float(f"{math.ceil(high / unit)}e{power}")


def _within(inner: Domain, outer: Domain) -> bool:
    return all(a >= c and b <= d for (a, b), (c, d) in zip(inner, outer, strict=True))


def _check_repeatable(problem: Problem) -> None:
    """Refuse what draws random numbers: the film is drawn by several processes, which must agree."""
    surface = problem.landscape()
    once, again = surface.grid(9).loss, surface.grid(9).loss
    if not np.array_equal(once, again, equal_nan=True):
        raise DescentError(f"the surface {surface.name!r} gives other values each time; it must not draw at random.")
    for entry, first in zip(problem.entries, problem.trajectories(), strict=True):
        second = trace(first.run)
        if first.digest != second.digest:
            raise DescentError(f"{entry.told} takes other steps each time; it must not draw at random.")
