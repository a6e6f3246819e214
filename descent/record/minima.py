"""Minima: whether a point lies in one, found at that point and not in a list, and which of them are the lowest.

Everything is for descent; what climbs is judged on the surface turned upside down. Lengths are shares of the view's
sides, so that the units of the parameters do not matter, and losses are compared with the losses around them.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from descent.record.surfaces import Array, Point, Surface

_GRID = 121  # points a side where lower ground is sought
_FOLLOWED = 12  # of the lowest hollows of that grid
_CLOSE = 21  # points a side of a look around a point
_TIED = 1e-9  # of the losses' range: two minima are as low as each other
_FAINT = 1e-8  # of the losses around a point: nobody can say that such a slope is one
_NOISE = 32 * np.finfo(float).eps  # of a loss, lost by computing it


class Lie(Enum):
    """How a point lies."""

    MINIMUM = "in a minimum"
    FLAT = "on flat ground"
    SLOPE = "on a slope, a saddle or a summit"
    FAINT = "on a slope so faint beside what is around it that it might be none"


@dataclass(frozen=True, slots=True)
class Place:
    """What a look around a point found.

    Attributes:
        lie: How it lies.
        point: The lowest point that a search from there found.
        loss: The loss there.
        single: Whether that is lower than all around it, so that the minimum is one point.
    """

    lie: Lie
    point: Point
    loss: float
    single: bool = False


def upside_down(surface: Surface) -> Surface:
    """The surface of minus the loss, with no minimum known: what an optimizer that maximises goes down on."""
    return replace(surface, loss=_Minus(surface.loss), minima=())


@dataclass(frozen=True, slots=True)
class _Minus:
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

    def __call__(self, w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
        return -self.loss(w1, w2)


def lowest(surface: Surface) -> Sequence[Point]:
    """The known minima that share the lowest loss: equal but for a billionth of the losses in view."""
    losses = [surface.at(*minimum) for minimum in surface.minima]
    return [m for m, loss in zip(surface.minima, losses, strict=True) if loss <= losses[0] + tie(surface, losses[0])]


def tie(surface: Surface, loss: float) -> float:
    """By how much two losses about ``loss`` may differ and still be as low: a billionth of what the view holds."""
    return _TIED * _ground(surface).range + _NOISE * abs(loss)


def lowest_level(surface: Surface) -> float:
    """The lowest loss of the minima inside the view: known ones, and what a grid and a search from it find.

    Flat ground counts. Ground that falls towards the view's edge does not, for there is no minimum on it. Infinite
    if there is none.
    """
    return _ground(surface).level


def around(surface: Surface, point: Point, reach: float) -> Place:
    """How a point lies, as seen within a reach of it; a minimum up to half of that away counts as there.

    Args:
        surface: The loss.
        point: Where to look.
        reach: How far, as a share of the view's sides.
    """
    half = reach * _sides(surface)
    spread = _values(surface, _box(point, half, _CLOSE))
    here = surface.at(*point)
    if not np.isfinite(spread).any() or not np.isfinite(here):
        return Place(Lie.SLOPE, point, here)
    rise = float(spread[np.isfinite(spread)].max() - spread[np.isfinite(spread)].min())
    noise = _NOISE * float(np.abs(spread[np.isfinite(spread)]).max())
    if rise <= noise or rise <= 1e-3 * tie(surface, here):
        return Place(Lie.FLAT, point, here)
    near, wide = (_searched(surface, point, share * half) for share in (0.5, 1.0))
    if surface.at(*near) <= surface.at(*wide) + noise + 1e-12 * rise:
        return Place(Lie.MINIMUM, near, surface.at(*near), is_single(surface, near, reach))
    if np.all(np.abs(np.subtract(wide, point)) < 0.98 * half):
        return Place(Lie.MINIMUM, wide, surface.at(*wide), is_single(surface, wide, reach))
    falls = surface.at(*near) - surface.at(*wide)
    return Place(Lie.SLOPE if falls > _FAINT * rise else Lie.FAINT, wide, surface.at(*wide))


@dataclass(frozen=True, slots=True)
class _Ground:
    range: float
    level: float


@lru_cache(maxsize=64)
def _ground(surface: Surface) -> _Ground:
    grid = surface.grid(_GRID)
    loss = np.where(np.isnan(grid.loss), np.inf, grid.loss)
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return _Ground(0.0, np.inf)
    # The median and not the top: one corner of a view may be a million times higher than all that is looked at.
    low, middle = float(finite.min()), float(np.median(finite))
    found = _Ground(middle - low, np.inf)
    levels = [surface.at(*minimum) for minimum in surface.minima]
    for point, value in _hollows(grid.w1, grid.w2, loss):
        reach = 1.5 / (_GRID - 1) * _sides(surface)
        down = _searched(surface, point, reach)
        inside = np.all(np.abs(np.subtract(down, point)) < 0.98 * reach)
        if inside or surface.at(*down) >= value - _NOISE * abs(value):
            levels.append(surface.at(*down))
    return replace(found, level=min(levels, default=np.inf))


def _hollows(w1: Array, w2: Array, loss: Array) -> list[tuple[Point, float]]:
    """The lowest grid points that no neighbour is lower than, with their losses; of flat ground, one."""
    middle = loss[1:-1, 1:-1]
    low = np.isfinite(middle)
    for row, column in itertools.product((0, 1, 2), repeat=2):
        low &= middle <= loss[row : row + _GRID - 2, column : column + _GRID - 2]
    rows, columns = np.nonzero(low)
    order = np.argsort(middle[rows, columns], kind="stable")
    _, first = np.unique(middle[rows, columns][order], return_index=True)
    chosen = order[np.sort(first)][:_FOLLOWED]
    return [((float(w1[columns[k] + 1]), float(w2[rows[k] + 1])), float(middle[rows[k], columns[k]])) for k in chosen]


def _searched(surface: Surface, point: Point, half: Array) -> Point:
    """The lowest point found inside a box around a point, by Newton's steps and by looking ever closer.

    The first are exact where a valley is long and narrow, the second need no derivatives.
    """
    box = np.array(point) - half, np.array(point) + half
    grid = _box(point, half, _CLOSE)
    values = np.where(np.isnan(found := _values(surface, grid)), np.inf, found)
    starts = [np.array(point, dtype=float), grid[int(values.argmin())]]
    ends = [_newton(surface, start, box) for start in starts]
    ends.append(_closer(surface, min([*ends, starts[1]], key=lambda w: _height(surface, w)), half, box))
    best = min([starts[0], *ends], key=lambda w: _height(surface, w))
    return float(best[0]), float(best[1])


def _newton(surface: Surface, start: Array, box: tuple[Array, Array]) -> Array:
    """Damped Newton steps inside a box, downhill along every direction of curvature, until none lowers the loss."""
    here, height = start, _height(surface, start)
    for _ in range(25):
        slope, bend = surface.gradient(*here.tolist()), surface.hessian(*here.tolist())
        if not (np.isfinite(slope).all() and np.isfinite(bend).all()) or not slope.any():
            break
        curvatures, axes = np.linalg.eigh(bend)
        least = np.finfo(float).eps * max(float(np.abs(curvatures).max()), np.finfo(float).tiny / np.finfo(float).eps)
        with np.errstate(over="ignore"):
            step = -axes @ ((axes.T @ slope) / np.maximum(np.abs(curvatures), least))
        tried = [np.clip(here + share * step, *box) for share in 0.5 ** np.arange(0, 40, 2)]
        heights = [_height(surface, w) for w in tried[:1]]
        if not heights[0] < height:
            heights = list(np.where(np.isnan(v := _values(surface, np.array(tried))), np.inf, v))
        k = int(np.argmin(heights))
        if not heights[k] < height:
            break
        here, height = tried[k], heights[k]
    return here


def _closer(surface: Surface, start: Array, half: Array, box: tuple[Array, Array]) -> Array:
    """The lowest of ever smaller grids, each around the lowest of the one before."""
    here, height = start, _height(surface, start)
    for size in 0.5 * 0.3 ** np.arange(20):
        grid = np.clip(_box(here, size * half, 13), *box)
        values = np.where(np.isnan(v := _values(surface, grid)), np.inf, v)
        k = int(values.argmin())
        if values[k] < height:
            here, height = grid[k], float(values[k])
    return here


def is_single(surface: Surface, point: Point, reach: float) -> bool:
    """Whether all of two rings around a point, within a reach, is higher by more than rounding."""
    half = reach * _sides(surface)
    here = surface.at(*point)
    for size in (0.1, 1.0):
        middle, width, rise = 0.0, np.pi, 0.0
        for _ in range(6):  # a valley through the ring is narrow: look closer where it is lowest
            angle = middle + np.linspace(-width, width, 64)
            ring = np.array(point) + size * half * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            values = np.where(np.isnan(v := _values(surface, ring)), np.inf, v)
            rise = max(rise, float(values[np.isfinite(values)].max(initial=here)) - here)
            if not (values > here + _NOISE * abs(here) + 1e-9 * rise).all():
                return False
            middle, width = float(angle[values.argmin()]), width / 16
    return True


def _height(surface: Surface, w: Array) -> float:
    height = surface.at(*w.tolist())
    return height if height == height else np.inf


def _values(surface: Surface, points: Array) -> Array:
    """The losses ``[n]`` at points ``[n, 2]``."""
    w1, w2 = (torch.tensor(w) for w in np.ascontiguousarray(points.T))
    with torch.no_grad():
        return np.asarray(surface(w1, w2).double().numpy())


def _box(point: Sequence[float] | Array, half: Array, count: int) -> Array:
    """A grid of points ``[count², 2]`` that fills a box around a point."""
    line = np.linspace(-1, 1, count)
    mesh: NDArray[np.float64] = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    return np.asarray(point) + mesh * half


def _sides(surface: Surface) -> Array:
    return np.array([high - low for low, high in surface.domain])
