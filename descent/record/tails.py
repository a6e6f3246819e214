"""Tails: how a run goes on after its record, and how runs go that start one unit in the last place away.

A tail is traced to be judged, not to be shown. Its rows are neighbours: row 0 is the run itself, the others begin one
unit in the last place beside it and feel a loss that is one unit larger or smaller. What is said of the run has to
be true of each, for another machine's last digits are no others.
"""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from descent.base.errors import DescentError
from descent.record.matrices import MatrixLoss
from descent.record.recorded_paths import RecordedPath
from descent.record.runs import Run
from descent.record.schedules import step_scheduler
from descent.record.surfaces import Array, read_only
from descent.record.torch_specs import build_optimizer, build_scheduler, torch_class
from descent.record.training import Feed, leaves_of, loss_of
from descent.record.trajectories import Trajectory, traced

LENGTHS = 25
"""A run is followed to so many times its length."""

MOST_STEPS = 10_000
"""Steps that the runs of one film are followed together: two or three seconds."""

_SIDES = (0, 1, -1)  # where the neighbours begin, in units in the last place


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """A run and its neighbours, from the start to up to 25 times the run's length; read-only float64 arrays.

    A row whose loss or parameters left the finite numbers is NaN after its first row that is not finite.

    Attributes:
        run: What was followed.
        params: ``[t+1, r, 2]``, the iterates of each of r neighbours.
        loss: ``[t+1, r]``, the loss at each.
        grad: ``[t+1, r, 2]``, the gradient at each.
        hidden: ``[t+1, r, h]``, the coordinates that pictures of a `MatrixLoss` do not show; h is 0 for others.
        whole: Whether it is as long as was asked for, or is known to be: a run that returns to a state that it had
            before goes round for ever.
        taken: How many gradients it took.
    """

    run: Run
    params: Array
    loss: Array
    grad: Array
    hidden: Array
    whole: bool
    taken: int

    @property
    def steps(self) -> int:
        """How far the run was followed, its own steps included."""
        return len(self.loss) - 1


def follow(run: Run, most: int = MOST_STEPS) -> Tail:
    """Trace a run on, with the rate that its schedule leaves it or goes on giving it.

    A schedule that has an end, such as `OneCycleLR`, leaves its last rate. Whether it is followed to the end does not
    depend on the machine: what is bounded is the number of steps.

    Args:
        run: What to follow.
        most: Steps to take at most, unless the run's own are more.

    Returns:
        The run to 25 times its length, or so far as ``most`` allows.

    Raises:
        DescentError: As `trace` does.
    """
    try:
        hash(run)
    except TypeError:  # a list among its settings
        return _follow(run, most)
    return _followed(run, most)


def continued(trajectory: Trajectory, length: int) -> Trajectory:
    """The record of a run, and how it goes on to so many times its length; bounded as `follow` is.

    Args:
        trajectory: A traced run.
        length: How many times as long.

    Returns:
        A longer trajectory of the same run. Rates and buffers are those of the record; they are not recorded after it.
    """
    n, tail = trajectory.steps, follow(trajectory.run)
    end = length * trajectory.run.steps + 1
    if trajectory.diverged_at is not None:
        return trajectory
    params, loss, grad, hidden = (
        np.concatenate([mine, more[n + 1 : end, 0]])
        for mine, more in (
            (trajectory.params, tail.params),
            (trajectory.loss, tail.loss),
            (trajectory.grad, tail.grad),
            (trajectory.hidden, tail.hidden),
        )
    )
    gone = np.flatnonzero(~np.isfinite(loss))
    rows = slice(None, int(gone[0]) + 1 if gone.size else None)
    params, loss, grad, hidden = params[rows], loss[rows], grad[rows], hidden[rows]
    more = len(loss) - 1 - n
    return replace(
        trajectory,
        params=read_only(params),
        loss=read_only(loss),
        grad=read_only(grad),
        update=read_only(np.diff(params, axis=0)),
        state=MappingProxyType({}),
        lr=_lengthened(trajectory.lr, more),
        rates=_lengthened(trajectory.rates, more),
        momentum=_lengthened(trajectory.momentum, more),
        felt=_lengthened(trajectory.felt, more),
        batch_loss=_lengthened(trajectory.batch_loss, more),
        averaged=None,
        averaged_loss=None,
        hidden=read_only(hidden),
        matrices=None,
        evaluations=_lengthened(trajectory.evaluations, more),
    )


