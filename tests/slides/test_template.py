"""A deck in somebody's template: its masters, size and footers, and nothing else of it."""

import copy
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu
from short_film import BEATS, TITLE
from whole_package import faults

from descent.base.errors import DescentError
from descent.publish.slides import Deck, write_deck

SECRET = "A. Designer"
FOOTER = "University of Somewhere"
CONTENT = (2**18, 2 * 2**20, 8 * 2**20, 3 * 2**20)  # where the template has its content: left, top, width, height
SECTIONS = """<p:extLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">
  <p:ext uri="{521415D9-36F7-43E2-AB2F-B90AF26B5E84}">
    <p14:sectionLst xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main">
      <p14:section name="Examples" id="{7A8E1C4F-5B8A-4B8E-9D0E-3B1B0C9D4E5F}">
        <p14:sldIdLst><p14:sldId id="256"/></p14:sldIdLst>
      </p14:section>
    </p14:sectionLst>
  </p:ext>
</p:extLst>"""


def make_template(file: Path) -> Any:
    """A presentation as a university might give it: an example slide, a name everywhere, links to what goes."""
    show: Any = Presentation()
    layout = show.slide_layouts[1]
    body = next(shape for shape in layout.placeholders if shape.placeholder_format.type == PP_PLACEHOLDER.OBJECT)
    body.left, body.top, body.width, body.height = map(Emu, CONTENT)
    example = show.slides.add_slide(layout)
    example.shapes.title.text_frame.text = f"{SECRET} presents"
    for shape in layout.placeholders:
        if shape.placeholder_format.type in (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER):
            example.shapes._spTree.append(copy.deepcopy(shape.element))
    (footer,) = [shape for shape in example.placeholders if shape.placeholder_format.type == PP_PLACEHOLDER.FOOTER]
    footer.text_frame.text = FOOTER
    footer.text_frame.paragraphs[0].runs[0].hyperlink.address = "https://university.test"
    bar = example.shapes.add_shape(1, 0, 0, show.slide_width, Emu(200_000))
    bar.name = "University's bar"
    show.slide_master.shapes._spTree.insert(2, bar.element)
    button = next(iter(layout.placeholders)).element.find(f".//{qn('p:cNvPr')}")
    link = button.makeelement(
        qn("a:hlinkClick"), {qn("r:id"): layout.part.relate_to(example.part, RELATIONSHIP_TYPE.SLIDE)}
    )
    button.append(link)
    authors = Part(
        PackURI("/ppt/commentAuthors.xml"), "application/xml", show.part.package, f"<a>{SECRET}</a>".encode()
    )
    show.part.relate_to(authors, RELATIONSHIP_TYPE.COMMENT_AUTHORS)
    show.element.append(parse_xml(SECTIONS))
    show.core_properties.author = show.core_properties.keywords = SECRET
    show.save(str(file))
    return show


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "Université de …  2026.pptx"
    make_template(file)
    return file


@pytest.fixture(scope="module")
def file(deck: Deck, template: Path) -> Path:
    write_deck(deck, template.with_name("deck.pptx"), template=template)
    return template.with_name("deck.pptx")


def test_its_size_layouts_and_theme_are_the_decks(file: Path, template: Path) -> None:
    show, model = Presentation(str(file)), Presentation(str(template))
    assert (show.slide_width, show.slide_height) == (model.slide_width, model.slide_height)
    assert [layout.name for layout in show.slide_layouts] == [layout.name for layout in model.slide_layouts]
    assert "University's bar" in [shape.name for shape in show.slide_master.shapes]
    (mine, its) = (s.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob for s in (show, model))
    assert mine == its


