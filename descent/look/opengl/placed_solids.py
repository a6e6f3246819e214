"""Which solids a shot shows, and where: iterates, balls, starts, pins."""

import math

import numpy as np
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

from descent.look.opengl.colours import linear
from descent.look.opengl.land import Land
from descent.look.opengl.rolling import BALL, STUD
from descent.look.opengl.shot import Instances, Running, Shot, instances
from descent.record.surfaces import Array

_POLE = 0.12  # least height of a pin over the ground it marks
_NEAR, _OVER = 0.11, 0.05  # it overtops the ground around it by so much
_SIGN = 0.6  # pins are signs: they read in shadow too
_LOW = 0.0045  # half width of a pole
_STAR, _DIAMOND = 0.046, 0.021


def pins(shot: Shot) -> list[Instances]:
    """A pole at every minimum: a star on the lowest one's, a diamond on the others'."""
    if not shot.pins:
        return []
    land, paint = shot.land, np.append(linear(shot.ink.mark), 1.0)
    feet = land.on_ground(shot.pins)
    around = feet[:, None, :2] + _NEAR * _compass()
    heights = np.maximum(land.height(around).max(axis=1) - feet[:, 2] + _OVER, _POLE)  # seen over the pit's rim
    heads = feet + np.column_stack([np.zeros((len(feet), 2)), heights])
    facing = Rotation.from_euler("z", [shot.view.azimuth], degrees=True)
    found = [
        instances(land, "pole", feet, np.column_stack([np.full((len(feet), 2), _LOW), heights]), paint, shine=_SIGN),
        instances(land, "star", heads[:1] + np.array((0, 0, 0.6 * _STAR)), _STAR, paint, facing, shine=_SIGN),
    ]
    if len(feet) > 1:
        found.append(instances(land, "diamond", heads[1:], _DIAMOND, paint, shine=_SIGN))
    return found


def marks(run: Running, shot: Shot) -> list[Instances]:
    """Start, iterates passed, and ball of a run."""
    track, land = run.track, shot.land
    paint = np.append(linear(track.colour), run.opacity)
    pale = np.append(0.8 * linear(track.colour) + 0.2, run.opacity)
    strength = shot.ink.shadow * run.opacity
    centres, steps = track.studs
    first = 0 if run.tail is None else max(math.floor(run.step + 1e-9) - run.tail, 0)
    passed = centres[(steps <= run.step + 1e-9) & (steps >= first)]
    found = []
    if len(passed):
        found.append(instances(land, track.solid, passed, STUD * track.size, pale, gloss=0.0))
    start = track.xy[0]
    if first == 0 and inside(start, land):
        place = np.append(start, land.height(start) + 0.006)[None]
        found.append(instances(land, "ring", place, BALL * track.size * 0.9, paint, _lying(start, shot)))
    ball, spin = track.rolling.at(run.step)
    if inside(ball[0, :2], land) and run.step <= track.last + 1e-9:
        found.append(instances(land, "ball", ball, BALL * track.size, paint, spin, gloss=1.0, shadow=strength))
    return found


def _compass() -> Array:
    turns = np.arange(12) * np.pi / 6
    return np.stack([np.cos(turns), np.sin(turns)], axis=-1)


def inside(xy: Array, land: Land) -> bool:
    """Whether a world point (x, y) is on the land."""
    return bool((np.abs(xy) <= land.span / 2 + 1e-9).all())


def _lying(xy: Array, shot: Shot) -> Rotation:
    """The orientation that lays a thing flat on the ground."""
    normal = np.array([shot.land.sample(shot.land.normals[..., c], xy[None])[0] for c in range(3)])
    axis = np.cross((0.0, 0.0, 1.0), normal / np.linalg.norm(normal))
    sine = float(np.linalg.norm(axis))
    return Rotation.from_rotvec((axis / max(sine, 1e-12) * math.asin(min(sine, 1.0)))[None])
