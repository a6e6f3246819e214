"""A deck in somebody else's look: the masters of a .pptx, such as one's university's, with films in their content."""

import copy
import zipfile
from bisect import bisect
from functools import cache
from pathlib import Path
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import CONTENT_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.package import Package
from pptx.util import Pt

from descent.base.errors import DescentError, reason
from descent.publish.slides import titling
from descent.publish.slides.bullets import bullet
from descent.publish.slides.deck import DeckFilm, Section
from descent.publish.slides.package import Box, strip
from descent.publish.slides.templating import render

_EMU = 12700  # in a point
_SMALLEST = 12  # points
_INSET = 7.2  # points that PowerPoint leaves free at a box's sides
_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
_CONTENTS = (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY)
_FOOTERS = {PP_PLACEHOLDER.DATE: "dt", PP_PLACEHOLDER.FOOTER: "ftr", PP_PLACEHOLDER.SLIDE_NUMBER: "sldNum"}


def read_template(path: Path) -> Any:
    """The presentation that a template makes, as it is.

    Args:
        path: A .pptx, or a .potx.

    Raises:
        DescentError: If it is none, is damaged, or has no layout.
    """
    if not path.is_file():
        raise DescentError(f"there is no template {path}.")
    if not zipfile.is_zipfile(path):
        raise _refused(path, "no PowerPoint file; one with a password, and an old .ppt, cannot be read either")
    kinds = (CONTENT_TYPE.PML_PRESENTATION_MAIN, CONTENT_TYPE.PML_TEMPLATE_MAIN)
    try:
        part: Any = Package.open(str(path)).main_document_part
        good = part._content_type in kinds and any(
            len(master.slide_layouts) for master in part.presentation.slide_masters
        )
    except Exception as error:  # whatever a damaged package leads python-pptx to
        raise _refused(path, "another kind of file, or a damaged one: " + reason(error)) from error
    if not good:
        raise _refused(path, "no presentation with a layout")
    part._content_type = CONTENT_TYPE.PML_PRESENTATION_MAIN
    return part.presentation


class Template:
    """Slides of a template: words in its placeholders, films where its content stands, its footers shown.

    Attributes:
        show: The presentation, emptied of the template's own slides.
    """

    def __init__(self, path: Path) -> None:
        self.show = read_template(path)
        self._footers = _shown_footers(self.show)
        strip(self.show)
        self._layout = _best_layout(self.show)

    def claims_slide(self, lesson: DeckFilm) -> Any:
        """A slide of a film's title, claims and runs."""
        slide, content = self._slide(lesson.title)
        runs = titling.runs_line(lesson)
        if not lesson.claims and not runs:
            _remove(content)
            return slide
        if _box(content) is None:
            _remove(content)
            box = _free_box(self._layout, self.show)
            content = slide.shapes.add_textbox(box.left, box.top, box.width, box.height)
            content.text_frame.word_wrap = True
        content.name = "Claims"
        count, size = _fill(content, [text for text, _ in lesson.claims], runs)
        for number, paragraph in enumerate(content.text_frame.paragraphs):
            mark = titling.mark(lesson.claims[number][1]) if number < count else " "
            bullet(paragraph, mark, Pt(1.5 * size), "Arial")
        return slide

    def film_slide(self, section: Section) -> Any:
        """A slide for a beat: its title, and room for its film."""
        return self._slide(section.title)[0]

    def film_box(self, slide: Any) -> Box:
        """Where the template has its content; below the title where it has none."""
        content = _content(slide)
        box = _box(content)
        _remove(content)
        if box is None or box.width * box.height < 0.1 * self.show.slide_width * self.show.slide_height:
            return _free_box(self._layout, self.show)
        return box

    def _slide(self, title: str) -> tuple[Any, Any]:
        slide = self.show.slides.add_slide(self._layout)
        for shape in list(slide.placeholders):
            if shape.placeholder_format.type not in (*_TITLES, *_CONTENTS):
                _remove(shape)  # of pictures, charts, …: nothing is put in there, and PowerPoint would ask for it
        if slide.shapes.title is not None:
            _fill(slide.shapes.title, [title])
        for footer in self._footers:
            _show_footer(slide, self._layout, footer)
        return slide, _content(slide)


def _refused(path: Path, why: str) -> DescentError:
    return DescentError(f"{path} is not a template for slides ({why}); save yours as .pptx or .potx in PowerPoint.")


def _of(page: Any, *kinds: Any) -> list[Any]:
    return [shape for shape in page.placeholders if shape.placeholder_format.type in kinds]


def _content(page: Any) -> Any:
    """The first placeholder for content, or None."""
    return next(iter(_of(page, *_CONTENTS)), None)


def _box(shape: Any) -> Box | None:
    """Where a shape stands, itself or by its layout or master; None for none that anything places."""
    sides = () if shape is None else (shape.left, shape.top, shape.width, shape.height)
    return None if not sides or None in sides else Box(*sides)


