"""Workers where a system cannot fork: started anew, and as safe as those that are forked from a server."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from descent.base import workers
from descent.base.workers import Workers

ROOT = Path(__file__).parents[2]
WARM = "fractions"  # a module that little else loads
PARENT = """
import multiprocessing, sys
multiprocessing.get_all_start_methods = lambda: ["spawn"]
from descent.base.workers import Workers
import test_spawned_workers
if __name__ != "__main__":
    raise SystemExit("a worker executed its parent's script")
for _ in Workers(1, "json").run(test_spawned_workers.waits, [sys.argv[1]]):
    pass
"""


@pytest.fixture(autouse=True)
def cannot_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])


def dies_once(mark: str) -> str:
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return mark
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def seen(name: str) -> tuple[str | None, bool, bool, str]:
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return os.environ.get(name), WARM in sys.modules, ignored, multiprocessing.get_start_method()


def waits(mark: str) -> None:
    Path(mark).write_text(str(os.getpid()))
    time.sleep(60)


def test_a_killed_worker_costs_only_its_job(tmp_path: Path) -> None:
    jobs = [str(tmp_path / name) for name in "ab"]
    with Workers(2, "json") as pool:
        assert dict(pool.run(dies_once, jobs)) == {job: job for job in jobs}
    assert multiprocessing.active_children() == []


def test_workers_are_warm_have_the_environment_of_now_and_leave_the_interrupt_to_their_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DESCENT_VOICE", "silence")
    with Workers(1, WARM) as pool:
        assert list(pool.run(seen, ["DESCENT_VOICE"])) == [("DESCENT_VOICE", ("silence", True, True, "spawn"))]


def test_what_cannot_be_loaded_before_is_told_by_the_job(tmp_path: Path) -> None:
    with Workers(1, "no_such_module_at_all") as pool:
        ((_, outcome),) = pool.run(seen, ["DESCENT_VOICE"])
    assert isinstance(outcome, tuple)


def test_there_is_no_server_to_die_or_to_end() -> None:
    assert not workers.server_is_dead()
    workers.end_server()


def lives(process: int) -> bool:
    """Whether a process is there and not merely unburied."""
    command = Path(f"/proc/{process}/cmdline")
    return command.exists() and bool(command.read_bytes())


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up in /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script, mark = tmp_path / "parent.py", tmp_path / "worker"
    script.write_text(PARENT)
    path = f"{ROOT}{os.pathsep}{Path(__file__).parent}"
    surroundings = os.environ | {"PYTHONPATH": path}
    command = [sys.executable, str(script), str(mark)]
    with subprocess.Popen(command, env=surroundings, stderr=subprocess.DEVNULL) as parent:
        end = time.monotonic() + 60
        while not (mark.is_file() and mark.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
        worker = int(mark.read_text())
        parent.kill()
    end = time.monotonic() + 20  # it would wait for a minute
    while lives(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not lives(worker)
