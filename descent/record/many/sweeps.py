"""Sweeps: how a run ends for every value of one setting, or of two against each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.optim import SGD

from descent.base.errors import DescentError
from descent.record.many.basins import LAST, endings, reach
from descent.record.many.batches import MEMORY, Batch, trace_batch
from descent.record.many.rows import Rows
from descent.record.runs import Run
from descent.record.surfaces import Array, Point, read_only
from descent.record.theory.quadratics import spectrum
from descent.record.torch_specs import torch_class

UNDERWAY, REACHED, ELSEWHERE, SWINGS, DIVERGED = range(5)
"""How a run of a sweep ends: still on its way, at the target, in another minimum, swinging to and fro, or gone."""

OUTCOMES = ("still on the way", "reach the minimum", "end in another", "swing to and fro", "diverge")
"""The same in words, of runs."""

Setting = tuple[str, npt.ArrayLike]
"""A setting's name, and the values that it takes in a sweep."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """How a run ends for each value of a setting, and, in rows, of a second one.

    Attributes:
        run: What the runs share.
        values: The settings' values by name, rising: the first for the columns, the second, if any, for the rows.
        target: The minimum that the runs are to reach.
        within: How near counts, in parameter units.
        outcome: ``[rows, columns]``: `UNDERWAY`, `REACHED`, `ELSEWHERE`, `SWINGS` or `DIVERGED`; one row for one
            setting.
        steps: ``[rows, columns]``, the step from which a run that reached the target stays there; −1 for others.
        loss: ``[rows, columns]``, the last loss; infinite where it left the finite numbers.
    """

    run: Run
    values: Mapping[str, Array]
    target: Point
    within: float
    outcome: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    loss: Array

    @property
    def columns(self) -> dict[str, Array]:
        """The settings of every cell, ``[rows · columns]`` each, row by row."""
        grids = np.meshgrid(*self.values.values())
        return {name: grid.ravel() for name, grid in zip(self.values, grids, strict=True)}

    def cell(self, **settings: float) -> tuple[int, int]:
        """Row and column whose values are nearest to some."""
        column, *row = (int(np.abs(values - settings[name]).argmin()) for name, values in self.values.items())
        return (row[0] if row else 0), column

    def run_at(self, row: int, column: int) -> Run:
        """A cell as a run."""
        cells = self.columns
        k = row * self.outcome.shape[1] + column
        return Rows(self.run, np.array([self.run.start]), {name: cells[name][k : k + 1] for name in cells}).alone(0)


def sweep(
    run: Run,
    x: Setting,
    y: Setting | None = None,
    target: Point | None = None,
    within: float | None = None,
    memory: int = MEMORY,
    **tracing: Any,
) -> Sweep:
    """Trace a run for every value of a setting, or for every pair of values of two.

    A run has reached the target if it settles there, as `descent.settles` has it, and diverged as
    `descent.diverges` tells; `endings` finds those in other minima. Of the others, those whose
    last two steps point against each other swing, and the rest are still on their way.

    Args:
        run: Surface, start, steps, and the settings that are not swept.
        x: A setting of the optimizer or of the scheduler and its values, such as ``("lr", [0.1, 0.2])``.
        y: Likewise, for the rows of the result.
        target: Where the runs should go; the surface's global minimum by default.
        within: How near counts, in parameter units; by default 3 % of the view's shorter side.
        memory: Bytes that are taken at a time; the result comes on top.
        tracing: What else `trace_batch` takes.

    Returns:
        How each run ends.

    Raises:
        DescentError: If a setting does not fit, torch refuses it, or no target is known.

    >>> from functools import partial
    >>> from descent.record.named_surfaces import VALLEY
    >>> run = Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 60)
    >>> sweep(run, ("lr", [0.001, 0.3, 0.52, 0.6])).outcome.tolist()
    [[0, 1, 3, 4]]
    """
    goal = run.surface.global_minimum if target is None else target
    if goal is None:
        raise DescentError(f"Surface {run.surface.name!r} knows no minimum, so a sweep needs the target to reach.")
    near = reach(run.surface) if within is None else within
    if y is not None and x[0] == y[0]:
        raise DescentError(f"A sweep needs two different settings, not {x[0]!r} twice.")
    values = {name: _rising(name, given) for name, given in ((x,) if y is None else (x, y))}
    shape = (len(values[y[0]]) if y is not None else 1, len(values[x[0]]))
    found = Sweep(
        run, values, goal, near, np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(shape)
    )  # fmt: skip
    cells = found.columns
    at_a_time = max(memory // 2 // (64 * (run.steps + 1)), 1)
    for first in range(0, found.loss.size, at_a_time):
        where = slice(first, first + at_a_time)
        part = {name: column[where] for name, column in cells.items()}
        batch = trace_batch(run, settings=part, keep="paths", memory=memory // 2, **tracing)
        found.outcome.ravel()[where], found.steps.ravel()[where] = _outcomes(batch, goal, near)
        found.loss.ravel()[where] = np.where(np.isfinite(batch.loss[:, -1]), batch.loss[:, -1], np.inf)
    for array in (found.outcome, found.steps, found.loss):
        array.flags.writeable = False
    return found


def stability_limit(run: Run, momentum: Array | float | None = None) -> Array:
    """The learning rate below which SGD comes to rest on a quadratic, and above which it runs away.

    ``2 (1 + momentum) / λmax``, where λmax is the largest eigenvalue of the Hessian. With momentum, a step's
    ``v ← momentum·v + g``, ``w ← w − lr·v`` has along that eigenvector the roots of
    ``σ² − (1 + momentum − lr λ) σ + momentum``; the last to leave the unit circle does so at −1.
    Polyak (1964), USSR Computational Mathematics 4(5).

    Args:
        run: SGD on a quadratic, without Nesterov momentum, dampening, weight decay or schedule.
        momentum: One or many; the run's by default.

    Raises:
        DescentError: If the run is another.

    >>> from functools import partial
    >>> from descent.record.named_surfaces import VALLEY
    >>> stability_limit(Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 1), np.array([0.0, 0.9])).round(3).tolist()
    [0.526, 1.0]
    """
    keywords = run.optimizer.keywords
    others = [name for name in ("nesterov", "dampening", "weight_decay", "maximize") if keywords.get(name)]
    if torch_class(run.optimizer) is not SGD or others or run.scheduler is not None:
        raise DescentError(f"The stability limit is known of plain SGD and its momentum, not of {run.label!r}.")
    steepest = spectrum(run.surface).curvatures[-1]
    beta = keywords.get("momentum", 0.0) if momentum is None else momentum
    return np.asarray(2 * (1 + np.asarray(beta, dtype=float)) / steepest)


def _rising(name: str, given: npt.ArrayLike) -> Array:
    try:
        values = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty((0, 0))
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
        raise DescentError(f"A sweep needs rising numbers for {name!r}, such as [0.1, 0.2, 0.3], not {given!r}.")
    return read_only(values)


def _outcomes(batch: Batch, target: Point, within: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    arrival = batch.arrivals(np.array(target), within)
    reached = batch.settled(np.array(target), within, LAST)
    elsewhere = endings(batch, within).minimum >= 0
    moves = np.diff(batch.params[:, -3:], axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        swings = (moves[:, 0] * moves[:, -1]).sum(axis=1) < 0
    outcome = np.select([batch.diverged, reached, elsewhere, swings], [DIVERGED, REACHED, ELSEWHERE, SWINGS], UNDERWAY)
    return outcome, np.where(outcome == REACHED, arrival, -1)
