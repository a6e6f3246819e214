"""On what films write, and in which colours: few enough to be judged once, on the palette, for both themes."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from manim import ManimColor, Mobject, VMobject

from descent.look.contrast import contrast
from descent.look.palette import Theme, rgb, srgb
from descent.stage.checks.legibility import Shown, Written, _ink
from descent.stage.drawing.camera import FilmCamera
from descent.stage.geometry import FRAME, Box
from descent.stage.theme import current_theme

CHIP = 0.82
"""Opacity of the ground under a text that lies on a map."""

_SIZE = (480, 270)
_SAME = 2  # levels of 255 by which a pixel of the background may differ
_CROSSED = 0.5  # of what lies behind a text, lines and marks may cover so much


def inks(theme: Theme) -> dict[str, str]:
    """The colours that text may take on the background."""
    words = {"ink": theme.ink, "soft": theme.soft, "gradient": theme.gradient, "velocity": theme.velocity}
    return words | {f"run {k}": colour for k, colour in enumerate(theme.runs)}


def worst_contrasts(theme: Theme) -> dict[str, float]:
    """The least contrast of every colour that text takes on every ground that it lies on.

    On the background text may take all of them. On a chip it has the theme's ink, whatever of a map shines through.
    """
    on_background = {f"{name} on the background": _contrast(ink, theme.background) for name, ink in inks(theme).items()}
    behind = [CHIP * np.array(srgb(theme.chip)) + (1 - CHIP) * shade for shade in np.linspace(0, 1, 11)]
    on_chip = min(float(contrast(srgb(theme.ink), ground)) for ground in behind)
    return {**on_background, "ink on a chip": on_chip}


def strange_texts(picture: Shown) -> Iterator[str]:
    """Texts that the law on palettes does not speak of: in another colour, faded, or on another ground."""
    theme = current_theme()
    known = {colour.lower() for colour in inks(theme).values()}
    glyphs = {id(glyph) for text in picture.texts for glyph in text.glyphs}
    filled = [part for part in picture.parts if id(part) not in glyphs and _fills(part)]
    solid = [part for part in filled if isinstance(part, VMobject) and part.get_fill_opacity() >= CHIP - 1e-6]
    chips = [_box(part) for part in solid if _colour(part) == theme.chip]
    grounds = [_box(part) for part in filled]
    drawn = cache(lambda: _drawn([part for part in picture.parts if id(part) not in glyphs]))
    for text in picture.texts:
        seen = [_ink(glyph) for glyph in text.glyphs]
        colours = {str(ManimColor(colour).to_hex()).lower() for colour, _ in seen}
        if any(opacity < 1 for _, opacity in seen):
            yield f"{text} is faded"
        if not colours <= known:
            yield f"{text} has {colours - known}, which are no colours of text"
        if any(_inside(text.box, chip) for chip in chips):
            if colours != {theme.ink}:
                yield f"{text} lies on a chip in another colour than the theme's ink"
        elif any(_shared(text.box, ground) > _CROSSED for ground in grounds) and (
            (share := _covered(text, drawn(), theme)) > _CROSSED
        ):
            yield f"{text} lies neither on the background nor on a chip: {share:.0%} of what is behind it is covered"


def _contrast(one: str, other: str) -> float:
    return float(contrast(srgb(one), srgb(other)))


def _colour(part: VMobject) -> str:
    return str(ManimColor(part.get_fill_color()).to_hex()).lower()


def _fills(part: Mobject) -> bool:
    """Whether it may cover what is behind it: images, and shapes that are filled."""
    return len(part.points) > 0 and (not isinstance(part, VMobject) or part.get_fill_opacity() > 0.01)


def _shared(text: Box, ground: Box) -> float:
    """The share of a text's box that lies in another."""
    across = min(text.right, ground.right) - max(text.left, ground.left)
    up = min(text.top, ground.top) - max(text.bottom, ground.bottom)
    return max(across, 0) * max(up, 0) / ((text.right - text.left) * (text.top - text.bottom))


def _box(part: Mobject) -> Box:
    (left, bottom, _), (right, top, _) = part.points.min(axis=0).tolist(), part.points.max(axis=0).tolist()
    return Box(left, right, bottom, top)


def _inside(inner: Box, outer: Box) -> bool:
    across = outer.left <= inner.left and inner.right <= outer.right
    return across and outer.bottom <= inner.bottom and inner.top <= outer.top


def _drawn(parts: Sequence[Mobject]) -> npt.NDArray[np.uint8]:
    camera = FilmCamera(pixel_width=_SIZE[0], pixel_height=_SIZE[1])
    camera.capture_mobjects(parts, include_submobjects=False)
    pixels: npt.NDArray[np.uint8] = camera.pixel_array[..., :3]
    return pixels


def _covered(text: Written, ground: npt.NDArray[np.uint8], theme: Theme) -> float:
    """The share of the pixels behind a text that do not show the background."""
    per_unit = _SIZE[1] / FRAME.height
    rows = slice(int((FRAME.top - text.box.top) * per_unit), int((FRAME.top - text.box.bottom) * per_unit) + 1)
    columns = slice(int((text.box.left - FRAME.left) * per_unit), int((text.box.right - FRAME.left) * per_unit) + 1)
    apart = np.abs(ground[rows, columns].astype(int) - rgb(theme.background)).max(axis=-1)
    return float((apart > _SAME).mean())
