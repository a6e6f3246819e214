"""Where to look: the view of a problem, chosen from its runs, and the minima inside it, found by a search."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from descent.animate.problem import Problem, ground, own_function
from descent.base.errors import DescentError
from descent.record.minima import is_single
from descent.record.named_surfaces import SURFACES
from descent.record.regression import best_line
from descent.record.surfaces import Array, Domain, Point, Surface
from descent.record.trajectories import Trajectory, trace

MOST_MINIMA = 25
"""A map with more marks is hard to read; the lowest are kept."""

_GRID = 121  # points a side where a search begins
_STARTS = 60  # most of its lowest hollows that are followed down
_RING = 1e-3  # radius, as a share of the view, on which everything is higher than a minimum
_BEYOND = 20.0  # times its median distance from the start: farther, a run is running away
_FARTHEST = 1e6
_LARGEST_LOSS = 1e9  # axes have no room for more figures
_ROOM = 0.2  # free space around the runs, as a share of the view


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
            seen = [best] if max(map(abs, best)) <= _FARTHEST else []
            problem = replace(problem, domain=_view(problem.trajectories(), seen, equal=False))
        return replace(problem, minima=(best,) if problem.landscape().contains(*best) else ())
    known = SURFACES.get(problem.surface) or own_function(problem.surface)
    if isinstance(known, Surface):
        if problem.domain is None:
            return problem
        if _within(problem.domain, known.domain):
            inside = replace(problem, minima=()).landscape().contains
            return replace(problem, minima=tuple(m for m in known.minima if inside(*m)))
    elif problem.domain is None:
        problem = replace(problem, domain=_view(problem.trajectories(), [], equal=True))
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
    spans = np.array([high - low for low, high in surface.domain])
    found: list[tuple[float, Point]] = []
    for start in _hollows(surface)[:_STARTS]:
        ended = minimize(_objective(surface), start, jac=True, method="L-BFGS-B", bounds=surface.domain)
        point = (float(ended.x[0]), float(ended.x[1]))
        near = [other for _, other in found if np.all(np.abs(np.subtract(point, other)) < 0.01 * spans)]
        if not near and _is_minimum(surface, point, spans):
            found.append((surface.at(*point), point))
    return tuple(point for _, point in sorted(found)[:MOST_MINIMA])


def _hollows(surface: Surface) -> list[Point]:
    """Grid points lower than all their neighbours, lowest first."""
    grid = surface.grid(_GRID)
    loss = np.where(np.isfinite(grid.loss), grid.loss, np.inf)
    middle = loss[1:-1, 1:-1]
    lower = np.isfinite(middle)
    for row, column in itertools.product((0, 1, 2), repeat=2):
        if (row, column) != (1, 1):
            lower &= middle <= loss[row : row + _GRID - 2, column : column + _GRID - 2]
    rows, columns = np.nonzero(lower)
    order = np.argsort(middle[rows, columns], kind="stable")
    return [(float(grid.w1[columns[k] + 1]), float(grid.w2[rows[k] + 1])) for k in order]


def _objective(surface: Surface) -> "object":
    def objective(w: Array) -> tuple[float, Array]:
        loss, slope = surface.at(*w.tolist()), surface.gradient(*w.tolist())
        finite = math.isfinite(loss) and bool(np.isfinite(slope).all())
        return (loss, slope) if finite else (1e300, np.zeros(2))

    return objective


def _is_minimum(surface: Surface, point: Point, spans: Array) -> bool:
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.array(point) + _RING * spans * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if not all(surface.contains(*each) for each in ring.tolist()):
        return False
    here = surface.at(*point)
    return all(surface.at(*each) > here for each in ring.tolist()) and is_single(surface, point, _RING)


def _view(trajectories: Sequence[Trajectory], also: Sequence[Point], equal: bool) -> Domain:
    """A view of what the runs did before any of them blew up, with room around it.

    Args:
        trajectories: The runs.
        also: Further points to be seen.
        equal: Whether both axes have one scale, so that the view must not be narrow.
    """
    tops = [float(t.loss[0]) for t in trajectories]
    lows = [float(np.nanmin(np.where(np.isfinite(t.loss), t.loss, np.nan))) for t in trajectories]
    top = max(tops) + (max(tops) - min(lows))
    kept = []
    for trajectory in trajectories:
        away = np.linalg.norm(trajectory.params - trajectory.params[0], axis=1)
        far = max(_BEYOND * float(np.median(away[np.isfinite(away)])), 1e-3)
        gone = np.flatnonzero(~((trajectory.loss <= top) & (away <= far) & (away <= _FARTHEST)))
        kept.append(trajectory.params[: max(int(gone[0]), 1) if gone.size else None])
    points = np.vstack([*kept, *(np.array([point]) for point in also)])
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    least = np.maximum(0.01 * np.maximum(np.abs(high), np.abs(low)), 0.01)
    span = np.where(span >= least, span, np.maximum(20 * least, 2.0))
    if equal:
        span = np.maximum(span, span.max() / 1.4)
    half = span * (0.5 + _ROOM)
    middle = (low + high) / 2
    (left, bottom), (right, upper) = (middle - half).tolist(), (middle + half).tolist()
    return _rounded(left, right), _rounded(bottom, upper)


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Outwards to two figures of the span, so that the axes have short numbers."""
    unit = 10.0 ** math.floor(math.log10((high - low) / 10))
    return round(math.floor(low / unit) * unit, 12), round(math.ceil(high / unit) * unit, 12)


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
        if abs(first.loss[0]) > _LARGEST_LOSS:
            raise DescentError(
                f"the loss at the start {entry.start} is {first.loss[0]:.1e}; scale it to at most a billion."
            )
        if first.digest != second.digest:
            raise DescentError(f"{entry.told} takes other steps each time; it must not draw at random.")
