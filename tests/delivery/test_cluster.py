"""Segments drawn by workers that share nothing with this machine but an address."""

import importlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from manim import tempconfig
from own_process import Loaded
from toys import TOY, pictures

from descent.base import dask_client as dask
from descent.base.errors import DescentError
from descent.base.failures import explain
from descent.delivery import cluster
from descent.delivery.cluster import Cluster, Parcel, draw_parcel, keep
from descent.delivery.jobs import Job
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.render import render
from descent.delivery.store import SegmentStore

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

# Drawn by a worker, the film kills it after its first beat, once; planned or drawn here, it does not.
DEADLY = (
    "import colours_of_the_project\n"
    + TOY.replace("color=BLUE", "color=colours_of_the_project.MINE")
    + """
    def beat_done(self, beat):
        import os, signal

        mark = os.environ.get("DESCENT_TEST_DIES_ONCE")
        if mark:
            try:
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)
"""
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, seconds: float = 120) -> bool:
    """Wait until something listens, however busy the machine is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the worker that is killed leaves behind."""
    return tmp_path_factory.mktemp("mark") / "died"


@pytest.fixture(scope="module")
def address(mark: Path, loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, none of which started in the project's folder."""
    place = f"tcp://127.0.0.1:{free_port()}"
    folder = str(tmp_path_factory.mktemp("dask"))
    host, port = "127.0.0.1", place.rpartition(":")[2]
    processes = [
        loaded.start("distributed.cli.dask_scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-show")
    ]
    assert answers(int(port)), "the scheduler did not start"
    for _ in range(2):
        options = [
            "--no-nanny",
            "--no-dashboard",
            "--nthreads",
            "2",
            "--local-directory",
            folder,
            "--death-timeout",
            "60",
        ]
        worker = loaded.start("distributed.cli.dask_worker", place, *options, DESCENT_TEST_DIES_ONCE=str(mark))
        processes.append(worker)
    try:
        yield place
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            loaded.wait(process)


@pytest.mark.matrix
def test_a_film_from_a_cluster_that_loses_a_worker(
    toy: RenderRequest,
    made: Callable[..., RenderResult],
    address: str,
    mark: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "colours_of_the_project.py").write_text("MINE = '#56b4e9'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    toy.scene.file.write_text(DEADLY, encoding="utf-8")
    with Cluster(address) as crew:
        while crew.count < 2:
            time.sleep(0.1)
        with tempconfig({"media_dir": str(tmp_path / "media")}):
            (film,) = render([toy], tmp_path / "far", 1, crew=crew)
    assert mark.exists(), f"no worker was killed: {film}"
    assert film.error is None
    assert film.drawn == film.frames
    assert not list((tmp_path / "far").glob(".drawing-*"))
    near = replace(toy, folder=tmp_path / "near")
    made(near)
    assert np.array_equal(pictures(toy.file(".mp4")), pictures(near.file(".mp4")))


@pytest.mark.parametrize("address", ["nonsense", "tcp://nonsense", "http://127.0.0.1:1", "tcp://127.0.0.1:99999", "::"])
def test_nonsense_is_told_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "PATIENCE", 0.5)
    with pytest.raises(DescentError, match="no Dask scheduler answers at") as told:
        Cluster(address)
    assert repr(address) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100], ids=["nothing", "something else"])
@pytest.mark.matrix
def test_a_peer_that_is_no_scheduler_is_told_in_time(loaded: Loaded, tmp_path: Path, says: bytes) -> None:
    """By the command, which says one sentence and nothing after it."""
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as peer:
        place = f"tcp://127.0.0.1:{peer.getsockname()[1]}"
        held: list[socket.socket] = []

        def answer() -> None:
            held.append(peer.accept()[0])
            held[-1].sendall(says)

        threading.Thread(target=answer, daemon=True).start()
        words = ["descent", "render", "Toy", "--cluster", place]
        code = (
            f"import os, sys; os.chdir({str(tmp_path)!r}); sys.argv = {words}; "
            "from descent.base import dask_client; dask_client.PATIENCE = 0.5; from descent.cli import main; main()"
        )
        errors = tmp_path / "errors"
        status = loaded.wait(loaded.start(code=code, errors=errors))
        for connection in held:
            connection.close()
    told = errors.read_text(encoding="utf-8")
    assert status == 1
    assert told.startswith(f"Error: no Dask scheduler answers at {place!r} (")
    assert len(told.splitlines()) == 1


