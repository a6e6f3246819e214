"""Runs in lockstep: many rows stepped by one optimizer as one tensor, wherever that gives each row its own bits.

Whether it does is not listed but looked up: `way_of` runs some of the rows together and alone, on this machine with
this torch, and compares every bit. Elementwise optimizers agree; one that looks across its rows does not.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from descent.base.errors import DescentError
from descent.record.many.row_scalars import RowsForScalars, RowsPartError
from descent.record.many.rows import Records, Rows, one_by_one
from descent.record.schedules import step_scheduler
from descent.record.surfaces import Surface
from descent.record.torch_specs import build_optimizer, build_scheduler, torch_class
from descent.record.training import Feed, coordinates_of, leaves_of, loss_of

_SAMPLE = 5  # rows tried together and alone
_LANES = 67  # copies of each, to meet full vectors, their remainders, and every place in them
_POINTS = 401  # of a surface: a kernel of vectors that differs does so at one in a hundred


class Way(Enum):
    """How rows are traced so that each has the bits it has alone."""

    TOGETHER = "as one tensor"
    SCALAR = "as one tensor, by torch's kernels for single numbers"
    ALONE = "one by one"


def way_of(rows: Rows) -> Way:
    """The fastest way that gives rows the bits they have alone, found by trying it on a few of them.

    Raises:
        DescentError: If torch refuses the settings of one of those.
    """
    few = rows.at(np.unique(np.random.default_rng(0).integers(len(rows), size=_SAMPLE)))
    alone = one_by_one(few)
    scheduler = rows.run.scheduler
    if scheduler is not None and issubclass(torch_class(scheduler), ReduceLROnPlateau):
        return Way.ALONE  # it is told one loss, not one a row
    run = rows.run
    if run.groups or run.average is not None or not Feed(run.surface, run.batches, run.noise, run.clipping).plain:
        return Way.ALONE
    way = _way_of_surface(rows.run.surface, rows.run.dtype)
    if way is Way.ALONE:
        return way
    copies = np.tile(np.arange(len(few)), _LANES)
    try:
        together = in_lockstep(few.at(copies), way)
    except Exception:  # whatever torch says to a tensor where it expects a number
        return Way.ALONE
    return way if together.equals(alone.at(copies)) else Way.ALONE


def in_lockstep(rows: Rows, way: Way, device: str = "cpu") -> Records:
    """Step rows as one tensor; those whose settings take different branches, apart.

    Args:
        rows: What to trace.
        way: `Way.TOGETHER` or `Way.SCALAR`, as `way_of` found it.
        device: Where torch computes.
    """
    try:
        return _stepped(rows, way, device)
    except DescentError:
        one_by_one(rows.at(slice(1)))  # names the setting that torch refuses, which for many rows has many values
        raise
    except RowsPartError as parting:
        records = Records.blank(rows)
        for where in (parting.there, ~parting.there):
            records.put(where, in_lockstep(rows.at(where), way, device))
        return records


def _stepped(rows: Rows, way: Way, device: str) -> Records:
    run = rows.as_one()
    leaves = leaves_of(run.surface, rows.starts, run.dtype, device)
    optimizer = build_optimizer(run.optimizer, leaves)
    scheduler = None if run.scheduler is None else build_scheduler(run.scheduler, optimizer)
    recorder = _Recorder(rows, leaves)
    kernels = _kernels(way)
    seen = -1

    def closure() -> Tensor:
        nonlocal seen
        optimizer.zero_grad()
        with kernels:
            loss = loss_of(run.surface, leaves)
            loss.backward(torch.ones_like(loss))  # type: ignore[no-untyped-call]
        if seen < step:
            seen = step
            recorder.see(step, leaves, loss.detach())
        return loss.detach().sum()

    for step in range(run.steps):
        with RowsForScalars() if rows.settings else nullcontext():
            optimizer.step(closure)  # type: ignore[arg-type]
        if recorder.over:
            recorder.hold_from(step + 1)
            break
        if scheduler is not None:
            step_scheduler(scheduler, math.nan, step)
    else:
        with torch.no_grad(), kernels:
            recorder.see(run.steps, leaves, loss_of(run.surface, leaves))
    return recorder.records()


class _Recorder:
    """Keeps what `Records` hold, on the device; a row whose loss is not finite is held as it was then."""

    def __init__(self, rows: Rows, leaves: Sequence[Tensor]) -> None:
        self._since, self._steps, self._surface = rows.since, rows.run.steps, rows.run.surface
        self._shape = leaves[0].shape[1:]  # of a matrix; of a number, none
        like = leaves[0].detach().new_empty(len(rows))
        entries = sum(len(each) for each in map(_flat, leaves))
        self._kept = like.new_empty((rows.kept, entries + 1, len(rows)))  # w1 and w2, or a matrix's entries; loss
        self._held = like.new_zeros((entries + 1, len(rows)))
        self._highest = torch.full_like(like, -math.inf)
        self._taken = torch.full_like(like, self._steps, dtype=torch.int64)
        self.alive = torch.ones_like(like, dtype=torch.bool)
        self._all_alive = True

    def see(self, row: int, leaves: Sequence[Tensor], loss: Tensor) -> None:
        """Record the iterates of a row and their losses, before the next step."""
        now = [*(entry for leaf in leaves for entry in _flat(leaf)), loss]
        # One that is not finite makes the sum so; the sum of finite ones may overflow, which costs only time.
        if not (self._all_alive and math.isfinite(float(loss.sum()))):
            self._stop(row, now)
        if row < self._steps:
            higher = torch.maximum(self._highest, loss)
            self._highest = higher if self._all_alive else torch.where(self.alive, higher, self._highest)
        if row >= self._since:
            for place, value, held in zip(self._kept[row - self._since], now, self._held, strict=True):
                place.copy_(value) if self._all_alive else torch.where(self.alive, value, held, out=place)

    @property
    def over(self) -> bool:
        """Whether every run has stopped."""
        return not (self._all_alive or bool(self.alive.any()))

    def _stop(self, row: int, now: Sequence[Tensor]) -> None:
        """Hold the rows whose loss is not finite."""
        stopping = self.alive & ~torch.isfinite(now[-1])
        self._held[:, stopping] = torch.stack(list(now))[:, stopping]
        self._taken[stopping] = row
        self.alive &= ~stopping
        self._all_alive = bool(self.alive.all())

    def hold_from(self, row: int) -> None:
        """Repeat what is held in all rows from this one on: every run has stopped."""
        self._kept[max(row - self._since, 0) :] = self._held

    def records(self) -> Records:
        """Everything recorded, as float64 arrays."""
        kept = self._kept.permute(2, 0, 1).double().cpu()
        entries, loss = kept[..., :-1], kept[..., -1].numpy()
        leaves = [entries.reshape(*entries.shape[:2], *self._shape)] if self._shape else entries.unbind(-1)
        whole = coordinates_of(self._surface, leaves)
        taken, highest = self._taken.cpu().numpy(), self._highest.double().cpu().numpy()
        return Records(whole[..., :2], loss, taken, highest, whole[..., 2:])


def _flat(leaf: Tensor) -> Sequence[Tensor]:
    """A parameter of many rows as its entries, ``[r]`` each."""
    return leaf.detach().reshape(len(leaf), -1).unbind(1)


class _SingleNumberKernels(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Gives torch's elementwise functions every other place of a larger tensor.

    Their kernels for full vectors, of ``pow`` and others, round differently from those for single numbers, which
    serve whatever does not lie densely in memory.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.Tag.pointwise in func.tags and not func._schema.is_mutable:
            args = tree_map(_spread, args)
        return func(*args, **(kwargs or {}))


def _kernels(way: Way) -> AbstractContextManager[object]:
    return _SingleNumberKernels() if way is Way.SCALAR else nullcontext()  # type: ignore[no-untyped-call]


def _spread(value: Any) -> Any:
    if not isinstance(value, Tensor) or value.dim() != 1:
        return value
    return torch.stack([value, value], dim=1)[:, 0]


@lru_cache(maxsize=64)
def _way_of_surface(surface: Surface, dtype: torch.dtype) -> Way:
    """How to compute loss and gradient of many points so that each has the bits it has alone."""
    low, high = np.array(surface.domain).T
    points = np.random.default_rng(0).uniform(low, high, (_POINTS, 2))
    alone = np.concatenate([_evaluated(surface, point[None], dtype, single=True) for point in points], axis=1)
    for way in (Way.TOGETHER, Way.SCALAR):
        try:
            with _kernels(way):
                together = _evaluated(surface, points, dtype)
        except Exception:  # a surface of one's own may take single numbers only
            return Way.ALONE
        if np.array_equal(alone, together, equal_nan=True):
            return way
    return Way.ALONE


def _evaluated(surface: Surface, points: Any, dtype: torch.dtype, single: bool = False) -> Any:
    """Loss and gradient, ``[3, n]``; of matrices, as many more as they have entries."""
    leaves = leaves_of(surface, points[0] if single else points, dtype)
    loss = loss_of(surface, leaves)
    loss.backward(torch.ones_like(loss))  # type: ignore[no-untyped-call]
    slopes = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    flat = [entry for slope in slopes for entry in _flat(slope[None] if single else slope)]
    return torch.stack([loss.detach().reshape(-1), *flat]).numpy()
