"""What lies on the land: runs with trail, iterates and ball, and pins at minima."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

from descent.look.opengl.land import Land
from descent.record.surfaces import Array

BALL = 0.044
"""Radius of a ball in world units."""

TUBE, STUD = 0.0105, 0.0178
"""Radius of a trail and of an iterate's solid."""

_FINE = 0.008  # a trail follows the ground in pieces of this length
_AROUND = 10  # sides of a trail
_FAR = 50.0  # runs are followed so far beyond the land, in world units


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One run on the land: everything about it that does not change with the step.

    Attributes:
        land: Where it runs.
        params: ``[n + 1, 2]``, its iterates; rows after the first that is not finite are left out.
        colour: sRGB in 0..1.
        solid: The iterates' shape, one of :func:`descent.look.opengl.solids.solid`.
        dash: Length of dash and gap in world units, None for a solid trail.
        size: Scale of ball, trail and iterates.
        xy: ``[n + 1, 2]``, the iterates in world units.
        digest: Names it: equal for tracks that look the same at every step.
        rolling: Its ball.
        laid: ``[m]``, the step at each corner of the trail's spine.
        studs: Centres of the iterates' solids ``[m, 3]``, and the step of each; those that others would hide are left
            out.
    """

    land: Land
    params: Array
    colour: tuple[float, float, float]
    solid: str = "circle"
    dash: tuple[float, float] | None = None
    size: float = 1.0
    xy: Array = field(init=False, repr=False)
    digest: str = field(init=False)
    rolling: "Rolling" = field(init=False, repr=False)
    laid: Array = field(init=False, repr=False)
    studs: tuple[Array, npt.NDArray[np.int64]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        finite = np.logical_and.accumulate(np.isfinite(self.params).all(axis=1))
        xy = np.clip(self.land.world(self.params[finite]), -_FAR, _FAR)
        look = (self.land.digest, self.colour, self.solid, self.dash, self.size)
        sha = hashlib.sha256(xy.tobytes() + repr(look).encode())
        object.__setattr__(self, "xy", xy)
        object.__setattr__(self, "digest", sha.hexdigest())
        object.__setattr__(self, "rolling", Rolling.of(self.land, xy[:, None], BALL * self.size))
        object.__setattr__(self, "laid", self.spine()[1][:, 0])
        object.__setattr__(self, "studs", self._studs())

    @property
    def last(self) -> int:
        """The last step that can be shown."""
        return len(self.xy) - 1

    def reach(self, step: float) -> Array:
        """World points (x, y) up to a step, the last of them where the ball is, shape (m, 2)."""
        whole = int(np.clip(step, 0, self.last))
        return np.vstack([self.xy[: whole + 1], along(self.xy, step)])

    def trodden(self, step: float) -> float:
        """The share of the trail's triangles, from the first, that lie behind a step or at it."""
        return float(min(np.searchsorted(self.laid, step) / max(len(self.laid) - 1, 1), 1.0))

    def spine(self) -> tuple[Array, Array]:
        """The trail on the ground: points ``[m, 2]`` and, for each, the step and the distance run, ``[m, 2]``."""
        inside = np.abs(self.xy) <= self.land.span / 2 + 0.1
        pieces, steps = [self.xy[:1]], [np.zeros(1)]
        for k in range(self.last):
            start, end = self.xy[k], self.xy[k + 1]
            length = float(np.linalg.norm(end - start))
            count = int(np.ceil(min(length, 8.0) / _FINE)) if inside[k : k + 2].all(axis=1).any() else 1
            share = np.arange(1, max(count, 1) + 1) / max(count, 1)
            pieces.append(start + share[:, None] * (end - start))
            steps.append(k + share)
        xy, step = np.concatenate(pieces), np.concatenate(steps)
        ground = np.column_stack([xy, self.land.height(xy)])
        distance = np.concatenate([[0.0], np.linalg.norm(np.diff(ground, axis=0), axis=1).cumsum()])
        return xy, np.column_stack([step, distance])

    def tube(self) -> Array:
        """The trail as triangles: corner, normal, step and distance, ``[3 n, 8]``, float32."""
        xy, passed = self.spine()
        up, aside = self._frame(xy)
        radius = TUBE * self.size
        turns = np.linspace(0, 2 * np.pi, _AROUND + 1)[None, :, None]
        normal = np.cos(turns) * up[:, None] + np.sin(turns) * aside[:, None]
        middle = np.column_stack([xy, self.land.height(xy)]) + 0.75 * radius * up
        corner = middle[:, None] + radius * normal
        both = np.concatenate([corner, normal, np.repeat(passed[:, None], _AROUND + 1, axis=1)], axis=-1)
        return _strip(both)

    def casing(self) -> Array:
        """The trail's shadow on the ground: corner, share across, step and distance, ``[3 n, 6]``, float32."""
        xy, passed = self.spine()
        _, aside = self._frame(xy)
        flat = aside[:, :2] / np.maximum(np.linalg.norm(aside[:, :2], axis=1, keepdims=True), 1e-9)
        across = np.linspace(-1, 1, 5)
        sides = xy[:, None] + across[None, :, None] * flat[:, None] * TUBE * self.size * 2.6
        rows = np.concatenate(
            [
                sides,
                self.land.height(sides)[..., None],
                np.broadcast_to(across[None, :, None], (*sides.shape[:2], 1)),
                np.repeat(passed[:, None], len(across), axis=1),
            ],
            axis=-1,
        )
        return _strip(rows)

    def _studs(self) -> tuple[Array, npt.NDArray[np.int64]]:
        chosen: list[int] = []
        gap = STUD * self.size * 0.8
        for k, place in enumerate(self.xy):
            inside = bool((np.abs(place) <= self.land.span / 2).all())
            if inside and (not chosen or float(np.abs(place - self.xy[chosen[-1]]).max()) >= gap):
                chosen.append(k)
        steps = np.array(chosen, dtype=np.int64)
        xy = self.xy[steps]
        return np.column_stack([xy, self.land.height(xy) + 0.35 * STUD * self.size]), steps

    def _frame(self, xy: Array) -> tuple[Array, Array]:
        """Unit vectors up from the ground and aside from the trail, each ``[m, 3]``."""
        ground = np.column_stack([xy, self.land.height(xy)])
        ahead = np.gradient(ground, axis=0) if len(xy) > 1 else np.array([[1.0, 0.0, 0.0]])
        ahead = _unit(ahead + 1e-12)
        up = np.column_stack([self.land.sample(self.land.normals[..., c], xy) for c in range(3)])
        aside = _unit(np.cross(ahead, up))
        return np.cross(aside, ahead), aside


