"""Planes through a network's weight space, and its loss on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import spline_filter  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.func import functional_call, vmap

from descent.base.errors import DescentError
from descent.record.networks.recording import Batch, Loss, Recording
from descent.record.runs import Run
from descent.record.surfaces import Array, Surface, read_only
from descent.record.trajectories import Trajectory

_CHUNK = 512
_RIM = 4


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane in weight space: ``origin + a · axes[0] + b · axes[1]``.

    Attributes:
        origin: ``[P]``.
        axes: ``[2, P]``, of any length and angle but independent.
        explained: The share of the paths' variance along each axis, where the axes are principal components.
    """

    origin: Array
    axes: Array
    explained: tuple[float, float] | None = None

    def project(self, params: Array) -> Array:
        """Coordinates ``[…, 2]`` of the points of the plane that are nearest to parameters ``[…, P]``."""
        coordinates: Array = (params - self.origin).astype(float) @ np.linalg.pinv(self.axes.astype(float))
        return coordinates

    def lift(self, coordinates: Array) -> Array:
        """Parameters ``[…, P]`` of coordinates ``[…, 2]``."""
        lifted: Array = self.origin + coordinates @ self.axes.astype(float)
        return lifted

    def distance(self, params: Array) -> Array:
        """How far parameters ``[…, P]`` lie off the plane, ``[…]``."""
        off: Array = np.linalg.norm(params - self.lift(self.project(params)), axis=-1)
        return off


def principal_plane(*recordings: Recording) -> Plane:
    """The plane along the first two principal components of the paths of one network.

    It goes through the end of a single path, as in Li et al. (2018), "Visualizing the loss landscape of neural nets",
    and through the start that several paths share.

    Raises:
        DescentError: If the recordings are of different networks, start apart, or do not span a plane.
    """
    if not recordings or len({r.params.shape[1] for r in recordings}) != 1:
        raise DescentError("A principal plane needs recordings of one network.")
    if any(not np.array_equal(r.params[0], recordings[0].params[0]) for r in recordings):
        raise DescentError("The recordings start from different parameters; record them from one module.")
    points = np.concatenate([r.params for r in recordings]).astype(float)
    if not np.isfinite(points).all():
        raise DescentError("A recording left the finite numbers; lower its learning rate.")
    _, sizes, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    share = sizes**2 / max(float((sizes**2).sum()), 1e-300)
    if len(share) < 2 or share[1] < 1e-12:
        raise DescentError("The path is a straight line or a point and spans no plane; take more steps.")
    # An axis and its opposite span the same line: the path goes to the positive side.
    travelled = recordings[-1].params[-1] - recordings[-1].params[0]
    axes = directions[:2] * np.where(directions[:2] @ travelled < 0, -1.0, 1.0)[:, None]
    anchor = recordings[0].params[-1] if len(recordings) == 1 else recordings[0].params[0]
    return Plane(read_only(anchor.astype(float)), read_only(axes), (float(share[0]), float(share[1])))


def random_plane(recording: Recording, seed: int = 0) -> Plane:
    """A plane through the end of a path along two random directions, normalised filter by filter.

    A direction's part in a filter (a row of a matrix, an output channel of a convolution) is as long as the filter
    itself; parts in biases and other vectors are zero. Source: Li et al. (2018).
    """
    generator = torch.Generator().manual_seed(seed)
    network = recording.network()
    axes = [
        torch.cat([_filter_normalised(weight.detach(), generator).flatten() for weight in network.parameters()])
        for _ in range(2)
    ]
    return Plane(read_only(recording.params[-1].astype(float)), read_only(torch.stack(axes).double().numpy()))


def _filter_normalised(weight: Tensor, generator: torch.Generator) -> Tensor:
    if weight.ndim < 2:
        return torch.zeros_like(weight)
    drawn = torch.randn(weight.shape, generator=generator)
    own, other = weight.flatten(1).norm(dim=1), drawn.flatten(1).norm(dim=1)
    scaled: Tensor = drawn * (own / other).reshape(-1, *[1] * (weight.ndim - 1))
    return scaled


