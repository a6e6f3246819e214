"""The typeface of films and figures, from a package, so that text has the same size on every machine."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from pathlib import Path

import fontpkg_inter  # type: ignore[import-untyped]
from PIL import ImageFont

from descent.base.errors import DescentError, reason, shown

OWN = "DESCENT_FONT"
"""The environment's variable that names a font file of one's own, for the characters that Inter lacks."""

_UNIT = 100
_LONG = 30  # characters of a setting that may be broken


@cache
def inter_file() -> Path:
    """The file of Inter's upright variable font."""
    return next((Path(fontpkg_inter.__file__).parent / "files").glob("Inter[[]*.ttf"))


def own_font() -> Path | None:
    """The font file of the user's own, if the environment names one.

    Raises:
        DescentError: If it is no font.
    """
    named = os.environ.get(OWN)
    if not named:
        return None
    file = Path(named).resolve()
    _ruler(file)
    return file


@contextmanager
def using(file: Path | None) -> Iterator[None]:
    """A font file of one's own, instead of the environment's; None leaves that as it is."""
    before = os.environ.get(OWN)
    if file is not None:
        os.environ[OWN] = str(file.resolve())
    try:
        yield
    finally:
        os.environ.pop(OWN, None)
        if before is not None:
            os.environ[OWN] = before


def families() -> str:
    """The family names of Inter and of the user's own font, as Pango wants them."""
    own = own_font()
    return "Inter" if own is None else f"Inter,{_ruler(own).getname()[0]}"


def lacking(text: str) -> str:
    """The characters of a text that neither Inter nor the user's own font has, each once.

    >>> lacking("a − 学 b 学")
    '学'
    """
    own = own_font()
    known = _characters(inter_file()) | (_characters(own) if own else frozenset())
    return "".join(dict.fromkeys(c for c in text if ord(c) not in known and not c.isspace()))


def refuse(characters: str, text: str) -> DescentError:
    """The mistake that no font has some characters of a text."""
    return DescentError(
        f"no font has {' '.join(characters)} of {shown(text)}: name a font file that has, in the environment as {OWN} "
        "(`descent animate` also takes --font)."
    )


def file_for(text: str) -> Path:
    """The font file to set a text in: Inter, or the user's own if Inter lacks some of it.

    Raises:
        DescentError: If neither has all of it.
    """
    if missing := lacking(text):
        raise refuse(missing, text)
    inter, own = inter_file(), own_font()
    return own if own and any(ord(c) not in _characters(inter) and not c.isspace() for c in text) else inter


def text_width(text: str) -> float:
    """The width of a line of text set in Inter, in multiples of the text's size; what Inter lacks in one's own font."""
    known, own, width = _characters(inter_file()), own_font(), 0.0
    for ours, part in groupby(text, lambda c: ord(c) in known or c.isspace()):
        words = "".join(part)
        file = inter_file() if ours else own
        width += len(words) if file is None else _ruler(file).getlength(words) / _UNIT
    return width


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
    """A run's label with each setting held together by non-breaking spaces, for `wrap`; but for long lists.

    >>> len(unbroken("SGD  lr 0.04 · StepLR  step_size 5").split(" "))
    6
    """
    parts = re.split("(  | · )", label)
    held = (part if part == "  " or len(part) > _LONG else part.replace(" ", "\u00a0") for part in parts)
    return "".join(held).replace("\u00a0·\u00a0", "\u00a0· ")


@cache
def _ruler(file: Path) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(str(file), _UNIT)
    except OSError as error:
        raise DescentError(f"{str(file)!r} is not a font file that can be read: {reason(error)}.") from error


@cache
def _characters(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(file, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())
