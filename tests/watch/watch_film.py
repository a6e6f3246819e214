"""A film being watched, in a process of its own."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[2]
FILM = """
from manim import BLUE, LEFT, RIGHT, Square

from descent.stage import LectureScene


class Toy(LectureScene):
    title = "A toy"

    def construct(self):
        square = Square(color=BLUE, fill_opacity=1).shift(3 * LEFT)
        self.add(square)
        with self.voiceover("One.", "First"):
            self.play(square.animate.shift(3 * RIGHT), run_time=1.2)
        with self.voiceover("Two.", "Second"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.8)
"""
"""A blue square crosses the frame."""


@dataclass(frozen=True)
class Watching:
    """The command, and where its page is."""

    process: "subprocess.Popen[str]"
    address: str
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "scenes" / "toy.py"

    def save(self, text: str) -> None:
        """As an editor does: a new file takes the old one's place."""
        beside = self.file.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.file)


def start(folder: Path, *words: str, **environment: str) -> Watching:
    """Start the command and wait for its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from descent.commands.cli import main; main()", "watch", *words, "--port", "0"],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said = process.stdout.readline()
    found = re.search(r"http://\S+/", said)
    assert found, said + process.stderr.read()
    return Watching(process, found[0], folder)


def end(process: "subprocess.Popen[str]") -> str:
    """Interrupt it as a terminal does, and what it said of that."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        return process.communicate(timeout=30)[1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for what must come, however busy the machine is."""
    last = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < last:
        time.sleep(0.05)
    return found


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("w")
    (folder / "scenes").mkdir()
    (folder / "assets").mkdir()
    (folder / "scenes" / "toy.py").write_text(FILM, encoding="utf-8")
    table = {"hibari:heart": {"One.": 0.6, "Two.": 0.6, "Three.": 0.6}}
    (folder / "assets" / "narration.json").write_text(json.dumps(table), encoding="utf-8")
    (folder / "manim.cfg").write_text("[CLI]\nassets_dir = assets\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def watching(project: Path) -> Iterator[Watching]:
    """The toy being watched, by all tests."""
    found = start(project, "Toy", "--profile", "preview")
    yield found
    end(found.process)


@pytest.fixture
def film(watching: Watching) -> Iterator[Watching]:
    """The same, with the file as it was before whatever a test saved."""
    yield watching
    if watching.file.read_text(encoding="utf-8") != FILM:
        watching.save(FILM)


READY = """() => document.documentElement.dataset.state === "ready" && document.querySelector("#title").textContent"""
DRAWN = """() => [...document.querySelectorAll("figure:not([hidden]) canvas")].every(
    canvas => canvas.dataset.frame === document.documentElement.dataset.frame)"""


def open_page(page: Page, address: str) -> Page:
    """Open the page and wait for its first picture."""
    page.set_default_timeout(120_000)  # a busy machine is slow; what never comes is told all the same
    page.goto(address)
    page.wait_for_function(READY)
    page.wait_for_function(DRAWN)
    return page


def blue(page: Page, theme: str = "dark") -> float:
    """Where the middle of the blue square is, as a share of the picture's width."""
    found = page.evaluate(
        """theme => { const canvas = document.querySelector(`[data-theme="${theme}"] canvas`);
        const {width, height} = canvas, row = Math.floor(height / 2);
        const line = canvas.getContext("2d").getImageData(0, row, width, 1).data;
        const hit = []; for (let x = 0; x < width; x++)
          if (line[4 * x + 2] > line[4 * x] + 60) hit.push(x);
        return hit.length ? (hit[0] + hit[hit.length - 1]) / 2 / width : -1; }""",
        theme,
    )
    return float(found)


@dataclass
class Ear:
    """The page's connection, without the page."""

    socket: ClientConnection

    def told(self, kind: str) -> dict[str, Any]:
        """The next thing of a kind that it is told."""
        while True:
            message = self.socket.recv(60)
            if isinstance(message, str) and (found := json.loads(message))["type"] == kind:
                return found

    def picture(self, frame: int, theme: str = "dark") -> Image.Image:
        """A frame, as it is drawn now."""
        wanted = json.dumps({"theme": theme, "frames": [frame]})
        self.socket.send(wanted)
        while True:
            message = self.socket.recv(60)
            if isinstance(message, str):
                told = json.loads(message)
                assert told["type"] != "undrawn", message
                if told["type"] == "fresh" and told["theme"] == theme:
                    self.socket.send(wanted)
                continue
            size = int.from_bytes(message[:4], "big")
            header = json.loads(message[4 : 4 + size])
            if (header["theme"], header["frame"]) == (theme, frame):
                return Image.open(io.BytesIO(message[4 + size :])).convert("RGB")


@contextmanager
def listening(address: str) -> Iterator[Ear]:
    """Listen as a page does."""
    place = urlsplit(address)
    url = f"ws://{place.netloc}{place.path}live"
    with connect(url, origin=f"http://{place.netloc}", proxy=None, max_size=None) as socket:
        yield Ear(socket)
