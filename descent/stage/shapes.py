"""Small shapes that maps, panels and landscapes share: balls, markers, labels on a ground."""

import numpy as np
from manim import Circle, Rectangle, Star, VGroup, VMobject

from descent.stage.drawing.soft_disc import SoftDisc
from descent.stage.geometry import Floats, joined
from descent.stage.text import PX, SMALL, paragraph
from descent.stage.theme import current_theme

BALL = 0.13
"""Radius of a ball in frame units."""


def _ring(corners: int, turn: float = 0.0, inner: float = 1.0) -> Floats:
    """Vertices of a closed regular polygon of width 1, or a star where ``inner`` < 1."""
    angle = np.arange(corners + 1) * 2 * np.pi / corners + turn
    radius = np.where(np.arange(corners + 1) % 2 == 0, 1.0, inner) * 0.5
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], axis=-1)


_UP = np.pi / 2
_SHAPES: dict[str, Floats] = {
    "circle": _ring(16),
    "square": _ring(4, np.pi / 4) * 1.2,
    "triangle": _ring(3, _UP) * 1.3,
    "diamond": _ring(4) * 1.25,
    "star": _ring(10, _UP, 0.45) * 1.35,
    "hexagon": _ring(6) * 1.1,
    "plus": _ring(8, 0.0, 0.28) * 1.45,
    "cross": _ring(8, np.pi / 4, 0.28) * 1.45,
}


def markers(shape: str, size: float, centres: Floats) -> Floats:
    """Bézier points of one small shape repeated at several centres.

    Args:
        shape: One of :data:`descent.look.palette.MARKERS`.
        size: Width in frame units.
        centres: Where, shape (n, 3).

    Returns:
        Points for one Manim path, shape (m, 3).
    """
    outline = joined([_SHAPES[shape] * size])
    return (outline + centres[:, None]).reshape(-1, 3)


def dots(shape: str, size: float, centres: Floats, colour: str, opacity: float = 1.0) -> VMobject:
    """A path of filled markers; see :func:`markers`."""
    path = VMobject(fill_color=colour, fill_opacity=opacity, stroke_width=0)
    return path.set_points(markers(shape, size, centres))


def ball(colour: str, radius: float = BALL) -> VGroup:
    """A ball centred on the origin, with a soft shadow, a light rim and a highlight."""
    return VGroup(
        SoftDisc(radius * 1.6, core=0.62, opacity=0.33, color="#000000").shift((0.03, -0.045, 0)),
        Circle(radius, stroke_width=2.6, stroke_color=current_theme().rim, fill_color=colour, fill_opacity=1),
        SoftDisc(radius * 0.5, core=0.2, opacity=0.62, color="#ffffff").shift((-radius * 0.3, radius * 0.33, 0)),
    )


def chip(text: str, width: float) -> VGroup:
    """A small label on its own ground, centred on the origin, so that it reads on any terrain."""
    theme = current_theme()
    label = paragraph(text, SMALL, width, theme.ink)
    more = label.text.count("\n") * SMALL * PX * 1.28
    ground = Rectangle(width=label.width + 0.2, height=SMALL * PX * 1.5 + more, stroke_width=0)
    ground.set_fill(theme.chip, 0.82).round_corners(0.06)
    return VGroup(ground, label.sit((0, -SMALL * PX * 0.36 - more / 2, 0), 0))


def minimum_mark(best: bool) -> VMobject:
    """The mark of a minimum: a star for the lowest, a small diamond for another."""
    ink = current_theme().ink
    if best:
        return Star(outer_radius=0.14, inner_radius=0.062, fill_color=ink, fill_opacity=1, stroke_width=0)
    return Rectangle(width=0.1, height=0.1, stroke_width=2.2, stroke_color=ink).rotate(np.pi / 4)
