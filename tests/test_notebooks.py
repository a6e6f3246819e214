"""Runs, schedules, figures and films show themselves in a notebook, which is executed here."""

import base64
import io
import re
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import av
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image
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
    "BIRD",
    "import descent\ndescent.figure(lambda x, y: x**2 + 10 * y**2, [partial(SGD, lr=0.05)], start=(2, 1), steps=5)",
    """
from pathlib import Path
from descent.delivery.orders import RenderResult, RenderRequest, SceneRef
from descent.delivery.profiles import find_profile
RenderResult(RenderRequest(SceneRef(Path("own.py"), "Toy"), find_profile("preview"), "dark", Path("films")), 3, 3)
""",
]

MISTAKES = [
    "Run(BIRD, partial(SGD), (50, 50), 5)",
    "descent.animate(lambda x, y: x * y, 3)",
    "1 / 0",
    """
from descent.base.progress import progress
with progress() as told:
    told(1, 4, "drawing <b>")
    told(2, 4, "drawing <b>")
    bar = told
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


@pytest.mark.matrix
def test_everything_shows_itself_once_and_small_and_mistakes_are_one_line(films: Path) -> None:
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in (*CELLS, *MISTAKES)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    at = {"metadata": {"path": str(films.parent)}}
    NotebookClient(notebook, timeout=300, allow_errors=True, resources=at).execute()
    *figures, film = [cell.outputs[-1] for cell in notebook.cells[: len(CELLS)]]
    words = ["SGD lr 0.01", "SGD", "ExponentialLR gamma 0.9", "0.1", "Map of the loss", "Lowest minimum", "lr 0.05"]
    for figure, told in zip(figures, words, strict=True):
        assert sorted(figure.data) == ["image/png", "text/plain"]
        assert told in figure.data["text/plain"]
        kept = figure.metadata["image/png"]
        assert kept["alt"] == figure.data["text/plain"]
        with Image.open(io.BytesIO(base64.b64decode(figure.data["image/png"]))) as picture:
            assert kept["width"] == pytest.approx(picture.width / 1.44, abs=1)
        assert len(figure.data["image/png"]) < 200_000
    pictures = [figure.data["image/png"] for figure in figures]
    assert pictures[0] == pictures[1] == pictures[4]
    assert pictures[2] == pictures[3]
    film = film.data["text/html"]
    assert data(film, "video/mp4") == (films / "Toy.mp4").read_bytes()
    assert b"It rolls." in data(film, "text/vtt")
    assert 'aria-label="Toy"' in film
    outside, neither, bug, bar = [cell.outputs for cell in notebook.cells[len(CELLS) :]]
    assert outside[-1].traceback[0].startswith("DescentError: The start (50, 50) is outside the view")
    assert neither[-1].traceback[0].startswith("DescentError: 3 is neither a loss nor a run: a loss is a Surface")
    assert len(outside[-1].traceback) == len(neither[-1].traceback) == 1
    assert len(bug[-1].traceback) > 1
    assert [output.data for output in bar] == [{"text/html": ""}]  # a bar that is over leaves nothing


def test_a_large_film_is_named_and_not_carried(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descent.film.player.EMBEDDED", 10)
    monkeypatch.chdir(films.parent)
    assert '<source src="films/Toy.mp4" type="video/mp4">' in player(films / "Toy.mp4")


def test_text_from_elsewhere_is_escaped(films: Path) -> None:
    (films / "Toy.mp4").rename(films / "T<b>'\".gif")
    assert "<b>" not in player(films / "T<b>'\".gif", title="<script>")
    assert "<script>" not in player(films / "T<b>'\".gif", title="<script>")
    assert player(films / "T<b>'\".gif", remarks=["a < b"]).endswith("<p>a &lt; b</p>")
    assert "<b>" not in player(films / "<b>.mp4")


def test_what_cannot_be_shown_says_why(tmp_path: Path) -> None:
    for run, why in (
        (Run(VALLEY, partial(SGD, lr=-1), (1, 1), 3), "torch cannot build"),
        (Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 10**9), "SGD  lr 0.1, 1,000,000,000 steps: too many to trace"),
    ):
        told, _ = run._repr_mimebundle_()
        assert list(told) == ["text/plain"]
        assert told["text/plain"].startswith(why)
    order = RenderRequest(SceneRef(Path("own.py"), "Toy"), find_profile("preview"), "dark", tmp_path)
    assert "There is no film" in RenderResult(order)._repr_html_()
    assert RenderResult(order, error=DescentError("no <good>"))._repr_html_() == "<p>Toy: no &lt;good&gt;</p>"


def test_a_trajectory_is_shown_as_it_was_recorded() -> None:
    trajectory = trace(Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 3))
    assert "after 3 steps" in trajectory._repr_mimebundle_()[0]["text/plain"]


def test_ipython_in_a_terminal_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = SimpleNamespace(display_formatter=SimpleNamespace(active_types=["text/plain"]))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert VALLEY._repr_mimebundle_() is None
