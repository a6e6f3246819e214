"""Pages of films: of those that have one, made once, and again when anything changed that they are made from."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import pytest

from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.planning import forget_scene_files
from descent.delivery.profiles import find_profile
from descent.film.sidecar import Inputs, Sidecar, write_sidecar
from descent.publish.explore import films
from descent.publish.explore.films import FilmPage, PageJob, film_pages, runs_on_one_map
from descent.publish.explore.page import page_of
from descent.stage.scene.catalogue import load_scenes

ROOT = Path(__file__).parents[2]
SCENES = """
from functools import partial
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau
from descent import BIRD, VALLEY, Run
from descent.stage import ComparisonScene, LectureScene
import beside

class Live(ComparisonScene):
    title = "A <b>title</b>"
    runs = (Run(VALLEY, partial(SGD, lr=beside.RATE), (-4.5, -2.0), 3),)

class Recorded(ComparisonScene):
    runs = (Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 3, partial(ReduceLROnPlateau, patience=1)),)

class TwoMaps(ComparisonScene):
    runs = (*Live.runs, Run(BIRD, partial(SGD, lr=0.01), (-12.0, 10.0), 3))

class Shown(Live):
    def records(self):
        return []

class Words(LectureScene):
    title = "No runs"
"""


class InThisProcess:
    """Does the jobs of workers, without starting any; notes what they were."""

    done: list[str]
    before: Callable[[PageJob], object]

    def __init__(self, count: int) -> None:
        assert count >= 1

    def __enter__(self) -> "InThisProcess":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    def run(self, work: Callable[[PageJob], str], jobs: Sequence[PageJob]) -> Iterator[tuple[PageJob, str | Exception]]:
        for job in jobs:
            InThisProcess.done.append(job.scene.name)
            try:
                outcome: str | Exception = work(job)
            except Exception as error:
                outcome = error
            InThisProcess.before(job)
            yield job, outcome


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with scenes, and the notes of their films."""
    nothing = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    monkeypatch.setattr("descent.publish.explore.page._map", lambda *_: nothing)
    monkeypatch.setattr(films, "Workers", InThisProcess)
    monkeypatch.setattr(InThisProcess, "done", [], raising=False)
    monkeypatch.setattr(InThisProcess, "before", staticmethod(lambda _: None), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes/films.py").write_text(SCENES, encoding="utf-8")
    (tmp_path / "scenes/beside.py").write_text("RATE = 0.1\n", encoding="utf-8")
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name in ("beside", "descent_scenes.films"):
            del sys.modules[name]


def order(folder: Path, name: str) -> RenderRequest:
    asked = RenderRequest(
        SceneRef(folder / "scenes/films.py", name), find_profile("slides"), "dark", folder / "films/slides"
    )
    write_sidecar(
        asked.file(".json"),
        Sidecar(
            scene=name,
            title=name,
            theme="dark",
            size=(160, 90),
            rate=15,
            seconds=1.0,
            language="eng",
            chapters=[],
            lines=[],
            claims=[],
            runs=[],
            inputs=Inputs("key", modules=[str(folder / "scenes/beside.py")]),
        ),
    )
    return asked


def test_a_page_is_made_once_and_again_when_what_it_is_made_from_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, recorded = order(folder, "Live"), order(folder, "Recorded")
    first = film_pages([live, recorded], 2)
    page = first[live].file
    assert page is not None
    assert ">A &lt;b&gt;title&lt;/b&gt;</h1>" in page.read_text("utf-8")
    assert first[recorded] == FilmPage(None, "none of its runs can be taken hold of")
    assert film_pages([recorded, live], 2) == first
    assert InThisProcess.done == ["Live", "Recorded"]
    (folder / "scenes/beside.py").write_text("RATE = 0.25\n", encoding="utf-8")
    forget_scene_files()  # as the workers of another command never knew them
    again = film_pages([live], 1)[live].file
    assert InThisProcess.done[2:] == ["Live"]
    assert again is not None
    assert again != page
    assert '["lr",0.25]' in again.read_text("utf-8")
    monkeypatch.setattr(films, "templates_digest", lambda: "another page")
    assert film_pages([live], 1)[live].file != again
    assert {file.parent for file in (folder / "media/explore").iterdir()} == {folder / "media/explore"}


def test_a_film_that_is_edited_meanwhile_has_no_page_that_would_be_taken_for_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = order(folder, "Live")
    edit = staticmethod(lambda _: (folder / "scenes/beside.py").write_text("RATE = 0.3\n", encoding="utf-8"))
    monkeypatch.setattr(InThisProcess, "before", edit)
    found = film_pages([live], 1)[live]
    assert (found.file, found.failed) == (None, True)
    assert "run the command again" in found.why
    assert list((folder / "media/explore").iterdir()) == []


def test_a_film_that_cannot_be_executed_says_why(folder: Path) -> None:
    live = order(folder, "Gone")
    found = film_pages([live], 1)[live]
    assert found.failed
    assert "defines no scene 'Gone'" in found.why


def test_films_of_one_map_have_one(folder: Path) -> None:
    scenes = load_scenes(folder / "scenes/films.py")
    assert [name for name, film in scenes.items() if runs_on_one_map(film)] == ["Live", "Recorded"]


def test_descents_own_films_of_one_map_have_one() -> None:
    found = {
        name: bool(runs_on_one_map(film))
        for file in ("momentum", "network", "race", "scheduler_families")
        for name, film in load_scenes(ROOT / "scenes" / f"{file}.py").items()
    }
    assert found == {
        "MomentumEscapes": True,
        "MomentumOvershoots": True,
        "ANetworkOnASlice": False,
        "RaceOnThreeLandscapes": False,
        "ShrinkingTooSoonStaysBehind": True,
        "ACosineGoesOnPastItsEnd": True,
        "WarmRestartsLeaveAndLand": True,
    }


@pytest.mark.matrix
def test_no_page_of_a_film_weighs_more_than_400_kb() -> None:
    shown = 0
    for file in sorted((ROOT / "scenes").glob("*.py")):
        for name, film in load_scenes(file).items():
            if runs := runs_on_one_map(film):
                size = len(page_of(runs, film.title, tuple(getattr(film, "claims", ())))[1].encode())
                assert size <= 400_000, f"{name}: {size}"
                shown += 1
    assert shown > 10
