"""Decks for PowerPoint: a video a slide that plays by itself, with captions, speaker notes and the films' colours."""

import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pptx import Presentation
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Emu, Pt

from descent.base.files import replacing
from descent.film.narration import to_vtt
from descent.look.palette import Theme
from descent.publish.slides import titling
from descent.publish.slides.cut import cut, picture
from descent.publish.slides.deck import Deck, DeckFilm, Section, iso_language
from descent.publish.slides.templating import render

_UNIT = 9525  # EMU of a slide's unit, 1/1280 of its width
_LAYOUTS = ("Title Slide", "Title and Content", "Title Only", "Blank")
_TITLED, _PLAIN = 1, 2
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MEDIA = "{http://schemas.microsoft.com/office/powerpoint/2010/main}media"
_TRACK = "http://schemas.microsoft.com/office/2017/04/relationships/track"


def write_pptx(deck: Deck, target: Path, progress: Callable[[int, int, str], None] = lambda *_: None) -> None:
    """Write a deck for PowerPoint, Keynote and LibreOffice Impress.

    Args:
        deck: What to show.
        target: The .pptx, written whole or not at all.
        progress: Told (slides done, slides in all, what is going on).

    Raises:
        DescentError: If a film cannot be cut, or the target cannot be written.
    """
    show: Any = Presentation()
    _dress(show, deck.theme)
    done = 0
    with TemporaryDirectory() as folder:
        for lesson in deck.lessons:
            _title_slide(show, lesson, deck.theme)
            for number, section in enumerate(lesson.sections):
                progress(done, deck.slides, f"cutting {lesson.name}")
                clip = Path(folder) / f"{lesson.clip_name(number)}.mp4"
                cut(lesson.film, section.start, section.end, clip, section.title)
                _film_slide(show, lesson, section, clip)
                done += 1
            done += 1
    properties = show.core_properties
    properties.title, properties.author, properties.last_modified_by = deck.title, "descent", "descent"
    properties.language = iso_language(deck.lessons[0].language)
    properties.created = properties.modified = datetime.now(UTC).replace(tzinfo=None)
    with replacing(target) as beside:
        show.save(str(beside))


def _title_slide(show: Any, lesson: DeckFilm, theme: Theme) -> None:
    slide = show.slides.add_slide(show.slide_layouts[_TITLED])
    title, body = slide.placeholders
    width = titling.WIDTH - 2 * titling.MARGIN
    _place(title, titling.MARGIN, titling.MARGIN, width, titling.TITLE_ROOM)
    title.text_frame.text = lesson.title
    title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    title.text_frame.paragraphs[0].font.size = _points(titling.title_size(lesson))
    _place(body, titling.MARGIN, titling.CLAIMS_TOP, width, titling.CLAIMS_ROOM)
    if lesson.claims:
        _claims(body.text_frame, lesson, theme)
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
    slide.notes_slide.notes_text_frame.text = titling.notes(lesson)


def _claims(frame: Any, lesson: DeckFilm, theme: Theme) -> None:
    """A list of the claims, each with its mark."""
    size, shown = titling.claims_size(lesson), titling.claims_shown(lesson)
    rest = titling.more(len(lesson.claims) - len(shown))
    frame.text = "\n".join([text for text, _ in shown] + [rest] * bool(rest))
    for number, paragraph in enumerate(frame.paragraphs):
        paragraph.font.size = _points(size)
        paragraph.space_after = _points(titling.GAP * size)
        if number < len(shown):
            holds = shown[number][1]
            _bullet(paragraph, titling.mark(holds), theme.velocity if holds else theme.gradient, size)
        else:
            _bullet(paragraph, " ", theme.soft, size)
            paragraph.font.color.theme_color = MSO_THEME_COLOR.TEXT_2


