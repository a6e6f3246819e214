"""``-o`` is a file where its suffix says so, in every command, else a folder; other suffixes are refused at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from descent.animate.make import look_of
from descent.base.document import Document
from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.commands.cli import descent
from descent.delivery.films import in_place
from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.profiles import find_profile

TOY = "from descent.stage import LectureScene\n\n\nclass Toy(LectureScene):\n    title = 'All is well'\n"


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a command says that refuses, in a project with one scene; it leaves nothing."""
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        ended = CliRunner().invoke(descent, list(words))
        assert isinstance(ended.exception, DescentError), ended.output
        assert {path.name for path in tmp_path.iterdir()} <= {"scenes", "media"}
        return str(ended.exception)

    return run


@pytest.mark.parametrize(
    "words",
    [
        ("render", "Toy", "-o", "a.txt"),
        ("render", "Toy", "-o", "a.gif"),
        ("still", "Toy", "-o", "a.mp4"),
        ("gif", "Toy", "-o", "a.mp4"),
        ("slides", "Toy", "-o", "a.doc"),
        ("gallery", "Toy", "-o", "a.html"),
        ("schedulers", "StepLR", "-o", "a.html"),
        ("figure", "E01", "-o", "a.jpg"),
        ("figure", "basins", "--surface", "bird", "SGD", "-o", "a.jpg"),
        ("figure", "sweep", "--surface", "bird", "--start", "1,1", "--x", "lr=0.1:1:5", "SGD", "-o", "a.jpg"),
    ],
    ids=" ".join,
)
def test_a_file_of_another_kind_is_refused(refused: Callable[..., str], words: tuple[str, ...]) -> None:
    told = refused(*words)
    assert repr(words[-1]) in told
    assert "a folder is named without a suffix" in told


def test_one_file_takes_one_scene() -> None:
    with pytest.raises(DescentError, match=r"one\.png is one file for 2 scenes; give a folder"):
        is_file(Path("one.png"), (".png",), "a still", 2)


def test_a_folder_that_exists_may_be_called_anything(tmp_path: Path) -> None:
    for name in ("films.mp4", "v1.0", "talk.org"):
        (tmp_path / name).mkdir()
        assert not is_file(tmp_path / name, (".mp4",), "a film")
    assert not is_file(Path("v1.0"), (".mp4",), "a film"), "a number is no kind of file"


def test_a_film_goes_into_the_file_that_is_asked_for() -> None:
    order = RenderRequest(SceneRef(Path("toy.py"), "Toy"), find_profile("overlay"), "dark", Path("x.mov/overlay"))
    (placed,) = in_place([order], Path("talks") / "x.mov")
    assert placed.films == (Path("talks") / "x.mov",)
    assert in_place([order], Path("talks")) == [order]


@pytest.mark.parametrize(("output", "file"), [("talks", "talks/race.mp4"), ("a.gif", "a.gif"), ("", "race.mp4")])
def test_a_race_goes_into_a_folder_too(output: str, file: str) -> None:
    assert look_of(Document({"output": output}, typed=frozenset({"output"}))).output == Path(file)
