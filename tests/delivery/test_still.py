"""Single pictures of films, one or many at once."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from toys import TOY

from descent.base.errors import DescentError
from descent.commands.cli import descent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two films, and one that cannot be drawn."""
    (tmp_path / "scenes").mkdir()
    films = {
        "toy": TOY,
        "other": TOY.replace("Toy", "Other"),
        "bad": TOY.replace("Toy", "Bad").replace("BLUE", "1 / 0"),
    }
    for name, text in films.items():
        (tmp_path / "scenes" / f"{name}.py").write_text(text.replace("import 1 / 0", "import BLUE"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def still(*words: str) -> Result:
    return CliRunner().invoke(descent, ["still", *words, "--width", "96", "--jobs", "1"])


def blue_at(file: Path) -> float:
    """Where the square is: the mean column of what is blue."""
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape == (54, 96, 3)
    return float(np.nonzero(pixels[..., 2] - pixels[..., 0] > 60)[1].mean())


def test_a_still_is_the_last_picture_or_the_one_that_is_asked_for(project: Path) -> None:
    for words in (("-o", "last.png"), ("--at", "0", "-o", "first.webp")):
        assert still("Toy", *words).exit_code == 0
    with Image.open("first.webp") as picture:
        assert picture.format == "WEBP"
    assert blue_at(Path("first.webp")) < 40 < 60 < blue_at(Path("last.png"))


def test_a_film_that_fails_does_not_stop_the_others(project: Path) -> None:
    ended = still("--all", "--webp", "-o", "posters")
    assert ended.exit_code == 1
    assert "Bad: ZeroDivisionError" in ended.output
    assert sorted(path.name for path in (project / "posters").iterdir()) == ["Other.webp", "Toy.webp"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name the scenes to draw, or give --all"),
        (("Toy", "--all"), "name the scenes to draw, or give --all"),
        (("Toi",), "did you mean 'Toy'?"),
        (("Toy", "Other", "-o", "one.png"), "one.png is one file for 2 scenes; give a folder."),
        (("Toy", "-o", "one.jpg"), "a still ends in .png or .webp, so it cannot be 'one.jpg'"),
    ],
)
def test_mistakes_are_one_sentence(project: Path, words: tuple[str, ...], told: str) -> None:
    ended = still(*words)
    assert isinstance(ended.exception, DescentError)
    assert told in str(ended.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "99"), "there is no picture at 99 s."),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(project: Path, words: tuple[str, ...], told: str) -> None:
    ended = still("Toy", *words)
    assert ended.exit_code == 1
    assert len(ended.output.splitlines()) == 1
    assert told in ended.output
