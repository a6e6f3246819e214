"""Whether the text on screen can be read: inside the frame, apart, large enough, of enough contrast.

A check takes a :class:`Shown` and yields one clause per fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from manim import DecimalNumber, ManimColor, MarkupText, Mobject, Text, TracedPath, Typst, VMobject
from manim.mobject.text.tex_mobject import SingleStringMathTex
from manim.utils.family import extract_mobject_family_members

from descent.look.contrast import ENOUGH, contrast
from descent.look.fonts import own_font
from descent.stage.drawing.camera import FilmCamera
from descent.stage.geometry import FRAME, SAFE, Box
from descent.stage.scene.lecture import LectureScene
from descent.stage.text import PX, Formula, Label, Readout

SMALLEST = 20.0
"""Text whose em is smaller than this many pixels at 1080p is a fault."""

_OWN = (Label, Readout, Formula)
_FOREIGN = (Text, MarkupText, SingleStringMathTex, Typst, DecimalNumber, TracedPath)
_TOUCH = 1.5 * PX  # outlines may come this near before they count as overlapping or outside
_GROUND = (960, 540)  # size of the picture that contrast is measured on
_CROSSED = 5.0  # thin lines may cross a text: this percentage of its ground is not looked at


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A text on screen: its visible glyphs and the box they fill, in frame units."""

    what: Label | Readout | Formula
    glyphs: Sequence[VMobject]
    box: Box

    def __str__(self) -> str:
        return f"“{' '.join(self.what.text.split())}”"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is on screen: all mobjects in the order drawn, the texts among them, and the step it shows, if any."""

    parts: Sequence[Mobject]
    texts: Sequence[Written]
    step: float | None


def shown_by(scene: LectureScene) -> Shown:
    """The picture that a scene shows now; its ``clock``, if it has one, tells the step."""
    parts = extract_mobject_family_members(scene.mobjects, use_z_index=True)
    texts = []
    for part in parts:
        if isinstance(part, _OWN) and (glyphs := _shown(part)):
            points = np.concatenate([glyph.points for glyph in glyphs])
            (left, bottom, _), (right, top, _) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
            texts.append(Written(part, glyphs, Box(left, right, bottom, top)))
    clock = getattr(scene, "clock", None)
    return Shown(parts, texts, None if clock is None else float(clock.get_value()))


def foreign(picture: Shown) -> Iterator[str]:
    """Text in a system font or in LaTeX, and paths that depend on the frames before."""
    for part in picture.parts:
        if isinstance(part, _FOREIGN) and not isinstance(part, Formula):
            yield f"there is a {type(part).__name__}; use Label, Readout or maths for text, OnClock for what moves"


def outside(picture: Shown) -> Iterator[str]:
    """Texts that leave the safe frame."""
    for text in picture.texts:
        box = text.box
        beyond = {
            "left": SAFE.left - box.left,
            "right": box.right - SAFE.right,
            "bottom": SAFE.bottom - box.bottom,
            "top": box.top - SAFE.top,
        }
        for side, excess in beyond.items():
            if excess > _TOUCH:
                yield f"{text} leaves the safe frame by {excess / PX:.0f} px at the {side}"


def overlapping(picture: Shown) -> Iterator[str]:
    """Pairs of texts whose boxes overlap."""
    for one, other in combinations(picture.texts, 2):
        across = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
        up = min(one.box.top, other.box.top) - max(one.box.bottom, other.box.bottom)
        if min(across, up) > _TOUCH:
            yield f"{one} and {other} overlap by {across / PX:.0f} × {up / PX:.0f} px"


def too_small(picture: Shown) -> Iterator[str]:
    """Texts whose em, as drawn, is smaller than :data:`SMALLEST`."""
    for text in picture.texts:
        what = text.what
        px = what.px * _outline(what) / _outline_when_set(what)
        if px < SMALLEST - 0.05:
            yield f"{text} is set at {px:.1f} px, and needs {SMALLEST:.0f}"


def pale(picture: Shown) -> Iterator[str]:
    """Texts whose ink is too near in luminance to what a camera sees behind them."""
    glyphs = {id(glyph) for text in picture.texts for glyph in text.glyphs}
    camera = FilmCamera(pixel_width=_GROUND[0], pixel_height=_GROUND[1])
    camera.capture_mobjects([part for part in picture.parts if id(part) not in glyphs], include_submobjects=False)
    ground = camera.pixel_array[..., :3] / 255
    for text in picture.texts:
        behind = ground[_pixels(text.box)]
        worst = min(float(np.percentile(_contrast(glyph, behind), _CROSSED)) for glyph in text.glyphs)
        if worst < ENOUGH:
            yield f"{text} has a contrast of {worst:.1f} to what lies behind it, and needs {ENOUGH}"


def _shown(text: VMobject) -> list[VMobject]:
    """The glyphs of a text that have ink."""
    glyphs = [part for part in text.family_members_with_points() if isinstance(part, VMobject)]
    return [glyph for glyph in glyphs if _ink(glyph)[1] > 0.01]


def _ink(glyph: VMobject) -> tuple[npt.NDArray[np.float64], float]:
    """Colour (r, g, b) and opacity of a glyph, of its outline where it is not filled."""
    if glyph.get_fill_opacity() > 0:
        return np.asarray(ManimColor(glyph.get_fill_color()).to_rgb()), float(glyph.get_fill_opacity())
    opacity = float(glyph.get_stroke_opacity()) if glyph.get_stroke_width() > 0 else 0.0
    return np.asarray(ManimColor(glyph.get_stroke_color()).to_rgb()), opacity


def _pixels(box: Box) -> tuple[slice, slice]:
    """Rows and columns of the ground's pixels that a box touches, at least one each."""
    per_unit = _GROUND[1] / FRAME.height
    top, bottom = (FRAME.top - np.array((box.top, box.bottom))) * per_unit
    left, right = (np.array((box.left, box.right)) - FRAME.left) * per_unit
    rows, columns = (
        np.clip(edges, 0, size - 1).astype(int)
        for edges, size in (((top, bottom), _GROUND[1]), ((left, right), _GROUND[0]))
    )
    return slice(rows[0], rows[1] + 1), slice(columns[0], columns[1] + 1)


def _contrast(glyph: VMobject, behind: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Contrast of a glyph with every pixel behind it, shape of the pixels; faded ink lets them through."""
    ink, opacity = _ink(glyph)
    return contrast(opacity * ink + (1 - opacity) * behind, behind)


def _outline(text: VMobject) -> float:
    """Length of a text's control polygon: what it has been scaled by shows in it, however it is turned."""
    points = np.concatenate([glyph.points for glyph in text.family_members_with_points()])
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _outline_when_set(text: Label | Readout | Formula) -> float:
    """The same of such a text that nobody has scaled."""
    kind = next(kind for kind in _OWN if isinstance(text, kind))
    return _outline_of(kind, text.text, text.px, own_font())


@cache
def _outline_of(kind: type[Label | Readout | Formula], text: str, px: float, _: Path | None) -> float:
    if issubclass(kind, Readout):
        return _outline(Readout((0, 0, 0), px).set_text(text))
    return _outline(kind(text, px))
