"""Laws of text on screen: lines fit, baselines sit where they are put, readouts do not jump."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from manim import tempconfig

from descent.base.numbers import number
from descent.stage.text import BODY, NOTE, SMALL, TITLE, Label, Readout, paragraph, wrap

WORDS = st.lists(st.text("abcdefghilmnoprstuvw", min_size=1, max_size=9), min_size=1, max_size=14)
SENTENCE = "Momentum only refuses to stop at once: enough to leave a shallow pit"


@settings(max_examples=30)
@given(WORDS, st.floats(1.5, 8))
def test_wrapping_keeps_every_word_in_order(words, width):
    assert " ".join(wrap(" ".join(words), NOTE, width)).split() == words


@settings(max_examples=30)
@given(WORDS, st.floats(3, 8))
def test_wrapping_takes_no_more_lines_in_a_wider_box(words, width):
    text = " ".join(words)
    assert len(wrap(text, NOTE, width * 1.5)) <= len(wrap(text, NOTE, width))


@pytest.mark.parametrize("px", [TITLE, NOTE, BODY, SMALL])
@pytest.mark.parametrize("width", [3.0, 5.0, 8.0])
def test_a_paragraph_fits_its_width(px, width):
    lines = wrap(SENTENCE, px, width)
    assert len(lines) > 1 or width == 8.0
    assert paragraph(SENTENCE, px, width, weight="SEMIBOLD").width <= width


@pytest.mark.parametrize("side", [-1, 0, 1])
@pytest.mark.parametrize("text", ["step", "gap y", "−4"])
def test_a_label_sits_on_its_baseline(side, text):
    label = Label(text, BODY).sit((1.0, 2.0, 0), side)
    assert label.baseline == pytest.approx(2.0)
    anchor = {-1: label.get_left(), 0: label.get_center(), 1: label.get_right()}[side]
    assert anchor[0] == pytest.approx(1.0)


def test_descenders_hang_below_the_baseline():
    assert Label("gap", BODY).drop > 0.02
    assert Label("HAT", BODY).drop == pytest.approx(0.0, abs=0.005)


def test_capitals_are_as_high_as_the_size_says():
    assert Label("H", 100).height == pytest.approx(0.727 * 100 * 8 / 1080, rel=0.01)


def test_text_does_not_depend_on_the_resolution():
    wide = Label("A line that Pango would wrap at 100 px").points
    from descent.stage import typesetting

    typesetting._glyphs.cache_clear()
    with tempconfig({"pixel_width": 100, "pixel_height": 56}):
        narrow = Label("A line that Pango would wrap at 100 px").points
    assert narrow == pytest.approx(wide)


@settings(max_examples=20)
@given(st.floats(-999, 999), st.floats(-999, 999))
def test_a_readout_depends_on_its_text_alone(one, other):
    fresh = Readout((1.0, 2.0, 0)).set_text(number(one, 1))
    used = Readout((1.0, 2.0, 0)).set_text(number(other, 1)).set_text(number(one, 1))
    assert np.array_equal(used.points, fresh.points)


@settings(max_examples=20)
@given(st.integers(100, 999), st.integers(100, 999))
def test_digits_are_equally_wide_so_a_readout_does_not_jump(one, other):
    assume(one != other)
    readout = Readout((0, 0, 0), BODY)
    slots = [readout.set_text(str(value)).get_center()[0] for value in (one, other)]
    assert slots == pytest.approx([slots[0]] * 2, abs=0.06)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-9.2484, 2, "−9.25"), (-0.001, 1, "0.0"), (0.0, 0, "0"), (np.inf, 2, "∞"), (np.nan, 2, "∞"), (1e3, 0, "1000")],
)
def test_numbers_have_a_true_minus_sign_and_no_negative_zero(value, decimals, text):
    assert number(value, decimals) == text
