"""Manim's command in processes of their own that need not load Manim and torch anew.

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
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.environ.clear()
    os.environ.update(job["environment"])
    if job["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["limit"], job["limit"]))
    if job["code"]:
        exec(compile(job["code"], "<code>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = ["manim", *job["words"]]
        runpy.run_module("manim", run_name="__main__", alter_sys=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
work(json.loads(line))
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left: its exit status, negative for a signal, and what it wrote."""

    status: int
    output: str
    errors: str


@pytest.fixture(scope="session")
def manim_command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Ended]]:
    """``manim_command("render", …)`` in the project's folder, or ``manim_command(code=…)``.

    ``limit`` is the largest file that may be written, in bytes; other keywords go into the environment.
    """
    folder = tmp_path_factory.mktemp("command")
    told = {name: folder / name for name in ("stdout", "stderr")}
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVER],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:

        def run(*words: str, code: str = "", limit: int | None = None, **environment: str) -> Ended:
            surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
            job = {"code": code, "words": words, "limit": limit, "environment": surroundings}
            print(json.dumps(job | {name: str(path) for name, path in told.items()}), file=server.stdin, flush=True)
            status = int(server.stdout.readline())
            return Ended(status, *(path.read_text(encoding="utf-8") for path in told.values()))

        yield run
