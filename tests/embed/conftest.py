"""A project whose pages show a film, in a folder with a space in its name."""

import shutil
from pathlib import Path

import pytest
from embedding import LOOPS, SCENE, Gif, run


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with what `--embed` makes; only to be copied."""
    folder = tmp_path_factory.mktemp("once") / "my site"
    (folder / "scenes").mkdir(parents=True)
    (folder / "scenes" / "toy.py").write_text(SCENE, encoding="utf-8")
    (folder / "manim.cfg").touch()
    (folder / "assets").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = run("Toy", "--embed", "-o", LOOPS, "--width", "96", "--rate", "5")
    assert made.exit_code == 0, made.output
    (folder / "snippet.html").write_text(made.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def site(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, of one's own and with nothing stale, as the current folder."""
    folder = tmp_path / "my site"
    shutil.copytree(once, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def gif(site: Path) -> Gif:
    """``descent gif`` in it."""
    return run
