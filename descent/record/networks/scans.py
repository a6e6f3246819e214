"""The loss at a table of points on a plane, from coarse to fine, near the paths first: as far as there is time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np

from descent.base.errors import DescentError
from descent.base.numbers import quantity
from descent.base.progress import Progress
from descent.record.networks.batches import Data, Loss, all_batches, each_loss
from descent.record.networks.devices import Device, find_device, moved
from descent.record.networks.many_weights import Asker
from descent.record.networks.planes import Plane
from descent.record.networks.recording import MODES, Mode, Recording
from descent.record.networks.samples import Sample, mean_and_error
from descent.record.networks.splines import filled, interpolated
from descent.record.networks.tables import KeptTable, Table, digest_of, strides_of
from descent.record.surfaces import Array, Domain, Surface, differentiating, read_only

_RIM = 4  # points beyond the view: splines are bent at the edge of their table


@dataclass(frozen=True, slots=True, eq=False)
class LossSlice:
    """The loss of a network at a table of points on a plane.

    Attributes:
        view: The part of the plane that pictures show.
        ends: Where the table begins and ends, a little beyond the view.
        values: ``[c, c]``, NaN where it was not computed; the first row is the lowest.
        error: ``[c, c]``, the standard error of each, of a `Sample`; None of all data.
        name: What it is called.
        note: What pictures say of it.
    """

    view: Domain
    ends: Domain
    values: Array
    error: Array | None
    name: str
    note: str

    @property
    def computed(self) -> float:
        """The share of the table's points that were computed; the others are interpolated."""
        return float(1 - np.isnan(self.values).mean())

    def table(self) -> Array:
        """The values ``[c, c]`` without gaps: cubics where nothing was computed, the highest where it is not finite.

        Raises:
            DescentError: If it is finite nowhere.
        """
        finite = np.isfinite(self.values)
        if not finite.any():
            raise DescentError("The loss is finite nowhere on this slice; choose another plane.")
        known = np.where(finite | np.isnan(self.values), self.values, self.values[finite].max())
        return filled(known, strides_of(len(known))) if np.isnan(known).any() else known

    @differentiating()
    def surface(self) -> Surface:
        """The slice as a surface to draw: cubics between the points.

        Raises:
            DescentError: If it is finite nowhere.
        """
        source = "computed on a plane through a network's weights"
        note = self.note if self.computed == 1 else f"{self.note}, {self.computed:.0%} of its points computed"
        return Surface(self.name, interpolated(self.table(), self.ends), self.view, (), source=source, note=note)


def scan_slice(
    recordings: Sequence[Recording],
    plane: Plane,
    loss: Loss,
    data: Data,
    n: int = 61,
    name: str = "slice",
    row: int = -1,
    mode: Mode | None = None,
    seed: int = 0,
    *,
    view: Domain | None = None,
    points: int | None = None,
    seconds: float | None = None,
    keep: str | PathLike[str] | None = None,
    device: Device = None,
    progress: Progress = lambda *_: None,
) -> LossSlice:
    """The loss on the part of a plane where paths run, at a table of points, as many as there is time for.

    The table is gone through from coarse points to fine ones, near the paths first, many points at once. The coarsest
    points, some forty, are computed whatever the time.

    Args:
        recordings: Paths of one network; the view holds all of them, with a margin. State that is no parameter, such
            as running statistics, is that of the first.
        plane: Where to cut.
        loss: The loss that they were trained on.
        data: A batch, or batches; of several, the mean, each weighted by its number of examples; of a `Sample`, with
            its error.
        n: Points along each axis of the view, at least 4.
        name: What to call it.
        row: The row whose state is used, the last by default.
        mode: The mode of the network; by default the one that the first was in at that row.
        seed: For what draws random numbers, such as dropout: every point draws the same.
        view: What part of the plane; by default where the paths are.
        points: How many points to compute at most.
        seconds: How long to compute.
        keep: A file, .npz, for what was computed: there, it is gone on with; else it is written. What it is of is
            checked, but for the loss, of which one point is computed again.
        device: Where to compute, as torch names it.
        progress: Told (points done, points to do, what is going on).

    Raises:
        DescentError: If there is no recording, or something does not fit together.
    """
    if not recordings:
        raise DescentError("A slice needs at least one recording.")
    if isinstance(n, bool) or not isinstance(n, int) or n < 4:
        raise DescentError(f"A slice takes a whole number of points along each axis, at least 4, not {n!r}.")
    first = recordings[0]
    if first.params.shape[1] != plane.origin.size:
        raise DescentError(
            f"The module has {first.params.shape[1]} parameters, but the plane lies among {plane.origin.size}."
        )
    mode = mode or first.mode(row)
    paths = [plane.project(r.params) for r in recordings]
    view = view or around(paths)
    ends = _beyond(view, n)
    place, batches = find_device(device), all_batches(data)
    network = first.network(row, mode)
    asker = Asker(
        network, partial(each_loss, loss=loss, batches=[moved(b, place) for b in batches]), seed=seed, device=place
    )
    table = Table(plane, ends, n + 2 * _RIM, len(batches), asker)
    file = (
        None
        if keep is None
        else KeptTable(Path(keep), digest_of(plane, ends, n, mode, seed, network.state_dict(), batches))
    )
    if file is not None:
        file.load_into(table)
    order = table.order(paths)
    table.compute(order, points, seconds, file, progress)
    mean, error = mean_and_error(table.losses, batches, data)
    note = _note(name, recordings, row, mode)
    if isinstance(data, Sample) and error is not None:
        off = float(np.nanmedian(error))
        note += f", on {data}, ± {quantity(off)}"
    return LossSlice(view, ends, read_only(mean), None if error is None else read_only(error), name, note)


def around(paths: Sequence[Array], square: bool = False) -> Domain:
    """The view of paths ``[k, 2]`` with a margin; if it is to be square, as wide as it is high."""
    path = np.concatenate(paths)
    path = path[np.isfinite(path).all(axis=1)]
    low, high = path.min(axis=0), path.max(axis=0)
    side = max(float((high - low).max()), 1e-9)
    if square:
        middle = (low + high) / 2
        low, high = middle - side / 2, middle + side / 2
    (left, lower), (right, upper) = (low - 0.15 * side).tolist(), (high + 0.15 * side).tolist()
    return (left, right), (lower, upper)


def _beyond(view: Domain, n: int) -> Domain:
    (left, right), (low, high) = view
    across, up = _RIM * (right - left) / (n - 1), _RIM * (high - low) / (n - 1)
    return (left - across, right + across), (low - up, high + up)


def _note(name: str, recordings: Sequence[Recording], row: int, mode: Mode) -> str:
    """What a picture of a slice says of it."""
    first = recordings[0]
    note = f"{name}, {MODES[mode]}"
    if mode == "train" or not first.state:
        return note
    step = first.at[row]
    whose = f" of {' '.join(first.label.split())}" if len(recordings) > 1 else ""
    return f"{note}, statistics{whose} at step {step}"
