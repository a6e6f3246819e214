"""Tables of losses on a plane: computed from coarse points to fine ones, and kept in a file meanwhile."""

import copy
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError
from descent.base.files import replacing
from descent.base.progress import Progress
from descent.record.networks.many_weights import Asker
from descent.record.networks.planes import Plane
from descent.record.networks.splines import lines
from descent.record.surfaces import Array, Domain

_COARSEST = 16
_OFTEN = 10.0  # seconds between two times that what is known is kept
_SAME = 1e-5

Places: TypeAlias = npt.NDArray[np.int64]


class Table:
    """Losses of batches at a table of points, NaN where they are not known."""

    def __init__(self, plane: Plane, ends: Domain, count: int, batches: int, asker: Asker) -> None:
        self._plane, self._asker = plane, asker
        self._axes = [np.linspace(low, high, count) for low, high in ends]
        self.losses = np.full((count, count, batches), np.nan)
        self.known = np.zeros((count, count), bool)

    def at(self, places: Places) -> Array:
        """The losses ``[k, b]`` at rows and columns ``[k, 2]``."""
        points = np.stack([self._axes[0][places[:, 1]], self._axes[1][places[:, 0]]], axis=1)
        return self._asker(self._plane.lift(points))

    def order(self, paths: Sequence[Array]) -> tuple[Places, int]:
        """Rows and columns ``[k, 2]`` of what is not known, in the order of computing, and how many come first."""
        count = len(self.known)
        level = np.full(self.known.shape, np.nan)
        strides = strides_of(count)
        for depth, stride in reversed(list(enumerate(strides))):
            level[np.ix_(lines(count, stride), lines(count, stride))] = depth
        columns, rows = np.meshgrid(*self._axes)
        side = max(float(np.ptp(axis)) for axis in self._axes)
        gap = _to_paths(np.stack([columns.ravel(), rows.ravel()], axis=1), paths).reshape(level.shape) / side
        key = np.where(level == 0, -1.0, level + 4 * gap)
        places = np.argwhere(~self.known)
        keys = key[places[:, 0], places[:, 1]]
        ranked = np.argsort(keys, kind="stable")
        return places[ranked], int((keys < 0).sum())

    def compute(
        self,
        order: tuple[Places, int],
        points: int | None,
        seconds: float | None,
        file: "KeptTable | None",
        progress: Progress,
    ) -> None:
        """Compute points in their order until time or number is used up, and keep what is known now and then."""
        places, must = order
        end = len(places) if points is None else min(len(places), max(points, must))
        began = saved = time.monotonic()
        done = 0
        while done < end:
            size = min(self._asker.size, (must if done < must else end) - done)
            if seconds is not None and done >= must:
                spent = time.monotonic() - began
                if spent >= seconds:
                    break
                size = max(1, min(size, int((seconds - spent) * done / spent) if done else 1))
            few = places[done : done + size]
            self.losses[few[:, 0], few[:, 1]] = self.at(few)
            self.known[few[:, 0], few[:, 1]] = True
            done += len(few)
            progress(done, end, "slice")
            if file is not None and time.monotonic() - saved > _OFTEN:
                file.save(self)
                saved = time.monotonic()
        if file is not None and done:
            file.save(self)


class KeptTable:
    """A file that holds what is known of a table."""

    def __init__(self, path: Path, digest: str) -> None:
        if path.suffix != ".npz":
            raise DescentError(f"What is known of a slice is kept in a file that ends in .npz, not {path.name!r}.")
        self._path, self._digest = path, digest

    def load_into(self, table: Table) -> None:
        """Take what the file has of this very table; nothing from a file of another."""
        if not self._path.is_file():
            return
        try:
            with np.load(self._path, allow_pickle=False) as kept:
                digest, losses, known = str(kept["digest"]), kept["losses"], kept["known"]
        except Exception as error:
            raise DescentError(f"{self._path} holds no slice; name another file, or remove it.") from error
        if digest != self._digest or losses.shape != table.losses.shape or not known.any():
            return
        probe = np.argwhere(known)[:1]
        if np.allclose(table.at(probe)[0], losses[tuple(probe[0])], rtol=_SAME, atol=0, equal_nan=True):
            table.losses, table.known = losses, known

    def save(self, table: Table) -> None:
        """Write what is known."""
        with replacing(self._path) as beside:
            np.savez(beside, digest=self._digest, losses=table.losses, known=table.known)


def strides_of(count: int) -> list[int]:
    """Distances of points from coarse to fine: at least four a side, so that cubics go through them."""
    stride = _COARSEST
    while stride > 1 and count // stride < 4:
        stride //= 2
    found = [stride]
    while found[-1] > 1:
        found.append(found[-1] // 2)
    return found


def _to_paths(points: Array, paths: Sequence[Array]) -> Array:
    """The distance of each point to the nearest place of paths."""
    dense = [
        np.concatenate([path[:-1] + share * np.diff(path, axis=0) for share in (0, 0.5)] + [path[-1:]])
        for path in paths
    ]
    places = np.concatenate(dense)
    places = places[np.isfinite(places).all(axis=1)][:: max(1, len(places) // 512)]
    return np.asarray(np.sqrt(((points[:, None] - places[None]) ** 2).sum(axis=2)).min(axis=1))


def digest_of(*parts: object) -> str:
    """What a table is of, in short."""
    sha = hashlib.sha256()

    def take(part: object) -> None:
        if isinstance(part, Plane):
            take([part.origin, part.axes])
        elif isinstance(part, np.ndarray):
            sha.update(np.ascontiguousarray(part).tobytes())
        elif hasattr(part, "detach"):
            take(copy.copy(part).detach().cpu().float().numpy())
        elif isinstance(part, dict):
            take([[name, value] for name, value in part.items()])
        elif isinstance(part, list | tuple):
            sha.update(f"{len(part)}(".encode())
            for each in part:
                take(each)
        else:
            sha.update(repr(part).encode())

    take(list(parts))
    return sha.hexdigest()
