"""Drawing a shot by OpenGL, without a window; the same pixels for the same shot, whatever was drawn before."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError
from descent.look.opengl import placed_solids as cast
from descent.look.opengl import shaders
from descent.look.opengl.camera import matrix
from descent.look.opengl.colours import linear
from descent.look.opengl.framebuffers import SAMPLES, Targets, dirty_box
from descent.look.opengl.ground_mesh import ground, levels, lines, reach, walls
from descent.look.opengl.land import RISE, Land
from descent.look.opengl.light import SUN
from descent.look.opengl.shot import Instances, Running, Shot
from descent.look.opengl.solids import SPHERES, solid
from descent.record.surfaces import Array

Pixels = npt.NDArray[np.uint8]

_KEPT = 96  # lands, trails and solids whose triangles stay in the card's memory: three lands with eight runs each
_CURTAIN = 0.15  # half the width of a curtain's edge, in half heights of the box
_AREA = 5_000_000  # pixels of all pictures whose ground is kept: two of 1080p, or one larger
_TABLE = 2048  # entries of the table of levels
_PATCH = {"ball": 21, "circle": 8}  # corners along a side of the shadow of a sphere
_local = threading.local()


def draw(shot: Shot) -> Pixels:
    """Draw a shot.

    Args:
        shot: What to show.

    Returns:
        RGBA, shape (height, width, 4), row 0 at the top; read-only, all opaque.

    Raises:
        DescentError: If this machine has no OpenGL that can draw without a window.
    """
    return _renderer().draw(shot)


def graphics() -> str:
    """What draws on this machine, such as ``llvmpipe (LLVM 15.0.6, 256 bits)``."""
    return str(_renderer().context.info["GL_RENDERER"])


def _renderer() -> "Renderer":
    """The renderer of this thread; a forked process makes its own."""
    if getattr(_local, "pid", None) != os.getpid():
        _local.renderer, _local.pid = Renderer(), os.getpid()
    renderer: Renderer = _local.renderer
    return renderer


class Renderer:
    """One OpenGL context and what it keeps between pictures."""

    def __init__(self) -> None:
        self.context = gl = _context()
        gl.cull_face = "front"  # pictures are drawn upside down, so what OpenGL takes for a front is a back
        sources = {
            "ground": (shaders.GROUND_VERTEX, shaders.GROUND_FRAGMENT),
            "trail": (shaders.TRAIL_VERTEX, shaders.DASHED + shaders.TRAIL_FRAGMENT),
            "casing": (shaders.CASING_VERTEX, shaders.DASHED + shaders.CASING_FRAGMENT),
            "solid": (shaders.SOLID_VERTEX, shaders.SOLID_FRAGMENT),
            "shadow": (shaders.SHADOW_VERTEX, shaders.SHADOW_FRAGMENT),
        }
        self._programs = {
            name: gl.program(shaders.SCENE + vertex, shaders.SCENE + shaders.LIGHT + shaders.SCREEN + fragment)
            for name, (vertex, fragment) in sources.items()
        }
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._targets: OrderedDict[Any, Targets] = OrderedDict()

    def draw(self, shot: Shot) -> Pixels:
        """See :func:`draw`."""
        gl, targets = self.context, self._into(shot)
        gl.enable(gl.DEPTH_TEST)
        self._light(shot)
        if targets.ground_key != shot.ground_key:
            with targets.ground(shot.ground_key):
                self._draw_ground(shot)
        with targets.over_ground(dirty_box(shot)):
            self._draw_moving(shot, targets)
        return targets.read()

    def _into(self, shot: Shot) -> Targets:
        """What a land is drawn into: several that share a frame keep their grounds, as far as memory goes."""
        key = (shot.size, shot.window, shot.land.digest)
        if key not in self._targets:
            area = shot.size[0] * shot.size[1]
            while self._targets and area + sum(each.area for each in self._targets.values()) > _AREA:
                self._targets.popitem(last=False)[1].release()
            self._targets[key] = Targets(self.context, shot.size)
        self._targets.move_to_end(key)
        return self._targets[key]

    def _draw_ground(self, shot: Shot) -> None:
        gl, land = self.context, shot.land
        gl.clear(*shot.ink.backdrop, 1.0)
        program = self._programs["ground"]
        program["ramp"].write(linear(np.array(shot.ink.ramp)).astype("f4").tobytes())
        program["rise"], program["reach"] = RISE, reach(_TABLE)
        self._keep(("levels", land.digest), lambda: self._table(levels(land, _TABLE)[None])).use(0)
        program["line"] = (*linear(shot.ink.line), shot.ink.line_opacity)
        program["thickness"] = shot.line * shot.size[1] / 1080 * SAMPLES
        for name, make, wall in (("ground", ground, 0.0), ("walls", walls, 1.0)):
            program["wall"] = wall
            key = (name, land.digest, lines(shot.size[1]))
            self._keep(key, partial(self._block, program, make, shot)).render()
        for each in cast.pins(shot):
            self._draw_solids(each)

    def _draw_moving(self, shot: Shot, targets: Targets) -> None:
        gl = self.context
        solids = [each for run in shot.runs if run.opacity > 0 for each in cast.marks(run, shot)]
        gl.enable(gl.BLEND)
        with targets.only_shading():
            for run in shot.runs:
                self._draw_trail("casing", run, shot, (0.0, 0.0, 0.0, 0.5 * shot.ink.shadow * run.opacity))
            for each in solids:
                if each.shadow > 0:
                    self._draw_shadows(each, shot)
        for run in shot.runs:
            self._draw_trail("trail", run, shot, (*linear(run.track.colour), run.opacity))
        for each in solids:
            self._draw_solids(each)
        gl.disable(gl.BLEND)

    def _draw_trail(self, kind: str, run: Running, shot: Shot, paint: tuple[float, ...]) -> None:
        track, program = run.track, self._programs[kind]
        if run.opacity <= 0 or track.last == 0:
            return
        layout = {"trail": ("3f 3f 2f", "place", "normal", "along"), "casing": ("3f 1f 2f", "place", "across", "along")}
        make = track.tube if kind == "trail" else track.casing
        first = 0.0 if run.tail is None else max(run.step - run.tail, 0.0)
        program["until"], program["since"] = float(run.step), first
        dash = None if run.tail is not None else track.dash
        program["dash"] = (0.0, 0.0) if dash is None else (dash[0], sum(dash))
        program["edge"] = tuple(shot.land.span / 2)
        program["paint"] = paint
        triangles = self._keep((kind, track.digest), lambda: self._triangles(program, make(), layout[kind]))
        triangles.render(vertices=round(triangles.vertices * track.trodden(run.step)))

    def _draw_solids(self, each: Instances) -> None:
        program = self._programs["solid"]
        program["gloss"], program["shine"] = each.gloss, each.shine
        corners, order = self._keep(("solid", each.solid), lambda: self._indexed(solid(each.solid)))
        rows = self.context.buffer(each.packed().tobytes())
        names = ("centre", "size", "paint", "spin", "seen")
        array = self.context.vertex_array(
            program, [(corners, "3f 3f", "place", "normal"), (rows, "3f 3f 4f 4f 2f/i", *names)], order
        )
        with self._front_only() if each.solid in SPHERES else nullcontext():
            array.render(instances=len(each.centres))
        array.release()
        rows.release()

    @contextmanager
    def _front_only(self) -> Iterator[None]:
        """What faces away is not drawn in the block: half of a sphere's triangles."""
        self.context.enable(self.context.CULL_FACE)
        yield
        self.context.disable(self.context.CULL_FACE)

    def _draw_shadows(self, each: Instances, shot: Shot) -> None:
        gl, program = self.context, self._programs["shadow"]
        self._keep(("heights", shot.land.digest), lambda: self._table(shot.land.heights)).use(0)
        program["span"] = tuple(shot.land.span)
        side = _PATCH[each.solid]
        patch, order = self._keep(("patch", side), lambda: self._indexed(_patch(side)))
        rows = np.column_stack([each.centres, each.sizes[:, 0], np.full(len(each.centres), each.shadow)])
        buffer = gl.buffer(rows.astype("f4").tobytes())
        array = gl.vertex_array(program, [(patch, "2f", "corner"), (buffer, "4f 1f/i", "ball", "strength")], order)
        array.render(instances=len(rows))
        array.release()
        buffer.release()

    def _light(self, shot: Shot) -> None:
        """What all programs share."""
        far, window = shot.view.distance, shot.window
        edge = (window.aspect - window.left) / (window.right - window.left) * shot.size[0]
        soft = _CURTAIN * shot.size[1] / (window.top - window.bottom)
        curtain = np.array((edge - soft, edge + soft)) * SAMPLES
        values = {
            "eye": tuple(shot.view.eye),
            "sun": tuple(SUN),
            "sun_ink": shot.ink.sun,
            "sky_ink": shot.ink.sky,
            "glow": shot.ink.glow,
            "backdrop": tuple(linear(shot.ink.backdrop)),
            "rim": tuple(linear(shot.ink.rim)),
            "curtain": (*curtain, shot.view.curtain),
            "haze": (far * 0.95, far + 2.6),
        }
        clip = matrix(shot.view, shot.window).T.astype("f4").tobytes()
        for program in self._programs.values():
            for name, value in values.items():
                if name in program:
                    program[name] = value
            program["clip"].write(clip)

    def _keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was made under a key, made now if it is not there; the least lately used goes."""
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > _KEPT:
                _, old = self._kept.popitem(last=False)
                for each in old if isinstance(old, tuple) else (old, *(old.extra or ())):
                    each.release()
        self._kept.move_to_end(key)
        return self._kept[key]

    def _block(self, program: Any, make: Callable[[Land, int], tuple[Array, Array]], shot: Shot) -> Any:
        buffers = [self.context.buffer(part.tobytes()) for part in make(shot.land, lines(shot.size[1]))]
        array = self.context.vertex_array(program, [(buffers[0], "3f 3f 2f", "place", "normal", "seen")], buffers[1])
        array.extra = buffers
        return array

    def _triangles(self, program: Any, corners: Array, layout: tuple[str, ...]) -> Any:
        buffer = self.context.buffer(corners.tobytes())
        array = self.context.vertex_array(program, [(buffer, *layout)])
        array.extra = [buffer]
        return array

    def _indexed(self, corners: Array) -> tuple[Any, Any]:
        """Corners of triangles, each once, and their order: without a card, corners cost more than what they show."""
        different, order = np.unique(corners, axis=0, return_inverse=True)
        return tuple(self.context.buffer(part.tobytes()) for part in (different, order.astype("u4")))

    def _table(self, values: Array) -> Any:
        rows, columns = values.shape
        texture = self.context.texture((columns, rows), 1, values.astype("f4").tobytes(), dtype="f4")
        texture.repeat_x = texture.repeat_y = False
        return texture


def _context() -> Any:
    """An OpenGL context without a window: EGL on Linux, the platform's own elsewhere."""
    import sys

    try:
        import moderngl

        options: dict[str, Any] = {"backend": "egl"} if sys.platform.startswith("linux") else {}
        return moderngl.create_context(standalone=True, require=330, **options)
    except Exception as error:  # moderngl raises bare Exceptions
        raise DescentError(
            f"landscapes need OpenGL, which this machine does not offer ({error}); on Debian or Ubuntu "
            "`apt-get install libegl1 libgl1-mesa-dri` brings it, without a graphics card too."
        ) from error


def _patch(side: int) -> Array:
    """Triangles of a square of −1..1, with so many corners along a side."""
    line = np.linspace(-1, 1, side)
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]
    return np.stack([a, b, c, c, b, d], axis=2).reshape(-1, 2).astype(np.float32)
