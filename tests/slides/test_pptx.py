"""What PowerPoint gets: a video a slide that plays by itself, once in the file, with words for all who need them."""

import hashlib
import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import PP_MEDIA_TYPE, PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE
from short_film import BEATS, FRAMES, RATE, TITLE, pictures
from whole_package import faults

from descent.base.errors import DescentError
from descent.film.narration import to_vtt
from descent.look.palette import DARK, find_theme
from descent.publish.slides import Deck, looping, read_deck, write_deck
from descent.publish.slides.deck import Section

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"


@pytest.fixture(scope="module")
def file(deck: Deck, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("pptx") / "a “deck”.pptx"
    write_deck(deck, target)
    return target


@pytest.fixture(scope="module")
def show(file: Path) -> Any:
    return Presentation(str(file))


def films(show: Any) -> list[tuple[Any, Any]]:
    """(slide, movie) of every slide but the first."""
    return [(slide, next(s for s in slide.shapes if s.name == title)) for slide, (title, _) in paired(show)]


def paired(show: Any) -> list[tuple[Any, tuple[str, str]]]:
    return list(zip(list(show.slides)[1:], BEATS, strict=True))


def parts(show: Any, relation: str) -> list[Any]:
    return [rel.target_part for slide in show.slides for rel in slide.part.rels.values() if rel.reltype == relation]


def test_a_title_and_a_slide_a_beat_16_to_9(show: Any) -> None:
    assert len(show.slides) == 1 + len(BEATS)
    assert [slide.shapes.title.text_frame.text for slide in show.slides] == [TITLE, *(title for title, _ in BEATS)]
    assert show.slide_width * 9 == show.slide_height * 16
    assert show.core_properties.title == TITLE
    assert show.element.sldSz.get("type") == "screen16x9"
    assert show.core_properties.language == "en"


def test_it_is_whole_and_names_nobody_but_descent(file: Path, show: Any) -> None:
    assert faults(file) == []
    about = show.core_properties
    assert (about.author, about.last_modified_by, about.comments, about.keywords) == ("descent", "descent", "", "")
    assert abs((datetime.now(UTC).replace(tzinfo=None) - about.created).total_seconds()) < 600
    assert about.modified == about.created
    with zipfile.ZipFile(file) as package:
        names = package.namelist()
        app = package.read("docProps/app.xml").decode()
        told = b"".join(package.read(name) for name in names if name.startswith(("docProps/", "ppt/presentation")))
    assert "<Application>descent</Application>" in app
    assert "<PresentationFormat>On-screen Show (16:9)</PresentationFormat>" in app
    assert f"<Slides>{1 + len(BEATS)}</Slides>" in app
    # The template's own words. A time of day may read 14:35, so the shape is looked for as it is written there.
    assert not re.search(rb"Canny|Macintosh|python-pptx|screen4x3|\(4:3\)", told)
    assert not [name for name in names if re.search("printer|thumbnail|viewProps", name)]


def test_parts_are_called_after_what_they_show(file: Path, show: Any) -> None:
    with zipfile.ZipFile(file) as package:
        media = {name.removeprefix("ppt/media/") for name in package.namelist() if name.startswith("ppt/media/")}
    assert media == {f"Film-0{k}.{kind}" for k in (1, 2, 3) for kind in ("mp4", "jpg", "vtt")}
    assert [slide.name for slide in show.slides] == ["Film", "Film-01", "Film-02", "Film-03"]
    assert [shape.name for shape in show.slides[0].shapes] == ["Title", "Claims", "Runs"]
    assert [[shape.name for shape in slide.shapes] for slide, _ in paired(show)] == [["Title", t] for t, _ in BEATS]


def test_films_of_one_name_and_odd_names_stay_apart(deck: Deck, tmp_path: Path) -> None:
    (lesson,) = deck.lessons
    odd = [replace(lesson, name=name, sections=(lesson.sections[k],)) for k, name in enumerate(("Ä b", "ä b", "media"))]
    write_deck(replace(deck, lessons=(*odd, odd[0])), tmp_path / "deck.pptx")
    assert faults(tmp_path / "deck.pptx") == []
    with zipfile.ZipFile(tmp_path / "deck.pptx") as package:
        films = sorted(name for name in package.namelist() if name.endswith(".mp4"))
    names = [slide.name for slide in Presentation(str(tmp_path / "deck.pptx")).slides]
    assert len({name.lower() for name in names}) == len(names) == 8
    assert films == ["ppt/media/_b-01-2.mp4", "ppt/media/_b-01.mp4", "ppt/media/media-01.mp4"]


def test_a_silent_deck_has_no_sound_but_all_words(film_note: Path, tmp_path: Path) -> None:
    write_deck(read_deck([film_note], silent=True), tmp_path / "deck.pptx")
    show = Presentation(str(tmp_path / "deck.pptx"))
    assert [slide.notes_slide.notes_text_frame.text for slide, _ in paired(show)] == [line for _, line in BEATS]
    for part in parts(show, RELATIONSHIP_TYPE.VIDEO):
        with av.open(io.BytesIO(part.blob)) as film:
            assert {stream.type for stream in film.streams} == {"video", "subtitle"}


def test_a_beat_that_loops_says_so_to_powerpoint(deck: Deck, tmp_path: Path) -> None:
    write_deck(looping(deck, frozenset({3})), tmp_path / "deck.pptx")
    repeats = [
        [node.find(f"{P}cTn").get("repeatCount") for node in slide.element.iter(f"{P}cMediaNode")]
        for slide in list(Presentation(str(tmp_path / "deck.pptx")).slides)[1:]
    ]
    assert repeats == [[None], ["indefinite"], [None]]


def test_the_title_slide_claims_what_the_film_claims(show: Any) -> None:
    title, body, runs = show.slides[0].shapes
    assert [paragraph.text for paragraph in body.text_frame.paragraphs] == ["It <i>holds</i>.", "It does not."]
    assert [mark.get("char") for mark in body.element.iter("{*}buChar")] == ["✓", "✗"]
    assert runs.text_frame.text == "SGD lr 0.1   |   Adam lr 0.1"
    boxes = [(shape.top, shape.top + shape.height) for shape in (title, body, runs)]
    assert boxes == sorted(boxes)
    assert all(end <= start for (_, end), (start, _) in pairwise(boxes))
    assert boxes[-1][1] <= show.slide_height


def test_notes_are_the_narration(show: Any) -> None:
    assert [slide.notes_slide.notes_text_frame.text for slide, _ in paired(show)] == [line for _, line in BEATS]


def test_a_film_fills_its_slide_and_its_title_lies_outside(show: Any) -> None:
    for slide, movie in films(show):
        assert movie.media_type == PP_MEDIA_TYPE.MOVIE
        assert (movie.left, movie.top, movie.width, movie.height) == (0, 0, show.slide_width, show.slide_height)
        assert slide.shapes.title.top + slide.shapes.title.height < 0


def test_a_film_has_words_for_who_cannot_see_it(show: Any) -> None:
    for (_, movie), (title, line) in zip(films(show), BEATS, strict=True):
        assert movie.element.nvPicPr.cNvPr.get("descr") == f"Film: {title}. {line}"


def test_films_play_by_themselves_and_a_click_pauses_them(show: Any) -> None:
    for (slide, movie), frames in zip(films(show), FRAMES, strict=True):
        play, pause = slide.element.iter(f"{P}cmd")
        assert (play.get("type"), play.get("cmd"), pause.get("cmd")) == ("call", "playFrom(0.0)", "togglePause")
        assert abs(int(play.find(f".//{P}cTn").get("dur")) - 1000 * frames / RATE) <= 1
        assert play.getparent().getparent().get("nodeType") == "afterEffect"
        assert {int(target.get("spid")) for target in slide.element.iter(f"{P}spTgt")} == {movie.shape_id}
        assert len(list(slide.element.iter(f"{P}video"))) == 1
        numbers = [node.get("id") for node in slide.element.iter(f"{P}cTn")]
        assert numbers == [str(k + 1) for k in range(len(numbers))]
        tags = [child.tag for child in slide.element]
        assert tags == [f"{P}cSld", f"{P}clrMapOvr", f"{P}timing"]  # the order the format asks for


def test_the_poster_is_the_picture_the_film_starts_with(show: Any, deck: Deck) -> None:
    whole = pictures(deck.lessons[0].film)
    for (slide, movie), first in zip(films(show), np.cumsum([0, *FRAMES[:-1]]), strict=True):
        poster = Image.open(io.BytesIO(slide.part.related_part(movie.element.blip_rId).blob))
        assert poster.size == (160, 90)
        assert abs(np.asarray(poster).astype(int) - whole[first]).max() <= 3


def test_every_file_is_there_once(file: Path, show: Any, deck: Deck) -> None:
    with zipfile.ZipFile(file) as package:
        media = [name for name in package.namelist() if name.startswith("ppt/media/")]
        sums = Counter(hashlib.sha1(package.read(name)).hexdigest() for name in media)
        assert sorted(Path(name).suffix for name in media) == [".jpg"] * 3 + [".mp4"] * 3 + [".vtt"] * 3
        assert set(sums.values()) == {1}
        videos = sum(package.getinfo(name).file_size for name in media if name.endswith(".mp4"))
        assert not [name for name in package.namelist() if "thumbnail" in name]
    assert videos < 1.5 * deck.lessons[0].film.stat().st_size
    assert file.stat().st_size < videos + 100_000
    assert len(set(map(id, parts(show, RELATIONSHIP_TYPE.VIDEO)))) == len(BEATS)
    for slide, movie in films(show):
        embedded = next(movie.element.iter("{http://schemas.microsoft.com/office/powerpoint/2010/main}media"))
        link = movie.element.find(".//{*}videoFile")
        relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
        by_both = {slide.part.related_part(e.get(f"{relation}{a}")) for e, a in ((embedded, "embed"), (link, "link"))}
        assert len(by_both) == 1


def test_captions_go_with_the_films(show: Any, deck: Deck) -> None:
    for (slide, movie), section in zip(films(show), deck.lessons[0].sections, strict=True):
        (track,) = movie.element.iter("{http://schemas.microsoft.com/office/powerpoint/2017/3/main}track")
        part = slide.part.related_part(
            track.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed")
        )
        assert (part.content_type, part.blob.decode()) == ("text/vtt", to_vtt(section.captions))
        assert track.get("lang") == "en"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_slides_that_are_added_look_like_the_films(deck: Deck, tmp_path: Path, theme: str) -> None:
    write_deck(Deck("t", find_theme(theme), deck.lessons), tmp_path / "deck.pptx")
    show = Presentation(str(tmp_path / "deck.pptx"))
    master = show.slide_master
    colours = master.element.find("{*}clrMap")
    look = master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob.decode()
    for role, colour in (("bg1", find_theme(theme).background), ("tx1", find_theme(theme).ink)):
        assert f'<a:{colours.get(role)}><a:srgbClr val="{colour[1:].upper()}"/>' in "".join(look.split("\n  "))
    for layout in show.slide_layouts:
        right = max((shape.left + shape.width for shape in layout.placeholders), default=0)
        assert right <= show.slide_width
    assert PP_PLACEHOLDER.TITLE in {shape.placeholder_format.type for shape in show.slide_layouts[2].placeholders}


def test_a_film_without_words_needs_none(deck: Deck, tmp_path: Path) -> None:
    (lesson,) = deck.lessons
    mute = Section("Mute", 0.0, lesson.sections[-1].end, (), ())
    bare = Deck("t", DARK, (type(lesson)("Film", "T", (), (), "eng", lesson.film, (160, 90), (mute,)),))
    write_deck(bare, tmp_path / "deck.pptx")
    show = Presentation(str(tmp_path / "deck.pptx"))
    assert show.slides[1].notes_slide.notes_text_frame.text == ""
    assert [shape.name for shape in show.slides[0].shapes] == ["Title"]


def test_a_deck_that_cannot_be_written_leaves_the_old_one(film_note: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(DescentError, match="cannot write"):
        write_deck(read_deck([film_note]), tmp_path / "file" / "deck.pptx")
    assert (tmp_path / "file").read_text() == "old"
