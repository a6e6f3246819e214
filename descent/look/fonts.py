"""The typeface of films and figures, from a package, so that text has the same size on every machine."""

import re
from functools import cache
from pathlib import Path

import fontpkg_inter  # type: ignore[import-untyped]
from PIL import ImageFont

_UNIT = 100


@cache
def inter_file() -> Path:
    """The file of Inter's upright variable font."""
    return next((Path(fontpkg_inter.__file__).parent / "files").glob("Inter[[]*.ttf"))


def text_width(text: str) -> float:
    """The width of a line of text set in Inter, in multiples of the text's size."""
    return _ruler().getlength(text) / _UNIT


def wrap(text: str, width: float) -> list[str]:
    """Break a text at spaces into lines that fit, as few as it takes; a longer word stands alone.

    Args:
        text: One paragraph; non-breaking spaces hold together what must not be parted.
        width: Room for a line, in multiples of the text's size.

    >>> wrap("a landscape seen from above", 8)
    ['a landscape', 'seen from above']
    """
    lines: list[str] = []
    for word in re.findall(" *[^ ]+", text):
        if lines and text_width(lines[-1] + word) <= width:
            lines[-1] += word
        else:
            lines.append(word.lstrip(" "))
    return lines


def unbroken(label: str) -> str:
    """A run's label with each setting held together by non-breaking spaces, for `wrap`.

    >>> len(unbroken("SGD  lr 0.04 · StepLR  step_size 5").split(" "))
    6
    """
    return re.sub("(?<=[^ ·]) (?=[^ ])", "\u00a0", label)


@cache
def _ruler() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(inter_file()), _UNIT)
