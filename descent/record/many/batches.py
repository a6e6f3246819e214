"""Batches: thousands of runs that differ in their starts and settings, traced as one tensor."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from descent.base.errors import DescentError, nearest
from descent.record.many.as_one_tensor import Way, way_of
from descent.record.many.parallel import Share, one_thread_each, spread
from descent.record.many.rows import Records, Rows, settings_of
from descent.record.runs import Run
from descent.record.surfaces import Array, differentiating, read_only
from descent.record.torch_specs import torch_class
from descent.record.training import leaves_of, loss_of

MEMORY = 256 * 2**20
"""Bytes that the tensors of a batch take at most while it is traced, by default."""

_CACHED = 2**16  # rows whose tensors fit a processor's cache
_TEMPORARY = 24  # tensors of a row that live at once, beside what the surface saves for its gradient
_ALONE = 256  # rows one by one that are sent to a process at once


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Traced runs, as read-only arrays; row by row they hold what `trace` gives for `run`.

    Attributes:
        rows: The runs.
        params: ``[n, kept, 2]``, iterates; the last one is where the run ended. A run that left the finite numbers
            stays at its last row.
        loss: ``[n, kept]``, the loss at each.
        steps: ``[n]``, the steps taken: fewer than ``rows.run.steps`` where a run diverged.
        highest: ``[n]``, the highest loss before the last row.
        way: How the runs were traced.
        hidden: ``[n, kept, h]``, the coordinates that pictures of a `MatrixLoss` do not show; h is 0 for others.
    """

    rows: Rows
    params: Array
    loss: Array
    steps: npt.NDArray[np.int64]
    highest: Array
    way: Way
    hidden: Array

    def __len__(self) -> int:
        return len(self.rows)

    def run(self, k: int) -> Run:
        """Row ``k`` as a run, which `trace` would trace alone."""
        return self.rows.alone(k)

    @property
    def ends(self) -> Array:
        """``[n, 2]``, where each run ended."""
        return self.params[:, -1]

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """``[n]``, as `descent.diverges` tells: out of the finite numbers, or out of the view and uphill."""
        (left, right), (bottom, top) = self.rows.run.surface.domain
        (w1, w2), last = self.ends.T, self.loss[:, -1]
        outside = ~((left <= w1) & (w1 <= right) & (bottom <= w2) & (w2 <= top))
        gone: npt.NDArray[np.bool_] = ~np.isfinite(last) | outside & (last > self.highest)
        return gone

    def settled(self, points: Array, within: float, last: int = 5) -> npt.NDArray[np.bool_]:
        """Whether each run settles at a point, as `descent.settles` tells.

        Args:
            points: ``[2]``, or ``[n, 2]`` with a point for each run.
            within: How near, in parameter units.
            last: Over how many last steps; the batch must have kept as many rows and one more.
        """
        if self.rows.run.steps < last:
            return np.zeros(len(self), dtype=bool)
        if self.params.shape[1] < last + 1:
            raise DescentError(f"To tell what settles over {last} steps, keep the last {last + 1} rows of each run.")
        with np.errstate(over="ignore", invalid="ignore"):  # what is too far to be squared is not near
            far = self._far(points)[:, -last - 1 :]
        near: npt.NDArray[np.bool_] = (far <= within).all(axis=1) & (self.steps >= last)
        return near & np.isfinite(self.loss[:, -1])

    def arrivals(self, points: Array, within: float) -> npt.NDArray[np.int64]:
        """``[n]``, the step from which each run stays beside a point; one past its last row if it is not there then.

        Args:
            points: ``[2]``, or ``[n, 2]`` with a point for each run.
            within: How near, in parameter units.
        """
        if self.rows.since:
            raise DescentError('To tell when a run arrives, keep "paths".')
        far = self._far(points)
        outside = ~(far <= within)
        return np.where(outside.any(axis=1), outside.shape[1] - outside[:, ::-1].argmax(axis=1), 0)

    def _far(self, points: Array) -> Array:
        """``[n, kept]``, how far each iterate is from a point, or from that of its run."""
        apart = self.params - np.broadcast_to(points, self.ends.shape)[:, None]
        return np.asarray(np.linalg.norm(np.concatenate([apart, self.hidden], axis=2), axis=2))


