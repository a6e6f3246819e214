"""Every film passes the layout lint at the end of every beat, in both themes."""

import pytest
from manim import tempconfig
from showing import Showing

from descent.look.palette import LIGHT
from descent.stage.checks.lint import lint
from descent.stage.scene.lecture import LectureScene


def test_every_picture_is_legible_and_honest(showing: Showing) -> None:
    assert showing.scene.faults == []


@pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")
def test_every_picture_is_legible_and_honest_in_the_light_theme(scene_class: type[LectureScene]) -> None:
    with tempconfig({"background_color": LIGHT.background, "verbosity": "ERROR"}):
        assert lint(scene_class) == []
