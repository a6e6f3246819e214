"""Every film is legible and honest at the end of every beat, in both themes."""

import ast
import re
from pathlib import Path

import pytest
from films import FILMS, LANDSCAPE, MAP
from manim import ManimColor, Square, manim_colors, tempconfig
from showing import Rehearsal
from text_grounds import inks, strange_texts, worst_contrasts

from descent.look.contrast import ENOUGH
from descent.look.palette import DARK, LIGHT, Theme
from descent.stage import Label, LectureScene
from descent.stage.checks.legibility import shown_by
from descent.stage.checks.lint import lint
from descent.stage.scene.rehearsal import rehearse

ROOT = Path(__file__).parents[2]
OWN_COLOURS = ["shapes.py", "settings_map.py"]  # a ball's shade and light, and the colours of outcomes
MANIM_COLOURS = {name for name, value in vars(manim_colors).items() if isinstance(value, ManimColor)}
BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def test_every_picture_is_legible_and_honest(rehearsal: Rehearsal) -> None:
    assert rehearsal.scene.faults == []


def test_every_text_has_a_colour_and_a_ground_that_the_palette_answers_for(rehearsal: Rehearsal) -> None:
    """What is legible in the dark theme is so in the light one, for the same colours of both are told apart alike."""
    assert list(rehearsal.scene.strange) == []


@BOTH
def test_every_colour_of_text_reads_on_every_ground_of_text(theme: Theme) -> None:
    assert {pair: contrast for pair, contrast in worst_contrasts(theme).items() if contrast < ENOUGH} == {}


def test_no_colour_of_text_is_one_in_the_dark_and_two_in_the_light() -> None:
    """A text's colour is known by its value, so what has one value in the dark theme has one in the light theme."""
    dark, light = inks(DARK), inks(LIGHT)
    assert len(set(dark.values())) == len(set(light.values())) == len(dark)


@pytest.mark.parametrize("file", [*ROOT.glob("scenes/*.py"), *ROOT.glob("descent/stage/**/*.py")], ids=lambda p: p.stem)
def test_colours_are_the_themes(file: Path) -> None:
    """A colour that is typed is the same in both themes, and cannot be read in one of them."""
    if file.name in OWN_COLOURS:
        return
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    typed = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    named = {n.id for n in nodes if isinstance(n, ast.Name)} & MANIM_COLOURS
    assert [text for text in typed if re.fullmatch(r"#[0-9a-fA-F]{3,8}", text)] == []
    assert named == set()


@pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")
@pytest.mark.parametrize(
    "scene_class",
    [
        pytest.param(FILMS[name], id=name, marks=() if name in (MAP, LANDSCAPE) else pytest.mark.matrix)
        for name in FILMS
    ],
)
def test_every_picture_is_legible_and_honest_in_the_light_theme(scene_class: type[LectureScene]) -> None:
    with tempconfig({"background_color": LIGHT.background, "verbosity": "ERROR"}):
        assert lint(scene_class) == []


def strange(*things: Label | Square) -> list[str]:
    class Sketch(LectureScene):
        def construct(self) -> None:
            self.add(*things)

    with tempconfig({"background_color": DARK.background}):
        return list(strange_texts(shown_by(rehearse(Sketch))))


def test_what_the_palette_does_not_answer_for_is_found() -> None:
    assert strange(Label("soft", color=DARK.soft), Label("run", color=DARK.runs[6])) == []
    chip = Square(4, fill_color=DARK.chip, fill_opacity=0.82, stroke_width=0)
    assert strange(Square(8, fill_color="#8090a0", fill_opacity=1), chip, Label("tag")) == []
    assert "lies on a chip in another colour" in strange(chip, Label("tag", color=DARK.soft))[0]
    assert "no colours of text" in strange(Label("line", color=DARK.line))[0]
    assert "is faded" in strange(Label("faint").set_opacity(0.7))[0]
    assert "neither on the background" in strange(Square(4, fill_color="#102030", fill_opacity=1), Label("dim"))[0]
