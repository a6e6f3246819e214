"""A film that is cheap to draw, and what renders it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from manim import tempconfig
from toys import TINY, TOY

from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.render import render


@pytest.fixture
def toy(tmp_path: Path) -> RenderRequest:
    """A film whose names are as odd as names can be."""
    file = tmp_path / "a toy’s “file” \"ü\" 'x'.py"
    file.write_text(TOY, encoding="utf-8")
    return RenderRequest(SceneRef(file, "Toy"), TINY, "dark", tmp_path / "out 'put' ß")


@pytest.fixture
def spoken(tmp_path: Path, voice_folder: Path) -> Path:
    """Where a rendering into ``segments`` of the test's folder looks for lines: who spoke them before is as good."""
    folder = tmp_path / "voice"
    folder.symlink_to(voice_folder, target_is_directory=True)
    return folder


@pytest.fixture
def made(tmp_path: Path, spoken: Path) -> Callable[..., RenderResult]:
    """Renders an order in a cache of the test's own."""

    def make(order: RenderRequest, workers: int = 1) -> RenderResult:
        with tempconfig({"media_dir": str(tmp_path / "media")}):
            (film,) = render([order], tmp_path / "segments", workers)
        return film

    return make
