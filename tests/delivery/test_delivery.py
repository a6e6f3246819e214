"""Films drawn in parallel, from a cache that sees what changed and survives what goes wrong."""

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from manim import tempconfig

from descent.base.errors import DescentError
from descent.base.workers import Workers
from descent.delivery import render as rendering
from descent.delivery.find import requests
from descent.delivery.freshness import unchanged
from descent.delivery.jobs import shared, split
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.plan import Plan
from descent.delivery.profiles import Profile
from descent.delivery.render import render
from descent.delivery.store import SegmentStore
from descent.film.script import Script
from descent.film.timeline import Timeline
from descent.stage.scene.catalogue import load_scenes

TINY = Profile("tiny", 192, 108, 15, "tests")
SCENE = """
from functools import partial
from torch.optim import SGD
from descent import VALLEY, Claim, Run, reaches
from descent.stage import Beat, ComparisonScene

class Film(ComparisonScene):
    title = "A “film” & more"
    runs = (Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 4),)
    beats = (Beat("One.", "First"), Beat("Two.", "Second", to=4))
"""

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.fixture
def order(tmp_path: Path, spoken: Path) -> RenderRequest:
    file = tmp_path / "a film’s “file”.py"
    file.write_text(SCENE, encoding="utf-8")
    return RenderRequest(SceneRef(file, "Film"), TINY, "dark", tmp_path / "out put")


def made(order: RenderRequest, folder: Path, workers: int = 1) -> RenderResult:
    with tempconfig({"media_dir": str(folder / "media")}):
        (film,) = render([order], folder / "segments", workers)
    return film


def pictures(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])


def test_the_parallel_film_shows_what_manim_shows(order: RenderRequest, tmp_path: Path) -> None:
    film = made(order, tmp_path, workers=2)
    assert film.error is None
    assert film.drawn == film.frames > 30
    scene_class = load_scenes(order.scene.file)["Film"]
    with tempconfig({**order.settings(), "media_dir": str(tmp_path / "serial")}):
        scene = scene_class()
        scene.render()
        serial = pictures(scene.renderer.file_writer.movie_file_path)
    assert np.array_equal(pictures(order.file(".mp4")), serial)


def test_only_what_looks_different_is_drawn_again(order: RenderRequest, tmp_path: Path) -> None:
    first = made(order, tmp_path)
    assert unchanged(order)
    again = made(order, tmp_path)
    assert (again.drawn, again.error) == (0, None)
    source = order.scene.file.read_text(encoding="utf-8")
    order.scene.file.write_text(source.replace('"Second"', '"Another"'), encoding="utf-8")
    assert not unchanged(order)
    edited = made(order, tmp_path)
    assert 0 < edited.drawn < first.drawn
    order.scene.file.write_text(source.replace("lr=0.1", "lr=0.11"), encoding="utf-8")
    assert made(order, tmp_path).drawn > edited.drawn
    assert made(replace(order, theme="light"), tmp_path).drawn == first.drawn


@pytest.mark.matrix
def test_a_damaged_segment_is_drawn_again(order: RenderRequest, tmp_path: Path) -> None:
    made(order, tmp_path)
    whole = pictures(order.file(".mp4"))
    damaged = max((tmp_path / "segments").glob("*.mp4"), key=lambda path: path.stat().st_size)
    damaged.write_bytes(damaged.read_bytes()[:-100])
    film = made(order, tmp_path)
    assert film.drawn > 0
    assert np.array_equal(pictures(order.file(".mp4")), whole)


def test_what_belongs_to_a_film(order: RenderRequest, tmp_path: Path) -> None:
    made(order, tmp_path)
    note = json.loads(order.file(".json").read_text(encoding="utf-8"))
    assert note["title"] == "A “film” & more"
    assert [chapter["title"] for chapter in note["chapters"]] == ["First", "Second"]
    assert note["tools"]["torch"] == torch.__version__
    assert note["tools"]["processor"] == torch.backends.cpu.get_cpu_capability()
    assert order.file(".txt").read_text(encoding="utf-8").split("\n\n") == ["A “film” & more", "One.", "Two.\n"]
    assert {path.suffix for path in order.folder.iterdir()} == {".json", ".mp4", ".png", ".srt", ".txt", ".vtt"}
    assert [path.name for path in (tmp_path / "segments").iterdir() if path.name.startswith(".")] == []


