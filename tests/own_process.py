"""Commands in processes of their own that need not load Manim and torch anew.

One process loads these two, and nothing of descent, and is forked for every command. What a command finds is what a new
interpreter finds once it has imported them, and it ends as a program ends.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

_SERVER = """
import gc, json, os, resource, runpy, sys
import manim, torch

torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)  # which loads torch's compiler
assert not [name for name in sys.modules if name.partition(".")[0] == "descent"]
gc.collect()
gc.freeze()

def work(job):
    for name, descriptor in ((os.devnull, 0), (job["output"], 1), (job["errors"], 2)):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), descriptor)
    os.environ.clear()
    os.environ.update(job["environment"])
    if job["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["limit"], job["limit"]))
    if job["code"]:
        exec(compile(job["code"], "<code>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [job["module"], *job["words"]]
        runpy.run_module(job["module"], run_name="__main__", alter_sys=True)

for line in sys.stdin:
    job = json.loads(line)
    if isinstance(job, int):
        answer = os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])
    else:
        answer = os.fork()
        if answer == 0:
            break
    print(answer, flush=True)
else:
    sys.exit()
sys.stdin = open(os.devnull)
work(job)
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left: its exit status, negative for a signal, and what it wrote."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The process that has Manim and torch loaded."""

    server: "subprocess.Popen[str]"

    def start(
        self,
        module: str = "",
        *words: str,
        code: str = "",
        output: str | Path = os.devnull,
        errors: str | Path = os.devnull,
        limit: int | None = None,
        **environment: str,
    ) -> int:
        """Start a module as ``python -m`` does, or a text, in the project's folder.

        Args:
            module: Its name.
            words: Its arguments.
            code: A text that is executed instead.
            output: Where it writes.
            errors: Where it writes what goes wrong.
            limit: The largest file that it may write, in bytes.
            environment: What its environment has besides this one's.

        Returns:
            Its process.
        """
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        job = {"module": module, "words": words, "code": code, "limit": limit, "environment": surroundings}
        return self._ask(job | {"output": str(output), "errors": str(errors)})

    def wait(self, process: int) -> int:
        """Wait for a process to end; its exit status, negative for a signal."""
        return self._ask(process)

    def _ask(self, what: Any) -> int:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(what) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


@pytest.fixture(scope="session")
def loaded() -> Iterator[Loaded]:
    """What starts processes that have Manim and torch."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVER],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield Loaded(server)


@pytest.fixture(scope="session")
def manim_command(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ended]:
    """``manim_command("render", …)`` is Manim's own command; for its keywords see :meth:`Loaded.start`."""
    folder = tmp_path_factory.mktemp("command")
    written = {"output": folder / "output", "errors": folder / "errors"}

    def run(*words: str, **options: Any) -> Ended:
        status = loaded.wait(loaded.start("manim", *words, **written, **options))
        return Ended(status, *(path.read_text(encoding="utf-8") for path in written.values()))

    return run