def loss_on_plane(module: nn.Module, loss: Loss, data: Batch, plane: Plane, coordinates: Array) -> Array:
    """The loss ``[m]`` at points ``[m, 2]`` of a plane, in evaluation mode, computed many at a time.

    Raises:
        DescentError: If the plane belongs to another network.
    """
    names = dict(module.named_parameters())
    sizes = [weight.numel() for weight in names.values()]
    if sum(sizes) != plane.origin.size:
        raise DescentError(f"The module has {sum(sizes)} parameters, but the plane lies among {plane.origin.size}.")
    buffers = dict(module.named_buffers())
    module.eval()

    def at(flat: Tensor) -> Tensor:
        parts = torch.split(flat, sizes)
        weights = {name: part.reshape(own.shape) for (name, own), part in zip(names.items(), parts, strict=True)}
        return loss(functional_call(module, (weights, buffers), (data[0],)), data[1])

    found = []
    with torch.no_grad():
        for few in np.array_split(coordinates, max(1, -(-len(coordinates) // _CHUNK))):
            found.append(vmap(at)(torch.tensor(plane.lift(few), dtype=torch.float32)))
    losses: Array = torch.cat(found).double().numpy()
    return losses


def slice_surface(
    recordings: Sequence[Recording], plane: Plane, loss: Loss, data: Batch, n: int = 61, name: str = "slice"
) -> Surface:
    """The loss on the part of a plane where paths run, as a surface to draw.

    It is computed at ``n × n`` points and interpolated between them by cubics.

    Args:
        recordings: Paths of one network; the view holds all of them, with a margin.
        plane: Where to cut.
        loss: The loss that they were trained on.
        data: The batch to compute it on.
        n: Points along each axis, at least 4.
        name: What to call the surface.
    """
    path = np.concatenate([plane.project(r.params) for r in recordings])
    low, high = path.min(axis=0).tolist(), path.max(axis=0).tolist()
    margin = 0.15 * max(high[0] - low[0], high[1] - low[1], 1e-9)
    view = ((low[0] - margin, high[0] + margin), (low[1] - margin, high[1] + margin))
    # Splines are bent at the edge of their table, so the table reaches beyond the view.
    ends = [(low - _RIM * (high - low) / (n - 1), high + _RIM * (high - low) / (n - 1)) for low, high in view]
    count = n + 2 * _RIM
    columns, rows = np.meshgrid(*(np.linspace(low, high, count) for low, high in ends))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1)
    values = loss_on_plane(recordings[0].network(), loss, data, plane, points).reshape(count, count)
    coefficients = torch.tensor(spline_filter(values, mode="mirror"))

    def interpolated(w1: Tensor, w2: Tensor) -> Tensor:
        column, row = (
            ((w - low) / (high - low)).clamp(0, 1) * (count - 1) for w, (low, high) in zip((w1, w2), ends, strict=True)
        )
        return _spline(coefficients.to(w1.dtype), row, column)

    source = "computed on a plane through a network's weights"
    return Surface(name, interpolated, view, (), source=source)


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


def to_trajectory(recording: Recording, plane: Plane, surface: Surface) -> Trajectory:
    """A recorded path as the stage draws paths: projected on a plane, with the losses that were measured on the way.

    The losses are those of the network, not of the surface below the projected points; gradients are not projected
    and NaN.
    """
    params = plane.project(recording.params)
    start = (float(params[0, 0]), float(params[0, 1]))
    run = Run(surface, recording.optimizer, start, recording.steps, recording.scheduler)
    unknown = read_only(np.full_like(params, np.nan))
    loss, update = read_only(recording.loss.astype(float)), read_only(np.diff(params, axis=0))
    return Trajectory(run, read_only(params), loss, unknown, recording.lr, update, {})
