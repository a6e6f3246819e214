"""`descent watch`: how long it takes from a hand's move, and from a save, to the picture, at 720p."""

import json
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import Row
from benchmarks.films import ROOT
from descent.delivery.watch.server import need_server

FILMS = {"MomentumEscapes": "momentum.py", "MomentumEscapes3D": "landscapes.py"}
_TITLE = re.compile(r'^    title = "(.*)"$', re.MULTILINE)


def run(quick: bool) -> list[Row]:
    """Drag to random frames of which none was drawn before, then to the same again, and save the file."""
    need_server()
    rows: list[Row] = []
    for film, file in list(FILMS.items())[: 1 if quick else 2]:
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            folder = Path(name)
            shutil.copytree(ROOT / "scenes", folder / "scenes")
            shutil.copytree(ROOT / "assets", folder / "assets", ignore=shutil.ignore_patterns("gallery"))
            shutil.copyfile(ROOT / "manim.cfg", folder / "manim.cfg")
            with _watched(folder, film) as page:
                rows += _measured(page, film, folder / "scenes" / file, 12 if quick else 60, 2 if quick else 7)
    return rows


def _measured(page: "_Page", film: str, file: Path, drags: int, saves: int) -> list[Row]:
    page.until("film")
    frames = max(first + count for first, count, _ in page.film["plays"])
    for first, _, _ in page.film["plays"]:  # after warm-up: every play has drawn once
        page.picture(first)
    chosen = random.Random(1).sample(range(frames), drags)
    drawn, kept = ([page.picture(frame) for frame in chosen] for _ in range(2))
    what = f"a drag to a frame of {film}, 1280 × 720"
    rows = [
        Row(what, f"{way}, {share}", _share(times, part))
        for way, times in (("drawn now", drawn), ("drawn before", kept))
        for share, part in (("median", 0.5), ("95th percentile", 0.95))
    ]
    source, saved = file.read_text(encoding="utf-8"), []
    place = source.index(f"class {film}(")
    for number in range(saves):
        changed = source[:place] + _TITLE.sub(rf'    title = "\1 {number}"', source[place:], count=1)
        file.write_text(changed, encoding="utf-8")
        start = time.perf_counter()
        page.until("fresh")
        page.picture(chosen[0])
        saved.append(time.perf_counter() - start)
        time.sleep(3)
    what = f"from saving {film} with another title to its picture, 1280 × 720"
    return [*rows, Row(what, "median", _share(saved, 0.5)), Row(what, "slowest", max(saved))]


def _share(times: list[float], part: float) -> float:
    return statistics.median(times) if part == 0.5 else sorted(times)[min(round(part * len(times)), len(times) - 1)]


class _Page:
    """The page's connection, without the page."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.film: dict[str, Any] = {}

    def until(self, kind: str) -> None:
        """Wait until it is told something of a kind."""
        while True:
            message = self._socket.recv(120)
            if isinstance(message, str):
                told = json.loads(message)
                self.film = told if told["type"] == "film" else self.film
                if told["type"] == kind:
                    return

    def picture(self, frame: int) -> float:
        """Ask for a frame; the seconds until it is here."""
        start = time.perf_counter()
        self._socket.send(json.dumps({"theme": "dark", "frames": [frame]}))
        while True:
            message = self._socket.recv(120)
            if isinstance(message, bytes):
                size = int.from_bytes(message[:4], "big")
                if json.loads(message[4 : 4 + size])["frame"] == frame:
                    return time.perf_counter() - start


@contextmanager
def _watched(folder: Path, film: str) -> Iterator[_Page]:
    from websockets.sync.client import connect

    command = [sys.executable, "-m", "descent", "watch", film, "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            address = urlsplit(process.stdout.readline().split()[-1])
            url = f"ws://{address.netloc}{address.path}live"
            with connect(url, origin=f"http://{address.netloc}", proxy=None, max_size=None) as socket:  # type: ignore[arg-type]
                yield _Page(socket)
        finally:
            process.send_signal(signal.SIGINT)
