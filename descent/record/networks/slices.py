"""A network's loss on a plane through its weight space, and along its path."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from descent.base.errors import DescentError
from descent.record.networks.batches import Data, Loss, all_batches, mean_loss
from descent.record.networks.devices import Device, find_device, moved
from descent.record.networks.many_weights import ask_many
from descent.record.networks.planes import Plane
from descent.record.networks.recording import Mode, Recording
from descent.record.networks.scans import scan_slice
from descent.record.surfaces import Array, Surface, read_only


def loss_along(
    recording: Recording, loss: Loss, data: Data, mode: Mode | None = None, seed: int = 0, device: Device = None
) -> Array:
    """The loss ``[n+1]`` of all data at every row of a recording, with the state of the row.

    Args:
        recording: A network's path.
        loss: The loss that it was trained on.
        data: A batch, or batches; of several, the mean, each weighted by its number of examples.
        mode: The mode of the network; by default the one that it was in at the row.
        seed: For what draws random numbers: every row draws the same.
        device: Where to compute, as torch names it.

    Raises:
        DescentError: If module, loss and data do not fit together.
    """
    place = find_device(device)
    batches = [moved(batch, place) for batch in all_batches(data)]
    modes = [mode or recording.mode(row) for row in range(len(recording.params))]
    losses = np.full(len(modes), np.nan)
    for each in dict.fromkeys(modes):
        rows = np.flatnonzero([own == each for own in modes])
        state = {name: values[rows] for name, values in recording.state.items()}
        network = recording.network(0, each)
        losses[rows] = ask_many(
            network,
            partial(mean_loss, loss=loss, batches=batches),
            len(rows),
            lambda few, rows=rows: recording.params[rows[few]],  # type: ignore[misc]
            state,
            seed,
            place,
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
    device: Device = None,
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
        device: Where to compute, as torch names it.

    Raises:
        DescentError: If the plane belongs to another network, or module, loss and data do not fit together.
    """
    size = recording.params.shape[1]
    if size != plane.origin.size:
        raise DescentError(f"The module has {size} parameters, but the plane lies among {plane.origin.size}.")
    place = find_device(device)
    batches = [moved(batch, place) for batch in all_batches(data)]
    network = recording.network(row, mode or recording.mode(row))
    return ask_many(
        network,
        partial(mean_loss, loss=loss, batches=batches),
        len(coordinates),
        lambda few: plane.lift(coordinates[few]),
        seed=seed,
        device=place,
    )


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
    device: Device = None,
) -> Surface:
    """The loss on the part of a plane where paths run, as a surface to draw.

    It is computed at ``n × n`` points and interpolated between them by cubics; `scan_slice` does so in a given time.
    Pictures of it say in which mode, and in evaluation mode whose state was used.

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
        device: Where to compute, as torch names it.

    Raises:
        DescentError: If there is no recording, or something does not fit together.
    """
    return scan_slice(recordings, plane, loss, data, n, name, row, mode, seed, device=device).surface()
