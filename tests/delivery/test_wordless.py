"""A film in which nothing is said is a film."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest
from manim import tempconfig
from toys import TOY

from descent.delivery.orders import RenderRequest, RenderResult
from descent.stage.scene.catalogue import load_scenes

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

WORDLESS = TOY[: TOY.index("        with ")] + "        self.play(square.animate.shift(3 * RIGHT), run_time=0.4)\n"


@pytest.mark.parametrize("silent", [False, True])
def test_a_scene_without_a_voiceover_renders(
    toy: RenderRequest, made: Callable[..., RenderResult], silent: bool
) -> None:
    toy.scene.file.write_text(WORDLESS, encoding="utf-8")
    order = replace(toy, silent=silent)
    film = made(order)
    assert film.error is None
    with av.open(str(order.file(".mp4"))) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == film.frames > 0
    note = json.loads(order.file(".json").read_text(encoding="utf-8"))
    assert (note["chapters"], note["lines"]) == ([], [])


def test_it_renders_by_manim_itself_too(toy: RenderRequest) -> None:
    toy.scene.file.write_text(WORDLESS, encoding="utf-8")
    with tempconfig({**toy.settings(), "media_dir": str(toy.folder)}):
        scene = load_scenes(toy.scene.file)["Toy"]()
        scene.render()
        assert scene.renderer.file_writer.movie_file_path.is_file()


def test_only_a_voice_that_speaks_may_refuse_a_line(
    toy: RenderRequest, made: Callable[..., RenderResult], tmp_path: Path
) -> None:
    toy.scene.file.write_text(TOY.replace("One.", "Déjà vu, 学习率."), encoding="utf-8")
    film = made(toy)
    assert str(film.error).startswith("no voice can say 'é' (U+00E9) in 'Déjà vu, 学习率.'")
    assert not list((tmp_path / "segments").glob("*.mp4")), "it was drawn before it was refused"
    assert made(replace(toy, silent=True)).error is None
    assert "Déjà vu, 学习率." in toy.file(".srt").read_text(encoding="utf-8")
