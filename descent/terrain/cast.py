"""Which solids a shot shows, and where: iterates, balls, starts, pins."""

import math

import numpy as np
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

from descent.surfaces import Array
from descent.terrain.ink import linear
from descent.terrain.land import Land
from descent.terrain.shot import Crowd, Instances, Running, Shot, instances
from descent.terrain.things import BALL, STUD

_POLE = 0.15  # height of a pin over the ground it marks
_LOW = 0.0045  # half width of a pole
_STAR, _DIAMOND = 0.046, 0.021
_FEW = 60  # up to so many balls are drawn finely


def pins(shot: Shot) -> list[Instances]:
    """A pole at every minimum: a star on the lowest one's, a diamond on the others'."""
    if not shot.pins:
        return []
    paint = np.append(linear(shot.ink.mark), 1.0)
    feet = shot.land.on_ground(shot.pins)
    heads = feet + np.array((0, 0, _POLE))
    poles = instances(shot.land, "pole", feet, (_LOW, _LOW, _POLE), paint)
    facing = Rotation.from_euler("z", [shot.view.azimuth], degrees=True)
    star = instances(shot.land, "star", heads[:1] + np.array((0, 0, 0.6 * _STAR)), _STAR, paint, facing)
    found = [poles, star]
    if len(feet) > 1:
        found.append(instances(shot.land, "diamond", heads[1:], _DIAMOND, paint))
    return found


def marks(run: Running, shot: Shot) -> list[Instances]:
    """Start, iterates passed, and ball of a run."""
    track, land = run.track, shot.land
    paint = np.append(linear(track.colour), run.opacity)
    pale = np.append(0.72 * linear(track.colour) + 0.28, run.opacity)
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


def crowd(each: Crowd, shot: Shot) -> Instances:
    """The balls of a crowd that are on the land."""
    centres, spins = each.rolling.at(each.step)
    kept = (np.abs(centres[:, :2]) <= shot.land.span / 2).all(axis=1)
    paint = np.column_stack([linear(each.colours), np.full(len(centres), each.opacity)])
    solid = "ball" if len(centres) <= _FEW else "marble"
    strength = shot.ink.shadow * each.opacity
    radius = each.rolling.radius
    return instances(shot.land, solid, centres[kept], radius, paint[kept], spins[kept], gloss=1.0, shadow=strength)


def inside(xy: Array, land: Land) -> bool:
    """Whether a world point (x, y) is on the land."""
    return bool((np.abs(xy) <= land.span / 2 + 1e-9).all())


def _lying(xy: Array, shot: Shot) -> Rotation:
    """The orientation that lays a thing flat on the ground."""
    normal = np.array([shot.land.sample(shot.land.normals[..., c], xy[None])[0] for c in range(3)])
    axis = np.cross((0.0, 0.0, 1.0), normal / np.linalg.norm(normal))
    sine = float(np.linalg.norm(axis))
    return Rotation.from_rotvec((axis / max(sine, 1e-12) * math.asin(min(sine, 1.0)))[None])
