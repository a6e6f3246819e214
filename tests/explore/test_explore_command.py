"""`descent explore` finds its runs in films, in the notebook, on the command line and in TOML files."""

import importlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner, Result
from live_pages import unpacked

from descent import EXPERIMENTS, DescentError, Run, trace
from descent.commands.cli import descent
from descent.delivery.orders import SceneRef
from descent.publish.explore import page

ROOT = Path(__file__).parents[2]

Runs = list[tuple[list[Run], Path, str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """What pages are asked for; none is written."""
    found: Runs = []

    def noted(runs: list[Run], target: Path, title: str = "", *_: object) -> Path:
        found.append((list(runs), Path(target), title))
        return Path(target)

    monkeypatch.setattr("descent.publish.explore.explore", noted)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(descent, ["explore", *words], catch_exceptions=True)


def test_a_films_runs(run: Callable[..., Result], asked: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(scene=SceneRef(ROOT / "scenes" / "momentum.py", "MomentumEscapes"))
    monkeypatch.setattr("descent.commands.explore.find_scenes", lambda *_: [found])
    result = run("MomentumEscapes")
    assert result.exception is None, result.output
    ((runs, target, title),) = asked
    assert target == Path("MomentumEscapes.html")
    assert [each.optimizer.func.__name__ for each in runs] == ["SGD"] * len(runs)
    assert title


def test_the_notebooks_runs(run: Callable[..., Result], asked: Runs) -> None:
    run("E03", "E04", "-o", "a page.html")
    assert asked == [([EXPERIMENTS["E03"], EXPERIMENTS["E04"]], Path("a page.html"), "")]


def test_a_race_on_the_command_line_and_in_a_file(run: Callable[..., Result], asked: Runs, tmp_path: Path) -> None:
    run("--surface", "valley", "--start", "-4,-2", "--steps", "7", "SGD(lr=0.1)", "Adam(lr=0.5) + StepLR(step_size=3)")
    (tmp_path / "mine.toml").write_text(
        'surface = "valley"\nstart = [-4, -2]\nsteps = 7\ntitle = "Mine"\nruns = ["SGD(lr=0.1)"]\n'
    )
    run("mine.toml")
    (first, target, title), (second, file, own) = asked
    assert ([each.label for each in first], target, title) == (
        ["SGD  lr 0.1", "Adam  lr 0.5 · StepLR  step_size 3"],
        Path("race.html"),
        "",
    )
    assert ([each.label for each in second], file, own) == (["SGD  lr 0.1"], Path("mine.html"), "Mine")
    assert second[0].start == first[0].start == (-4, -2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SGD",), "give either a surface"),
        (("E03", "-o", "page.png"), "a page ends in .html or .htm"),
        (("--surface", "valley", "--start", "1", "SGD"), "--start takes 2 numbers"),
        (("a.toml", "SGD"), "give either one .toml file or runs"),
        (("E05", "E06"), "a page shows runs of one surface"),
    ],
)
def test_mistakes_are_one_sentence(
    run: Callable[..., Result], words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code != 0
    assert told in re.sub(r"\s+", " ", str(result.exception))
    assert not list(tmp_path.glob("*.html"))


def test_it_is_public() -> None:
    import descent

    assert descent.explore is importlib.import_module("descent.animate.explore").explore


@pytest.mark.matrix
def test_a_path_that_was_recorded_elsewhere_is_shown_as_recorded_on_the_clock_of_its_steps() -> None:
    trajectory = trace(EXPERIMENTS["E03"])
    moved = replace(trajectory, params=trajectory.params + 0.1, at=3 * trajectory.at)
    live, _ = page.page_of([trajectory, moved])
    assert [run.why == "" for run in live.runs] == [True, False]
    assert "Recorded elsewhere" in live.runs[1].why
    found = live.runs[1].record
    assert list(found.kept) == moved.at.tolist()
    w = unpacked(found.w).reshape(-1, 2)
    np.testing.assert_allclose(w[::3], moved.params)
    np.testing.assert_allclose(w[1], moved.params[0] + (moved.params[1] - moved.params[0]) / 3)
    np.testing.assert_array_equal(unpacked(found.loss)[5:8], moved.loss[[1, 2, 2]])
    with pytest.raises(DescentError, match="make a film of it"):
        page.page_of([replace(moved, at=1e5 * trajectory.at)])


def test_data_are_standardized_where_it_is_asked_for(run: Callable[..., Result], asked: Runs, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1000000,1\n1000001,2\n1000002,4\n", encoding="utf-8")
    done = run("--data", str(tmp_path / "points.csv"), "--standardize", "SGD(lr=0.1)", "-o", str(tmp_path))
    assert done.exit_code == 0, done.exception
