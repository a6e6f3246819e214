"""Basins: in which minimum gradient descent ends from every start of a grid."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.optim import SGD

from descent.errors import DescentError
from descent.partials import build_optimizer, torch_class
from descent.runs import Run
from descent.surfaces import Array, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Basins:
    """Where descent ends, over a regular grid of starts that fills the view.

    Attributes:
        w1: ``[columns]``, the starts' first parameter.
        w2: ``[rows]``, the starts' second parameter.
        minimum: ``[rows, columns]``, the position in ``surface.minima`` of the minimum reached from
            ``(w1[i], w2[j])``, or −1 where the run ends elsewhere.
    """

    w1: Array
    w2: Array
    minimum: npt.NDArray[np.int64]


def basins(run: Run, shape: tuple[int, int], within: float = 0.1) -> Basins:
    """Take the steps of a run from every start of a grid at once.

    `SGD` treats every element of a tensor alike, so one tensor of starts is as many runs.

    Args:
        run: Surface, optimizer (`SGD` without a scheduler) and steps; its start does not matter.
        shape: How many columns and rows of starts, edges included.
        within: Largest distance from a minimum that counts as reaching it, in parameter units.

    Returns:
        The minimum reached from each start.

    Raises:
        DescentError: If the optimizer is not plain `SGD`, or has a scheduler.

    >>> from functools import partial
    >>> from descent.zoo import VALLEY
    >>> basins(Run(VALLEY, partial(SGD, lr=0.25), (2, 0), 200), (3, 2)).minimum.tolist()
    [[0, 0, 0], [0, 0, 0]]
    """
    if torch_class(run.optimizer) is not SGD or run.scheduler is not None:
        raise DescentError(f"basins are traced with SGD and no scheduler, not with {run.label!r}.")
    (columns, rows), (left_right, bottom_top) = shape, run.surface.domain
    w1 = torch.linspace(*left_right, columns, dtype=torch.float64)
    w2 = torch.linspace(*bottom_top, rows, dtype=torch.float64)
    starts = torch.meshgrid(w1, w2, indexing="xy")
    leaves = [start.to(run.dtype).clone().requires_grad_() for start in starts]
    optimizer: Any = build_optimizer(run.optimizer, leaves)
    with _one_thread():
        for _ in range(run.steps):
            optimizer.zero_grad()
            run.surface(*leaves).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    ends = torch.stack(leaves, -1).detach().double().numpy()
    return Basins(read_only(w1.numpy()), read_only(w2.numpy()), _nearest(ends, run.surface.minima, within))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Grids are small: threads would spend ten times the work on waiting for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _nearest(ends: Array, minima: tuple[tuple[float, float], ...], within: float) -> npt.NDArray[np.int64]:
    found = np.full(ends.shape[:2], -1)
    for k, minimum in enumerate(minima):
        found[np.linalg.norm(ends - minimum, axis=-1) <= within] = k
    found.flags.writeable = False
    return found
