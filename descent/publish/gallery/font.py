"""Inter for web pages: the letters, figures and signs of Latin and Greek text and simple formulas."""

import logging
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


def web_font() -> bytes:
    """Inter's upright variable font, cut down to what pages need, as WOFF."""
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # Manim lets every library say all it does
    options = subset.Options(layout_features=["kern", "liga", "calt", "ccmp", "locl", "mark", "tnum"])
    font = TTFont(inter_file(), recalcTimestamp=False)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[code for first, last in _RANGES for code in range(first, last + 1)])
    cut.subset(font)
    font.flavor = "woff"
    with BytesIO() as out:
        font.save(out)
        return out.getvalue()


def font_key() -> str:
    """Which release of Inter that is, and what of it."""
    return f"{distribution('fontpkg-inter').version} {_RANGES}"


def font_licence() -> bytes:
    """The licence that goes with every copy of it."""
    return (Path(fontpkg_inter.__file__).parent / "LICENSE").read_bytes()
