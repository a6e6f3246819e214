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


def start(project: Path, *words: str, limit: int | None = None, **environment: str) -> subprocess.Popen[str]:
    """`descent` in a process group of its own, as a shell starts it; ``limit`` is its memory in bytes."""
    limited = "" if limit is None else f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit})); "
    command = [sys.executable, "-c", f"{limited}from descent.commands.cli import main; main()", *words]
    return subprocess.Popen(
        command,
        cwd=project,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
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


@pytest.mark.matrix
def test_two_renderings_of_one_film_at_once(project: Path) -> None:
    both = [start(project, "render", "Toy", "--profile", "preview", "--jobs", "1", "--silent") for _ in range(2)]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    with av.open(str(project / "films" / "preview" / "Toy.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
        assert frames == film.streams.video[0].frames > 10
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


def children(process: subprocess.Popen[str]) -> dict[int, str]:
    """The command lines of a process's own children."""
    found = {}
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split():
        found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def server_of(process: subprocess.Popen[str]) -> int | None:
    """The fork server that a command has started."""
    return next((pid for pid, line in children(process).items() if "forkserver" in line), None)


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")


@linux
@pytest.mark.parametrize(
    ("while_it", "number"), [("draws", signal.SIGTERM), ("starts", signal.SIGTERM), ("starts", signal.SIGHUP)]
)
@pytest.mark.few(1)
def test_a_request_to_end_leaves_no_process_and_says_nothing(project: Path, while_it: str, number: int) -> None:
    (project / "scenes" / "toy.py").write_text(SLOW, encoding="utf-8")
    process = start(project, "render", "Toy", "--profile", "preview", "--jobs", "1")
    drawing = (project / "scenes" / "drawing").exists
    try:
        assert until(drawing if while_it == "draws" else lambda: server_of(process) is not None), "it never began"
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (128 + number, "")
        assert until(lambda: ended(process.pid), 3), "a process is left"
    finally:
        if not ended(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
    assert not (project / "films").exists()


@linux
@pytest.mark.matrix
def test_a_fork_server_that_is_killed_is_told(project: Path) -> None:
    (project / "scenes" / "toy.py").write_text(SLOW, encoding="utf-8")
    process = start(project, "render", "Toy", "--profile", "preview", "--jobs", "1")
    try:
        assert until((project / "scenes" / "drawing").exists), "it never drew"
        os.kill(server_of(process), signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert errors.startswith("Error: the process that all workers are started from (Python's fork server) was")
        assert len(errors.splitlines()) == 1
        assert until(lambda: ended(process.pid)), "a process is left"
    finally:
        if not ended(process.pid):
            os.killpg(process.pid, signal.SIGKILL)


@linux
def test_too_little_memory_is_told(project: Path) -> None:
    process = start(project, "render", "Toy", "--profile", "preview", "--silent", limit=800_000_000)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the limit is 0.8 GB a process" in errors.splitlines()[-1]  # whichever process it stops first
    assert "Traceback" not in errors


def test_a_long_folder_for_temporary_files_is_told(project: Path) -> None:
    long = project / ("long" * 30)
    long.mkdir()
    process = start(project, "list", TMPDIR=str(long))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors.startswith("Error: the folder for temporary files, /")
    assert errors.endswith("set TMPDIR to a shorter one, such as /tmp.\n")
    assert len(errors.splitlines()) == 1
