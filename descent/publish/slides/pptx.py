"""Decks for PowerPoint: a video a slide that plays by itself, with captions and speaker notes."""

import io
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu

from descent.base.files import write
from descent.base.progress import Progress
from descent.film.narration import to_vtt
from descent.film.sidecar import iso_language
from descent.publish.slides import titling
from descent.publish.slides.cut import cut, picture
from descent.publish.slides.deck import Deck, DeckFilm, Section
from descent.publish.slides.own_look import OwnLook
from descent.publish.slides.package import Box, declare, name_media, save, unused
from descent.publish.slides.template import Template
from descent.publish.slides.templating import render

_MEDIA = "{http://schemas.microsoft.com/office/powerpoint/2010/main}media"
_TRACK = "http://schemas.microsoft.com/office/2017/04/relationships/track"


def write_pptx(
    deck: Deck,
    target: Path,
    template: Path | None = None,
    progress: Progress = lambda *_: None,
) -> None:
    """Write a deck for PowerPoint, Keynote and LibreOffice Impress.

    Args:
        deck: What to show.
        target: The .pptx, written whole or not at all.
        template: A .pptx or .potx whose masters it takes; by default it has the films' own colours.
        progress: Told (slides done, slides in all, what is going on).

    Raises:
        DescentError: If the template cannot be used, a film cannot be cut, or the target cannot be written.
    """
    look = Template(template) if template else OwnLook(deck.theme)
    show, done, media = look.show, 0, list[tuple[Any, str]]()
    names = set[str]()
    with TemporaryDirectory() as folder:
        for lesson in deck.lessons:
            slide = look.claims_slide(lesson)
            _name(slide, unused(lesson.name, names))
            slide.notes_slide.notes_text_frame.text = titling.notes(lesson)
            for number, section in enumerate(lesson.sections):
                progress(done, deck.slides, f"cutting {lesson.name}")
                stem = lesson.clip_name(number)
                clip = Path(folder) / f"{stem}.mp4"
                cut(lesson.film, section.start, section.end, clip, section.title, sound=not deck.silent)
                slide = look.film_slide(section)
                _name(slide, unused(stem, names))
                parts = _film(slide, lesson, section, clip, look.film_box())
                media += [(part, stem) for part in parts]
                slide.notes_slide.notes_text_frame.text = section.notes
                done += 1
            done += 1
            if lesson.page is not None:
                part = _page(look, lesson, clip, target, names)
                media.append((part, f"{lesson.name}-try"))
                done += 1
    name_media(show.part.package, media)
    declare(show, deck)
    save(show, target)


def _name(slide: Any, name: str) -> None:
    """Name a slide and its title after what they show."""
    slide.element.cSld.set("name", name)
    if slide.shapes.title is not None:
        slide.shapes.title.name = "Title"


def _film(slide: Any, lesson: DeckFilm, section: Section, clip: Path, box: Box) -> list[Any]:
    """Put a film on a slide, as large as the box lets it be; its parts, each of which gets a name."""
    poster = io.BytesIO()
    picture(clip).save(poster, "JPEG", quality=92, subsampling=0)
    poster.seek(0)
    place = box.fitted(*lesson.size)
    movie = slide.shapes.add_movie(
        str(clip),
        place.left,
        place.top,
        place.width,
        place.height,
        poster_frame_image=poster,
        mime_type="video/mp4",
    )
    movie.name = section.title
    movie.element.nvPicPr.cNvPr.set("descr", " ".join([f"Film: {section.title.rstrip('.')}.", *section.lines]))
    timing = render(
        "autoplay.xml", shape=movie.shape_id, milliseconds=round(section.seconds * 1000), loops=section.loops
    )
    slide.element.replace(slide.element.find("{*}timing"), parse_xml(timing))
    parts = [
        slide.part.related_part(relation) for relation in (_media(movie).get(qn("r:embed")), movie.element.blip_rId)
    ]
    return [*parts, _caption(slide, movie, lesson, section)] if section.captions else parts


def _page(look: OwnLook | Template, lesson: DeckFilm, clip: Path, target: Path, names: set[str]) -> Any:
    """A slide with a picture that opens the page of a film's runs, which is written beside the deck.

    Returns:
        The picture's part.
    """
    assert lesson.page is not None
    beside = target.with_name(f"{target.stem}_files") / lesson.page_name
    write(beside, lesson.page.read_bytes())
    address = quote(f"{beside.parent.name}/{beside.name}")
    slide = look.film_slide(Section(titling.PAGE_TITLE, 0.0, 0.0, (), ()))
    _name(slide, unused(f"{lesson.name}-try", names))
    slide.notes_slide.notes_text_frame.text = titling.PAGE_NOTES
    room, still = look.film_box(), io.BytesIO()
    picture(clip, last=True).save(still, "JPEG", quality=92, subsampling=0)
    still.seek(0)
    line = room.height // 9
    place = Box(room.left, room.top, room.width, room.height - line).fitted(*lesson.size)
    shown = slide.shapes.add_picture(still, place.left, place.top, place.width, place.height)
    shown.name = titling.PAGE_TITLE
    shown.element.nvPicPr.cNvPr.set("descr", f"The last picture of the film; it opens {beside.name}.")
    shown.click_action.hyperlink.address = address
    words = slide.shapes.add_textbox(room.left, room.top + room.height - line, room.width, line)
    words.name = "Link"
    words.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    words.text_frame.word_wrap = True
    paragraph = words.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.CENTER
    run = paragraph.add_run()
    run.text = titling.PAGE_WORDS
    run.font.size = Emu(line // 3)
    run.hyperlink.address = address
    return slide.part.related_part(shown.element.blip_rId)


def _media(movie: Any) -> Any:
    return next(movie.element.iter(_MEDIA))


def _caption(slide: Any, movie: Any, lesson: DeckFilm, section: Section) -> Any:
    name = PackURI(f"/ppt/media/captions{slide.slide_id}.vtt")
    part = Part(name, "text/vtt", slide.part.package, to_vtt(section.captions).encode())
    track = render(
        "captions.xml",
        identifier=f"{{{uuid.uuid5(uuid.NAMESPACE_OID, f'{lesson.name} {section.start}')}}}".upper(),
        label="Captions",
        language=iso_language(lesson.language),
        relation=slide.part.relate_to(part, _TRACK),
    )
    _media(movie).append(parse_xml(track))
    return part