def _best_layout(show: Any) -> Any:
    """A layout with a title and one place for content, as large as can be; else with a title; else any."""

    def worth(layout: Any) -> tuple[bool, bool, bool, int]:
        contents = _of(layout, *_CONTENTS)
        whole = len(contents) == 1 and contents[0].placeholder_format.type == PP_PLACEHOLDER.OBJECT
        pictures = _of(layout, PP_PLACEHOLDER.PICTURE)
        box = _box(_content(layout))
        area = box.width * box.height if whole and box else 0
        return bool(_of(layout, *_TITLES)), whole and not pictures, not contents, area

    layouts = [layout for master in show.slide_masters for layout in master.slide_layouts]
    return max(layouts, key=worth)  # the first of those that are worth the same


def _free_box(layout: Any, show: Any) -> Box:
    """Between title and footers."""
    width, height = show.slide_width, show.slide_height
    tops = [shape.top for shape in _of(layout, *_FOOTERS) if shape.top and shape.top > height / 2]
    below = [shape.top + shape.height for shape in _of(layout, *_TITLES) if shape.height]
    top = min(max(below, default=0), height // 2) or height // 25
    bottom = min(tops, default=height - height // 25)
    return Box(width // 25, top, width - 2 * (width // 25), bottom - top)


def _fill(shape: Any, texts: list[str], last: str = "") -> tuple[int, int]:
    """Set paragraphs, smaller than the template does where they would not fit, and fewer where that is not enough.

    Returns:
        How many of the texts are set, and their size in points.
    """
    box, usual = _box(shape), round(_usual_size(shape))
    sizes = range(min(_SMALLEST, usual), usual + 1)
    count, size = len(texts), usual
    if box is not None:
        size = sizes[max(0, bisect(sizes, 0, key=lambda size: not _fits([*texts, last], size, box)) - 1)]
        while count > 1 and not _fits([*texts[:count], titling.more(len(texts) - count), last], size, box):
            count -= 1
    shown = [text for text in (*texts[:count], titling.more(len(texts) - count), last) if text]
    shape.text_frame.text = "\n".join(shown)
    for paragraph in shape.text_frame.paragraphs:
        if size < usual:
            paragraph.font.size = Pt(size)
    return count, size


@cache
def _height(text: str, size: int, width: float) -> float:
    return titling.text_height([text], size, width)


def _fits(texts: list[str], size: int, box: Box) -> bool:
    width, height = box.width / _EMU - 2 * _INSET, box.height / _EMU - _INSET
    gaps = (sum(map(bool, texts)) - 1) * titling.GAP * size
    return sum(_height(text, size, max(width, size)) for text in texts if text) + gaps <= height


def _usual_size(shape: Any) -> float:
    """The size of text that a placeholder has from its layout or master, in points."""
    if not shape.is_placeholder:
        return 18
    kind = shape.placeholder_format.type
    layout = shape.part.slide.slide_layout
    title = kind in _TITLES
    holders = [
        *(
            other.element
            for other in layout.placeholders
            if other.placeholder_format.idx == shape.placeholder_format.idx
        ),
        *(other.element for other in _of(layout.slide_master, *(_TITLES if title else _CONTENTS))),
        layout.slide_master.element.find(f".//{qn('p:titleStyle' if title else 'p:bodyStyle')}"),
    ]
    for holder in holders:
        first = None if holder is None else holder.find(f".//{qn('a:lvl1pPr')}/{qn('a:defRPr')}")
        if first is not None and first.get("sz"):
            return int(first.get("sz")) / 100
    return 18


def _shown_footers(show: Any) -> list[tuple[Any, Any]]:
    """(kind, text) of the footers that the template's slides show; of one without slides, those its layouts fill in."""
    pages = list(show.slides) or [_best_layout(show)]
    found = {shape.placeholder_format.type: shape for page in reversed(pages) for shape in _of(page, *_FOOTERS)}
    filled = {kind: shape for kind, shape in found.items() if shape.text_frame.text.strip() or _fields(shape)}
    return [(kind, _unlinked(shape.text_frame._txBody)) for kind, shape in filled.items()]


def _fields(shape: Any) -> list[Any]:
    return list(shape.element.iter(qn("a:fld")))


def _unlinked(text: Any) -> Any:
    """A copy of text without its links, whose addresses the page keeps that it stands on."""
    copied = copy.deepcopy(text)
    for link in [element for element in copied.iter() if element.get(qn("r:id")) is not None]:
        link.getparent().remove(link)
    return copied


def _show_footer(slide: Any, layout: Any, footer: tuple[Any, Any]) -> None:
    """Put a footer on a slide, where its layout has it."""
    kind, text = footer
    for place in _of(layout, kind)[:1]:
        name = {"dt": "Date", "ftr": "Footer", "sldNum": "Slide number"}[_FOOTERS[kind]]
        identifier = max(shape.shape_id for shape in slide.shapes) + 1 if len(slide.shapes) else 2
        shape = parse_xml(render("footer.xml", identifier=identifier, name=name))
        shape.find(f".//{qn('p:nvPr')}").append(copy.deepcopy(place.element.find(f".//{qn('p:ph')}")))
        shape.append(copy.deepcopy(text))
        slide.shapes._spTree.append(shape)


def _remove(shape: Any) -> None:
    if shape is not None:
        shape.element.getparent().remove(shape.element)