def test_a_silent_peer_is_waited_for_as_long_as_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dask.PATIENCE < 10
    monkeypatch.setattr(dask, "PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as peer:
        begun = time.monotonic()
        with pytest.raises(DescentError, match="nothing came within 1 s"):
            Cluster(f"tcp://127.0.0.1:{peer.getsockname()[1]}")
        assert time.monotonic() - begun < 10


def test_a_secure_connection_has_its_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    security = dask._security(importlib.import_module("distributed"), dask.Tls(*files))
    assert [security.tls_ca_file, security.tls_client_cert, security.tls_client_key] == list(map(str, files))
    with pytest.raises(DescentError, match=r"with --tls-ca, --tls-cert and --tls-key or Dask's own configuration"):
        Cluster("tls://127.0.0.1:1", dask.Tls(tmp_path / "none.pem"))


def film(path: Path, frames: int, width: int = 96) -> bytes:
    """A film of black pictures."""
    with av.open(str(path), "w") as opened:
        video = opened.add_stream("libx264", rate=15, options={"bf": "0"})
        video.width, video.height, video.pix_fmt = width, 54, "yuv420p"
        for _ in range(frames):
            opened.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((54, width, 3), np.uint8), format="rgb24")))
        opened.mux(video.encode(None))
    return path.read_bytes()


def test_only_what_was_asked_for_is_kept(tmp_path: Path) -> None:
    store, work = tmp_path / "store", tmp_path / "work"
    store.mkdir()
    size = {"pixel_width": 96, "pixel_height": 54, "frame_rate": 15}
    job = Job(SceneRef(Path("a.py"), "A"), size, {3: "key"}, store, work, 5, {}, {"key": 5})
    right = film(tmp_path / "right.mp4", 5)
    others = [], {"../../pwned": right}, {}, {"key": right, "b": right}, {"key": 3}
    odd: dict[str, tuple[object, ...]] = {
        "not the plays of A that it was asked for": others,
        "no film for play 4 of A, which has 96×54 pixels and 5 frames": ({"key": b"junk"}, {"key": b""}),
        "a film of 96×54 pixels and 4 frames": ({"key": film(tmp_path / "short.mp4", 4)},),
        "a film of 98×54 pixels and 5 frames": ({"key": film(tmp_path / "wide.mp4", 5, 98)},),
    }
    for told, answers in odd.items():
        for answer in answers:
            with pytest.raises(DescentError, match=f"answered something odd, and it was thrown away: {told}"):
                keep(job, answer)
    assert not list(store.iterdir())
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["right.mp4", "short.mp4", "wide.mp4"]
    keep(job, {"key": right})
    assert SegmentStore(store).has("key")


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "find_spec", lambda name: None)
    with pytest.raises(DescentError, match=r"pip install 'distributed>="):
        Cluster("tcp://127.0.0.1:1")


def test_a_worker_that_would_draw_another_picture_says_so() -> None:
    job = Job(SceneRef(Path("a.py"), "A"), {}, {0: "key"}, Path("store"), Path("work"), 1, {})
    parcel = Parcel(job, b"", {}, b"{}", b"", {**cluster._tools(), "manim": "0.18.0"})
    with pytest.raises(DescentError, match=r"another picture, with manim 0\.22\.0 for 0\.18\.0"):
        draw_parcel(parcel)


def test_errors_of_workers_are_told_in_sentences() -> None:
    crew = object.__new__(Cluster)
    crew._address = "tcp://host:1"
    crew._distributed = importlib.import_module("distributed")
    told = crew._told(ModuleNotFoundError("No module named 'descent'"))
    assert "No module named 'descent'" in str(explain(told))
    assert "install there" in str(told)
