"""Inter for web pages, cut down to the letters, figures and signs that they write, with its licence."""

import logging
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

import fontpkg_inter  # type: ignore[import-untyped]

from descent.look.fonts import inter_file

_RANGES = (
    (0x0020, 0x017F),  # Latin
    (0x0370, 0x03FF),  # Greek
    (0x2010, 0x205F),  # punctuation and spaces
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x2190, 0x2199),  # arrows
    (0x2200, 0x226F),  # operators
)
_FEATURES = ("kern", "liga", "calt", "ccmp", "locl", "mark", "tnum")

_LETTERS = (*range(0x20, 0x7F), *range(0xA0, 0x180))
_SIGNS = "–—‘’“”•…−×·≤≥≈→←↺βγηλμρσ∞√₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻▸▾"
_AXES = {"opsz": 14.0, "wght": (400.0, 650.0)}
"""What a page that stands alone uses of the variable font; all sizes and weights would take over twice the room."""


def web_font() -> bytes:
    """Inter's upright variable font as WOFF, with what the pages of a site need, which share it."""
    return _cut((code for first, last in _RANGES for code in range(first, last + 1)), _FEATURES)


@cache
def small_font() -> bytes:
    """The same for one page that holds it: without kerning, which takes half of the room and most of the time."""
    return _cut([*_LETTERS, *map(ord, _SIGNS)], ["tnum"], ["GPOS", "GDEF"], alone=True)


def _cut(codes: Iterable[int], features: Sequence[str], dropped: Sequence[str] = (), alone: bool = False) -> bytes:
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.varLib import instancer  # type: ignore[import-untyped]

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # Manim lets every library say all it does
    cut = subset.Subsetter(subset.Options(layout_features=list(features), drop_tables=list(dropped)))
    cut.populate(unicodes=list(codes))
    with TTFont(inter_file(), recalcTimestamp=False) as font, BytesIO() as letters, BytesIO() as out:
        cut.subset(font)
        font.save(letters)
        with TTFont(letters, recalcTimestamp=False) as less:
            made = instancer.instantiateVariableFont(less, _AXES) if alone else less
            made.flavor = "woff"
            made.save(out)
        return out.getvalue()


def font_key() -> str:
    """Which release of Inter that is, and what of it."""
    return f"{distribution('fontpkg-inter').version} {_RANGES}"


def font_licence() -> bytes:
    """The licence that goes with every copy of it."""
    return (Path(fontpkg_inter.__file__).parent / "LICENSE").read_bytes()
