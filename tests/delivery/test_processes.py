"""The command in processes of its own: two at once, and one that is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from toys import TOY

from descent.delivery.freshness import digest

SLOW = (
    TOY
    + """
    def beat_done(self, beat):
        import multiprocessing, time
        from pathlib import Path

        if multiprocessing.parent_process() is not None:
            Path(__file__).with_name("drawing").touch()
            time.sleep(600)
"""
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder as a user has it, with a film in it."""
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    return tmp_path


def start(project: Path, *words: str) -> subprocess.Popen[str]:
    """`descent` in a process group of its own, as a shell starts it."""
    command = [sys.executable, "-c", "from descent.commands.cli import main; main()", *words]
    return subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def until(holds: Callable[[], bool], seconds: float = 120) -> bool:
    """Wait for what must come, however busy the machine is."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def ended(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_two_renderings_of_one_film_at_once(project: Path) -> None:
    both = [start(project, "render", "Toy", "--profile", "preview", "--jobs", "1", "--silent") for _ in range(2)]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    with av.open(str(project / "films" / "preview" / "Toy.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
        assert frames == film.streams.video[0].frames > 20
    left = [path.name for folder in ("media/segments", "films/preview") for path in (project / folder).glob(".*")]
    assert left == []
    noted = json.loads((project / "films" / "preview" / "Toy.json").read_text(encoding="utf-8"))["files"]
    assert {name: digest(project / "films" / "preview" / name) for name in noted} == noted


def test_an_interrupt_leaves_no_half_file_and_no_process(project: Path) -> None:
    (project / "scenes" / "toy.py").write_text(SLOW, encoding="utf-8")
    process = start(project, "render", "Toy", "--profile", "preview", "--jobs", "1")
    try:
        assert until((project / "scenes" / "drawing").exists), "it never drew"
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all processes of the group
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, errors
        assert "Traceback" not in errors
        assert until(lambda: ended(process.pid)), "a process is left"
    finally:
        if not ended(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
    assert not (project / "films").exists()
    assert not [path for path in (project / "media" / "segments").iterdir() if path.name != "scenes.json"]


def test_a_killed_command_takes_its_workers_along(project: Path) -> None:
    (project / "scenes" / "toy.py").write_text(SLOW, encoding="utf-8")
    process = start(project, "render", "Toy", "--profile", "preview", "--jobs", "1")
    try:
        assert until((project / "scenes" / "drawing").exists), "it never drew"
        process.kill()
        process.communicate()
        assert until(lambda: ended(process.pid)), "a worker outlived its parent"
    finally:
        if not ended(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