@dataclass(frozen=True, slots=True, eq=False)
class Rolling:
    """Balls that roll from iterate to iterate, each along the straight segment of its step.

    Attributes:
        land: Where.
        xy: ``[n + 1, balls, 2]``, world points.
        radius: Of each, in world units.
        turned: Orientations of all balls at each iterate.
    """

    land: Land
    xy: Array
    radius: float
    turned: Sequence[Rotation]

    @classmethod
    def of(cls, land: Land, xy: Array, radius: float) -> "Rolling":
        """Balls of one radius on a land; ``xy`` is ``[n + 1, balls, 2]``, in world units."""
        turned = [Rotation.identity(xy.shape[1])]
        for start, end in pairwise(xy):
            turned.append(_spin(land, start, end, 1.0, radius) * turned[-1])
        return cls(land, xy, radius, turned)

    def at(self, step: float) -> tuple[Array, Rotation]:
        """Centres ``[balls, 3]`` and orientations at a step; between iterates a ball is on the straight segment."""
        step = float(np.clip(step, 0, len(self.xy) - 1))
        whole = int(step)
        xy = along(self.xy, step)
        centres = np.column_stack([xy, self.land.riding(xy, self.radius)])
        if step == whole:
            return centres, self.turned[whole]
        spin = _spin(self.land, self.xy[whole], self.xy[whole + 1], step - whole, self.radius)
        return centres, spin * self.turned[whole]


def _spin(land: Land, start: Array, end: Array, share: float, radius: float) -> Rotation:
    """The rotation of balls about the level axis across a segment: the way over the ground divided by the radius."""
    ahead = end - start
    places = start + np.linspace(0, share, 25)[:, None, None] * ahead
    ground = np.concatenate([places, land.height(places)[..., None]], axis=-1)
    angle = np.linalg.norm(np.diff(ground, axis=0), axis=-1).sum(axis=0) / radius
    level = ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-12)
    axis = np.column_stack([-level[:, 1], level[:, 0], 0 * angle])
    return Rotation.from_rotvec(axis * angle[:, None])


def along(points: Array, step: float) -> Array:
    """Where straight segments between rows of points have come at a step; outside values are held."""
    step = float(np.clip(step, 0, len(points) - 1))
    whole = min(int(step), max(len(points) - 2, 0))
    if step == whole:
        return np.asarray(points[whole])
    return np.asarray(points[whole] + (step - whole) * (points[whole + 1] - points[whole]))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _strip(rows: Array) -> Array:
    """Triangles between neighbouring rows of corners, shape (rows, columns, values) to (3 n, values)."""
    if len(rows) < 2:
        return np.zeros((0, rows.shape[-1]), np.float32)
    a, b, c, d = rows[:-1, :-1], rows[1:, :-1], rows[:-1, 1:], rows[1:, 1:]
    return np.stack([a, b, c, c, b, d], axis=2).reshape(-1, rows.shape[-1]).astype(np.float32)
