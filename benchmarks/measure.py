"""Time, processor time and peak memory of a command with all its processes, or of a call."""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from descent.base.errors import DescentError

_Result = TypeVar("_Result")
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


@dataclass(frozen=True, slots=True)
class Cost:
    """What work cost.

    Attributes:
        wall: Seconds.
        cpu: Processor seconds of all processes; None where they were not measured.
        memory: Peak megabytes of the largest process; None where it was not measured.
    """

    wall: float
    cpu: float | None = None
    memory: float | None = None


def call(work: Callable[[], _Result]) -> tuple[_Result, Cost]:
    """Measure a call in this process; memory, which never shrinks, is not measured."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Cost(time.perf_counter() - wall, time.process_time() - cpu)


def command(
    arguments: Sequence[str | Path | int], environment: Mapping[str, str] | None = None, folder: Path = Path()
) -> Cost:
    """Measure a command with every process it starts, those that outlive it too.

    Args:
        arguments: The command and its arguments.
        environment: Variables to add.
        folder: Where to run it.

    Raises:
        DescentError: If the command fails; the end of what it said is given.
    """
    watched = [sys.executable, __file__, *map(str, arguments)]
    settings = {**os.environ, **(environment or {})}
    done = subprocess.run(watched, env=settings, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise DescentError(f"{' '.join(map(str, arguments))} failed: {done.stderr.strip()[-500:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _watch(arguments: Sequence[str]) -> int:
    """Run a command, wait for all its descendants, and print what they cost as the last line."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # orphans become ours, so that they are counted
    start = time.perf_counter()
    code = subprocess.run(arguments, stdout=sys.stderr).returncode
    wall = time.perf_counter() - start
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / unit}))
    return code


if __name__ == "__main__":
    raise SystemExit(_watch(sys.argv[1:]))
