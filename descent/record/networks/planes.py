"""Planes through a network's weight space."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from descent.base.errors import DescentError
from descent.record.networks.recording import Recording
from descent.record.surfaces import Array, read_only


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
    """The plane along the first two principal components of the paths of one network, through the paths' mean.

    No other plane is nearer to the rows of the recordings, by the sum of their squared distances. Principal components
    of a path are those of Li et al. (2018), "Visualizing the loss landscape of neural nets", whose plane is shifted to
    the path's end: as steep, but farther off.

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
    mean = points.mean(axis=0)
    _, sizes, directions = np.linalg.svd(points - mean, full_matrices=False)
    share = sizes**2 / max(float((sizes**2).sum()), 1e-300)
    if len(share) < 2 or share[1] < 1e-12:
        raise DescentError("The path is a straight line or a point and spans no plane; take more steps.")
    # An axis and its opposite span the same line: the path goes to the positive side.
    travelled = recordings[-1].params[-1] - recordings[-1].params[0]
    axes = directions[:2] * np.where(directions[:2] @ travelled < 0, -1.0, 1.0)[:, None]
    return Plane(read_only(mean), read_only(axes), (float(share[0]), float(share[1])))


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
