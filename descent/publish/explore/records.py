"""Records: what torch did in a run, and how far from it a run on the page may be and still be torch's."""

from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from descent.base.errors import DescentError
from descent.record.runs import Run
from descent.record.surfaces import Array, Surface
from descent.record.trajectories import Trajectory, trace

_FREE = 16.0
"""Units in the last place by which a page's run may differ from torch's at any time."""

_SPREAD = 16.0
"""How many times farther than its neighbours, one unit in the last place away, a page's run may be from torch's."""

_CHAOTIC = 1e-3
"""Beside the view's longer side: where the bound is larger, rounding decides, and the run is compared no further."""


@dataclass(frozen=True, slots=True)
class Record:
    """Torch's record of a run; numbers as `packed` writes them.

    Attributes:
        w: ``[n+1, 2]``, the iterates.
        loss: ``[n+1]``.
        lr: ``[n]``.
        bound: ``[n+1]``, how far a run on the page may be from each iterate and still be torch's.
        until: The last row up to which that is small beside the view.
    """

    w: str
    loss: str
    lr: str
    bound: str
    until: int


def packed(values: Array) -> str:
    """Numbers as text, in as few bytes as hold every one of them: in base64, little-endian.

    Returns:
        ``4:…`` as single precision where that changes none of them, else ``8:…``; ``count*…`` where all are the same.

    >>> packed(np.array([0.5, 0.25])), packed(np.array([0.1, 0.1, 0.1]))
    ('4:AAAAPwAAgD4=', '3*mpmZmZmZuT8=')
    """
    doubles = np.ascontiguousarray(values, dtype="<f8").ravel()
    with np.errstate(over="ignore"):
        singles = doubles.astype("<f4")
    if len(doubles) > 1 and len(set(doubles.view("<u8").tolist())) == 1:  # of bits, which tell −0 from 0
        return f"{len(doubles)}*{_text(doubles[:1])}"
    if np.array_equal(singles.astype("<f8"), doubles, equal_nan=True):
        return f"4:{_text(singles)}"
    return f"8:{_text(doubles)}"


def _text(values: Array) -> str:
    return b64encode(values.tobytes()).decode()


def record(trajectory: Trajectory, compared: bool) -> Record:
    """What torch did.

    Args:
        trajectory: The run.
        compared: Whether the page computes it, too, and needs to know how far apart they may be.
    """
    rows = len(trajectory.loss)
    far = _single(_bounds(trajectory)) if compared else np.zeros(rows)
    sides = [high - low for low, high in trajectory.run.surface.domain]
    chaotic = np.flatnonzero(~(far <= _CHAOTIC * max(sides)))
    until = max(int(chaotic[0]) - 1, 0) if chaotic.size else rows - 1
    return Record(packed(trajectory.params), packed(trajectory.loss), packed(trajectory.lr), packed(far), until)


def _single(bounds: Array) -> Array:
    """The next number that single precision holds and that is not smaller, which takes half of the room."""
    with np.errstate(over="ignore"):
        near = bounds.astype(np.float32)
    return np.where(near < bounds, np.nextafter(near, np.float32(np.inf)), near).astype(np.float64)


def _bounds(trajectory: Trajectory) -> Array:
    """How far from each iterate a run may be that rounds otherwise: farther than neighbours that differ in a last bit.

    Neighbours start one unit in the last place away, or have a rate four units off, which counts at every step.
    """
    run = trajectory.run
    eps = float(torch.finfo(run.dtype).eps)
    farthest = np.zeros(len(trajectory.loss))
    for other in _neighbours(run, eps):
        rows = min(len(other.loss), len(farthest))
        with np.errstate(invalid="ignore", over="ignore"):
            apart = np.abs(other.params[:rows] - trajectory.params[:rows]).max(axis=1)
        farthest[:rows] = np.maximum(farthest[:rows], np.where(np.isfinite(apart), apart, np.inf))
        farthest[rows:] = np.inf
    size = np.maximum(np.abs(trajectory.params).max(axis=1), 1.0)
    bound = _SPREAD * np.maximum.accumulate(farthest) + _FREE * eps * np.fmax.accumulate(size)
    return np.where(np.isfinite(bound), bound, np.inf)


def _neighbours(run: Run, eps: float) -> list[Trajectory]:
    near = []
    for k, sign in ((0, 1), (0, -1), (1, 1), (1, -1)):
        start = list(run.start)
        start[k] += sign * eps * max(abs(start[k]), 0.5)
        near.append(replace(run, surface=_wide(run.surface, start), start=(start[0], start[1])))
    if isinstance(rate := run.optimizer.keywords.get("lr"), float):
        near += [replace(run, optimizer=partial(run.optimizer.func, **{**run.optimizer.keywords, "lr": rate * factor}))
                 for factor in (1 + 4 * eps, 1 - 4 * eps)]  # fmt: skip
    found = []
    for each in near:
        with suppress(DescentError):  # a start beside which there is no loss
            found.append(trace(each))
    return found


def _wide(surface: Surface, start: Sequence[float]) -> Surface:
    """The surface in a view that holds a start, even one at the edge."""
    w1, w2 = start
    return replace(surface, domain=((w1 - 1, w1 + 1), (w2 - 1, w2 + 1)), minima=())
