"""What a .pptx says of itself and what its files are called, apart from what its slides show."""

import re
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from descent.base.files import replacing
from descent.film.sidecar import iso_language
from descent.publish.slides.deck import Deck
from descent.publish.slides.mark import mark_of
from descent.publish.slides.templating import render

_IN_PACKAGE = {RELATIONSHIP_TYPE.OFFICE_DOCUMENT, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES}
_IN_SHOW = {
    RELATIONSHIP_TYPE.SLIDE_MASTER,
    RELATIONSHIP_TYPE.NOTES_MASTER,
    RELATIONSHIP_TYPE.HANDOUT_MASTER,
    RELATIONSHIP_TYPE.THEME,
    RELATIONSHIP_TYPE.TABLE_STYLES,
    RELATIONSHIP_TYPE.FONT,
}
"""What of a presentation is its look; the rest is of its slides, its author, or the machine it was made on."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a slide, in EMU."""

    left: int
    top: int
    width: int
    height: int

    def fitted(self, width: int, height: int) -> "Box":
        """The largest of a shape, in the middle of it.

        >>> Box(0, 0, 400, 300).fitted(16, 9)
        Box(left=0, top=37, width=400, height=225)
        """
        scale = min(self.width / width, self.height / height)
        across, down = round(scale * width), round(scale * height)
        return Box(self.left + (self.width - across) // 2, self.top + (self.height - down) // 2, across, down)


def strip(show: Any) -> None:
    """Leave nothing of a presentation but its look: no slides, comments, properties, printers, views, thumbnail."""
    package, part = show.part.package, show.part
    for holder, kept in ((package, _IN_PACKAGE), (part, _IN_SHOW)):
        for name, relation in list(holder._rels.items()):
            if relation.reltype not in kept:
                drop(holder, name)
    for page in list(package.iter_parts()):  # a button on a master may lead to a slide that is gone
        for name, relation in list(page.rels.items()):
            if not relation.is_external and relation.reltype in (RELATIONSHIP_TYPE.SLIDE, RELATIONSHIP_TYPE.TAGS):
                drop(page, name)
    with suppress(KeyError):  # python-pptx brings one with room for text
        if not any(shape.placeholder_format.type == PP_PLACEHOLDER.BODY for shape in _notes_master(part).placeholders):
            drop(part, part.relate_to(_notes_master(part).part, RELATIONSHIP_TYPE.NOTES_MASTER))
    for tag in ("p:custShowLst", "p:custDataLst", "p:modifyVerifier", "p:extLst"):  # of what is gone
        for element in show.element.findall(qn(tag)):
            show.element.remove(element)


def drop(holder: Any, name: str) -> None:
    """Take a relation away, and every element that names it."""
    holder._rels.pop(name)
    root = getattr(holder, "_element", None)
    for element in [] if root is None else list(root.iter()):
        if name in (element.get(qn("r:id")), element.get(qn("r:embed"))):
            element.getparent().remove(element)


def name_media(package: Any, stems: Iterable[tuple[Any, str]]) -> None:
    """Call files within a package after what they show.

    Args:
        package: It.
        stems: (part, its new name without folder and ending); a part that comes twice keeps its first name.
    """
    renamed = dict(reversed([(id(part), (part, stem)) for part, stem in stems])).values()
    taken = {str(part.partname).lower() for part in package.iter_parts()}
    for part, stem in reversed(list(renamed)):
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", stem)  # the name of a part is a piece of an address
        part.partname = PackURI(unused(f"/ppt/media/{plain}", taken, f".{part.partname.ext}"))


def unused(name: str, taken: set[str], ending: str = "") -> str:
    """A name with a number behind it where it is taken, in whatever letters; it is taken then.

    >>> unused("a", {"a", "a-2"}, ""), unused("A", {"a.jpg"}, ".jpg")
    ('a-3', 'A-2.jpg')
    """
    number, found = 1, name + ending
    while found.lower() in taken:
        number += 1
        found = f"{name}-{number}{ending}"
    taken.add(found.lower())
    return found


def declare(show: Any, deck: Deck) -> None:
    """State title, language, date and chapters, that descent made it, and how much is in it; no other name stays."""
    package, ratio = show.part.package, show.slide_width / show.slide_height
    for name, relation in list(package._rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES:
            package._rels.pop(name)
    properties = package.core_properties  # new ones
    properties.title, properties.author, properties.last_modified_by = deck.title, "descent", "descent"
    properties.language = iso_language(deck.lessons[0].language)
    properties.created = properties.modified = datetime.now(UTC).replace(tzinfo=None)
    format = {1.78: "On-screen Show (16:9)", 1.33: "On-screen Show (4:3)", 1.6: "On-screen Show (16:10)"}
    about = render(
        "app.xml",
        slides=deck.slides,
        films=sum(len(lesson.sections) for lesson in deck.lessons),
        format=format.get(round(ratio, 2), "Custom"),
    ).encode()
    try:
        package.part_related_by(RELATIONSHIP_TYPE.EXTENDED_PROPERTIES).blob = about
    except KeyError:
        part = Part(PackURI("/docProps/app.xml"), CONTENT_TYPE.OFC_EXTENDED_PROPERTIES, package, about)
        package.relate_to(part, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES)
    _list_notes_master(show)
    _name_sections(show, deck)


def save(show: Any, target: Path) -> None:
    """Write a presentation with its mark, whole or not at all."""
    package = show.part.package
    parts = ((str(part.partname)[1:], part.blob) for part in package.iter_parts())
    package.core_properties.identifier = mark_of(parts)
    with replacing(target) as beside:
        show.save(str(beside))


def _notes_master(part: Any) -> Any:
    return part.part_related_by(RELATIONSHIP_TYPE.NOTES_MASTER).notes_master


def _list_notes_master(show: Any) -> None:
    """Name the master of the notes in the presentation, as the format asks for; python-pptx only relates it."""
    for old in show.element.findall(qn("p:notesMasterIdLst")):
        show.element.remove(old)
    relation = show.part.relate_to(show.part.notes_master_part, RELATIONSHIP_TYPE.NOTES_MASTER)
    masters = show.element.find(qn("p:sldMasterIdLst"))
    masters.addnext(parse_xml(render("notes_master.xml", relation=relation)))


def _name_sections(show: Any, deck: Deck) -> None:
    """Part the slides into the deck's chapters: sections, which PowerPoint lists, folds and moves."""
    slides = iter([slide.slide_id for slide in show.slides])
    found: list[tuple[str, str, list[int]]] = []
    for lesson in deck.lessons:
        if lesson.chapter or not found:
            name = lesson.chapter or deck.title
            identifier = uuid.uuid5(uuid.NAMESPACE_OID, f"{len(found)} {name}")
            found.append((name, f"{{{identifier}}}".upper(), []))
        found[-1][2].extend(islice(slides, lesson.slides))
    if len(found) > 1:
        show.element.append(parse_xml(render("sections.xml", sections=found)))
