"""A project is found from any folder in it, and one function says where everything of it lies."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from descent.base.errors import DescentError
from descent.base.project import BUILT_IN, PROJECT, project
from descent.commands.cli import descent
from descent.delivery.find import hiding_own, requests
from descent.film.narration.timing import TimingTable
from descent.stage.scene.lecture import timing_table

ROOT = Path(__file__).parents[1]
SILENT = "from descent.stage import LectureScene\n\n\nclass {name}(LectureScene):\n    title = 'All is well'\n"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A repository with a project in one of its folders, and a folder in that."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    folder = tmp_path / "repository" / "a course"
    (folder / "notes" / "week 1").mkdir(parents=True)
    return folder


def marked(course: Path, name: str, text: str) -> None:
    (course / name).parent.mkdir(exist_ok=True)
    (course / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text"),
    [("scenes/a.py", ""), ("manim.cfg", "[CLI]\n"), ("pyproject.toml", "[tool.descent]\n")],
)
def test_it_is_found_upwards_by_any_of_three_marks(
    course: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    marked(course, name, text)
    monkeypatch.chdir(course)
    assert project().scenes == Path("scenes")
    monkeypatch.chdir(course / "notes" / "week 1")
    assert project().timings == Path("../../assets/narration.json")
    assert project().films.resolve() == course / "films"


@pytest.mark.parametrize(
    ("name", "text"), [("scenes/a.txt", ""), ("pyproject.toml", "[tool.ruff]\n"), ("pyproject.toml", "not [toml")]
)
def test_without_a_mark_it_is_the_current_folder(
    course: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    marked(course, name, text)
    marked(course.parent.parent, "manim.cfg", "")  # outside the repository
    monkeypatch.chdir(course / "notes")
    assert project().root == Path()


def test_the_home_folder_is_no_project_of_what_lies_in_it(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marked(course, "manim.cfg", "")
    monkeypatch.setenv("HOME", str(course))
    monkeypatch.chdir(course / "notes")
    assert project().root == Path()
    monkeypatch.chdir(course)
    assert project().config.is_file()


def test_a_variable_names_it_from_anywhere(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROJECT, str(course))
    assert project().root == course
    monkeypatch.setenv(PROJECT, str(course / "none"))
    with pytest.raises(DescentError, match="is no folder; name your project's, or unset it"):
        project()


def test_films_read_the_timings_that_narrate_writes_and_descents_own_of_other_lines(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = TimingTable.load(BUILT_IN.timings)
    voice, lines = next(iter(own.seconds.items()))
    known = next(iter(lines))
    marked(course, "manim.cfg", "[CLI]\nassets_dir = pictures\n")
    marked(course, "assets/narration.json", json.dumps({voice: {known: 99.0, "mine": 1.5}}))
    monkeypatch.chdir(course / "notes")
    found = timing_table().seconds[voice]
    assert (found[known], found["mine"]) == (99.0, 1.5)
    assert len(found) == len(lines) + 1


def test_descents_own_films_are_found_by_name_beside_the_projects_which_go_before_them(
    course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    marked(course, "scenes/mine.py", SILENT.format(name="MomentumEscapes"))
    monkeypatch.chdir(course / "notes")
    listing = tmp_path / "listing.json"

    def wanted(*names: str) -> dict[str, Path]:
        found = requests(names, project().scenes, "preview", "dark", Path(), listing)
        return {order.scene.name: order.scene.file for order in found}

    assert wanted() == {"MomentumEscapes": Path("../scenes/mine.py")}
    assert wanted("MomentumOvershoots") == {"MomentumOvershoots": BUILT_IN.scenes / "momentum.py"}
    mine, other = requests(
        ["MomentumEscapes", "MomentumOvershoots"], project().scenes, "preview", "dark", Path(), listing
    )
    assert hiding_own([mine, other]) == [
        "MomentumEscapes is the one in ../scenes/mine.py, not descent's own film of that name."
    ]
    with pytest.raises(DescentError, match="did you mean 'MomentumOvershoots'"):
        wanted("MomentumOvershoot")
    shown = CliRunner().invoke(descent, ["list"])
    assert shown.output == "MomentumEscapes  All is well\n"


def test_a_clone_hides_nothing_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    found = requests(["MomentumEscapes"], project().scenes, "preview", "dark", Path(), tmp_path / "listing.json")
    assert hiding_own(found) == []
