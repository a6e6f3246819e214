"""Outlines of words and formulas, each set once a process: words by Pango in Inter, maths by Typst."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from xml.etree import ElementTree

import manimpango  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
from manim import MathTypst, VMobject, config

from descent.base.errors import DescentError
from descent.look import fonts
from descent.look.fonts import inter_file

Outline = npt.NDArray[np.float64]
"""Bézier points of one glyph, shape (n, 3)."""

_SET_AT = 25.0  # in points; Pango rounds advances at small sizes, so text is set large and scaled down
_WIDE = 1_000_000  # Pango wraps at the picture's width
_CAPITAL = 0.727  # Inter's capitals are this high, in ems


def glyphs(line: str, weight: str = "NORMAL") -> tuple[Outline, ...]:
    """The visible glyphs of a line, for a size (em) of 1.

    Manim's ``Text`` shows the same, but takes 20 times as long to read what Pango has set.

    Args:
        line: What is written.
        weight: Pango weight, such as ``"SEMIBOLD"``.

    Returns:
        An outline per glyph; the left end of the first one's baseline is the origin.

    Raises:
        DescentError: If no font has some of the characters.
    """
    return _glyphs(line, weight, _families(fonts.own_font()))


@cache
def _glyphs(line: str, weight: str, families: str) -> tuple[Outline, ...]:
    text = "H" + line
    setting = manimpango.TextSetting(0, len(text), families, "NORMAL", weight)
    with TemporaryDirectory(prefix="descent-text-") as folder:
        file = str(Path(folder) / "line.svg")
        height = int(4 * _SET_AT)
        work = partial(manimpango.text2svg, [setting], _SET_AT, _SET_AT, True, file, 0, 0, _WIDE, height, text)
        if families == "Inter":
            work()
        else:
            _setter(families).submit(work).result()
        svg = ElementTree.parse(file).getroot()
    if any(_is_box(each) for each in svg.iter()):
        raise fonts.refuse(fonts.lacking(line) or line, line)
    capital, *others = _outlines(svg)
    if not others:
        return ()
    low, high = capital[:, 1].min(), capital[:, 1].max()
    origin = np.array((min(outline[:, 0].min() for outline in others), low, 0))
    return tuple((outline - origin) * (_CAPITAL / (high - low)) for outline in others)


@cache
def _families(own: Path | None) -> str:
    """Make the bundled Inter and the user's own font known to Pango, once a process, and return their names."""
    if not manimpango.register_font(str(inter_file())):
        raise OSError(f"Pango could not load the font {inter_file()}; reinstall the package fontpkg-inter.")
    if own is not None and not manimpango.register_font(str(own)):
        raise DescentError(f"Pango could not load the font {str(own)!r}; give another one.")
    return fonts.families()


@cache
def _setter(families: str) -> ThreadPoolExecutor:
    """A thread that sets text in some fonts: Pango looks for fonts once a thread, and not again for a new one."""
    return ThreadPoolExecutor(1)


def _is_box(element: ElementTree.Element) -> bool:
    """Whether it is the frame that Pango draws for a character that no font has: all else is filled."""
    return element.tag.endswith("}path") and (
        element.get("fill") == "none" or "fill:none" in (element.get("style") or "").replace(" ", "")
    )


def _outlines(svg: ElementTree.Element) -> Iterator[Outline]:
    """The glyphs that an SVG of Cairo's uses, where it uses them, upwards positive; blanks are left out."""
    shapes = {each.get("id"): path.get("d", "") for each in svg.iter() for path in each if path.tag.endswith("}path")}
    drawn = {name: _outline(shape) for name, shape in shapes.items() if name}
    for use in svg.iter():
        if use.tag.endswith("}use"):
            name = next(value for key, value in use.items() if key.endswith("href")).lstrip("#")
            if name in drawn and len(drawn[name]):
                at = np.array((float(use.get("x", 0)), float(use.get("y", 0)), 0))
                yield (drawn[name] + at) * (1, -1, 1)


def _outline(shape: str) -> Outline:
    """Bézier points of an SVG path as Cairo writes them: absolute moves, lines, curves and ends."""
    curves: list[tuple[tuple[float, float], ...]] = []
    first = now = (0.0, 0.0)
    for command, rest in re.findall("([A-Za-z])([^A-Za-z]*)", shape):
        if command not in "MLCZ":
            raise OSError(f"Cairo has written a glyph in a way that descent cannot read: {command} in {shape!r}")
        numbers = [float(number) for number in rest.split()]
        points = list(zip(numbers[::2], numbers[1::2], strict=True)) or [first]
        if command == "M":
            first = points[0]
        elif command == "C":
            curves.append((now, *points))
        elif points[0] != now:
            end = points[0]
            third = (end[0] - now[0]) / 3, (end[1] - now[1]) / 3
            curves.append((now, (now[0] + third[0], now[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end))
        now = points[-1]
    flat = np.array(curves, dtype=float).reshape(-1, 2)
    return np.column_stack([flat, np.zeros(len(flat))])


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A piece of a formula: a filled glyph, or a line such as that of a fraction.

    Attributes:
        points: Bézier points in frame units, shape (n, 3).
        fill: Opacity of its filling.
        line: Width of its outline, in Manim's unit.
    """

    points: Outline
    fill: float
    line: float

    def drawn(self, ink: str) -> VMobject:
        """The piece as a mobject."""
        return VMobject(color=ink, fill_opacity=self.fill, stroke_width=self.line).set_points(self.points)


@cache
def formula(markup: str, px: float) -> tuple[tuple[Piece, ...], dict[str, tuple[int, ...]]]:
    """The pieces of a formula, and which of them belong to each named part.

    Args:
        markup: Typst maths.
        px: Size (em) in pixels at 1080p.
    """
    # A Typst em comes out at font_size / 0.69 px: measured on the height of "H". Manim's own cache forgets to scale
    # the lines of a formula that it has set before.
    whole = MathTypst(markup, font_size=px * 0.69, use_svg_cache=False)
    pieces = whole.family_members_with_points()
    place = {id(piece): k for k, piece in enumerate(pieces)}
    named = {
        name: tuple(place[id(piece)] for piece in whole.select(name).family_members_with_points())
        for name in whole._label_aliases
        if name in whole.id_to_vgroup_dict
    }
    # Manim sets lines thinner in smaller pictures, though their width does not depend on pixels.
    thicker = 1920 / config.pixel_width
    # To a type checker these are methods, of Manim's other renderer.
    return tuple(Piece(p.points, cast(Any, p.fill_opacity), cast(Any, p.stroke_width) * thicker) for p in pieces), named