def _film_slide(show: Any, lesson: DeckFilm, section: Section, clip: Path) -> None:
    """A slide of nothing but the film. Its title lies above the slide: read out and listed, but not shown twice."""
    slide = show.slides.add_slide(show.slide_layouts[_PLAIN])
    slide.shapes.title.text_frame.text = section.title
    _place(slide.shapes.title, 0, -90, titling.WIDTH, 80)
    poster = io.BytesIO()
    picture(clip).save(poster, "JPEG", quality=92, subsampling=0)
    poster.seek(0)
    movie = slide.shapes.add_movie(
        str(clip), 0, 0, show.slide_width, show.slide_height, poster_frame_image=poster, mime_type="video/mp4"
    )
    movie.name = section.title
    movie.element.nvPicPr.cNvPr.set("descr", " ".join([f"Film: {section.title}.", *section.lines]))
    timing = render("autoplay.xml", shape=movie.shape_id, milliseconds=round(section.seconds * 1000))
    old = slide.element.find("{*}timing")
    slide.element.replace(old, parse_xml(timing))
    if section.captions:
        _caption(slide, movie, lesson, section)
    slide.notes_slide.notes_text_frame.text = section.notes


def _caption(slide: Any, movie: Any, lesson: DeckFilm, section: Section) -> None:
    language = iso_language(lesson.language)
    name = PackURI(f"/ppt/media/captions{slide.slide_id}.vtt")
    part = Part(name, "text/vtt", slide.part.package, to_vtt(section.captions).encode())
    track = render(
        "captions.xml",
        identifier=f"{{{uuid.uuid5(uuid.NAMESPACE_OID, f'{lesson.name} {section.start}')}}}".upper(),
        label="Captions",
        language=language,
        relation=slide.part.relate_to(part, _TRACK),
    )
    next(movie.element.iter(_MEDIA)).append(parse_xml(track))


def _dress(show: Any, theme: Theme) -> None:
    """Turn python-pptx's own 4:3 template into a wide one in the films' colours, so that added slides match too."""
    wider = titling.WIDTH * _UNIT / show.slide_width
    show.slide_width, show.slide_height = titling.WIDTH * _UNIT, titling.HEIGHT * _UNIT
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
    old = look.find(f".//{_DRAWING}clrScheme")
    old.getparent().replace(old, parse_xml(render("colours.xml", theme=theme, colours=_colours(theme))))
    for face in look.findall(f".//{_DRAWING}fontScheme/*/{_DRAWING}latin"):
        face.set("typeface", "Inter")
    part.blob = serialize_part_xml(look)
    _drop_thumbnail(show.part.package)


def _colours(theme: Theme) -> dict[str, str]:
    first, second = (theme.background, theme.ink), (theme.chip, theme.soft)
    (dark, light), (dark_too, light_too) = (first, second) if theme.name == "dark" else (first[::-1], second[::-1])
    accents = {f"accent{k + 1}": colour for k, colour in enumerate(theme.runs[:6])}
    links = {"hlink": theme.runs[1], "folHlink": theme.runs[3]}
    return {"dk1": dark, "lt1": light, "dk2": dark_too, "lt2": light_too, **accents, **links}


def _drop_thumbnail(package: Any) -> None:
    """The template brings a picture of an empty slide, which file managers would show."""
    for name, relation in list(package._rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            package._rels.pop(name)


def _bullet(paragraph: Any, mark: str, colour: str, size: int) -> None:
    """Begin a paragraph with a mark of its own colour."""
    properties = paragraph._p.get_or_add_pPr()
    hang = round(1.5 * size * _UNIT)
    properties.set("marL", str(hang))
    properties.set("indent", str(-hang))
    ink = properties.makeelement(f"{_DRAWING}buClr")
    ink.append(ink.makeelement(f"{_DRAWING}srgbClr", {"val": colour[1:].upper()}))
    properties.append(ink)
    properties.append(properties.makeelement(f"{_DRAWING}buFont", {"typeface": "Inter"}))
    properties.append(properties.makeelement(f"{_DRAWING}buChar", {"char": mark}))
    paragraph.alignment = PP_ALIGN.LEFT


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top = Emu(round(left * _UNIT)), Emu(round(top * _UNIT))
    shape.width, shape.height = Emu(round(width * _UNIT)), Emu(round(height * _UNIT))
    shape.text_frame.margin_left = shape.text_frame.margin_right = 0


def _points(units: float) -> Pt:
    return Pt(0.75 * units)
