"""Planes through a network's weight space."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from descent.base.errors import DescentError
from descent.record.networks.recording import Recording
from descent.record.networks.stored import Params, StoredRows, columns
from descent.record.surfaces import Array, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane in weight space: ``origin + a · axes[0] + b · axes[1]``.

    Attributes:
        origin: ``[P]``.
        axes: ``[2, P]``, of any length and angle but independent.
        explained: The share of the paths' variance along each axis, where the axes are principal components.
        kind: What plane it is, for pictures, such as "principal components".
    """

    origin: Array
    axes: Array
    explained: tuple[float, float] | None = None
    kind: str = ""

    def project(self, params: Params) -> Array:
        """Coordinates ``[…, 2]`` of the points of the plane that are nearest to parameters ``[…, P]``."""
        if isinstance(params, StoredRows):
            return np.stack([self.project(row) for row in params])
        axes = self.axes.astype(float, copy=False)
        coordinates: Array = ((params - self.origin).astype(float) @ axes.T) @ np.linalg.inv(axes @ axes.T)
        return coordinates

    def lift(self, coordinates: Array) -> Array:
        """Parameters ``[…, P]`` of coordinates ``[…, 2]``."""
        lifted: Array = self.origin + coordinates @ self.axes.astype(float, copy=False)
        return lifted

    def distance(self, params: Params) -> Array:
        """How far parameters ``[…, P]`` lie off the plane, ``[…]``."""
        if isinstance(params, StoredRows):
            return np.array([float(self.distance(row)) for row in params])
        off: Array = np.linalg.norm(params - self.lift(self.project(params)), axis=-1)
        return off

    def held(self, *paths: Params) -> float:
        """How much of paths ``[n+1, P]`` the plane holds: the share of their variance along its directions.

        ``Σ ‖proj(x − x̄)‖² / Σ ‖x − x̄‖²``, ``x̄`` the mean of all rows; 1 for a path in the plane or one that is a point.
        """
        first = np.asarray(paths[0][0], dtype=float)
        total, inside, count, square = np.zeros_like(first), np.zeros(2), 0, 0.0
        found = []
        for row in (row for path in paths for row in path):
            moved = np.asarray(row, dtype=float) - first
            total += moved
            square += float(moved @ moved)
            found.append(self.axes @ moved)
            count += 1
        inside = np.array(found) - np.mean(found, axis=0)
        variance = square - float(total @ total) / count
        kept = float(np.einsum("ki,ij,kj->", inside, np.linalg.inv(self.axes @ self.axes.T), inside))
        return 1.0 if variance <= 1e-14 * square or square == 0 else min(kept / variance, 1.0)


def principal_plane(*recordings: Recording) -> Plane:
    """The plane along the first two principal components of the paths of one network, through the paths' mean.

    No other plane is nearer to the rows of the recordings, by the sum of their squared distances. The components are
    those of the rows' Gram matrix ``[T, T]``, so that rows that were left on the disk (``read(…, stream=True)``) are
    gone through twice, some columns at a time. Principal components of a path are those of Li et al. (2018),
    "Visualizing the loss landscape of neural nets", whose plane is shifted to the path's end: as steep, but farther
    off.

    Raises:
        DescentError: If the recordings are of different networks, are not finite, or do not span a plane.
    """
    if not recordings or len({r.params.shape[1] for r in recordings}) != 1:
        raise DescentError("A principal plane needs recordings of one network.")
    paths = [r.params for r in recordings]
    rows = sum(map(len, paths))
    gram = np.zeros((rows, rows))
    for points in _together(paths):
        if not np.isfinite(points).all():
            raise DescentError("A recording left the finite numbers; lower its learning rate.")
        points = points - points.mean(axis=0)
        gram += points @ points.T
    sizes, vectors = np.linalg.eigh(gram)
    sizes, vectors = np.maximum(sizes[::-1], 0), vectors[:, ::-1]
    share = sizes / max(float(sizes.sum()), 1e-300)
    if rows < 3 or share[1] < 1e-12:
        raise DescentError("The path is a straight line or a point and spans no plane; take more steps.")
    # An axis and its opposite span the same line: the last path goes to the positive side.
    last = vectors[-1, :2] - vectors[rows - len(paths[-1]), :2]
    weights = vectors[:, :2] * np.where(last < 0, -1.0, 1.0) / np.sqrt(sizes[:2])
    stored = any(isinstance(path, StoredRows) for path in paths)
    size, dtype = paths[0].shape[1], np.float32 if stored else float
    origin, axes = np.empty(size, dtype), np.empty((2, size), dtype)
    first = 0
    for points in _together(paths):
        mean, few = points.mean(axis=0), slice(first, first + points.shape[1])
        origin[few], axes[:, few] = mean, weights.T @ (points - mean)
        first = few.stop
    explained = (float(share[0]), float(share[1]))
    return Plane(read_only(origin), read_only(axes), explained, "principal components")


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
    origin = recording.params[-1].astype(float)
    return Plane(read_only(origin), read_only(torch.stack(axes).double().numpy()), kind="random directions")


