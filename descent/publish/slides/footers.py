"""Date, footer and number of a template's slides, shown on others."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from descent.publish.slides.templating import render

FOOTERS: Mapping[Any, str] = MappingProxyType(
    {PP_PLACEHOLDER.DATE: "Date", PP_PLACEHOLDER.FOOTER: "Footer", PP_PLACEHOLDER.SLIDE_NUMBER: "Slide number"}
)
"""The kinds of them, and what they are called in a list of shapes."""


@dataclass(frozen=True, slots=True, eq=False)
class Footer:
    """One of them.

    Attributes:
        kind: Its kind of placeholder.
        text: Its text, as XML.
        addresses: Where its links lead, by the names that the text has for them.
    """

    kind: Any
    text: Any
    addresses: Mapping[str, str]


def filled_footers(pages: Iterable[Any]) -> list[Footer]:
    """The footers that slides or layouts fill in; of a kind, the first.

    Args:
        pages: Slides or layouts.
    """
    found: dict[Any, Footer] = {}
    for page in pages:
        for shape in page.placeholders:
            kind, text = shape.placeholder_format.type, shape.element.find(qn("p:txBody"))
            if kind in FOOTERS and text is not None and any(part.text for part in text.iter(qn("a:t"))):
                links = {name: rel for name, rel in page.part.rels.items() if rel.is_external}
                addresses = {name: rel.target_ref for name, rel in links.items()}
                found.setdefault(kind, Footer(kind, copy.deepcopy(text), addresses))
    return list(found.values())


def show_footer(slide: Any, layout: Any, footer: Footer) -> None:
    """Put a footer on a slide, where its layout has it; nothing where it has not.

    Args:
        slide: It.
        layout: Its layout.
        footer: What to show.
    """
    place = next((shape for shape in layout.placeholders if shape.placeholder_format.type == footer.kind), None)
    if place is None:
        return
    identifier = max((shape.shape_id for shape in slide.shapes), default=1) + 1
    shape = parse_xml(render("footer.xml", identifier=identifier, name=FOOTERS[footer.kind]))
    shape.find(f".//{qn('p:nvPr')}").append(copy.deepcopy(place.element.find(f".//{qn('p:ph')}")))
    text = copy.deepcopy(footer.text)
    for link in [element for element in text.iter() if element.get(qn("r:id"))]:
        address = footer.addresses.get(link.get(qn("r:id")))
        if address is None:  # it led to a slide that is gone
            link.getparent().remove(link)
        else:
            link.set(qn("r:id"), slide.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    shape.append(text)
    slide.shapes._spTree.append(shape)
