"""A handout has a page a slide, and its words are words."""

import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from short_film import FRAMES, TITLE, make_film, pictures

from descent.publish.slides import Deck, read_deck, write_deck


def streams(data: bytes) -> list[bytes]:
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    return [zlib.decompress(stream) for stream in packed]


def tables(data: bytes) -> list[dict[bytes, str]]:
    """Per embedded font, what copying a code gives: its ToUnicode map, in the order of the fonts' names."""
    found = []
    for table in streams(data):
        if b"beginbfrange" not in table:
            continue
        letters = {}
        for first, _, codes in re.findall(rb"<(\w+)> <(\w+)> \[(.*?)\]", table, re.DOTALL):
            for k, code in enumerate(re.findall(rb"<(\w+)>", codes)):
                letters[(int(first, 16) + k).to_bytes(2, "big")] = bytes.fromhex(code.decode()).decode("utf-16-be")
        found.append(letters)
    return found


def words(page: bytes, fonts: list[dict[bytes, str]]) -> str:
    """What copying all of a page gives, without spaces between pieces."""
    copied, font = "", fonts[0]
    for name, piece in re.findall(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\)", page, re.DOTALL):
        if name:
            font = fonts[int(name) - 1]
            continue
        codes = re.sub(rb"\\(.)", rb"\1", piece, flags=re.DOTALL)
        copied += "".join(font[codes[k : k + 2]] for k in range(0, len(codes), 2))
    return copied


@pytest.fixture(scope="module")
def handout(deck: Deck, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    target = tmp_path_factory.mktemp("pdf") / "deck.PDF"
    write_deck(deck, target)
    return target.read_bytes()


def test_a_page_a_slide_with_its_words(handout: bytes, deck: Deck) -> None:
    assert len(re.findall(rb"/Type /Page\b", handout)) == deck.slides
    fonts = tables(handout)
    pages = [words(stream, fonts) for stream in streams(handout) if b"\nBT\n" in stream]
    assert len(pages) == deck.slides
    assert pages[0].startswith("Film1" + TITLE)
    assert pages[0].endswith("✓It <i>holds</i>.✗It does not.SGD lr 0.1   |   Adam lr 0.1")
    for number, (page, section) in enumerate(zip(pages[1:], deck.lessons[0].sections, strict=True), 2):
        assert page == f"{TITLE}{number}{section.title}{section.notes}"


def test_text_can_be_selected_and_the_file_says_what_it_is(handout: bytes) -> None:
    assert b"/ToUnicode" in handout
    assert b"Inter-Regular" in handout
    title = re.search(rb"/Title \((.*?)\)", handout, re.DOTALL)
    assert title is not None
    assert title[1].replace(b"\\", b"").decode("utf-16") == TITLE


def test_the_same_deck_gives_the_same_bytes(handout: bytes, deck: Deck, tmp_path: Path) -> None:
    write_deck(deck, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == handout


def test_pages_show_the_last_picture_of_each_beat(handout: bytes, deck: Deck) -> None:
    whole = pictures(deck.lessons[0].film)
    lasts = whole[np.cumsum(FRAMES) - 1][:, 45, 80, 0]
    palettes = re.findall(rb"/Indexed /DeviceRGB 0 \((.*?)\) \]", handout, re.DOTALL)  # each has but one grey
    assert [set(palette) for palette in palettes] == [{grey} for grey in lasts]


def test_a_long_speech_stays_on_its_page(tmp_path: Path) -> None:
    speech = "All that is said in a film of one section, word by word. " * 20
    lines = [{"start": 0.0, "seconds": 1.0, "text": speech}]
    note = make_film(tmp_path, chapters=[], lines=lines)
    write_deck(read_deck([note]), tmp_path / "deck.pdf")
    page = next(s for s in streams((tmp_path / "deck.pdf").read_bytes()) if b"\nBT\n" in s and b"/I1 Do" in s)
    heights = [float(at) for at in re.findall(rb"1 0 -?0 1 [\d.]+ ([\d.-]+) cm\nBT", page)]
    assert len(heights) > 10
    assert min(heights[2:]) > 30  # above the footer, which is drawn first
