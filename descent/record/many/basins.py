"""Basins: in which minimum a run ends from every start of a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial import KDTree  # type: ignore[import-untyped]

from descent.record.many.batches import Batch, grid_of_starts, trace_batch
from descent.record.runs import Run
from descent.record.surfaces import Array, Point, Surface, differentiating

MOVING, DIVERGED = -1, -2
"""What `Endings` hold for runs that end in no minimum: still moving, or gone."""

LAST = 5
"""Steps that a run has to stay beside a minimum to have ended there."""

_REACH = 0.03  # of the view's shorter side: how near to a minimum counts
_NEWTON = 20
_FLAT = 1e-6  # curvature that is none, and slope that is none, each relative to the largest


@dataclass(frozen=True, slots=True, eq=False)
class Endings:
    """In which minimum each of many runs ended.

    Attributes:
        minima: The surface's known minima in their order, then those that runs found beside them, lowest loss first.
        minimum: ``[n]``, the position in ``minima`` of each run's, or `MOVING`, or `DIVERGED`.
        within: How near to a minimum a run had to stay for its last `LAST` steps, in parameter units.
    """

    minima: tuple[Point, ...]
    minimum: npt.NDArray[np.int64]
    within: float

    def share(self, which: int | Point) -> float:
        """The share of the runs that ended in a minimum, given by position or as the point, or `MOVING`, `DIVERGED`."""
        position = which if isinstance(which, int) else self.minima.index(which)
        return float((self.minimum == position).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Basins:
    """Where a run ends from each of a regular grid of starts that fills the view.

    Attributes:
        run: Optimizer, steps and surface.
        w1: ``[columns]``, the starts' first parameter.
        w2: ``[rows]``, the starts' second parameter.
        endings: Where the runs ended.
    """

    run: Run
    w1: Array
    w2: Array
    endings: Endings

    @property
    def minimum(self) -> npt.NDArray[np.int64]:
        """``[rows, columns]``, as in `Endings`, for the start ``(w1[i], w2[j])``."""
        return self.endings.minimum.reshape(len(self.w2), len(self.w1))

    @property
    def minima(self) -> tuple[Point, ...]:
        """As in `Endings`."""
        return self.endings.minima


def basins(run: Run, shape: tuple[int, int] = (200, 200), within: float | None = None, **tracing: Any) -> Basins:
    """Trace a run from every start of a grid, and tell in which minimum each ends.

    Args:
        run: Surface, optimizer, scheduler and steps; its start does not matter.
        shape: How many columns and rows of starts, edges of the view included.
        within: How near to a minimum a run has to stay for its last `LAST` steps, in parameter units; by default 3 %
            of the view's shorter side.
        tracing: What `trace_batch` takes: ``memory``, ``workers``, ``device``, ``cluster``, ``progress``.

    Returns:
        The ending of each start.

    Raises:
        DescentError: If torch refuses the run, or the grid is smaller than 2 × 2.

    >>> from functools import partial
    >>> from torch.optim import SGD
    >>> from descent.record.named_surfaces import VALLEY
    >>> basins(Run(VALLEY, partial(SGD, lr=0.25), (2, 0), 200), (3, 2)).minimum.tolist()
    [[0, 0, 0], [0, 0, 0]]
    """
    w1, w2, starts = grid_of_starts(run, shape)
    batch = trace_batch(run, starts, keep=LAST + 1, **tracing)
    return Basins(run, w1, w2, endings(batch, within))


@differentiating()
def endings(batch: Batch, within: float | None = None) -> Endings:
    """Tell in which minimum each run of a batch ended: a known one, or one that the runs found.

    A run ends in a minimum if it settles there, as `descent.settles` has it. One that settles elsewhere has
    found a minimum if Newton's method leads from there to a point of no slope and positive curvature near by; found
    minima nearer than ``within`` to each other are one.

    Args:
        batch: Traced runs, of whose rows the last six are kept, or more.
        within: As for `basins`.
    """
    surface = batch.rows.run.surface
    near = reach(surface) if within is None else within
    found = np.full(len(batch), MOVING)
    _assign(found, batch, surface.minima, 0, near)
    resting = (found == MOVING) & batch.settled(batch.ends, near, LAST)
    others = _minima_near(surface, batch.ends[resting], near, surface.minima) if resting.any() else ()
    _assign(found, batch, others, len(surface.minima), near)
    found[(found == MOVING) & batch.diverged] = DIVERGED
    found.flags.writeable = False
    return Endings((*surface.minima, *others), found, near)


def reach(surface: Surface) -> float:
    """How near to a minimum counts as there, by default: 3 % of the view's shorter side."""
    return _REACH * min(high - low for low, high in surface.domain)


