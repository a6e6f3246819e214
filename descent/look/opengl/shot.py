"""A picture of the land as data: all that decides how it looks, so that equal shots are equal pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

from descent.look.opengl.camera import View, Window
from descent.look.opengl.colours import Ink
from descent.look.opengl.land import Land
from descent.look.opengl.rolling import Track
from descent.record.surfaces import Array


@cache
def _drawn_by() -> str:
    """Names this package as it is."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A track at a step.

    Attributes:
        track: The run.
        step: How far; between iterates the ball is on the straight segment.
        opacity: 1 is all there.
        tail: How many of the last steps stay visible; all by default.
    """

    track: Track
    step: float
    opacity: float = 1.0
    tail: int | None = None

    @property
    def digest(self) -> str:
        """Names it: equal where it looks the same."""
        return f"{self.track.digest}{self.step!r}{self.opacity!r}{self.tail}"


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture.

    Attributes:
        land: The ground.
        view: Where one looks from.
        window: The picture and the box the view is composed for.
        size: Its width and height in pixels.
        ink: Its colours.
        pins: Parameters (w1, w2) of marked minima, the lowest first.
        runs: What moves.
        line: Width of a contour line, in pixels of a picture 1080 high.
    """

    land: Land
    view: View
    window: Window
    size: tuple[int, int]
    ink: Ink
    pins: tuple[tuple[float, float], ...] = ()
    runs: Sequence[Running] = ()
    line: float = 1.3

    @property
    def ground_key(self) -> str:
        """Names everything but what moves, and what draws it: a changed shader is another picture."""
        return repr((_drawn_by(), self.land.digest, self.view, self.window, self.size, self.ink, self.pins, self.line))

    @property
    def key(self) -> str:
        """Names the picture: equal for equal pictures, whoever draws them."""
        moving = [self.ground_key, *(run.digest for run in self.runs)]
        return hashlib.sha256("\n".join(moving).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Instances:
    """Many copies of one solid.

    Attributes:
        solid: Which; see :func:`descent.look.opengl.solids.solid`.
        centres: ``[n, 3]``, world points.
        sizes: ``[n, 3]``, half widths.
        paints: ``[n, 4]``, linear colour and opacity.
        spins: ``[n, 4]``, orientations as quaternions, scalar last.
        seen: ``[n, 2]``, shares of sky and sun.
        gloss: Highlight, rim and stripe.
        shadow: Strength of the shadow on the ground, 0..1.
        shine: Share of its own light.
    """

    solid: str
    centres: Array
    sizes: Array
    paints: Array
    spins: Array
    seen: Array
    gloss: float
    shadow: float
    shine: float

    def packed(self) -> Array:
        """One float32 row per copy, in the order of the shader's attributes."""
        rows = (self.centres, self.sizes, self.paints, self.spins, self.seen)
        return np.concatenate(rows, axis=1).astype(np.float32)


def instances(
    land: Land,
    solid: str,
    centres: Array,
    size: float | Sequence[float] | Array,
    paint: Array,
    spins: Rotation | None = None,
    gloss: float = 0.0,
    shadow: float = 0.0,
    shine: float = 0.0,
) -> Instances:
    """Copies of a solid on the land, in its light.

    Args:
        land: The ground.
        solid: Which; see :func:`descent.look.opengl.solids.solid`.
        centres: ``[n, 3]``, world points.
        size: Half width, or half widths in x, y and z, of all.
        paint: Linear colour and opacity of all, or ``[n, 4]`` one each.
        spins: Orientations; upright by default.
        gloss: Highlight, rim and stripe.
        shadow: Strength of the shadow on the ground.
        shine: Share of its own light.
    """
    count = len(centres)
    sun, sky = (land.sample(field_, centres[:, :2]) for field_ in (land.sun, land.sky))
    return Instances(
        solid,
        np.asarray(centres, dtype=float),
        np.broadcast_to(np.asarray(size, dtype=float), (count, 3)),
        np.broadcast_to(paint, (count, 4)),
        (spins if spins is not None else Rotation.identity(count)).as_quat().reshape(-1, 4),
        np.column_stack([0.75 + 0.25 * sky, 0.25 + 0.75 * sun]),
        gloss,
        shadow,
        shine,
    )
