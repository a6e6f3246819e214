"""Where one looks from: views as data, paths through them, and what they do to points."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

from descent.base.errors import DescentError
from descent.look.opengl.land import BASE, RISE, Land
from descent.record.surfaces import Array

CLEARANCE = 0.05
"""The eye stays at least so far above the ground, in world units."""

_NEAR, _FAR = 0.02, 30.0
_LENS = math.tan(math.radians(15.0))  # half the angle that the box's height fills


@dataclass(frozen=True, slots=True)
class View:
    """A place to look from, around the point looked at.

    Attributes:
        azimuth: Degrees around the land; 0 looks along w2, growing counter-clockwise seen from above.
        elevation: Degrees above the horizon.
        distance: From the point looked at, in world units (the land's longer side is 2).
        at: The world point looked at.
        curtain: 1 where the picture turns into its backdrop right of the window's box, 0 where it goes on.
    """

    azimuth: float
    elevation: float
    distance: float
    at: tuple[float, float, float] = (0.0, 0.0, 0.12)
    curtain: float = 1.0

    @property
    def eye(self) -> Array:
        """The world point looked from."""
        turn, rise = math.radians(self.azimuth), math.radians(self.elevation)
        away = np.array((math.sin(turn) * math.cos(rise), -math.cos(turn) * math.cos(rise), math.sin(rise)))
        return np.asarray(self.at) + self.distance * away


@dataclass(frozen=True, slots=True)
class Window:
    """The picture's rectangle and, in it, the box that views are composed for, in any one unit.

    Attributes:
        left: Left edge of the picture, measured from the box's centre, in half heights of the box.
        right: Likewise.
        bottom: Likewise.
        top: Likewise.
        aspect: Width of the box over its height.
    """

    left: float
    right: float
    bottom: float
    top: float
    aspect: float

    @classmethod
    def of(cls, picture: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> "Window":
        """The window of a picture and a box in it, each (left, right, bottom, top)."""
        half = (box[3] - box[2]) / 2
        x, y = (box[0] + box[1]) / 2, (box[2] + box[3]) / 2
        sides = ((picture[0] - x) / half, (picture[1] - x) / half, (picture[2] - y) / half, (picture[3] - y) / half)
        return cls(*sides, aspect=(box[1] - box[0]) / (box[3] - box[2]))


def above_ground(view: View, land: Land) -> View:
    """The view, its eye lifted where it would come nearer to the ground than :data:`CLEARANCE`.

    Args:
        view: Any view.
        land: The ground.

    Returns:
        A view from straight above the same eye, towards the same point; the same view where nothing is in its way.
    """
    eye = view.eye
    inside = np.abs(eye[:2]) <= land.span / 2 + CLEARANCE
    floor = land.riding(eye[:2], CLEARANCE) if inside.all() else -math.inf
    if eye[2] >= floor:
        return view
    away = np.array((eye[0], eye[1], float(floor))) - view.at
    distance = float(np.linalg.norm(away))
    azimuth = math.degrees(math.atan2(away[0], -away[1]))
    azimuth += 360 * round((view.azimuth - azimuth) / 360)
    return replace(view, azimuth=azimuth, elevation=math.degrees(math.asin(away[2] / distance)), distance=distance)


def matrix(view: View, window: Window) -> Array:
    """The projection of world points to clip space, shape (4, 4), for column vectors.

    The picture's top is at y = −1, so that rows of pixels read back come from the top.
    """
    eye = view.eye
    forward = np.asarray(view.at) - eye
    forward /= np.linalg.norm(forward)
    turn = math.radians(view.azimuth)
    right = np.array((math.cos(turn), math.sin(turn), 0.0))
    up = np.cross(right, forward)
    look = np.eye(4)
    look[:3, :3] = right, up, -forward
    look[:3, 3] = -look[:3, :3] @ eye
    left, far_right, bottom, top = (edge * _LENS for edge in (window.left, window.right, window.bottom, window.top))
    lens = np.zeros((4, 4))
    lens[0, 0], lens[0, 2] = 2 / (far_right - left), (far_right + left) / (far_right - left)
    lens[1, 1], lens[1, 2] = -2 / (top - bottom), -(top + bottom) / (top - bottom)
    lens[2, 2], lens[2, 3] = (_FAR + _NEAR) / (_NEAR - _FAR), 2 * _FAR * _NEAR / (_NEAR - _FAR)
    lens[3, 2] = -1
    return lens @ look


def project(points: npt.ArrayLike, view: View, window: Window) -> Array:
    """Where world points lie in the picture.

    Args:
        points: World points, shape (…, 3).
        view: Where one looks from.
        window: The picture.

    Returns:
        (x, y, depth), shape (…, 3): x and y in −1..1 from left to right and from top to bottom, and the distance
        along the line of sight in world units, negative behind the eye.
    """
    world = np.asarray(points, dtype=float)
    clip = np.concatenate([world, np.ones_like(world[..., :1])], axis=-1) @ matrix(view, window).T
    return np.concatenate([clip[..., :2] / clip[..., 3:], clip[..., 3:]], axis=-1)


def fitted(
    view: View,
    land: Land,
    window: Window,
    box: tuple[float, float, float, float] | None = None,
    fill: float = 0.97,
) -> View:
    """The view moved along its line of sight and aside, until the whole block just fills a box.

    Args:
        view: Its direction is kept.
        land: The block to show.
        window: The picture.
        box: Left, right, bottom and top edge as in the window; the window's own box by default.
        fill: Share of the box that the block fills in the tighter direction.

    Returns:
        A view whose point looked at is the one that centres the block.
    """
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (BASE, RISE)], dtype=float)
    corners[:, :2] *= land.span / 2
    left, right, bottom, top = box or (-window.aspect, window.aspect, -1.0, 1.0)
    middle = np.array((left + right, bottom + top)) / 2
    room = np.array((right - left, top - bottom)) / 2
    unit = Window(-1.0, 1.0, -1.0, 1.0, 1.0)
    found = replace(view, at=(0.0, 0.0, 0.1))
    turn, rise = math.radians(view.azimuth), math.radians(view.elevation)
    aside = np.array((math.cos(turn), math.sin(turn), 0.0))
    up = np.array((-math.sin(turn) * math.sin(rise), math.cos(turn) * math.sin(rise), math.cos(rise)))
    for _ in range(40):
        seen = project(corners, found, unit)[:, :2] * (1, -1)
        low, high = seen.min(axis=0), seen.max(axis=0)
        off = (low + high) / 2 - middle
        at = np.asarray(found.at) + found.distance * _LENS * (off[0] * aside + off[1] * up)
        grow = float(((high - low) / 2 / room).max()) / fill
        found = replace(found, distance=found.distance * grow, at=(float(at[0]), float(at[1]), float(at[2])))
    return found


@dataclass(frozen=True, slots=True)
class Flight:
    """A path of the camera through views, one at each whole number: :meth:`at` is smooth and passes all of them.

    Azimuth, elevation, the point looked at, the curtain and the logarithm of the distance are each interpolated by a
    monotone cubic, so that nothing swings past a view.

    Attributes:
        views: At 0, 1, 2, …
    """

    views: tuple[View, ...]

    def __post_init__(self) -> None:
        if not self.views:
            raise DescentError("a flight needs at least one view.")

    def at(self, place: float, land: Land) -> View:
        """The view at a place on the path, never through the ground; outside it the nearest end.

        Args:
            place: 0 is the first view, 1 the second.
            land: The ground to stay above.
        """
        return _view_at(self, float(min(max(place, 0.0), len(self.views) - 1)), land)


@lru_cache(maxsize=256)  # one picture asks for it many times
def _view_at(flight: Flight, place: float, land: Land) -> View:
    if place == int(place):
        return above_ground(flight.views[int(place)], land)
    rows = np.array([_coordinates(view) for view in flight.views])
    azimuth, elevation, distance, curtain, *at = PchipInterpolator(np.arange(len(rows)), rows)(place).tolist()
    found = View(azimuth, elevation, math.exp(distance), (at[0], at[1], at[2]), curtain)
    return above_ground(found, land)


def _coordinates(view: View) -> tuple[float, ...]:
    return (view.azimuth, view.elevation, math.log(view.distance), view.curtain, *view.at)
