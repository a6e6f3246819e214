"""A network's loss on a plane through its weight space, and along its path."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from scipy.ndimage import spline_filter  # type: ignore[import-untyped]
from torch import Tensor

from descent.base.errors import DescentError
from descent.record.networks.batches import Data, Loss, all_batches, mean_loss
from descent.record.networks.many_weights import ask_many
from descent.record.networks.planes import Plane
from descent.record.networks.recording import MODES, Mode, Recording
from descent.record.surfaces import Array, Surface, differentiating, read_only

_RIM = 4


def loss_along(recording: Recording, loss: Loss, data: Data, mode: Mode | None = None, seed: int = 0) -> Array:
    """The loss ``[n+1]`` of all data at every row of a recording, with the state of the row.

    Args:
        recording: A network's path.
        loss: The loss that it was trained on.
        data: A batch, or batches; of several, the mean, each weighted by its number of examples.
        mode: The mode of the network; by default the one that it was in at the row.
        seed: For what draws random numbers: every row draws the same.

    Raises:
        DescentError: If module, loss and data do not fit together.
    """
    batches = all_batches(data)
    modes = [mode or recording.mode(row) for row in range(len(recording.params))]
    losses = np.full(len(modes), np.nan)
    for each in dict.fromkeys(modes):
        rows = np.flatnonzero([own == each for own in modes])
        params, state = recording.params[rows], {name: values[rows] for name, values in recording.state.items()}
        network = recording.network(0, each)
        losses[rows] = ask_many(
            network, partial(mean_loss, loss=loss, batches=batches), len(rows), params.__getitem__, state, seed
        )
    return read_only(losses)


def loss_on_plane(
    recording: Recording,
    loss: Loss,
    data: Data,
    plane: Plane,
    coordinates: Array,
    row: int = -1,
    mode: Mode | None = None,
    seed: int = 0,
) -> Array:
    """The loss ``[m]`` of a network at points ``[m, 2]`` of a plane, many at a time.

    Parameters are those of the points. State that is no parameter, such as running statistics, has no place in the
    plane: it is that of a row of the recording.

    Args:
        recording: Whose module and state it is.
        loss: The loss that it was trained on.
        data: A batch, or batches; of several, the mean, each weighted by its number of examples.
        plane: Where the points are.
        coordinates: On the plane's axes.
        row: The row whose state is used, the last by default.
        mode: The mode of the network; by default the one that it was in at that row.
        seed: For what draws random numbers, such as dropout: every point draws the same.

    Raises:
        DescentError: If the plane belongs to another network, or module, loss and data do not fit together.
    """
    size = recording.params.shape[1]
    if size != plane.origin.size:
        raise DescentError(f"The module has {size} parameters, but the plane lies among {plane.origin.size}.")
    batches = all_batches(data)
    network = recording.network(row, mode or recording.mode(row))
    return ask_many(
        network,
        partial(mean_loss, loss=loss, batches=batches),
        len(coordinates),
        lambda few: plane.lift(coordinates[few]),
        seed=seed,
    )


@differentiating()
def slice_surface(
    recordings: Sequence[Recording],
    plane: Plane,
    loss: Loss,
    data: Data,
    n: int = 61,
    name: str = "slice",
    row: int = -1,
    mode: Mode | None = None,
    seed: int = 0,
) -> Surface:
    """The loss on the part of a plane where paths run, as a surface to draw.

    It is computed at ``n × n`` points and interpolated between them by cubics. Pictures of it say in which mode, and
    in evaluation mode whose state was used.

    Args:
        recordings: Paths of one network; the view holds all of them, with a margin. State that is no parameter, such
            as running statistics, is that of the first.
        plane: Where to cut.
        loss: The loss that they were trained on.
        data: The data to compute it on; see `loss_on_plane`.
        n: Points along each axis, at least 4.
        name: What to call the surface.
        row: The row whose state is used, the last by default.
        mode: The mode of the network; by default the one that the first was in at that row.
        seed: For what draws random numbers.

    Raises:
        DescentError: If there is no recording, or something does not fit together.
    """
    if not recordings:
        raise DescentError("A slice needs at least one recording.")
    if isinstance(n, bool) or not isinstance(n, int) or n < 4:
        raise DescentError(f"A slice takes a whole number of points along each axis, at least 4, not {n!r}.")
    first = recordings[0]
    mode = mode or first.mode(row)
    path = np.concatenate([plane.project(r.params) for r in recordings])
    low, high = path.min(axis=0).tolist(), path.max(axis=0).tolist()
    margin = 0.15 * max(high[0] - low[0], high[1] - low[1], 1e-9)
    view = ((low[0] - margin, high[0] + margin), (low[1] - margin, high[1] + margin))
    # Splines are bent at the edge of their table, so the table reaches beyond the view.
    ends = [(low - _RIM * (high - low) / (n - 1), high + _RIM * (high - low) / (n - 1)) for low, high in view]
    count = n + 2 * _RIM
    columns, rows = np.meshgrid(*(np.linspace(low, high, count) for low, high in ends))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1)
    values = loss_on_plane(first, loss, data, plane, points, row, mode, seed).reshape(count, count)
    coefficients = torch.tensor(spline_filter(values, mode="mirror"))

    def interpolated(w1: Tensor, w2: Tensor) -> Tensor:
        column, row = (
            ((w - low) / (high - low)).clamp(0, 1) * (count - 1) for w, (low, high) in zip((w1, w2), ends, strict=True)
        )
        return _spline(coefficients.to(w1.dtype), row, column)

    source = "computed on a plane through a network's weights"
    return Surface(name, interpolated, view, (), source=source, note=_note(name, recordings, row, mode))


def _note(name: str, recordings: Sequence[Recording], row: int, mode: Mode) -> str:
    """What a picture of a slice says of it."""
    first = recordings[0]
    note = f"{name}, {MODES[mode]}"
    if mode == "train" or not first.state:
        return note
    step = first.at[row]
    whose = f" of {' '.join(first.label.split())}" if len(recordings) > 1 else ""
    return f"{note}, statistics{whose} at step {step}"


def _spline(coefficients: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """A cubic B-spline with these coefficients, mirrored at its edges, at fractional rows and columns."""
    last = len(coefficients) - 1

    def taps(at: Tensor) -> list[tuple[Tensor, Tensor]]:
        whole = at.detach().floor().clamp(0, last - 1)
        t = at - whole
        weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
        places = (last - (last - (whole.long() + k - 1).abs()).abs() for k in range(4))
        return [(place, weight / 6) for place, weight in zip(places, weights, strict=True)]

    parts = [wr * wc * coefficients[r, c] for r, wr in taps(row) for c, wc in taps(column)]
    return torch.stack(parts).sum(dim=0)
