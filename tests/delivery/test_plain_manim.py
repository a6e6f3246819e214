"""Manim's own command gets the same care: its GIFs are descent's, and what cannot be drawn is told in a sentence."""

from pathlib import Path

import av
import pytest
from manim import tempconfig
from toys import TOY

from descent.base.errors import DescentError
from descent.film.loops import BUDGET
from descent.stage.scene.catalogue import load_scenes
from descent.stage.scene.lecture import LectureScene

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.fixture
def film(tmp_path: Path) -> type[LectureScene]:
    file = tmp_path / "toy.py"
    file.write_text(TOY, encoding="utf-8")
    return load_scenes(file)["Toy"]


@pytest.mark.parametrize("rate", [15, 60])
def test_a_gif_holds_what_stands_and_keeps_its_pace(film: type[LectureScene], tmp_path: Path, rate: int) -> None:
    asked = {"format": "gif", "pixel_width": 192, "pixel_height": 108, "frame_rate": rate, "verbosity": "ERROR"}
    with tempconfig({**asked, "progress_bar": "none", "media_dir": str(tmp_path / "media")}):
        scene = film()
        scene.render()
        made = scene.renderer.file_writer.gif_file_path
    assert made.suffix == ".gif"
    assert made.stat().st_size < BUDGET / 10
    with av.open(str(made)) as gif:
        shown = [frame.to_ndarray(format="rgb24") for frame in gif.decode(video=0)]
        length = gif.duration / 1e6
    assert length == pytest.approx(scene.timeline.length, abs=0.06)
    assert 1 < len(shown) <= 20 * length
    assert shown[-1][2, 2].tolist() == [14, 17, 22]  # the background, to the last bit


def test_manims_other_renderer_is_refused_in_a_sentence(film: type[LectureScene]) -> None:
    with tempconfig({"renderer": "opengl"}), pytest.raises(DescentError, match="leave out --renderer=opengl"):
        film()