def test_words_stand_in_its_placeholders_and_films_in_its_content(file: Path) -> None:
    show = Presentation(str(file))
    assert [slide.shapes.title.text_frame.text for slide in show.slides] == [TITLE, *(title for title, _ in BEATS)]
    first, *beats = show.slides
    (claims,) = [shape for shape in first.placeholders if shape.placeholder_format.type == PP_PLACEHOLDER.OBJECT]
    texts = [paragraph.text for paragraph in claims.text_frame.paragraphs]
    assert texts == ["It <i>holds</i>.", "It does not.", "SGD lr 0.1   |   Adam lr 0.1"]
    assert [mark.get("char") for mark in claims.element.iter(qn("a:buChar"))] == ["✓", "✗", " "]
    left, top, width, height = CONTENT
    for slide, (title, _) in zip(beats, BEATS, strict=True):
        assert 0 <= slide.shapes.title.top < show.slide_height
        (film,) = [shape for shape in slide.shapes if shape.name == title]
        assert (film.height, film.width) == (height, height * 160 // 90)
        assert film.top == top
        assert abs(2 * film.left + film.width - 2 * left - width) <= 1
        kinds = [shape.placeholder_format.type for shape in slide.placeholders]
        assert PP_PLACEHOLDER.OBJECT not in kinds, "PowerPoint would ask for content over the film"


def test_its_footers_are_shown_as_on_its_own_slides(file: Path) -> None:
    for slide in Presentation(str(file)).slides:
        footers = {shape.placeholder_format.type: shape for shape in slide.placeholders}
        assert footers[PP_PLACEHOLDER.FOOTER].text_frame.text == FOOTER
        (field,) = footers[PP_PLACEHOLDER.SLIDE_NUMBER].element.iter(qn("a:fld"))
        assert field.get("type") == "slidenum"
        assert PP_PLACEHOLDER.DATE not in footers
        (link,) = footers[PP_PLACEHOLDER.FOOTER].text_frame.paragraphs[0].runs
        assert link.hyperlink.address == "https://university.test"
        assert footers[PP_PLACEHOLDER.FOOTER].top > slide.part.package.presentation_part.presentation.slide_height / 2
        identifiers = [shape.shape_id for shape in slide.shapes]
        assert len(set(identifiers)) == len(identifiers)


def test_nothing_of_its_author_and_slides_is_left_and_nothing_leads_nowhere(file: Path, template: Path) -> None:
    assert faults(file) == []
    with zipfile.ZipFile(file) as package:
        left = [name for name in package.namelist() if SECRET.encode() in package.read(name)]
        assert left == []
        assert b"sectionLst" not in package.read("ppt/presentation.xml")
        assert sum(name.startswith("ppt/slides/slide") for name in package.namelist()) == 1 + len(BEATS)
    with zipfile.ZipFile(template) as package:
        assert SECRET.encode() in package.read("docProps/core.xml")


def test_many_claims_are_set_smaller_then_counted(deck: Deck, template: Path, tmp_path: Path) -> None:
    (lesson,) = deck.lessons
    claims = tuple((f"The {k}th claim of very many, each of which has a good many words.", True) for k in range(40))
    crowded = replace(lesson, title="So long a title " * 9, claims=claims, sections=lesson.sections[:1])
    write_deck(replace(deck, lessons=(crowded,)), tmp_path / "deck.pptx", template=template)
    slide = Presentation(str(tmp_path / "deck.pptx")).slides[0]
    body = next(shape for shape in slide.shapes if shape.name == "Claims")
    *shown, more, _ = [paragraph.text for paragraph in body.text_frame.paragraphs]
    assert shown == [text for text, _ in claims[: len(shown)]]
    assert more == f"and {40 - len(shown)} more"
    assert 8 < len(shown) < 20
    assert {paragraph.font.size.pt for paragraph in body.text_frame.paragraphs} == {12}
    assert 12 <= slide.shapes.title.text_frame.paragraphs[0].font.size.pt < 44


@pytest.mark.parametrize(("kept", "titled"), [("Title Only", True), ("Blank", False)])
def test_a_template_of_few_layouts_does(deck: Deck, tmp_path: Path, kept: str, titled: bool) -> None:
    model: Any = make_template(tmp_path / "model.pptx")
    for layout in [layout for layout in model.slide_layouts if layout.name != kept]:
        if layout.used_by_slides:
            model.part.drop_rel(model.slides._sldIdLst[0].rId)
            model.slides._sldIdLst.remove(model.slides._sldIdLst[0])
        model.slide_layouts.remove(layout)
    model.save(str(tmp_path / "few.pptx"))
    write_deck(deck, tmp_path / "deck.pptx", template=tmp_path / "few.pptx")
    show = Presentation(str(tmp_path / "deck.pptx"))
    assert faults(tmp_path / "deck.pptx") == []
    assert "It does not." in next(s for s in show.slides[0].shapes if s.name == "Claims").text_frame.text
    for slide, (title, _) in zip(list(show.slides)[1:], BEATS, strict=True):
        (film,) = [shape for shape in slide.shapes if shape.name == title]
        assert film.left >= 0
        assert film.left + film.width <= show.slide_width
        assert film.top + film.height <= 0.97 * show.slide_height
        assert film.width > 0.5 * show.slide_width
        assert (slide.shapes.title is not None) == titled
        if titled:
            assert film.top >= slide.shapes.title.top + slide.shapes.title.height


def test_of_what_libreoffice_writes_the_example_slide_is_the_model(deck: Deck, tmp_path: Path) -> None:
    """It numbers all placeholders 0, styles words and not levels, and moves placeholders on slides themselves."""
    show: Any = make_template(tmp_path / "model.pptx")
    layout, example = show.slide_layouts[1], show.slides[0]
    (style,) = show.slide_master.element.iter(qn("p:txStyles"))
    style.getparent().remove(style)
    for shape in layout.placeholders:
        shape.element.find(f".//{qn('p:ph')}").attrib.pop("idx", None)
        for paragraph in shape.text_frame.paragraphs:
            paragraph.font.size = None
            paragraph._p.get_or_add_endParaRPr().set("sz", "3000")
    content = next(shape for shape in example.placeholders if shape.placeholder_format.type == PP_PLACEHOLDER.OBJECT)
    moved = (2**19, 2 * 2**20, 8 * 2**20, 2 * 2**20)
    content.left, content.top, content.width, content.height = map(Emu, moved)
    show.save(str(tmp_path / "model.pptx"))
    write_deck(deck, tmp_path / "deck.pptx", template=tmp_path / "model.pptx")
    first, beat, *_ = Presentation(str(tmp_path / "deck.pptx")).slides
    claims = next(shape for shape in first.shapes if shape.name == "Claims")
    assert (claims.left, claims.top, claims.width, claims.height) == moved
    film = next(shape for shape in beat.shapes if shape.name == BEATS[0][0])
    assert (film.top, film.height) == (moved[1], moved[3])
    assert 12 <= beat.shapes.title.text_frame.paragraphs[0].font.size.pt <= 30


def retyped(source: Path, target: Path, kind: str) -> Path:
    """The same file as another kind of Office document."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "[Content_Types].xml":
                data = re.sub(rb"application/vnd\.[\w.-]+\.presentation\.main\+xml", kind.encode(), data)
            new.writestr(name, data)
    return target


def test_a_potx_is_a_template_too(deck: Deck, template: Path, tmp_path: Path) -> None:
    kind = "application/vnd.openxmlformats-officedocument.presentationml.template.main+xml"
    retyped(template, tmp_path / "model.potx", kind)
    write_deck(deck, tmp_path / "deck.pptx", template=tmp_path / "model.potx")
    assert Presentation(str(tmp_path / "deck.pptx")).slides[0].shapes.title.text_frame.text == TITLE


def broken(template: Path, how: str) -> Path:
    file = template.with_name(f"{how}.pptx")
    match how:
        case "macros":
            return retyped(template, file, "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml")
        case "text":
            file.write_text("a template")
        case "cut":
            file.write_bytes(template.read_bytes()[:9000])
        case "zip":
            with zipfile.ZipFile(file, "w") as package:
                package.writestr("a.txt", "a")
        case "damaged":
            with zipfile.ZipFile(template) as old, zipfile.ZipFile(file, "w") as new:
                for name in old.namelist():
                    new.writestr(name, old.read(name)[:-20] if "slideMaster1.xml" in name else old.read(name))
        case "folder":
            file.mkdir()
    return file


@pytest.mark.parametrize("how", ["macros", "text", "cut", "zip", "damaged", "folder", "missing"])
def test_what_is_no_template_is_refused_in_a_sentence(deck: Deck, template: Path, tmp_path: Path, how: str) -> None:
    with pytest.raises(DescentError, match=rf"template.*{how}\.pptx|{how}\.pptx is not a template") as refused:
        write_deck(deck, tmp_path / "deck.pptx", template=broken(template, how))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "deck.pptx").exists()
