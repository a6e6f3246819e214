"""`descent.render`: scenes as classes, names and files, and a scene of a notebook as any other."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import descent
from descent import DescentError
from descent.base.user_code import import_file
from descent.delivery import films
from descent.delivery.orders import RenderRequest, RenderResult
from descent.film.narration import ClipCache, MeasuringTable
from descent.film.narration.clips import Clip
from descent.stage.scene.catalogue import load_scenes

CELL = """
from functools import partial
from torch.optim import SGD, RMSprop
from descent import VALLEY, Run
from descent.stage import Beat, ComparisonScene

class Swings(ComparisonScene):
    title = "Here, RMSprop swings less than SGD"
    runs = [Run(VALLEY, partial(optimizer, lr=0.5), (-4.5, -2.0), 12) for optimizer in (SGD, RMSprop)]
    beats = (Beat("They race.", "One start", to=12),)
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RenderRequest]:
    """What would be rendered, in an empty folder; nothing is drawn."""
    monkeypatch.chdir(tmp_path)
    found: list[RenderRequest] = []

    def render_stale(orders: list[RenderRequest], jobs: int) -> list[RenderResult]:
        found.extend(orders)
        return [RenderResult(order, 3, 3) for order in orders]

    monkeypatch.setattr(films, "render_stale", render_stale)
    return found


@pytest.fixture
def cell() -> Mapping[str, Any]:
    """What a cell of a notebook defined."""
    defined: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(CELL, "cell 3", "exec"), defined)
    return defined


def test_a_scene_of_a_notebook_stands_in_a_file(asked: list[RenderRequest], cell: Mapping[str, Any]) -> None:
    film = descent.render(cell["Swings"], profile="preview", output="swings.mp4")
    (order,) = asked
    assert film == RenderResult(order, 3, 3)
    assert (order.file(".mp4"), order.profile.name, order.theme) == (Path("swings.mp4"), "preview", "dark")
    (scene,) = load_scenes(order.scene.file).values()
    assert (scene.__name__, scene.title, scene.measured) == ("Swings", cell["Swings"].title, True)
    assert [run.label for run in scene.runs] == ["SGD  lr 0.5", "RMSprop  lr 0.5"]


def test_scenes_in_files_are_taken_from_there(asked: list[RenderRequest], monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []

    def requests(names: list[str], *_: object, silent: bool) -> list[RenderRequest]:
        named.extend(names)
        return []

    monkeypatch.setattr(films, "requests", requests)
    file = Path("own_films.py")
    file.write_text(CELL, encoding="utf-8")
    both = descent.render(["MomentumEscapes", import_file(file).Swings], file, theme="light", silent=True)
    assert named == ["MomentumEscapes", "own_films.py"]
    assert [film.order.scene.file.resolve() for film in [both]] == [file.resolve()]
    assert {(order.folder, order.silent) for order in asked} == {(Path("films/slides-light"), True)}
    assert not Path("media").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "there is nothing to render: give a scene"),
        ((len,), "the function len is no scene: give a class derived from one of descent.stage, a film's name"),
        ((int,), "the class int is no scene"),
        (("Nope",), "there is no scene 'Nope'"),
        (("twice", "twice"), "two scenes have one name"),
    ],
)
def test_what_is_no_scene_is_told(
    asked: list[RenderRequest], cell: Mapping[str, Any], given: tuple[Any, ...], told: str
) -> None:
    given = tuple(type("Twice", (cell["Swings"],), {}) if each == "twice" else each for each in given)
    with pytest.raises(DescentError, match=told):
        descent.render(*given)
    assert asked == []


def test_a_film_that_fails_is_raised(cell: Mapping[str, Any], asked: list, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(orders: list[RenderRequest], jobs: int) -> list[RenderResult]:
        return [RenderResult(order, error=DescentError("no good.")) for order in orders]

    monkeypatch.setattr(films, "render_stale", fail)
    with pytest.raises(DescentError, match="no good"):
        descent.render(cell["Swings"])


def test_a_line_that_no_table_has_is_measured_once(tmp_path: Path) -> None:
    said: list[str] = []

    def speak(spoken: str) -> Clip:
        said.append(spoken)
        return Clip([0.1] * 1234, rate=1000)

    voice: Any = SimpleNamespace(key="somebody", version="1", speak=speak)
    table = MeasuringTable({"somebody": {"It rests.": 9.0}}, voice=voice, clips=ClipCache(tmp_path))
    assert table.duration("somebody", "It rests.") == 9.0
    assert [table.duration("somebody", "It rolls.") for _ in range(2)] == [1.234, 1.234]
    assert said == ["It rolls."]
    assert table.duration("silence", "It rolls.") < 1.234  # nobody says it: guessed


NOTEBOOK = (
    CELL,
    'import descent\nfilm = descent.render(Swings, profile="preview", output="swings.mp4")\nfilm',
    "assert film.remarks == () and film.drawn == film.frames > 0",
    'assert descent.render(Swings, profile="preview", output="swings.mp4").frames == 0',
    """
import torch
class Signs(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})
    def step(self, closure):
        loss = closure()
        with torch.no_grad():
            for w in self.param_groups[0]["params"]:
                w -= self.param_groups[0]["lr"] * w.grad.sign()
        return loss
fading = partial(torch.optim.lr_scheduler.LambdaLR, lr_lambda=lambda step: 0.9**step)
path = [(2, 1), (1, 0.5), (0.5, 0.2), (0.2, 0.1)]
race = [partial(Signs, lr=0.2), path]
descent.animate(lambda x, y: x**2 + 10 * y**2, race, scheduler=fading, start=(2, 1), steps=4, profile="preview")
""",
)


@pytest.mark.matrix
def test_a_notebook_films_what_its_cells_define(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in NOTEBOOK])
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell in (notebook.cells[1], notebook.cells[-1]):
        assert "data:video/mp4;base64," in cell.outputs[-1].data["text/html"]
    assert {path.name for path in tmp_path.glob("*.mp4")} == {"swings.mp4", "race.mp4"}
