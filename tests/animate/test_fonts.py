"""Characters that no font has are named before anything is drawn; a font of one's own has them."""

from pathlib import Path

import numpy as np
import pytest
from own_font import WORDS, write_font

from descent import DescentError
from descent.animate import animate
from descent.animate.make import look_of
from descent.animate.read import read
from descent.base.document import Document
from descent.figures import comparison
from descent.look import fonts
from descent.stage.typesetting import glyphs

NOWHERE = "\U0001f9ff"
"""A nazar amulet, for a font to have which would be odd on a machine that runs tests."""

VALUES = {"surface": "valley", "start": [-4, -2], "steps": 3, "runs": ["SGD(lr=0.3)"]}


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return write_font(tmp_path / "squares.ttf")


def test_what_no_font_has_is_named_with_its_line() -> None:
    source = f'title = "Rates {NOWHERE}"\nsteps = 3'
    with pytest.raises(DescentError, match=rf"^race.toml, line 1: no font has {NOWHERE} of 'Rates {NOWHERE}': name a"):
        read(Document({**VALUES, "title": f"Rates {NOWHERE}"}, name="race.toml", source=source))
    with pytest.raises(DescentError, match="no font has"):
        read(Document({**VALUES, "voice": "silence", "beats": [{"say": "Down.", "note": NOWHERE}]}))
    with pytest.raises(DescentError, match="no font has"):
        glyphs(f"a label {NOWHERE}")


def test_figures_name_it_too(traced) -> None:
    with pytest.raises(DescentError, match=rf"no font has {NOWHERE}"):
        comparison([traced("E12")], title=NOWHERE)


def test_a_font_of_ones_own_has_it(own: Path, font: Path, traced) -> None:
    with fonts.using(font):
        assert fonts.lacking(WORDS) == ""
        square, *others = glyphs(WORDS)
        assert np.ptp(square, axis=0)[0] == pytest.approx(np.ptp(square, axis=0)[1], rel=0.01)
        assert len(others) == 2
        assert fonts.text_width(WORDS + "a") == pytest.approx(3 + fonts.text_width("a"))
        comparison([traced("E12")], title=WORDS)
    (own / "there").mkdir()
    font.rename(own / "there" / "own.ttf")
    document = Document({**VALUES, "title": WORDS, "font": "own.ttf"}, folder=own / "there", name="race.toml")
    assert read(document).title == WORDS
    assert look_of(document).font == own / "there" / "own.ttf"
    made = animate("SGD(lr=0.3)", surface="valley", start=(-4, -2), steps=3, title=WORDS, font="there/own.ttf",
                   output="still.png", width=320)  # fmt: skip
    assert made.title == WORDS
    assert fonts.own_font() is None


@pytest.mark.parametrize("name", ["none.ttf", "losses.py"])
def test_a_font_that_is_none_is_refused(own: Path, name: str) -> None:
    with pytest.raises(DescentError, match=rf"{name}' is not a font file that can be read"):
        read(Document({**VALUES, "font": name}))
