"""A deck in the films' own colours: what python-pptx starts with, made wide, plain and dark or light."""

from typing import Any

from pptx import Presentation
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.oxml import parse_xml
from pptx.util import Emu, Pt

from descent.look.palette import Theme
from descent.publish.slides import titling
from descent.publish.slides.bullets import bullet
from descent.publish.slides.deck import DeckFilm, Section
from descent.publish.slides.package import Box, strip
from descent.publish.slides.templating import render

_UNIT = 9525  # EMU of a slide's unit, 1/1280 of its width
_LAYOUTS = ("Title Slide", "Title and Content", "Title Only", "Blank")
_TITLED, _PLAIN = 1, 2
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


class OwnLook:
    """Slides where the words of a film stand as in its pictures, and a beat is nothing but its film.

    Attributes:
        show: The presentation.
    """

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.show: Any = Presentation()
        strip(self.show)
        _dress(self.show, theme)

    def claims_slide(self, lesson: DeckFilm) -> Any:
        """A slide of a film's title, claims and runs."""
        slide = self.show.slides.add_slide(self.show.slide_layouts[_TITLED])
        title, body = slide.placeholders
        width = titling.WIDTH - 2 * titling.MARGIN
        _place(title, titling.MARGIN, titling.MARGIN, width, titling.TITLE_ROOM)
        title.text_frame.text = lesson.title
        title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        title.text_frame.paragraphs[0].font.size = _points(titling.title_size(lesson))
        _place(body, titling.MARGIN, titling.CLAIMS_TOP, width, titling.CLAIMS_ROOM)
        body.name = "Claims"
        if lesson.claims:
            _claims(body.text_frame, lesson, self._theme)
        else:
            body.element.getparent().remove(body.element)
        if lesson.runs:
            runs = slide.shapes.add_textbox(0, 0, 0, 0)
            _place(runs, titling.MARGIN, titling.RUNS_TOP, width, 2 * titling.RUNS_SIZE)
            runs.name = "Runs"
            runs.text_frame.word_wrap = True
            runs.text_frame.text = titling.runs_line(lesson)
            runs.text_frame.paragraphs[0].font.size = _points(titling.RUNS_SIZE)
            runs.text_frame.paragraphs[0].font.color.theme_color = MSO_THEME_COLOR.TEXT_2
        return slide

    def film_slide(self, section: Section) -> Any:
        """A slide for a beat. Its title lies above the slide: read out and listed, but not shown twice."""
        slide = self.show.slides.add_slide(self.show.slide_layouts[_PLAIN])
        slide.shapes.title.text_frame.text = section.title
        _place(slide.shapes.title, 0, -90, titling.WIDTH, 80)
        return slide

    def film_box(self) -> Box:
        """The film fills it."""
        return Box(0, 0, self.show.slide_width, self.show.slide_height)


def _claims(frame: Any, lesson: DeckFilm, theme: Theme) -> None:
    """A list of the claims, each with its mark."""
    size, shown = titling.claims_size(lesson), titling.claims_shown(lesson)
    rest = titling.more(len(lesson.claims) - len(shown))
    frame.text = "\n".join([text for text, _ in shown] + [rest] * bool(rest))
    hang = _points(1.5 * size)
    for number, paragraph in enumerate(frame.paragraphs):
        paragraph.font.size = _points(size)
        paragraph.space_after = _points(titling.GAP * size)
        if number < len(shown):
            holds = shown[number][1]
            colour = "" if holds is None else theme.velocity if holds else theme.gradient
            bullet(paragraph, titling.mark(holds), hang, "Inter", colour)
        else:
            bullet(paragraph, " ", hang, "Inter")
            paragraph.font.color.theme_color = MSO_THEME_COLOR.TEXT_2


def _dress(show: Any, theme: Theme) -> None:
    """Turn python-pptx's own 4:3 template into a wide one in the films' colours, so that added slides match too."""
    wider = titling.WIDTH * _UNIT / show.slide_width
    show.slide_width, show.slide_height = titling.WIDTH * _UNIT, titling.HEIGHT * _UNIT
    show.element.sldSz.set("type", "screen16x9")
    for layout in [layout for layout in show.slide_layouts if layout.name not in _LAYOUTS]:
        show.slide_layouts.remove(layout)
    master = show.slide_master.element
    for page in [master, *(layout.element for layout in show.slide_layouts)]:
        for frame in page.iter(f"{_DRAWING}off", f"{_DRAWING}ext"):
            for side in {"x", "cx"} & set(frame.keys()):
                frame.set(side, str(round(int(frame.get(side)) * wider)))
    (heading,) = master.findall(f".//{{*}}titleStyle/{_DRAWING}lvl1pPr")
    heading.set("algn", "l")
    heading.find(f"{_DRAWING}defRPr").set("b", "1")
    if theme.name == "dark":  # the first text and background colours are the theme's light and dark ones, swapped
        master.find("{*}clrMap").attrib.update({"bg1": "dk1", "tx1": "lt1", "bg2": "dk2", "tx2": "lt2"})
    part = show.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    look = parse_xml(part.blob)
    look.set("name", f"descent {theme.name}")
    old = look.find(f".//{_DRAWING}clrScheme")
    old.getparent().replace(old, parse_xml(render("colours.xml", theme=theme, colours=_colours(theme))))
    for face in look.findall(f".//{_DRAWING}fontScheme/*/{_DRAWING}latin"):
        face.set("typeface", "Inter")
    part.blob = serialize_part_xml(look)


def _colours(theme: Theme) -> dict[str, str]:
    first, second = (theme.background, theme.ink), (theme.chip, theme.soft)
    (dark, light), (dark_too, light_too) = (first, second) if theme.name == "dark" else (first[::-1], second[::-1])
    accents = {f"accent{k + 1}": colour for k, colour in enumerate(theme.runs[:6])}
    links = {"hlink": theme.runs[1], "folHlink": theme.runs[3]}
    return {"dk1": dark, "lt1": light, "dk2": dark_too, "lt2": light_too, **accents, **links}


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top = Emu(round(left * _UNIT)), Emu(round(top * _UNIT))
    shape.width, shape.height = Emu(round(width * _UNIT)), Emu(round(height * _UNIT))
    shape.text_frame.margin_left = shape.text_frame.margin_right = 0


def _points(units: float) -> Pt:
    return Pt(0.75 * units)
