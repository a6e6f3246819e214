"""The placeholders of a template: where they stand, how large their type is, and text set so that it fits."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.util import Pt

from descent.publish.slides import titling
from descent.publish.slides.package import Box

TITLES: Final = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
CONTENTS: Final = (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY)

_EMU = 12700  # in a point
_SMALLEST = 12  # points
_INSET = 7.2  # points that PowerPoint leaves free at a box's sides
_USUAL = 18  # points, where a template says nothing


def of(page: Any, kinds: Sequence[Any]) -> list[Any]:
    """The placeholders of some kinds on a slide, layout or master, in order."""
    return [shape for shape in page.placeholders if shape.placeholder_format.type in kinds]


def box(page: Any, kinds: Sequence[Any]) -> Box | None:
    """Where the first placeholder of some kinds stands.

    By kind and not, as in python-pptx, by number: those that LibreOffice writes all have the number 0.

    Args:
        page: A slide, or a layout.
        kinds: Kinds of placeholders.
    """
    for holder in _chain(page):
        for shape in of(holder, kinds)[:1]:
            if shape.element.x is not None and shape.element.cx is not None:
                return Box(shape.element.x, shape.element.y, shape.element.cx, shape.element.cy)
    return None


def size_of(layout: Any, kinds: Sequence[Any]) -> tuple[int, bool]:
    """The size of text in a placeholder, in points, and whether text has it by itself.

    Args:
        layout: It.
        kinds: Kinds of placeholders.
    """
    style = layout.slide_master.element.find(f".//{qn('p:titleStyle' if kinds is TITLES else 'p:bodyStyle')}")
    shapes = [shape.element for holder in _chain(layout) for shape in of(holder, kinds)[:1]]
    declared = [_first(holder, "a:lvl1pPr/a:defRPr") for holder in (*shapes, style)]
    written = [_first(shape, tag) for shape in shapes for tag in ("a:rPr", "a:endParaRPr")]
    for size in filter(None, declared):
        return size, True
    return next(filter(None, written), _USUAL), False


def fill(shape: Any, room: Box | None, size: tuple[int, bool], texts: Sequence[str], last: str = "") -> tuple[int, int]:
    """Set paragraphs, smaller than the template does where they would not fit, and fewer where that is not enough.

    Args:
        shape: Where.
        room: How large it is.
        size: The usual size, as :func:`size_of` gives it.
        texts: Paragraphs.
        last: One more, which is always shown.

    Returns:
        How many of the texts are set, and their size in points.
    """
    usual, count, chosen = size[0], len(texts), size[0]
    if room is not None:
        while chosen > _SMALLEST and not _fits([*texts, last], chosen, room):
            chosen = max(_SMALLEST, min(chosen - 1, round(0.9 * chosen)))
        while count > 1 and not _fits([*texts[:count], titling.more(len(texts) - count), last], chosen, room):
            count -= 1
    shown = [text for text in (*texts[:count], titling.more(len(texts) - count), last) if text]
    shape.text_frame.text = "\n".join(shown)
    if chosen < usual or not size[1]:
        for paragraph in shape.text_frame.paragraphs:
            paragraph.font.size = Pt(chosen)
    return count, chosen


def _chain(page: Any) -> list[Any]:
    """A page and what it takes its looks from."""
    found = [page]
    for above in ("slide_layout", "slide_master"):
        if hasattr(found[-1], above):
            found.append(getattr(found[-1], above))
    return found


def _first(holder: Any, tag: str) -> int:
    path = "/".join(map(qn, tag.split("/")))
    found = [] if holder is None else holder.findall(f".//{path}")
    return next((round(int(style.get("sz")) / 100) for style in found if style.get("sz")), 0)


def _fits(texts: Sequence[str], size: int, room: Box) -> bool:
    width, height = room.width / _EMU - 2 * _INSET, room.height / _EMU - _INSET
    gaps = (sum(map(bool, texts)) - 1) * titling.GAP * size
    return sum(_height(text, size, max(width, size)) for text in texts if text) + gaps <= height


@cache
def _height(text: str, size: int, width: float) -> float:
    return titling.text_height([text], size, width)
