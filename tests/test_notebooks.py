"""Runs, schedules, figures and films show themselves in a notebook, which is executed here."""

import base64
import re
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from torch.optim import SGD

from descent import VALLEY, Run, trace
from descent.base.errors import DescentError
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.profiles import find_profile
from descent.film.narration import Cue, to_vtt
from descent.film.player import player

CELLS = [
    """
from functools import partial
from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR
from descent import BIRD, Run, Schedule, trace, trace_lr
run = Run(BIRD, partial(SGD, lr=0.01), (-12, 10), 5)
import sys
assert not {"manim", "matplotlib"} & sys.modules.keys()
run
""",
    "trace(run)",
    "schedule = Schedule(partial(ExponentialLR, gamma=0.9), lr=0.1, steps=5)\nschedule",
    "trace_lr(schedule)",
    "from descent.figures import comparison\ncomparison([run])",
    """
from pathlib import Path
from descent.delivery.orders import RenderResult, RenderRequest, SceneRef
from descent.delivery.profiles import find_profile
RenderResult(RenderRequest(SceneRef(Path("own.py"), "Toy"), find_profile("preview"), "dark", Path("films")), 3, 3)
""",
]


def data(markup: str, kind: str) -> bytes:
    """The bytes of the one data URI of a kind."""
    (found,) = re.findall(f"data:{kind};base64,([A-Za-z0-9+/=]+)", markup)
    return base64.b64decode(found)


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with a film of three frames and its captions."""
    folder = tmp_path / "films"
    folder.mkdir()
    with av.open(str(folder / "Toy.mp4"), "w") as film:
        stream = film.add_stream("libx264", rate=3)
        stream.width, stream.height, stream.pix_fmt = 32, 18, "yuv420p"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((18, 32, 3), 80 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 3)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    (folder / "Toy.vtt").write_text(to_vtt([Cue(0, 1, "It rolls.")]))
    return folder


def test_everything_shows_itself(films: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS])
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(films.parent)}}).execute()
    shown = [cell.outputs[-1].data["text/html"] for cell in notebook.cells]
    *figures, film = shown
    for markup in figures:
        assert data(markup, "image/png").startswith(b"\x89PNG")
    assert figures[0] == figures[1]
    assert figures[2] == figures[3]
    for markup, words in zip(
        figures, ["SGD lr 0.01", "SGD", "ExponentialLR gamma 0.9", "0.1", "Map of the loss"], strict=True
    ):
        assert words in re.search('alt="([^"]+)"', markup)[1]
    assert data(film, "video/mp4") == (films / "Toy.mp4").read_bytes()
    assert b"It rolls." in data(film, "text/vtt")
    assert 'aria-label="Toy"' in film
    assert "image/png" in notebook.cells[4].outputs[-1].data  # for exports that know no HTML


def test_a_large_film_is_named_and_not_carried(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descent.film.player.EMBEDDED", 10)
    monkeypatch.chdir(films.parent)
    assert '<source src="films/Toy.mp4" type="video/mp4">' in player(films / "Toy.mp4")


def test_text_from_elsewhere_is_escaped(films: Path) -> None:
    (films / "Toy.mp4").rename(films / "T<b>'\".gif")
    assert "<b>" not in player(films / "T<b>'\".gif", title="<script>")
    assert "<script>" not in player(films / "T<b>'\".gif", title="<script>")
    assert "<b>" not in player(films / "<b>.mp4")


def test_what_cannot_be_shown_says_why(tmp_path: Path) -> None:
    assert Run(VALLEY, partial(SGD, lr=-1), (1, 1), 3)._repr_html_().startswith("<p>torch cannot build")
    assert "too many to trace unasked" in Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 10**9)._repr_html_()
    order = RenderRequest(SceneRef(Path("own.py"), "Toy"), find_profile("preview"), "dark", tmp_path)
    assert "There is no film" in RenderResult(order)._repr_html_()
    assert RenderResult(order, error=DescentError("no <good>"))._repr_html_() == "<p>Toy: no &lt;good&gt;</p>"


def test_a_trajectory_is_shown_as_it_was_recorded() -> None:
    trajectory = trace(Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 3))
    assert "after 3 steps" in trajectory._repr_html_()
