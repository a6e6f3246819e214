"""What the cache holds is measured, and what is old is removed: nothing else, whatever lies beside it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from descent.base.errors import DescentError
from descent.commands.cli import descent

DAY = 86_400
OURS = {
    f"segments/{'a' * 40}.mp4": 40,
    f"segments/{'a' * 40}.json": 20,
    f"segments/{'b' * 40}.mp4": 2,
    f"segments/.drawing-{'c' * 32}/1/text.svg": 40,
    f"voice/{'d' * 32}.wav": 40,
    f"animate/{'e' * 16}/slides-1280-dark/Animated.mp4": 40,
    f"animate/{'f' * 16}/scene.py": 2,
    f"explore/{'a' * 40}.html": 40,
    f"explore/{'b' * 40}.txt": 2,
}
"""What descent keeps, and how many days ago it was written."""

THEIRS = (
    "segments/mine.mp4",
    "voice/song.wav",
    "animate/notes/a.txt",
    "videos/toy/480p15/Toy.mp4",
    "segments/scenes.json",
    "explore/mine.html",
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    media = tmp_path / "media"
    for name, days in {**OURS, **dict.fromkeys(THEIRS, 400)}.items():
        (media / name).parent.mkdir(parents=True, exist_ok=True)
        (media / name).write_bytes(b"0" * 1_000_000)
        os.utime(media / name, (time.time() - days * DAY,) * 2)
    (tmp_path / "elsewhere.wav").write_bytes(b"kept")
    (media / "voice" / f"{'9' * 32}.wav").symlink_to(tmp_path / "elsewhere.wav")
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / f"{'a' * 40}.mp4").write_bytes(b"a film")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(descent, ["cache", *words])


def left(folder: Path) -> set[str]:
    return {name for name in OURS if (folder / "media" / name).exists()}


def untouched(folder: Path) -> bool:
    names = [*THEIRS, f"voice/{'9' * 32}.wav"]
    return all((folder / "media" / name).is_file() for name in names) and any((folder / "films").iterdir())


def test_it_counts_what_is_descents(run: Callable[..., Result]) -> None:
    assert run().output.splitlines() == [
        "       3.0 MB       3 drawn parts of films",
        "       1.0 MB       1 what is being drawn, or was when it was killed",
        "       1.0 MB       1 spoken lines",
        "       2.0 MB       2 races of descent animate",
        "       2.0 MB       2 films' pages to take hold of",
        "       0.0 MB       0 what pages of documentation show",
        "       9.0 MB  in media",
    ]


@pytest.mark.parametrize(
    ("words", "days"), [((), 30), (("--older-than", "10"), 10), (("--older-than", "1.5"), 1.5), (("--all",), -1)]
)
def test_what_is_old_goes_and_the_rest_stays(
    run: Callable[..., Result], tmp_path: Path, words: tuple[str, ...], days: float
) -> None:
    ended = run("prune", *words)
    assert ended.exit_code == 0
    assert left(tmp_path) == {name for name, age in OURS.items() if age <= days}
    assert f": {len(OURS) - len(left(tmp_path))} removed" in ended.output
    assert untouched(tmp_path)


def test_nothing_is_no_mistake_and_a_link_to_a_folder_is_not_followed(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other" / "media").mkdir(parents=True)
    (tmp_path / "other" / "media" / "segments").symlink_to(tmp_path / "media" / "segments")
    monkeypatch.chdir(tmp_path / "other")
    assert "media: 0 removed" in run("prune", "--all").output
    assert left(tmp_path) == set(OURS)


def test_it_is_told_what_to_remove(run: Callable[..., Result], tmp_path: Path) -> None:
    assert isinstance(run("prune", "--all", "--older-than", "3").exception, DescentError)
    assert run("prune", "--older-than", "-1").exit_code == 2
    assert left(tmp_path) == set(OURS)
