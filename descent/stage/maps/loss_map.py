"""The map of a loss surface: shaded relief, thin contour lines, axes with numbers, marked minima."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from manim import (
    DL,
    DOWN,
    LEFT,
    Group,
    ImageMobject,
    Line,
    Rectangle,
    VGroup,
    VMobject,
)

from descent.look.map_image import ground
from descent.record.surfaces import Surface
from descent.stage.axis_numbers import across, upwards
from descent.stage.geometry import Box, Floats, joined
from descent.stage.shapes import chip, minimum_mark
from descent.stage.text import PX, SMALL, Label, maths
from descent.stage.theme import current_theme

_GRID = 720  # samples along the map's longer side: one a pixel at 1080p, smooth at 4K
_LEVELS = 18
_TICK = 0.07
_SAID = 1.2 * SMALL * PX  # room for a line above
_NAME = 0.3  # room for the name of an axis between its numbers
_CLEAR = 0.05  # between the name and a number beside it


class LossMap(Group):
    """A surface seen from above, by default in equal scale on both axes so that directions are true.

    Everything in it is static: draw it before the runs. Heights are compressed by
    :func:`descent.look.relief.compress`; contour lines are evenly spaced on that scale.

    Args:
        surface: What to draw, over its own domain.
        box: Where the map may lie; it takes the largest rectangle of its own proportions, flush left and centred.
        axes: Whether ticks, numbers and names are drawn (outside the map's rectangle).
        levels: How many contour lines.
        best: The minimum that gets the star; the surface's own lowest by default.
        stretch: Fill the box, each axis in its own scale, for parameters of different size; directions are not true
            then.
        names: The parameters' names, in Typst maths; the surface's own by default.
        scales_said: Whether a line above it says that each axis has its own scale.
    """

    def __init__(
        self,
        surface: Surface,
        box: Box,
        axes: bool = True,
        levels: int = _LEVELS,
        best: tuple[float, float] | None = None,
        stretch: bool = False,
        names: tuple[str, str] | None = None,
        scales_said: bool = False,
    ) -> None:
        super().__init__()
        if scales_said:
            box = Box(box.left, box.right, box.bottom, box.top - _SAID)
        self.surface, self.names = surface, names or _maths(surface.names)
        self.best = best or surface.global_minimum
        (x0, x1), (y0, y1) = surface.domain
        self.scale_per_unit = np.array([box.width / (x1 - x0), box.height / (y1 - y0)])
        if not stretch:
            self.scale_per_unit[:] = self.scale_per_unit.min()
        width, height = (self.scale_per_unit * (x1 - x0, y1 - y0)).tolist()
        bottom = (box.bottom + box.top - height) / 2
        self.box = Box(box.left, box.left + width, bottom, bottom + height)
        theme = current_theme()

        relief, lines = ground(surface, theme.relief, _GRID, levels, width / height)
        self.image = ImageMobject(relief.copy())
        self.image.stretch_to_fit_width(width).stretch_to_fit_height(height)
        self.image.move_to(((self.box.left + self.box.right) / 2, (self.box.bottom + self.box.top) / 2, 0))
        self.contours = VMobject(stroke_color=theme.contour, stroke_width=1.1, stroke_opacity=theme.contour_opacity)
        self.contours.set_points(joined([self.to_frame(line) for line in lines]))
        self.frame = Rectangle(width=width, height=height, stroke_color=theme.line, stroke_width=1.5)
        self.frame.move_to(self.image)
        self.add(self.image, self.contours, self.frame)
        self.axes = self._axes() if axes else VGroup()
        if scales_said:
            words = Label("each axis has its own scale", SMALL, theme.soft)
            self.axes.add(words.sit((self.box.left, self.box.top + 0.45 * SMALL * PX, 0)))
        self.add(self.axes)
        if surface.note:
            self.add(self.tag(surface.note, (x1, y1), DL))

    def to_frame(self, w: npt.ArrayLike) -> Floats:
        """Positions in the frame of parameters (w1, w2).

        Args:
            w: Parameters, shape (2,) or (n, 2).

        Returns:
            Points, shape (3,) or (n, 3).
        """
        values = np.asarray(w, dtype=float)
        (x0, _), (y0, _) = self.surface.domain
        x = self.box.left + (values[..., 0] - x0) * self.scale_per_unit[0]
        y = self.box.bottom + (values[..., 1] - y0) * self.scale_per_unit[1]
        return np.stack([x, y, np.zeros_like(x)], axis=-1)

    def to_params(self, point: npt.ArrayLike) -> tuple[float, float]:
        """Parameters (w1, w2) of a point in the frame: the inverse of :meth:`to_frame`."""
        (x0, _), (y0, _) = self.surface.domain
        offset = np.asarray(point, dtype=float)[:2] - (self.box.left, self.box.bottom)
        w1, w2 = (offset / self.scale_per_unit + (x0, y0)).tolist()
        return w1, w2

    def minimum_marks(self) -> VGroup:
        """A star at the lowest minimum in view and a small diamond at every other one."""
        return VGroup(*(minimum_mark(m == self.best).move_to(self.to_frame(m)) for m in self.surface.minima))

    def tag(self, text: str, w: Sequence[float], direction: npt.ArrayLike = DOWN) -> VGroup:
        """A small label beside a point of the map, on its own ground so that it reads on any terrain."""
        side = np.asarray(direction, dtype=float)
        tag = chip(text, self.box.width - 0.4)
        half = np.array((tag.width / 2, tag.height / 2, 0))
        place = self.to_frame(w) + (half + 0.2) * side
        place[0] = np.clip(place[0], self.box.left + half[0] + 0.06, self.box.right - half[0] - 0.06)
        return tag.shift((place[0], place[1], 0))

    def _axes(self) -> VGroup:
        """Ticks and numbers along the bottom and the left; each axis's name stands between its last two numbers."""
        theme, base = current_theme(), SMALL * PX
        (x0, x1), (y0, y1) = self.surface.domain
        axes = VGroup()

        def tick(point: Floats, direction: Floats) -> None:
            axes.add(Line(point, point + _TICK * direction, stroke_width=1.5, color=theme.line))

        columns = across(x0, x1, 4, self.box.width, last=_NAME)
        rows = upwards(y0, y1, 6, self.box.height, last=_NAME)
        row = self.box.bottom - _TICK - 0.07 - 0.72 * base
        column = self.box.left - _TICK - 0.08
        for value, label in columns:
            point = self.to_frame((value, y0))
            tick(point, DOWN)
            axes.add(label.sit((point[0], row, 0), 0))
        for value, label in rows:
            point = self.to_frame((x0, value))
            tick(point, LEFT)
            axes.add(label.sit((column, point[1] - 0.36 * base, 0), 1))
        across_is, upwards_is = (maths(name, SMALL * 1.15, theme.ink) for name in self.names)
        xs = [(float(self.to_frame((value, y0))[0]), label.width / 2) for value, label in columns]
        ys = [(float(self.to_frame((x0, value))[1]), 0.36 * base) for value, _ in rows]
        between_x = _between(xs, across_is.width / 2 + _CLEAR, self.box.left, self.box.right)
        between_y = _between(ys, upwards_is.height / 2 + _CLEAR, self.box.bottom, self.box.top)
        axes.add(across_is.move_to((between_x, row + 0.22 * base, 0)))
        axes.add(upwards_is.move_to((column - 0.14, between_y, 0)))
        return axes


def _maths(names: tuple[str, str]) -> tuple[str, str]:
    """Parameters' names as Typst maths: a letter with its index as that, anything else as text."""
    first, second = (
        f"{name[0]}_{'₁₂'.index(name[1]) + 1}" if name[1:] in ("₁", "₂") else _text(name) for name in names
    )
    return first, second


def _text(name: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _between(numbers: Sequence[tuple[float, float]], half: float, low: float, high: float) -> float:
    """Where an axis's name stands: between the last two numbers, or between the only one and the farther end.

    Args:
        numbers: The place of each, and half the room that it takes.
        half: Half the room that the name takes; it stands aside for a number that is much longer than the other.
        low: Where the axis begins.
        high: Where it ends.
    """
    *others, last = numbers
    end = max(low, high, key=lambda end: abs(end - last[0]))
    (first, left), (second, right) = sorted([others[-1] if others else (end, -half), last])
    least, most = first + left + half, second - right - half
    return float(np.clip((first + second) / 2, min(least, most), max(least, most)))


def crop(surface: Surface, centre: npt.ArrayLike, width: float, box: Box) -> Surface:
    """The same surface seen through a smaller view.

    Args:
        surface: What to look at.
        centre: Middle of the view, (w1, w2).
        width: Width of the view in parameter units.
        box: Its proportions are the view's.

    Returns:
        The surface with that view, and of its minima those inside.
    """
    reach = np.array([width, width * box.height / box.width]) / 2
    low, high = np.asarray(centre) - reach, np.asarray(centre) + reach
    view = ((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
    inside = tuple(m for m in surface.minima if (low < m).all() and (m < high).all())
    return replace(surface, domain=view, minima=inside)
