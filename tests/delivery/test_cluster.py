"""Segments drawn by workers that share nothing with this machine but an address."""

import importlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from manim import tempconfig
from toys import TOY, pictures

from descent.base.errors import DescentError
from descent.base.failures import explain
from descent.delivery import cluster
from descent.delivery.cluster import Cluster, Parcel, draw_parcel
from descent.delivery.jobs import Job
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.render import render

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


def started(*words: str, **environment: str) -> subprocess.Popen[bytes]:
    """A part of Dask as a process of its own, in a folder of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the worker that is killed leaves behind."""
    return tmp_path_factory.mktemp("mark") / "died"


@pytest.fixture(scope="module")
def address(mark: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, none of which started in the project's folder."""
    place = f"tcp://127.0.0.1:{free_port()}"
    folder = str(tmp_path_factory.mktemp("dask"))
    host, port = "127.0.0.1", place.rpartition(":")[2]
    processes = [started("dask_scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-show")]
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
        processes.append(started("dask_worker", place, *options, DESCENT_TEST_DIES_ONCE=str(mark)))
    try:
        yield place
    finally:
        for process in processes:
            process.kill()
            process.wait()


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


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    place = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(DescentError, match="no Dask scheduler answers at") as told:
        Cluster(place)
    assert place in str(told.value)
    assert "\n" not in str(told.value)
    with pytest.raises(DescentError, match="no Dask scheduler answers at 'nonsense'"):
        Cluster("nonsense")


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(DescentError, match=r"pip install 'descent-films\[cluster\]'"):
        Cluster("tcp://127.0.0.1:1")


def test_a_worker_that_would_draw_another_picture_says_so() -> None:
    job = Job(SceneRef(Path("a.py"), "A"), {}, {0: "key"}, Path("store"), Path("work"), 1, {})
    parcel = Parcel(job, b"", {}, b"{}", {**cluster._tools(), "manim": "0.18.0"})
    with pytest.raises(DescentError, match=r"another picture, with manim 0\.22\.0 for 0\.18\.0"):
        draw_parcel(parcel)


def test_errors_of_workers_are_told_in_sentences() -> None:
    crew = object.__new__(Cluster)
    crew._address = "tcp://host:1"
    crew._distributed = importlib.import_module("distributed")
    told = crew._told(ModuleNotFoundError("No module named 'descent'"))
    assert "No module named 'descent'" in str(explain(told))
    assert "install there" in str(told)
