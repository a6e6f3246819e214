"""Rows: many runs that differ only in their starts and settings, as arrays, and what is kept of each."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from descent.record.many.row_scalars import PerRow
from descent.record.matrices import MatrixLoss
from descent.record.runs import Run
from descent.record.surfaces import Array
from descent.record.training import coordinates_of, leaves_of, loss_of
from descent.record.trajectories import trace


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Runs that differ in their starts and in some settings.

    Attributes:
        run: What they share; its start does not matter.
        starts: ``[n, 2]``.
        settings: Keywords of the optimizer, or else of the scheduler, with a value per row: ``[n]``, or ``[n, k]``
            for those that are tuples, such as ``betas``.
        since: The first row of each run's record that is kept.
    """

    run: Run
    starts: Array
    settings: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    since: int = 0

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def kept(self) -> int:
        """How many rows of each record are kept."""
        return self.run.steps + 1 - self.since

    def at(self, where: Any) -> "Rows":
        """Some of the rows, by a slice, a mask or positions."""
        settings = {name: values[where] for name, values in self.settings.items()}
        return replace(self, starts=self.starts[where], settings=settings)

    def alone(self, k: int) -> Run:
        """Row ``k`` as a run of its own."""
        settings = {name: values[k].tolist() for name, values in self.settings.items()}
        own = self._with({name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()})
        w1, w2 = self.starts[k].tolist()
        return replace(own, start=(w1, w2))

    def as_one(self) -> Run:
        """All rows as one run, whose settings have a value for each."""
        columns = {name: values.T.astype(np.float64) for name, values in self.settings.items()}
        return self._with({n: PerRow(c) if c.ndim == 1 else tuple(map(PerRow, c)) for n, c in columns.items()})

    def _with(self, settings: Mapping[str, Any]) -> Run:
        own = {name: value for name, value in settings.items() if name in settings_of(self.run.optimizer)}
        others = {name: value for name, value in settings.items() if name not in own}
        scheduler = self.run.scheduler
        if others and scheduler is not None:
            scheduler = partial(scheduler.func, **{**scheduler.keywords, **others})
        optimizer = partial(self.run.optimizer.func, **{**self.run.optimizer.keywords, **own})
        return replace(self.run, optimizer=optimizer, scheduler=scheduler)


def settings_of(spec: partial[Any]) -> list[str]:
    """The keywords that an optimizer or a scheduler has."""
    return list(inspect.signature(spec.func).parameters)[1:]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What is kept of each row; after a run has stopped, its last row is repeated.

    Attributes:
        params: ``[n, kept, 2]``, iterates, in float64.
        loss: ``[n, kept]``, the loss at each.
        steps: ``[n]``, the steps each run took.
        highest: ``[n]``, the highest loss of each run before its last row.
        hidden: ``[n, kept, h]``, the coordinates that pictures of a `MatrixLoss` do not show.
    """

    params: Array
    loss: Array
    steps: NDArray[np.int64]
    highest: Array
    hidden: Array

    @classmethod
    def blank(cls, rows: Rows) -> Self:
        """Room for the records of rows."""
        n, kept, loss = len(rows), rows.kept, rows.run.surface.loss
        hidden = loss.hidden if isinstance(loss, MatrixLoss) else 0
        whole, each = np.empty((n, kept, 2 + hidden)), np.empty(n, dtype=np.int64)
        return cls(whole[..., :2], np.empty((n, kept)), each, np.empty(n), whole[..., 2:])

    def put(self, where: Any, part: "Records") -> None:
        """Copy the records of some rows into their places."""
        self.params[where], self.hidden[where], self.loss[where] = part.params, part.hidden, part.loss
        self.steps[where], self.highest[where] = part.steps, part.highest

    def at(self, where: Any) -> "Records":
        """The records of some rows."""
        every = self.params, self.loss, self.steps, self.highest, self.hidden
        return Records(*(each[where] for each in every))

    def equals(self, other: "Records") -> bool:
        """Whether every number is the same, bit for bit."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return all(np.array_equal(mine, theirs, equal_nan=True) for mine, theirs in pairs)


def one_by_one(rows: Rows) -> Records:
    """Trace each row alone, by `trace`.

    A run whose loss is not finite at its start takes no step.

    Raises:
        DescentError: If torch refuses a row's settings.
    """
    records = Records.blank(rows)
    for k in range(len(rows)):
        run = rows.alone(k)
        leaves = leaves_of(run.surface, run.start, run.dtype)
        if bool(torch.isfinite(first := loss_of(run.surface, leaves).detach())):
            trajectory = trace(run)
            params, loss, hidden = trajectory.params, trajectory.loss, trajectory.hidden
        else:
            whole = coordinates_of(run.surface, [leaf.detach()[None] for leaf in leaves])
            params, loss, hidden = whole[:, :2], np.array([first.item()]), whole[:, 2:]
        last = len(loss) - 1
        kept = np.minimum(np.arange(rows.since, run.steps + 1), last)
        records.params[k], records.loss[k], records.hidden[k] = params[kept], loss[kept], hidden[kept]
        records.steps[k], records.highest[k] = last, loss[:last].max(initial=-np.inf)
    return records
