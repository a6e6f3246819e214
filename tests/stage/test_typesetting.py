"""Words and formulas are outlined as Manim's own text is, glyph by glyph, only faster and always the same."""

import numpy as np
import pytest
from manim import MathTypst, Text, tempconfig

from descent.look.fonts import inter_file
from descent.stage import typesetting
from descent.stage.text import Formula
from descent.stage.typesetting import formula, glyphs

LINES = [
    "AVATAR, Wave!",
    "“fi” é − 1.50 × 10⁻³ ∞",
    "w1 · μ = 0.6; η ≤ 2/λ",
    " blanks  around ",
    "{}[]|@#%&",
    "<b>&amp;",
]


def drawn(outline: np.ndarray) -> np.ndarray:
    """An outline's curves without those that go nowhere, which Manim's text is full of."""
    curves = outline.reshape(-1, 4, 3)
    return curves[np.abs(curves - curves[:, :1]).max(axis=(1, 2)) > 1e-9]


@pytest.mark.parametrize("weight", ["NORMAL", "SEMIBOLD"])
@pytest.mark.parametrize("line", LINES)
def test_words_are_those_of_manims_text(line: str, weight: str) -> None:
    ours = glyphs(line, weight)
    with tempconfig({"pixel_width": 100_000}):
        text = Text("H" + line, font=typesetting._families(None), font_size=120, weight=weight, disable_ligatures=True)
    capital, *theirs = [glyph for glyph in text.submobjects if glyph.width > 1e-9]
    scale = 0.727 / capital.height
    origin = np.array((min(glyph.get_left()[0] for glyph in theirs), capital.get_bottom()[1], 0))
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(drawn(one), drawn((other.points - origin) * scale), atol=1e-6)


def test_blank_lines_have_no_glyphs() -> None:
    assert glyphs("") == glyphs("   ") == ()


def test_outlines_are_closed() -> None:
    for outline in glyphs("Bag 80%"):
        jumps = np.flatnonzero(np.any(outline[4::4] != outline[3:-1:4], axis=1)) + 1
        ends = np.split(outline, 4 * jumps)
        assert all(np.array_equal(piece[0], piece[-1]) for piece in ends)


@pytest.mark.parametrize("px", [29.9, 42])
def test_a_formula_is_that_of_manim_and_its_parts_keep_their_names(px: float) -> None:
    markup = "v_(t+1) = {{ mu v_t : carried }} + {{ nabla L(w_t) / 2 : slope }} + sqrt(x)"
    formula.cache_clear()
    for _ in range(2):  # Manim's cache gives the lines of the second one another width
        ours = Formula(markup, px, "#abcdef")
        theirs = MathTypst(markup, font_size=px * 0.69, color="#abcdef", use_svg_cache=False)
        pairs = list(zip(ours.submobjects, theirs.family_members_with_points(), strict=True))
        assert any(one.stroke_width for one, _ in pairs)
        for one, other in pairs:
            assert np.array_equal(one.points, other.points)
            assert (one.stroke_width, one.fill_opacity) == (other.stroke_width, other.fill_opacity)
            assert np.array_equal(one.fill_rgbas, other.fill_rgbas)
            assert np.array_equal(one.stroke_rgbas, other.stroke_rgbas)
        for name in ("carried", "slope"):
            parts = [part.points for part in theirs.select(name).family_members_with_points()]
            assert all(np.array_equal(a.points, b) for a, b in zip(ours.select(name), parts, strict=True))


def test_moving_one_formula_moves_no_other() -> None:
    one, other = Formula("w_1"), Formula("w_1")
    one.shift((1, 0, 0)).set_opacity(0.5)
    assert not np.allclose(one.points if len(one.points) else one[0].points, other[0].points)
    assert other[0].fill_opacity == Formula("w_1")[0].fill_opacity == 1


def test_the_font_is_ours() -> None:
    assert typesetting._families(None) == "Inter"
    assert inter_file().exists()


def test_an_unknown_way_of_writing_a_glyph_is_an_error() -> None:
    with pytest.raises(OSError, match="cannot read"):
        typesetting._outline("M 0 0 A 1 1 0 0 0 2 2 Z")


def test_a_fractions_line_is_as_thick_in_a_small_picture() -> None:
    widths = []
    for pixels in (426, 1920):
        formula.cache_clear()
        with tempconfig({"pixel_width": pixels}):
            widths.append([piece.line for piece in formula("a / b", 34)[0]])
    assert max(widths[0]) > 0
    assert np.allclose(*widths)
