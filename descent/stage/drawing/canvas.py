"""Drawing only what changed: a frame is the one before it, with those parts drawn again that look different.

Manim draws everything behind the first thing that moves, in every frame. Here a picture remembers how each of its parts
looked. What changed makes the tiles dirty that it covers or covered; there the ground is restored, and every part that
touches a dirty tile is drawn again, whole and in order, on a scratch surface, of which only the dirty tiles are kept.
So each pixel sees the very drawing operations of a full redraw, and has the very same bytes. (Clipping Cairo to the
tiles would not do: the smoothness it gives an edge depends on what else it draws in the same row.) A path that grew, as
trails and curves do, makes only those rows of it dirty that its new end is in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import cairo
import numpy as np
import numpy.typing as npt
from manim import Camera, Mobject, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject

from descent.stage.drawing.layers import Area, Layer, Pixels, layer_of

TILE = 32
"""Width and height of a tile in pixels; even, so that tiles hold whole chroma samples."""

_NOWHERE: Area = (slice(0, 0), slice(0, 0))
_MITER = 10  # Cairo's limit: a mitred corner reaches this often half the line's width from the path


@dataclass(slots=True, eq=False)
class DrawnPart:
    """A mobject as it was drawn.

    Attributes:
        mobject: What it is.
        state: Everything that its picture depends on; equal states are drawn equal.
        tiles: The tiles it may touch.
        path: Its outline in device coordinates, once it has stood still for a frame, though colours may have changed.
        layer: An image in the frame, once drawn.
        still: Whether it stood there in the frame before.
    """

    mobject: Mobject
    state: tuple[Any, ...]
    tiles: Area
    path: cairo.Path | None = None
    layer: Layer | None = None
    still: bool = False

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """Its points as they were, shape (n, 3)."""
        return np.frombuffer(self.state[0]).reshape(-1, 3)


def drawable(mobject: Mobject) -> bool:
    """Whether a mobject is one that a :class:`Canvas` draws: a path or an image."""
    if isinstance(mobject, VMobject):
        return mobject.get_background_image() is None
    return isinstance(mobject, AbstractImageMobject)


def drawn_state(mobject: Mobject) -> tuple[Any, ...]:
    """Everything the picture of a mobject depends on, by value."""
    points = mobject.points.tobytes()
    if isinstance(mobject, VMobject):
        colours = (mobject.fill_rgbas, mobject.stroke_rgbas, mobject.background_stroke_rgbas)
        # Where a gradient runs depends on the whole family.
        run = mobject.get_gradient_start_and_end_points() if max(map(len, colours)) > 1 else ()
        return (
            points,
            *(rgbas.tobytes() for rgbas in colours),
            *(end.tobytes() for end in run),
            mobject.stroke_width,
            mobject.background_stroke_width,
            mobject.joint_type,
            mobject.cap_style,
        )
    named = getattr(mobject, "digest", None)
    return points, named or mobject.get_pixel_array().tobytes(), getattr(mobject, "resampling_algorithm", None)


class Canvas:
    """A picture that is brought up to date.

    Args:
        camera: How points become pixels, and what draws a path's fill and stroke.
        under: What shows where nothing is drawn, shape (height, width, 4).
    """

    def __init__(self, camera: Camera, under: Pixels) -> None:
        self._camera = camera
        self.pixels: Pixels = under.copy()
        self._scratch: Pixels = under.copy()
        height, width = under.shape[:2]
        self._dirty = np.ones((-(-height // TILE), -(-width // TILE)), dtype=bool)
        surface = cairo.ImageSurface.create_for_data(cast(Any, self._scratch), cairo.FORMAT_ARGB32, width, height)
        self._context = cairo.Context(surface)
        across, up = width / camera.frame_width, height / camera.frame_height
        middle = camera.frame_center
        self._matrix = cairo.Matrix(across, 0, 0, -up, width / 2 - middle[0] * across, height / 2 + middle[1] * up)
        self._context.set_matrix(self._matrix)
        self.parts: list[DrawnPart] = []

    def show(self, parts: Sequence[DrawnPart | Mobject], under: Pixels, above: int = 0) -> None:
        """Make the picture that of some parts, drawn in order.

        Args:
            parts: What to show; a :class:`DrawnPart` is taken as it is, a mobject is looked at.
            under: What shows where nothing is drawn; it already holds the first ``above`` parts, and where it is not
                as it was one of these has changed.
            above: How many parts to leave out when drawing.
        """
        dirty, self.parts = self._differences(parts)
        self._dirty |= dirty
        areas = [_pixels(area) for area in rectangles(dirty)]
        if not areas:
            return
        for area in areas:
            self._scratch[area] = under[area]
        for part in self.parts[above:]:
            if dirty[part.tiles].any():
                self._draw(part, areas)
        for area in areas:
            self.pixels[area] = self._scratch[area]

    def changes(self) -> list[Area]:
        """The areas, in pixels, that may differ from what they were when this was asked last."""
        areas = [_pixels(area) for area in rectangles(self._dirty)]
        self._dirty[:] = False
        return areas

    def _differences(self, parts: Sequence[DrawnPart | Mobject]) -> tuple[npt.NDArray[np.bool_], list[DrawnPart]]:
        """Dirty tiles, and the parts as they look now; those that look as before are the same objects as before."""
        same = _common_parts(self.parts, parts)  # what stands still, and need not be looked at one by one
        former, now = self.parts[same:], self.parts[:same]
        before = {id(part.mobject): (place, part) for place, part in enumerate(former)}
        dirty, kept, last = np.zeros_like(self._dirty), set(), -1
        for each in parts[same:]:
            mobject = each.mobject if isinstance(each, DrawnPart) else each
            place, part = before.get(id(mobject), (-1, None))
            state = each.state if isinstance(each, DrawnPart) else drawn_state(each)
            # Those kept must follow each other as before, else what lay above may now lie below.
            if part is not None and place > last and (part is each or part.state == state):
                last, part.still = place, True
                kept.add(place)
            else:
                old = part
                part = each if isinstance(each, DrawnPart) else DrawnPart(mobject, state, self._tiles(mobject))
                changed = self._changed(old, part) if old is not None and place > last else None
                if changed is None:
                    dirty[part.tiles] = True
                else:
                    last = place
                    kept.add(place)
                    dirty |= changed
            now.append(part)
        for place, part in enumerate(former):
            if place not in kept:
                dirty[part.tiles] = True
        return dirty, now

    def _tiles(self, mobject: Mobject, points: npt.NDArray[np.float64] | None = None) -> Area:
        """The tiles that a mobject may touch, or some of its points."""
        points = mobject.points if points is None else points
        if not len(points):
            return _NOWHERE
        (left, low, _), (right, high, _) = points.min(0).tolist(), points.max(0).tolist()
        if not math.isfinite(left + right + low + high):
            return _NOWHERE
        reach = 1.0
        if isinstance(mobject, VMobject):
            width = max(mobject.stroke_width, mobject.background_stroke_width)
            reach += width * self._camera.cairo_line_width_multiple * self._matrix.xx / 2 * _MITER
        x, y, matrix = self._matrix.xx, self._matrix.yy, self._matrix
        down, across = self._dirty.shape
        return (
            _tiled(high * y + matrix.y0 - reach, low * y + matrix.y0 + reach, down),
            _tiled(left * x + matrix.x0 - reach, right * x + matrix.x0 + reach, across),
        )

    def _draw(self, part: DrawnPart, areas: Sequence[Area]) -> None:
        path = part.mobject
        if not isinstance(path, VMobject):
            self._layer(part).lay_over(self._scratch, areas)
            return
        context, camera = self._context, self._camera
        context.new_path()
        if part.path is None:
            outline(context, path)
        if part.still:  # a path of its own is in device coordinates
            context.set_matrix(_IDENTITY)
            if part.path is None:
                part.path = context.copy_path()
            else:
                context.append_path(part.path)
            context.set_matrix(self._matrix)
        if path.background_stroke_width > 0:
            camera.apply_stroke(context, path, background=True)
        if path.fill_rgbas[:, 3].any():
            camera.apply_fill(context, path)
        if path.stroke_width > 0:
            camera.apply_stroke(context, path)

    def _changed(self, old: DrawnPart, new: DrawnPart) -> npt.NDArray[np.bool_] | None:
        """The tiles where a part differs from what it was; None where all of it counts as new."""
        if isinstance(new.mobject, VMobject):
            if old.state[0] == new.state[0]:
                new.path, new.still = old.path, True  # only colours or widths differ
                return None
            return self._grown(new.mobject, old, new) if old.state[1:] == new.state[1:] else None
        if old.layer is None:
            return None
        pixels = self._layer(new, old.layer).differs(old.layer, tuple(TILE * count for count in self._dirty.shape))
        return None if pixels is None else np.asarray(_blocks(pixels).any(axis=(1, 3)))

    def _grown(self, path: VMobject, old: DrawnPart, new: DrawnPart) -> npt.NDArray[np.bool_] | None:
        """The tiles that a path's new end makes dirty: all of the path that lies in the same rows."""
        before, after = old.points, new.points
        same = np.append((before[: len(after)] == after[: len(before)]).all(axis=1), False)
        common = int(same.argmin()) // 4 * 4
        if not common or _NOWHERE in (old.tiles, new.tiles):
            return None
        begin = _subpath(after[:common], path.tolerance_for_point_equality)
        # How the last common curve ends depends on what follows.
        rest = slice(begin if path.fill_rgbas[:, 3].any() else common - 4, None)
        dirty = np.zeros_like(self._dirty)
        for part, points in ((old, before), (new, after)):
            for changed in (points[rest], points[begin : begin + 1]):  # whether it is closed shows at its beginning
                rows, _ = self._tiles(path, changed)
                dirty[rows, part.tiles[1]] = True
        return dirty

    def _layer(self, part: DrawnPart, before: Layer | None = None) -> Layer:
        if part.layer is None:
            assert isinstance(part.mobject, AbstractImageMobject)
            part.layer = layer_of(part.mobject, self._camera, _pixels(part.tiles), self._scratch.shape, before)
        return part.layer