def test_one_film_that_fails_does_not_stop_another(order: RenderRequest, tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(SCENE.replace("class Film", "class Bad").replace("lr=0.1", "lr=-1"), encoding="utf-8")
    with tempconfig({"media_dir": str(tmp_path / "media")}):
        broken, fine = render([replace(order, scene=SceneRef(bad, "Bad")), order], tmp_path / "segments", 1)
    assert isinstance(broken.error, DescentError)
    assert fine.error is None
    assert order.file(".mp4").is_file()


def dies_once(folder: Path) -> str:
    """Kills its own process the first time it is called for a folder."""
    mark = folder / "tried"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return folder.name


def dies_always(folder: Path) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return folder.name


def folders(tmp_path: Path, *names: str) -> list[Path]:
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.mkdir()
    return paths


def test_a_killed_worker_costs_only_its_job(tmp_path: Path) -> None:
    jobs = folders(tmp_path, "a", "b", "c")
    with Workers(2) as workers:
        done = dict(workers.run(dies_once, jobs))
    assert done == {job: job.name for job in jobs}


def test_a_job_that_kills_every_worker_is_given_up(tmp_path: Path) -> None:
    with Workers(1) as workers:
        ((_, outcome),) = workers.run(dies_always, folders(tmp_path, "a"))
    assert isinstance(outcome, Exception)


def test_stopping_early_leaves_no_process(tmp_path: Path) -> None:
    workers = Workers(1)
    outcomes: Iterator[object] = workers.run(dies_once, folders(tmp_path, "a", "b", "c", "d"))
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def process(folder: Path) -> int:
    return os.getpid()


def test_workers_stay_for_what_comes_next_and_then_go(tmp_path: Path) -> None:
    with Workers(1) as workers:
        first, again = (dict(workers.run(process, folders(tmp_path, name))) for name in "ab")
        assert set(first.values()) == set(again.values()) != {os.getpid()}
        many = dict(workers.run(process, folders(tmp_path, *map(str, range(20)))))
        assert 3 <= len(set(many.values())) <= 4, "a worker does eight jobs and no more"
    assert multiprocessing.active_children() == []


def voice_of(folder: Path) -> str | None:
    return os.environ.get("DESCENT_VOICE")


def test_workers_have_the_environment_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("silence", "hibari:heart", None):
        if name is None:
            monkeypatch.delenv("DESCENT_VOICE")
        else:
            monkeypatch.setenv("DESCENT_VOICE", name)
        with Workers(1) as workers:
            assert [voice for _, voice in workers.run(voice_of, folders(tmp_path, str(name)))] == [name]


def test_jobs_cover_every_play_once_and_evenly() -> None:
    missing = {number: (f"key{number}", frames) for number, frames in enumerate([5, 90, 30, 1, 60, 60, 8])}
    script = Script("A", Timeline(), None)
    planned = Plan(SceneRef(Path("a.py"), "A"), {}, (), (), script, (), (), slice(None), {}, {}, ())
    jobs = split(planned, missing, Path("store"), Path("work"), 3)
    assert [number for job in jobs for number in job.keys] == list(missing)
    assert sum(job.frames for job in jobs) == 254
    assert max(job.frames for job in jobs) <= 254 / 3 + 90


def test_a_store_trusts_only_whole_entries(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    (tmp_path / "drawn").write_bytes(b"picture")
    store.add("key", tmp_path / "drawn")
    assert store.has("key")
    store.path("key").write_bytes(b"pictur")
    assert not store.has("key")
    assert not store.has("other")


def test_names_are_looked_up(order: RenderRequest, tmp_path: Path) -> None:
    listing = tmp_path / "listing.json"
    (found,) = requests(["Film"], tmp_path, "preview", "dark", tmp_path, listing)
    assert found.scene == order.scene
    with warnings.catch_warnings(), pytest.raises(DescentError, match="did you mean 'Film'"):
        requests(["Flim"], tmp_path, "preview", "dark", tmp_path, listing)
    with pytest.raises(DescentError, match="no profile 'lectures': did you mean 'lecture'"):
        requests([], tmp_path, "lectures", "dark", tmp_path, listing)
    (tmp_path / "empty" / "scenes").mkdir(parents=True)
    (tmp_path / "empty" / "scenes" / "none.py").touch()
    with pytest.raises(DescentError, match=r"no file in .* defines a scene; `descent init` writes a first one"):
        requests([], tmp_path / "empty" / "scenes", "preview", "dark", tmp_path, listing)


UNGUARDED = """
import sys
from pathlib import Path
from descent.delivery.render import render
from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.profiles import Profile

folder = Path(sys.argv[1])
scene, tiny = SceneRef(folder / "film.py", "Film"), Profile("tiny", 96, 54, 15, "tests")
order = RenderRequest(scene, tiny, "dark", folder, silent=True)
(film,) = render([order], folder / "segments", 1)
if film.error:
    raise film.error
print(film.drawn, sorted({"manim", "torch"} & set(sys.modules)))
"""


@pytest.mark.matrix
def test_a_script_needs_no_guard_and_loads_neither_manim_nor_torch(tmp_path: Path) -> None:
    (tmp_path / "film.py").write_text(SCENE, encoding="utf-8")
    (tmp_path / "script.py").write_text(UNGUARDED, encoding="utf-8")
    ended = subprocess.run([sys.executable, tmp_path / "script.py", tmp_path], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r"\d+ \[\]\n", ended.stdout)


def test_what_a_gif_shows_a_part_of_is_noted_as_that_part(order: RenderRequest, spoken: Path, tmp_path: Path) -> None:
    spoken.unlink()
    source = order.scene.file.read_text(encoding="utf-8")
    order.scene.file.write_text(source.replace("    runs = ", "    gif_beats = (2, 2)\n    runs = "), encoding="utf-8")
    gif = replace(order, profile=Profile("tiny", 192, 108, 15, "tests", suffixes=(".gif",)))
    assert made(gif, tmp_path).error is None
    note = json.loads(gif.file(".json").read_text(encoding="utf-8"))
    assert [(chapter["start"], chapter["title"]) for chapter in note["chapters"]] == [(0.0, "Second")]
    assert [(line["start"], line["text"]) for line in note["lines"]] == [(0.0, "Two.")]
    assert not note["voiced"]
    assert not spoken.exists(), "lines were spoken for a film that nobody hears"
    assert gif.file(".txt").read_text(encoding="utf-8").split("\n\n") == ["A “film” & more", "Two.\n"]
    with av.open(str(gif.file(".gif"))) as shown:
        assert note["seconds"] == pytest.approx(sum(1 for _ in shown.decode(video=0)) / 15, abs=0.15)


def test_workers_with_one_job_draw_each_play_once(tmp_path: Path) -> None:
    missing = {number: (f"key{number}", 10) for number in range(5)}
    script = Script("A", Timeline(), None)
    planned = Plan(SceneRef(Path("a.py"), "A"), {}, (), (), script, (), (), slice(None), {}, {}, ())
    one, other, third = shared(planned, missing, tmp_path / "store", tmp_path / "work", 3)
    assert one.keys == other.keys == third.keys == {number: key for number, (key, _) in missing.items()}
    mine = [number for number in one.keys if number != 2 and one.claim(number)]
    assert mine == [0, 1, 3, 4]
    assert one.is_left(2)
    assert [number for number in other.keys if other.claim(number)] == [2]
    assert not third.is_left(0)
    assert len(shared(planned, {7: ("key", 1)}, tmp_path / "store", tmp_path / "work", 8)) == 1


def test_what_a_worker_that_died_had_begun_is_drawn_though_another_ends_later(
    order: RenderRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finished(job: object) -> None:
        raise DescentError("all was drawn.")

    monkeypatch.setattr(rendering, "finish", finished)
    monkeypatch.setattr(rendering._Films, "_output", lambda *_: None)
    films = rendering._Films([order], tmp_path / "store", tmp_path / "work", 2, False, lambda *_: None, lambda _: None)
    (task,) = films.begin()
    script, plays = Script("A", Timeline(), None), (("begun", 5), ("drawn", 5))
    planned = Plan(order.scene, {}, plays, (), script, (), (), slice(None), {}, {}, ())
    died, other = (each.job for each in films.take(task.job, planned))
    assert films.take(died, []) == []  # tried again: "begun" is taken, and the other is at the rest
    (again,) = films.take(other, ["drawn"])
    assert again.job.keys == {0: "begun"}
    assert films.take(again.job, ["begun"]) == []
    assert str(films.results[order].error) == "all was drawn."


def test_a_film_is_there_before_the_next_and_stays_when_the_rest_is_stopped(
    order: RenderRequest, tmp_path: Path
) -> None:
    second = replace(order, theme="light", folder=tmp_path / "second")
    third = replace(order, scene=replace(order.scene, name="None"), folder=tmp_path / "third")
    told: list[RenderResult] = []

    def stop(film: RenderResult) -> None:
        told.append(film)
        if film.order is second:
            raise KeyboardInterrupt

    progress: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        render(
            [order, second, third], tmp_path / "segments", 1, lambda done, total, _: progress.append((done, total)),
            done=stop,
        )  # fmt: skip
    assert [film.order for film in told] == [order, second]
    assert order.file(".mp4").is_file()
    assert unchanged(order)
    assert not third.folder.exists()
    assert [path for path in (tmp_path / "segments").iterdir() if path.name.startswith(".")] == []
    assert {total for _, total in progress} == {3000}
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert 1000 <= progress[-1][0] <= 2000
