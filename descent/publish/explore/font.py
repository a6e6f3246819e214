"""Inter inside a page: the letters of Latin text and the signs that the page writes, with their licence."""

import logging
from functools import cache
from io import BytesIO

from descent.base.files import data_url
from descent.look.fonts import inter_file

_LETTERS = (*range(0x20, 0x7F), *range(0xA0, 0x180))
_SIGNS = "–—‘’“”•…−×·≤≥≈→←↺βγηλμρσ∞√₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻▸▾"


_RANGES = {"opsz": 14.0, "wght": (400.0, 650.0)}
"""What the page uses of the variable font; all sizes and weights would take more than twice the room."""


@cache
def small_font() -> str:
    """Inter's upright variable font without kerning, as an address that holds it."""
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.varLib import instancer  # type: ignore[import-untyped]

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # Manim lets every library say all it does
    # Pairs of letters take half of the room and most of the time.
    cut = subset.Subsetter(subset.Options(layout_features=["tnum"], drop_tables=["GPOS", "GDEF"]))
    cut.populate(unicodes=[*_LETTERS, *map(ord, _SIGNS)])
    with TTFont(inter_file(), lazy=True, recalcTimestamp=False) as whole, BytesIO() as letters, BytesIO() as out:
        cut.subset(whole)
        whole.save(letters)
        with TTFont(letters, recalcTimestamp=False) as font:
            small = instancer.instantiateVariableFont(font, _RANGES)
            small.flavor = "woff"
            small.save(out)
        return data_url(out.getvalue(), "font/woff")
