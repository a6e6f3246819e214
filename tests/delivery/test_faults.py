"""What goes wrong while films are made costs no more than it must, and is told in a explain."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner
from toys import TOY, pictures

from descent.base.errors import DescentError
from descent.base.failures import explain
from descent.commands.cli import descent
from descent.delivery import render as rendering
from descent.delivery.orders import RenderRequest, RenderResult
from descent.delivery.profiles import Profile
from descent.film import mux
from descent.film.narration import Clip, Hibari

Make = Callable[..., RenderResult]

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

DIES_ONCE = (
    TOY
    + """
    def beat_done(self, beat):
        import os, signal
        from pathlib import Path

        if type(self.renderer).__name__ != "RENDERER":
            return
        tries = Path(__file__).with_name("tries")
        with tries.open("a") as file:
            file.write("x")
        if tries.stat().st_size == 1:
            os.kill(os.getpid(), signal.SIGKILL)
"""
)


def test_names_may_be_odd(toy: RenderRequest, made: Make) -> None:
    film = made(toy)
    assert film.error is None
    assert {path.suffix for path in toy.folder.iterdir()} == {".json", ".mp4", ".png", ".srt", ".txt", ".vtt"}
    with av.open(str(toy.file(".mp4"))) as container:
        assert container.metadata["title"] == "A “toy” & 'more'"


@pytest.mark.parametrize("renderer", ["SamplingRenderer", "_SegmentRenderer"])
def test_a_worker_killed_while_it_plans_or_draws_costs_only_its_job(
    renderer: str, toy: RenderRequest, made: Make, tmp_path: Path
) -> None:
    toy.scene.file.write_text(DIES_ONCE.replace("RENDERER", renderer), encoding="utf-8")
    film = made(toy, workers=2)
    assert (tmp_path / "tries").stat().st_size > 1, "nothing was killed"
    assert film.error is None
    assert len(pictures(toy.file(".mp4"))) == film.frames == film.drawn
    assert not list((tmp_path / "segments").glob(".drawing-*"))


@dataclass(frozen=True)
class Broken(Profile):
    """A profile whose encoder cannot work."""

    def manim(self, theme: str) -> dict[str, Any]:
        return super().manim(theme) | {"video_encoder_options": {"preset": "no such preset"}}


def test_the_encoder_fails(toy: RenderRequest, made: Make, tmp_path: Path) -> None:
    film = made(replace(toy, profile=Broken("broken", 96, 54, 15, "tests")))
    assert "the encoder failed" in str(explain(film.error))
    assert not toy.folder.exists()
    assert not list((tmp_path / "segments").glob("*.mp4"))


def hoarse(voice: Hibari, spoken: str) -> Clip:
    """Says one line and then no more."""
    if spoken.startswith("Two"):
        raise DescentError("the voice is gone; choose another voice.")
    return Clip(np.full(2400, 0.1, np.float32), 24_000)


def test_a_voice_that_fails_is_told_and_the_film_is_silent_only_if_asked(
    toy: RenderRequest, made: Make, spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken.unlink()  # by a voice that did not fail
    monkeypatch.setattr(Hibari, "speak", hoarse)
    monkeypatch.setattr(rendering, "speak", bool)  # nor does the worker, whose voice is whole
    film = made(toy)
    assert explain(film.error) == "the voice is gone; choose another voice."
    assert not toy.file(".mp4").exists()
    assert made(replace(toy, silent=True)).error is None
    with av.open(str(toy.file(".mp4"))) as container:
        assert [stream.type for stream in container.streams][:2] == ["video", "subtitle"]


def test_a_full_disk_leaves_the_old_film(toy: RenderRequest, made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made(toy)
    before = {path.name: path.read_bytes() for path in toy.folder.iterdir()}
    toy.scene.file.write_text(TOY.replace("BLUE, fill", "'#ff0000', fill"), encoding="utf-8")

    def full(*packets: Any, **options: Any) -> Any:
        for count, packet in enumerate(merge(*packets, **options)):
            if count == 9:
                raise OSError(errno.ENOSPC, "No space left on device")
            yield packet

    merge = mux.heapq.merge
    monkeypatch.setattr(mux.heapq, "merge", full)
    film = made(toy)
    assert "No space left on device" in str(explain(film.error))
    assert "free some space" in str(explain(film.error))
    assert {path.name: path.read_bytes() for path in toy.folder.iterdir()} == before
    monkeypatch.undo()
    again = made(toy)
    assert (again.drawn, again.error) == (0, None), "what was drawn was not kept"
    assert toy.file(".mp4").read_bytes() != before["Toy.mp4"]


def test_a_folder_that_cannot_be_written(toy: RenderRequest, made: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    film = made(replace(toy, folder=tmp_path / "file" / "films"))
    assert str(explain(film.error)).startswith("cannot write")
    assert "choose another folder" in str(explain(film.error))


def test_a_film_of_nothing(toy: RenderRequest, made: Make) -> None:
    toy.scene.file.write_text(TOY[: TOY.index("        square")] + "        pass\n", encoding="utf-8")
    assert "plays nothing" in str(explain(made(toy).error))


def test_a_scene_file_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary names it, with the line, and the command exits with 1."""
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    (tmp_path / "scenes" / "broken.py").write_text("\n\nnobody_knows\n", encoding="utf-8")
    raises = TOY.replace("class Toy", "class Raises").replace("square.animate", "nothing.animate")
    (tmp_path / "scenes" / "raises.py").write_text(raises, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(descent, ["render", "--all", "--profile", "preview", "--jobs", "1", "--silent"])
    assert result.exit_code == 1
    assert "preview/Toy.mp4  (" in result.stdout
    told = dict(line.split(": ", 1) for line in result.stderr.splitlines())
    broken = Path("scenes", "broken.py")
    assert (
        told["broken.py"] == f"the scene file {broken} cannot be executed, line 3: name 'nobody_knows' is not defined."
    )
    assert told["Raises"].startswith("NameError: name 'nothing' is not defined (")
    assert (tmp_path / "films" / "preview" / "Toy.mp4").is_file()
    assert CliRunner().invoke(descent, ["render", "Toy", "--profile", "preview", "--silent"]).exit_code == 0
    with pytest.raises(DescentError, match=r"no scene 'Tow' in scenes \(scenes.broken\.py cannot be read\): did you"):
        CliRunner().invoke(descent, ["render", "Tow"], catch_exceptions=False)
