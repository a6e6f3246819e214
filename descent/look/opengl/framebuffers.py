"""What is drawn into: twice the picture's size each way, averaged down; the ground is kept, and only drawn over."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from descent.look.opengl import shaders
from descent.look.opengl.camera import project
from descent.look.opengl.rolling import BALL
from descent.look.opengl.shot import Shot
from descent.record.surfaces import Array

Pixels = npt.NDArray[np.uint8]
Rect = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the picture."""

SAMPLES = 2
"""Samples per pixel in each direction: on llvmpipe half the cost of four-fold multisampling, for the same edges."""


class Targets:
    """Frame buffers of one size.

    Attributes:
        area: How many pixels the picture has.
        ground_key: Names the ground that is kept.
    """

    def __init__(self, gl: Any, size: tuple[int, int]) -> None:
        self._gl, self._size = gl, size
        self.area, self.ground_key = size[0] * size[1], ""
        self._area: Rect = (0, 0, 0, 0)
        corners = gl.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], "f4").tobytes())
        average = gl.program(shaders.QUAD_VERTEX, shaders.AVERAGE_FRAGMENT)
        restore = gl.program(shaders.QUAD_VERTEX, shaders.RESTORE_FRAGMENT)
        restore["depths"] = 1
        self._average = gl.vertex_array(average, [(corners, "2f", "corner")])
        self._restore = gl.vertex_array(restore, [(corners, "2f", "corner")])
        large = (size[0] * SAMPLES, size[1] * SAMPLES)
        self._picture, self._depth = gl.texture(large, 4), gl.depth_texture(large)
        self._ground, self._ground_depth = gl.texture(large, 4), gl.depth_texture(large)
        self._ground_depth.compare_func = ""  # its values are read, not compared
        small = gl.renderbuffer(size, 4)
        self._work = gl.framebuffer([self._picture], self._depth)
        self._under = gl.framebuffer([self._ground], self._ground_depth)
        self._final = gl.framebuffer([small])
        textures = (self._picture, self._depth, self._ground, self._ground_depth, small)
        self._made = [self._work, self._under, self._final, *textures, self._average, self._restore]

    def release(self) -> None:
        """Give the memory back."""
        for each in self._made:
            each.release()

    @contextmanager
    def ground(self, key: str) -> Iterator[None]:
        """What is drawn in the block is the ground of that key, kept until another one is drawn."""
        self._under.use()
        yield
        self.ground_key = key
        self._bare = self._averaged(self._ground, (0, 0, *self._size))

    @contextmanager
    def over_ground(self, area: Rect) -> Iterator[None]:
        """What is drawn in the block lies over the kept ground, all of it in an area."""
        gl = self._gl
        self._area = area
        self._work.use()
        self._work.scissor = tuple(SAMPLES * edge for edge in area)
        self._ground.use(0)
        self._ground_depth.use(1)
        gl.depth_func = "1"
        self._restore.render(gl.TRIANGLE_STRIP)
        gl.depth_func = "<"
        yield
        self._work.scissor = None

    @contextmanager
    def only_shading(self) -> Iterator[None]:
        """What is drawn in the block is shadow: it hides nothing."""
        self._work.depth_mask = False
        self._work.use()
        yield
        self._work.depth_mask = True
        self._work.use()

    def read(self) -> Pixels:
        """The picture that was drawn."""
        left, top, width, height = self._area
        found = self._bare.copy()
        if width and height:
            found[top : top + height, left : left + width] = self._averaged(self._picture, self._area)
        found.flags.writeable = False
        return found

    def _averaged(self, picture: Any, area: Rect) -> Pixels:
        gl = self._gl
        self._final.use()
        self._final.scissor = area
        gl.disable(gl.DEPTH_TEST)
        picture.use(0)
        self._average.render(gl.TRIANGLE_STRIP)
        gl.enable(gl.DEPTH_TEST)
        self._final.scissor = None
        pixels = np.empty((area[3], area[2], 4), np.uint8)
        self._final.read_into(pixels, viewport=area, components=4)
        return pixels


def dirty_box(shot: Shot) -> Rect:
    """The part of a picture, in whole pixels, outside which nothing that moves can be."""
    places = [_finely(run.track.reach(run.step)) for run in shot.runs if run.opacity > 0]
    width, height = shot.size
    xy = np.concatenate([np.zeros((0, 2)), *places])
    xy = xy[(np.abs(xy) <= shot.land.span / 2 + 0.05).all(axis=1)]
    if not len(xy):
        return (0, 0, 0, 0)
    points = np.column_stack([xy, shot.land.height(xy)])
    seen = project(points, shot.view, shot.window)
    if (seen[:, 2] < 0.1).any():
        return (0, 0, width, height)
    big = max(BALL * run.track.size for run in shot.runs)
    per_unit = height / (shot.window.top - shot.window.bottom) / np.tan(np.radians(15)) / float(seen[:, 2].min())
    margin = int(np.ceil(6 * big * per_unit)) + 2
    x, y = (seen[:, 0] + 1) / 2 * width, (seen[:, 1] + 1) / 2 * height
    left, right = np.clip((np.floor(x.min()) - margin, np.ceil(x.max()) + margin), 0, width).astype(int)
    top, bottom = np.clip((np.floor(y.min()) - margin, np.ceil(y.max()) + margin), 0, height).astype(int)
    return (int(left), int(top), int(right - left), int(bottom - top))


def _finely(path: Array) -> Array:
    """A trail's corners, with points between them: the ground is not straight from one to the next."""
    if len(path) >= 2000:
        return path
    pieces = path[:-1, None] + np.linspace(0, 1, 60)[None, :, None] * np.diff(path, axis=0)[:, None]
    return np.concatenate([path, pieces.reshape(-1, 2)])