def plane_through(first: Array, second: Array, third: Array) -> Plane:
    """The plane through three sets of parameters ``[P]``, such as the ends of three runs: ``run.params[-1]``.

    Its origin is the first; its axes have length 1 and a right angle, and the first leads towards the second, so that
    distances on a map of it are those of weight space. A curve of `connect` lies in the plane through its ends and its
    middle. Source: Garipov et al. (2018), "Loss surfaces, mode connectivity, and fast ensembling of DNNs".

    Raises:
        DescentError: If they are not of one network, not finite, or lie on a line.
    """
    points = [np.asarray(each, dtype=float) for each in (first, second, third)]
    if any(each.ndim != 1 or each.shape != points[0].shape for each in points):
        raise DescentError("A plane goes through the parameters of one network, three arrays [P], as run.params[-1].")
    if not all(np.isfinite(each).all() for each in points):
        raise DescentError("A plane goes through finite parameters, and some of these are not.")
    along, across = points[1] - points[0], points[2] - points[0]
    reach = float(np.linalg.norm(along))
    if reach > 0:
        across = across - along * (float(along @ across) / reach**2)
    if reach == 0 or np.linalg.norm(across) <= 1e-9 * reach:
        raise DescentError("The three sets of parameters lie on a line and span no plane; give others.")
    axes = np.stack([along / reach, across / np.linalg.norm(across)])
    return Plane(read_only(points[0].copy()), read_only(axes), kind="through three points")


def _together(paths: list[Params]) -> Iterator[Array]:
    """The rows of all paths, some columns at a time, in float64."""
    width = max(256, 2**23 // sum(map(len, paths)))
    pieces = [_even(columns(path), width) for path in paths]
    for parts in zip(*pieces, strict=True):
        yield np.concatenate(parts).astype(float)


def _even(pieces: Iterator[Array], width: int) -> Iterator[Array]:
    """The same columns in pieces of one width, the last one narrower, however they come."""
    left: list[Array] = []
    have = 0
    for piece in pieces:
        left.append(piece)
        have += piece.shape[1]
        if have < width:
            continue
        whole = np.concatenate(left, axis=1)
        cuts = [*range(0, have, width), have]
        *full, last = [whole[:, begin:end] for begin, end in pairwise(cuts)]
        yield from full
        left, have = [last], last.shape[1]
        if have == width:
            yield last
            left, have = [], 0
    if have:
        yield np.concatenate(left, axis=1)


def _filter_normalised(weight: Tensor, generator: torch.Generator) -> Tensor:
    if weight.ndim < 2:
        return torch.zeros_like(weight)
    drawn = torch.randn(weight.shape, generator=generator)
    own, other = weight.flatten(1).norm(dim=1), drawn.flatten(1).norm(dim=1)
    scaled: Tensor = drawn * (own / other).reshape(-1, *[1] * (weight.ndim - 1))
    return scaled