@differentiating()
def trace_batch(
    run: Run,
    starts: npt.ArrayLike | None = None,
    settings: Mapping[str, npt.ArrayLike] | None = None,
    *,
    keep: str | int = "ends",
    memory: int = MEMORY,
    workers: int | None = None,
    device: str = "cpu",
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Trace a run from many starts, with many settings, or both, bit for bit as `trace` traces each alone.

    An optimizer that treats every element of a tensor alike steps all rows at once, whatever settings differ. Whether
    it does is found out on a few rows; those that would see each other, as with `LBFGS` or `ReduceLROnPlateau`, are
    traced one by one in processes, with the same result. On another device than the CPU numbers agree to rounding.

    Args:
        run: What the runs share.
        starts: ``[n, 2]``; by default all start where ``run`` does.
        settings: Keywords of the optimizer or of the scheduler, such as ``lr``, each with ``n`` values; pairs for
            ``betas``. What is not named is as in ``run``.
        keep: ``"ends"``, ``"paths"``, or how many of the last rows of each run to keep.
        memory: Bytes that tensors take at most while runs are traced, in rows at a time; the result comes on top.
        workers: How many threads or processes; by default one for each processor.
        device: Where torch computes, such as ``"cuda"``.
        cluster: The address of a Dask scheduler, to trace on its workers (extra ``cluster``).
        progress: Called with the rows done and the rows in all.

    Returns:
        The traced runs, in order.

    Raises:
        DescentError: If starts or settings do not fit, torch refuses them, or the runs cannot share a device.

    >>> from functools import partial
    >>> from torch.optim import SGD
    >>> from descent.record.named_surfaces import VALLEY
    >>> run = Run(VALLEY, partial(SGD, lr=0.25), start=(2, 0), steps=2)
    >>> trace_batch(run, settings={"lr": [0.25, 0.5, 0.6]}).loss.round(2).tolist()
    [[0.16], [2.62], [10.32]]
    """
    rows = _rows(run, starts, settings or {}, _since(keep, run.steps))
    count = workers or os.cpu_count() or 1
    with one_thread_each():
        way = way_of(rows)
    if way is Way.ALONE and device != "cpu":
        raise DescentError(f"{run.label!r} can only trace its rows one by one, which {device!r} cannot do; use 'cpu'.")
    _check_device(device)
    size = _ALONE if way is Way.ALONE else _at_a_time(rows, memory // count)
    wheres = [slice(first, first + size) for first in range(0, len(rows), size)]
    records = Records.blank(rows)
    finished = 0
    for part, result in spread([Share(where, rows.at(where), way, device) for where in wheres], count, cluster):
        records.put(part.where, result)
        finished += len(part.rows)
        if progress is not None:
            progress(finished, len(rows))
    for values in (records.params, records.loss, records.highest, records.steps, records.hidden):
        values.flags.writeable = False
    return Batch(rows, records.params, records.loss, records.steps, records.highest, way, records.hidden)


def grid_of_starts(run: Run, shape: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Starts that fill the view regularly, edges included.

    Args:
        run: On whose surface.
        shape: How many columns and rows, at least 2 each.

    Returns:
        Their first parameters ``[columns]``, second ones ``[rows]``, and the starts ``[rows · columns, 2]``.
    """
    columns, rows = shape
    if min(columns, rows) < 2:
        raise DescentError(f"A grid of starts needs at least 2 columns and 2 rows, not {columns} × {rows}.")
    w1, w2 = (np.linspace(low, high, n) for n, (low, high) in zip(shape, run.surface.domain, strict=True))
    starts = np.stack(np.meshgrid(w1, w2), axis=-1).reshape(-1, 2)
    return read_only(w1), read_only(w2), read_only(starts)


def _since(keep: str | int, steps: int) -> int:
    if keep == "paths":
        return 0
    count = 1 if keep == "ends" else keep
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise DescentError(f'keep must be "ends", "paths", or how many last rows to keep, not {keep!r}.')
    return max(steps + 1 - count, 0)


def _rows(run: Run, starts: npt.ArrayLike | None, settings: Mapping[str, npt.ArrayLike], since: int) -> Rows:
    columns = {name: _column(run, name, values) for name, values in settings.items()}
    at = None if starts is None else _points(run, starts)
    lengths = {f"the setting {name!r}": len(values) for name, values in columns.items()}
    if at is not None:
        lengths["starts"] = len(at)
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{what} {count}" for what, count in lengths.items())
        raise DescentError(f"A batch needs as many values of everything that differs, but there are: {told}.")
    n = next(iter(lengths.values()), 0)
    if n == 0:
        raise DescentError("A batch needs at least one run: give starts, settings, or both.")
    return Rows(run, np.broadcast_to(np.array(run.start, dtype=float), (n, 2)) if at is None else at, columns, since)


def _points(run: Run, starts: npt.ArrayLike) -> Array:
    try:
        points = np.array(starts, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DescentError("A batch's starts must be pairs of numbers (w1, w2).") from error
    if points.ndim != 2 or points.shape[1] != 2:
        raise DescentError(f"A batch's starts must be pairs of numbers, shape (n, 2), not {points.shape}.")
    low, high = np.array(run.surface.domain).T
    inside = ((low <= points) & (points <= high)).all(axis=1)
    if not inside.all():
        first = tuple(points[~inside][0].tolist())
        raise DescentError(
            f"{int((~inside).sum())} of {len(points)} starts are outside the view {run.surface.domain} of surface "
            f"{run.surface.name!r}, such as {first}."
        )
    return points


def _column(run: Run, name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    specs = [spec for spec in (run.optimizer, run.scheduler) if spec is not None]
    known = [own for spec in specs for own in settings_of(spec)]
    if name not in known:
        raise DescentError(f"{torch_class(specs[0]).__name__} has no setting {name!r}: {nearest(name, known)}")
    column = np.asarray(values)
    if column.dtype.kind not in "biuf" or column.ndim not in (1, 2):
        raise DescentError(f"The setting {name!r} needs one number, or one tuple of numbers, for each run.")
    return column


def _check_device(device: str) -> None:
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise DescentError(f"torch has no device {device!r} here; use 'cpu'.") from error


def _at_a_time(rows: Rows, memory: int) -> int:
    """How many rows to step at once: as many as fit the cache, or the memory where that is less."""
    run, saved = rows.run, 0

    def count(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal saved
        saved += 1
        return tensor

    leaves = leaves_of(run.surface, np.array([run.start]), run.dtype)
    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        loss_of(run.surface, leaves)
    entries = max(leaf[0].numel() for leaf in leaves)
    numbers = (saved + _TEMPORARY + 3 * rows.kept) * entries
    # What is kept is copied to float64 at the end.
    size = numbers * run.dtype.itemsize + (2 + entries) * rows.kept * 8
    return int(np.clip(memory // size, 1, _CACHED))
