"""A deck in somebody else's look: the masters of a .pptx, such as one's university's, with films in their content."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import CONTENT_TYPE
from pptx.package import Package
from pptx.util import Pt

from descent.base.errors import DescentError, reason
from descent.publish.slides import titling
from descent.publish.slides.bullets import bullet
from descent.publish.slides.deck import DeckFilm, Section
from descent.publish.slides.footers import FOOTERS, filled_footers, show_footer
from descent.publish.slides.package import Box, strip
from descent.publish.slides.placeholders import CONTENTS, TITLES, box, fill, of, size_of

_SMALL = 0.2  # of a slide's area: less is no place for a film


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
        good = part._content_type in kinds and bool(_layouts(part.presentation))
    except Exception as error:  # whatever a damaged package leads python-pptx to
        raise _refused(path, "another kind of file, or a damaged one: " + reason(error)) from error
    if not good:
        raise _refused(path, "no presentation with a layout")
    part._content_type = CONTENT_TYPE.PML_PRESENTATION_MAIN
    return part.presentation


@dataclass(frozen=True, slots=True)
class _Model:
    """What a slide is like: its layout, and where title and content stand; None where there is none of them."""

    layout: Any
    title: Box | None
    content: Box | None


class Template:
    """Slides of a template: words in its placeholders, films where its content stands, its footers shown.

    Attributes:
        show: The presentation, emptied of the template's own slides.
    """

    def __init__(self, path: Path) -> None:
        self.show = read_template(path)
        self._model = _best_model(self.show)
        self._footers = filled_footers(list(self.show.slides) or [self._model.layout])
        strip(self.show)

    def claims_slide(self, lesson: DeckFilm) -> Any:
        """A slide of a film's title, claims and runs."""
        slide, content = self._slide(lesson.title)
        runs, room = titling.runs_line(lesson), self._model.content or self._free_box()
        if not lesson.claims and not runs:
            _remove(content)
            return slide
        if content is None:
            content = slide.shapes.add_textbox(room.left, room.top, room.width, room.height)
            content.text_frame.word_wrap = True
        content.name = "Claims"
        usual = size_of(self._model.layout, CONTENTS)
        count, size = fill(content, room, usual, [text for text, _ in lesson.claims], runs)
        for number, paragraph in enumerate(content.text_frame.paragraphs):
            mark = titling.mark(lesson.claims[number][1]) if number < count else " "
            bullet(paragraph, mark, Pt(1.5 * size), "Arial")
        return slide

    def film_slide(self, section: Section) -> Any:
        """A slide for a beat: its title, and room for its film."""
        slide, content = self._slide(section.title)
        _remove(content)
        return slide

    def film_box(self) -> Box:
        """Where the template has its content; below the title where it has none."""
        return self._model.content or self._free_box()

    def _slide(self, title: str) -> tuple[Any, Any]:
        """A slide with its title and footers, and its placeholder for content."""
        model, slide = self._model, self.show.slides.add_slide(self._model.layout)
        content = next(iter(of(slide, CONTENTS)), None) if model.content else None
        for shape in list(slide.placeholders):
            if shape.placeholder_format.type not in TITLES and (
                content is None or shape.element is not content.element
            ):
                _remove(shape)  # nothing is put in there, and PowerPoint would ask for it
        for shape, kinds, place in ((slide.shapes.title, TITLES, model.title), (content, CONTENTS, model.content)):
            if shape is not None and place is not None and place != box(model.layout, kinds):
                shape.left, shape.top, shape.width, shape.height = place.left, place.top, place.width, place.height
        if slide.shapes.title is not None:
            fill(slide.shapes.title, model.title, size_of(model.layout, TITLES), [title])
        for footer in self._footers:
            show_footer(slide, model.layout, footer)
        return slide, content

    def _free_box(self) -> Box:
        """Between title and footers."""
        width, height, layout = self.show.slide_width, self.show.slide_height, self._model.layout
        tops = [shape.top for shape in of(layout, tuple(FOOTERS)) if shape.top and shape.top > height / 2]
        title = self._model.title
        top = min(title.top + title.height if title else 0, height // 2) or height // 25
        bottom = min(tops, default=height - height // 25)
        return Box(width // 25, top, width - 2 * (width // 25), bottom - top)


def _refused(path: Path, why: str) -> DescentError:
    return DescentError(f"{path} is not a template for slides ({why}); save yours as .pptx or .potx in PowerPoint.")


def _layouts(show: Any) -> list[Any]:
    return [layout for master in show.slide_masters for layout in master.slide_layouts]


def _best_model(show: Any) -> _Model:
    """A slide or a layout with a title and one place for content, as large as can be; else with a title; else any."""
    slides, whole = list(show.slides), show.slide_width * show.slide_height

    def content_of(page: Any) -> Box | None:
        place, contents = box(page, CONTENTS), of(page, CONTENTS)
        single = len(contents) == 1 and not of(page, (PP_PLACEHOLDER.PICTURE,))
        return place if single and place and place.width * place.height >= _SMALL * whole else None

    def worth(page: Any) -> tuple[bool, bool, bool, bool, bool, int]:
        place, contents = content_of(page), of(page, CONTENTS)
        objects = bool(place) and contents[0].placeholder_format.type == PP_PLACEHOLDER.OBJECT
        area = place.width * place.height if place else 0
        return bool(of(page, TITLES)), bool(place), objects, not contents, page in slides, area

    best = max([*slides, *_layouts(show)], key=worth)  # the first of those that are worth the same
    layout = best.slide_layout if best in slides else best
    return _Model(
        layout, box(best, TITLES) if of(layout, TITLES) else None, content_of(best) if of(layout, CONTENTS) else None
    )


def _remove(shape: Any) -> None:
    if shape is not None:
        shape.element.getparent().remove(shape.element)
