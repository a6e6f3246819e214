"""Paths that were recorded elsewhere, by a training loop of one's own, as runs: walked again, point by point."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer

from descent.base.errors import DescentError
from descent.record.surfaces import Array


class RecordedPath(Optimizer):
    """An optimizer that knows no rule: its steps lead from each point of a path to the next.

    Where it goes after the last point is not known, so nothing is said of how it goes on.

    Attributes:
        points: ``[n + 1, 2]``, the path.
    """

    points: Array

    def __init__(self, params: Any) -> None:
        super().__init__(params, {})
        self._taken = 0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Go to the next point.

        Raises:
            DescentError: If the path has no more.
        """
        loss = None if closure is None else closure()
        self._taken += 1
        if self._taken >= len(self.points):
            raise DescentError(f"the path ends after {len(self.points) - 1} steps.")
        with torch.no_grad():
            for w, value in zip(self.param_groups[0]["params"], self.points[self._taken].tolist(), strict=True):
                w.fill_(value)
        return loss


def recorded(points: object, name: str = "Path") -> partial[RecordedPath]:
    """An optimizer whose run takes the steps of a path.

    Args:
        points: ``[n + 1, 2]``, the (w1, w2) before each step and after the last, as anything that numpy reads.
        name: What legends and sentences call it.

    Raises:
        DescentError: If they are not two or more points of finite numbers.

    >>> from descent.record.named_surfaces import VALLEY
    >>> from descent.record.runs import Run
    >>> from descent.record.trajectories import trace
    >>> run = Run(VALLEY, recorded([(1, 1), (0.5, 0)]), start=(1, 1), steps=1, dtype=torch.float64)
    >>> trace(run).params.tolist(), run.label
    ([[1.0, 1.0], [0.5, 0.0]], 'Path')
    """
    path = as_path(points)
    if path is None:
        raise DescentError("a path is two or more points (w1, w2), an array of shape (n, 2).")
    if not np.isfinite(path).all():
        first = int(np.flatnonzero(~np.isfinite(path).all(axis=1))[0])
        raise DescentError(
            f"the path's point {first} is {tuple(path[first].tolist())}; cut it before, at finite numbers."
        )
    path.flags.writeable = False
    return partial(type(name, (RecordedPath,), {"points": path, "__doc__": RecordedPath.__doc__}))


def as_path(points: object) -> Array | None:
    """Points as an array ``[n + 1, 2]`` of one's own; None if they are anything else."""
    try:
        given = points.detach().cpu() if isinstance(points, torch.Tensor) else points
        path = np.array(given, dtype=float)
    except (TypeError, ValueError):
        return None
    return path if path.ndim == 2 and path.shape[1] == 2 and len(path) > 1 else None