def _common_parts(old: Sequence[DrawnPart], new: Sequence[DrawnPart | Mobject]) -> int:
    """How many parts at the beginning are the very same, of which it is noted that they stood still."""
    count = 0
    for part, other in zip(old, new, strict=False):
        if part is not other:
            break
        part.still = True
        count += 1
    return count


_IDENTITY = cairo.Matrix()


def outline(context: "cairo.Context[Any]", path: VMobject) -> None:
    """Add a mobject's outline to a Cairo path, as Manim's camera does, in a fraction of its time."""
    points = path.points
    rows: list[list[float]] = points[: len(points) // 4 * 4, :2].reshape(-1, 8).tolist()
    tolerance = path.tolerance_for_point_equality
    move_to, curve_to, close_path = context.move_to, context.curve_to, context.close_path
    first_x = first_y = last_x = last_y = math.inf
    for x0, y0, x1, y1, x2, y2, x3, y3 in rows:
        # Most curves begin exactly where the last one ends, which is cheaper to see than that two points are close.
        if not (last_x == x0 < math.inf and last_y == y0 < math.inf) and not (
            _close(last_x, x0, tolerance) and _close(last_y, y0, tolerance)
        ):
            if _close(first_x, last_x, tolerance) and _close(first_y, last_y, tolerance):
                close_path()
            first_x, first_y = x0, y0
            move_to(x0, y0)
        curve_to(x1, y1, x2, y2, x3, y3)
        last_x, last_y = x3, y3
    if _close(first_x, last_x, tolerance) and _close(first_y, last_y, tolerance):
        close_path()


def _close(one: float, other: float, tolerance: float) -> bool:
    """Manim's idea of two coordinates being equal; infinity is not close to anything."""
    return one == other < math.inf or abs(one - other) <= tolerance + 1e-5 * abs(other) < math.inf


def _subpath(points: npt.NDArray[np.float64], tolerance: float) -> int:
    """Where a path's last subpath begins: behind the last jump from the end of a curve to the start of the next."""
    ends, starts = points[3:-4:4, :2], points[4::4, :2]
    jumps = np.flatnonzero((np.abs(ends - starts) > tolerance + 1e-5 * np.abs(starts)).any(axis=1))
    return 4 * (int(jumps[-1]) + 1) if len(jumps) else 0


def rectangles(tiles: npt.NDArray[np.bool_]) -> list[Area]:
    """Disjoint rectangles that cover the true cells of a grid, and no others.

    >>> rectangles(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool))
    [(slice(0, 2, None), slice(0, 2, None)), (slice(2, 3, None), slice(2, 3, None))]
    """
    rows, columns = np.nonzero(np.diff(np.pad(tiles, ((0, 0), (1, 1))).astype(np.int8), axis=1))
    grown: dict[tuple[int, int], tuple[int, int]] = {}
    done: list[Area] = []
    for row, *run in zip(rows[::2].tolist(), columns[::2].tolist(), columns[1::2].tolist(), strict=True):
        first, past = grown.pop((run[0], run[1]), (row, row))
        if past != row:
            done.append((slice(first, past), slice(*run)))
            first = row
        grown[run[0], run[1]] = first, row + 1
    return [*done, *((slice(*rows), slice(*run)) for run, rows in grown.items())]


def _tiled(low: float, high: float, count: int) -> slice:
    return slice(min(max(int(low // TILE), 0), count), min(max(int(high // TILE + 1), 0), count))


def _pixels(tiles: Area) -> Area:
    rows, columns = tiles
    return slice(rows.start * TILE, rows.stop * TILE), slice(columns.start * TILE, columns.stop * TILE)


def _blocks(pixels: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    down, across = pixels.shape
    return pixels.reshape(down // TILE, TILE, across // TILE, TILE)
