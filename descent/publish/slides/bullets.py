"""Paragraphs of a slide that begin with a mark, or with none where the layout has one."""

from typing import Any

from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn


def bullet(paragraph: Any, mark: str, hang: int, font: str, colour: str = "") -> None:
    """Begin a paragraph with a mark.

    Args:
        paragraph: It, whose spacing is set already.
        mark: A character; none for a paragraph without a mark, which then does not hang.
        hang: How far the text stands from the left, in EMU.
        font: The mark's typeface.
        colour: The mark's own, as #rrggbb; by default the text's.
    """
    properties = paragraph._p.get_or_add_pPr()
    paragraph.alignment = PP_ALIGN.LEFT
    hang = hang if mark else 0
    properties.set("marL", str(int(hang)))
    properties.set("indent", str(-int(hang)))
    if colour:
        ink = properties.makeelement(qn("a:buClr"))
        ink.append(ink.makeelement(qn("a:srgbClr"), {"val": colour[1:].upper()}))
        properties.append(ink)
    if mark:
        properties.append(properties.makeelement(qn("a:buFont"), {"typeface": font}))
        properties.append(properties.makeelement(qn("a:buChar"), {"char": mark}))
    else:
        properties.append(properties.makeelement(qn("a:buNone"), {}))