def _lengthened(values: Array, by: int) -> Array:
    """What is recorded a step, NaN after the record."""
    return read_only(np.concatenate([values, np.full((by, *values.shape[1:]), np.nan)]))


def budgets(runs: Sequence[Run], most: int = MOST_STEPS) -> list[int]:
    """How many steps each of some runs may be followed, the short ones first: what they leave is for the others.

    >>> from functools import partial
    >>> from torch.optim import SGD
    >>> from descent.record.named_surfaces import BIRD
    >>> budgets([Run(BIRD, partial(SGD, lr=0.04), (-12, 10), steps) for steps in (400, 20)], 4000)
    [3499, 500]
    """
    left, found = most, [0] * len(runs)
    order = sorted(range(len(runs)), key=lambda k: runs[k].steps)
    for place, k in enumerate(order):
        found[k] = max(min(LENGTHS * runs[k].steps, left // (len(runs) - place)), runs[k].steps)
        left = max(left - (follow(runs[k], found[k]).taken if k != order[-1] else 0), 0)
    return found


@lru_cache(maxsize=256)
def _followed(run: Run, most: int) -> Tail:
    return _follow(run, most)


def _follow(run: Run, most: int) -> Tail:
    if run.average is not None and run.average.shown:
        return _averaged(run, follow(replace(run, average=None), most))
    record = traced(run)
    if issubclass(torch_class(run.optimizer), RecordedPath):  # nobody knows how it goes on
        params, loss, grad = record.params[:, None], record.loss[:, None], record.grad[:, None]
        return Tail(run, params, loss, grad, record.hidden[:, None], whole=False, taken=0)
    wanted = LENGTHS * run.steps
    steps = max(min(wanted, most), run.steps)
    plateau = run.scheduler is not None and issubclass(torch_class(run.scheduler), ReduceLROnPlateau)
    taken = 0
    # A plateau is seen by one run at a time, and a matrix is stepped by one optimizer.
    single = plateau or isinstance(run.surface.loss, MatrixLoss)
    together = None if single else _rows(run, _SIDES, steps)
    if together is None or not _as_recorded(together, record):
        apart = [_rows(run, (side,), max(steps // len(_SIDES), run.steps)) for side in _SIDES]
        if apart[0] is None:
            raise DescentError(f"{run.label} cannot be traced twice.")
        taken = sum(each.taken for each in apart if each is not None)
        together = _Rows.beside([each for each in apart if each is not None], wanted + 1)
    taken += together.taken
    if together.loop is not None:
        together = together.of_length(wanted + 1)
    whole = len(together.loss) > wanted or not np.isfinite(together.loss[-1]).any()
    params, loss, grad, hidden = map(read_only, together.arrays)
    return Tail(run, params, loss, grad, hidden, whole, taken)


def _averaged(run: Run, tail: Tail) -> Tail:
    """The tail of a run as that of its average."""
    assert run.average is not None
    params = run.average.of(tail.params)
    loss, grad = run.surface.along(params, run.dtype)
    return replace(tail, run=run, params=read_only(params), loss=read_only(loss), grad=read_only(grad))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Neighbours as they were stepped, and the two rows that are in the same state, if there are any."""

    params: Array
    loss: Array
    grad: Array
    hidden: Array
    loop: tuple[int, int] | None = None
    taken: int = 0

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """What is known of every row."""
        return self.params, self.loss, self.grad, self.hidden

    @classmethod
    def beside(cls, parts: Sequence["_Rows"], wanted: int) -> "_Rows":
        """Rows that were stepped apart, as if they had been stepped together; no farther than each was followed.

        Those that go round in loops are known as far as is wanted, if no other was followed less far.
        """
        ends = [len(part.loss) for part in parts if part.loop is None and np.isfinite(part.loss[-1]).any()]
        looping = any(part.loop is not None for part in parts)
        rows = min(ends, default=wanted if looping else max(len(part.loss) for part in parts))
        wide = [part.of_length(rows) for part in parts]
        params, loss, grad, hidden = (
            np.concatenate(each, axis=1) for each in zip(*(p.arrays for p in wide), strict=True)
        )
        return cls(params, loss, grad, hidden)

    def of_length(self, rows: int) -> "_Rows":
        """The same in so many rows: going round in its loop, or NaN after it was lost."""
        arrays = [each[:rows] for each in self.arrays]
        if self.loop is not None:
            back, end = self.loop
            around = back + (np.arange(len(arrays[1]), rows) - back) % (end - back)
            more = [each[around] for each in self.arrays]
        else:
            more = [np.full((rows - len(each), *each.shape[1:]), np.nan) for each in arrays]
        params, loss, grad, hidden = (np.concatenate(pair) for pair in zip(arrays, more, strict=True))
        return _Rows(params, loss, grad, hidden, self.loop)


def _as_recorded(rows: _Rows, record: Trajectory) -> bool:
    """Whether row 0 took the recorded steps, but for last digits: an optimizer that mixes its rows takes others."""
    n = min(len(record.loss), len(rows.loss))
    mine, theirs = rows.params[:n, 0], record.params[:n]
    width = float(np.ptp(theirs[np.isfinite(theirs).all(axis=1)], axis=0).max())
    return bool(np.allclose(mine, theirs, rtol=1e-4, atol=1e-4 * width, equal_nan=True))


class _LostError(Exception):
    """Stops a step from inside its closure: no row has a finite loss."""


def _rows(run: Run, sides: Sequence[int], steps: int) -> _Rows | None:
    """Neighbours stepped by one optimizer; None if torch refuses them."""
    kind = np.float32 if run.dtype is torch.float32 else np.float64
    starts = np.array([run.start] * len(sides), dtype=kind)
    towards = (np.sign(sides)[:, None] * float(np.finfo(kind).max)).astype(kind)
    starts = np.where(towards == 0, starts, np.nextafter(starts, towards))
    weights = torch.tensor(1 + np.array(sides) * float(np.finfo(kind).eps), dtype=run.dtype)
    single = len(sides) == 1  # as `trace` has it, for optimizers that expect two numbers
    leaves = [torch.tensor(w[0] if single else w, requires_grad=True) for w in starts.T]
    if isinstance(run.surface.loss, MatrixLoss):
        leaves = leaves_of(run.surface, starts[0].tolist(), run.dtype)
    weights = weights[0] if single else weights
    try:
        return _Walk(run, leaves, weights, steps).taken()
    except Exception:  # whatever torch says to a tensor where it expects a number
        return None


class _Walk:
    """Takes steps, until as many gradients have been computed: a line search computes several a step."""

    def __init__(self, run: Run, leaves: list[Tensor], weights: Tensor, steps: int) -> None:
        self._run, self._leaves, self._weights, self._steps = run, leaves, weights, steps
        self._optimizer: Optimizer = build_optimizer(run.optimizer, leaves, run.groups)
        self._feed = Feed(run.surface, run.batches, run.noise, run.clipping)
        scheduler = run.scheduler
        self._scheduler: LRScheduler | None = None if scheduler is None else build_scheduler(scheduler, self._optimizer)
        loss = run.surface.loss
        self._matrix = loss if isinstance(loss, MatrixLoss) else None
        rows = leaves[0].numel() if self._matrix is None else 1
        self._seen = np.full((steps + 1, 5 + (self._matrix.hidden if self._matrix else 0), rows), np.nan)
        self._left, self._row, self._last = steps + 1, -1, -1
        self._anchor: tuple[int, bytes, bytes] | None = None

    def taken(self) -> _Rows:
        loop = None
        for row in range(self._steps + 1):
            self._row = row
            if row < self._steps:
                try:
                    self._optimizer.step(self._closure)  # type: ignore[arg-type]
                except _LostError:
                    break
                self._schedule(row)
            else:
                self._closure_at_the_end()
            loop = self._around(row)
            if loop is not None or (self._left <= 0 and row >= self._run.steps):
                break
        seen = self._seen[: self._last + 1]
        # A row that was lost stays so, whatever its optimizer makes of it.
        lost = np.cumsum(~np.isfinite(seen[:, :3]).all(axis=1), axis=0) > 1
        seen = np.where(lost[:, None], np.nan, seen)
        params, grad, hidden = (np.moveaxis(seen[:, part], 1, 2) for part in (slice(2), slice(3, 5), slice(5, None)))
        return _Rows(params, seen[:, 2], grad, hidden, loop, self._steps + 1 - self._left)

    def _closure(self) -> Tensor:
        total = self._backward(loss_of(self._run.surface, self._leaves))
        self._left -= 1
        if self._last < self._row:
            self._last = self._row
            if (
                not math.isfinite(float(total.detach()))
                and not np.isfinite(self._seen[self._row, :3]).all(axis=0).any()
            ):
                raise _LostError
        if not self._feed.plain and self._row < self._steps:
            total = self._backward(self._feed.loss(self._row, self._leaves))
            self._feed.disturb(self._row, self._leaves)
        return total

    def _backward(self, losses: Tensor) -> Tensor:
        """Fill the gradients in, and note them the first time that a step asks."""
        for leaf in self._leaves:
            leaf.grad = None  # as zero_grad does, which also tells torch's profiler and takes a tenth of a step
        losses.backward(self._weights)  # type: ignore[no-untyped-call]
        loss = losses.detach() * self._weights
        if self._last < self._row:
            seen = self._seen[self._row]
            if self._matrix is not None:
                self._see_matrix(self._matrix, seen[:, 0])
            else:
                for k, leaf in enumerate(self._leaves):
                    seen[k] = leaf.detach().numpy()
                    seen[3 + k] = 0 if leaf.grad is None else leaf.grad.numpy()
            seen[2] = loss.numpy()
        return loss.sum()

    def _see_matrix(self, loss: MatrixLoss, seen: Array) -> None:
        weights = self._leaves[0]
        place = loss.coordinates(weights.detach().double().numpy())
        slope = np.zeros(2) if weights.grad is None else loss.along(weights.grad.double().numpy())[:2]
        seen[:2], seen[3:5], seen[5:] = place[:2], slope, place[2:]

    def _closure_at_the_end(self) -> None:
        with contextlib.suppress(_LostError):
            self._closure()

    def _schedule(self, row: int) -> None:
        if self._scheduler is None:
            return
        try:
            step_scheduler(self._scheduler, float(self._seen[row, 2, 0]), row)
        except DescentError:
            if row < self._run.steps - 1:
                raise
            self._scheduler = None  # it is over, and leaves its last rate

    def _around(self, row: int) -> tuple[int, int] | None:
        """The earlier row whose state the next row repeats, and the next row; sought by Brent's method."""
        if self._scheduler is not None or not self._feed.plain or row == self._steps:
            return None
        place = b"".join(leaf.detach().numpy().tobytes() for leaf in self._leaves)
        if self._anchor is not None and place == self._anchor[1] and self._state() == self._anchor[2]:
            return self._anchor[0] + 1, row + 1
        if row & (row - 1) == 0:
            self._anchor = row, place, self._state()
        return None

    def _state(self) -> bytes:
        """The optimizer's buffers and settings, but for what it counts."""
        settings = [{k: v for k, v in group.items() if k != "params"} for group in self._optimizer.param_groups]
        return _bytes([*(self._optimizer.state.get(leaf, {}) for leaf in self._leaves), settings])


def _bytes(value: Any, name: str = "") -> bytes:
    """Any state as bytes, equal for equal bits; without counts."""
    if name == "step" or (isinstance(value, int) and not isinstance(value, bool)):
        return b""
    if isinstance(value, Tensor):
        return value.detach().numpy().tobytes()
    if isinstance(value, dict):
        return b";".join(str(key).encode() + _bytes(each, str(key)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return b"[%d" % len(value) + b",".join(map(_bytes, value))
    return repr(value).encode()