def _assign(found: npt.NDArray[np.int64], batch: Batch, minima: Sequence[Point], first: int, within: float) -> None:
    """Note the nearest of some minima for those runs that settle there and have no ending yet."""
    if not minima:
        return
    places = np.array(minima)
    ends = np.clip(np.where(np.isnan(batch.ends), 1e30, batch.ends), -1e30, 1e30)  # whose squares are numbers
    _, nearest = KDTree(places).query(ends)
    there = (found == MOVING) & batch.settled(places[nearest], within, LAST)
    found[there] = first + nearest[there]


def _minima_near(surface: Surface, ends: Array, within: float, known: Sequence[Point]) -> tuple[Point, ...]:
    """Minima beside the ends, lowest loss first, apart from each other and from those known."""
    _, firsts = np.unique(np.floor(ends / within), axis=0, return_index=True)
    candidates = ends[firsts]
    refined, losses, is_minimum = _newton(surface, candidates)
    kept = is_minimum & (np.linalg.norm(refined - candidates, axis=1) <= within)
    places: list[Array] = [np.array(point) for point in known]
    for point in refined[kept][np.argsort(losses[kept], kind="stable")]:
        if all(np.linalg.norm(point - other) > within for other in places):
            places.append(point)
    return tuple((float(w1), float(w2)) for w1, w2 in places[len(known) :])


def _newton(surface: Surface, points: Array) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Points moved by Newton's method, their losses, and which are minima; everything in float64."""
    w = points.copy()
    steepest = np.zeros(len(w))
    for _ in range(_NEWTON):
        loss, slope, hessian = _derivatives(surface, w)
        steepest = np.maximum(steepest, np.linalg.norm(slope, axis=1))
        curvatures = np.linalg.eigvalsh(np.nan_to_num(hessian))
        bowl = curvatures[:, 0] > _FLAT * np.abs(curvatures).max(axis=1)
        step = np.linalg.solve(np.where(bowl[:, None, None], hessian, np.eye(2)), slope[..., None])[..., 0]
        w = np.where(bowl[:, None], w - step, w)
    resting = np.linalg.norm(slope, axis=1) <= _FLAT * np.maximum(steepest, 1)
    return w, loss, bowl & resting & np.isfinite(loss)


def _derivatives(surface: Surface, points: Array) -> tuple[Array, Array, Array]:
    """Loss ``[n]``, gradient ``[n, 2]`` and Hessian ``[n, 2, 2]`` of many points."""
    leaves = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in points.T]
    loss = surface(*leaves)
    options: dict[str, Any] = {"create_graph": True, "allow_unused": True, "materialize_grads": True}
    slopes = torch.autograd.grad(loss.sum(), leaves, **options)
    rows = [
        torch.autograd.grad(slope.sum(), leaves, **options) if slope.requires_grad else [torch.zeros_like(slope)] * 2
        for slope in slopes
    ]
    hessian = torch.stack([torch.stack(list(row), -1) for row in rows], -2)
    found = (loss, torch.stack(list(slopes), -1), hessian)
    loss_values, slope_values, hessian_values = (value.detach().numpy() for value in found)
    return loss_values, slope_values, hessian_values
