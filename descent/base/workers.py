"""Worker processes that stay warm, survive the death of one of them, and never outlive their parent."""

import multiprocessing
import os
import pickle
import select
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from importlib import import_module
from multiprocessing.connection import wait as wait_for
from multiprocessing.process import BaseProcess
from typing import Any, Self, TypeVar

from descent.base.errors import DescentError
from descent.base.failures import needed_memory

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
_WARM = "descent.delivery.preload"
_TICK = 0.5  # seconds
_ATTEMPTS = 3  # a job whose worker dies this often is given up
_SERVER_DIED = (
    "the process that all workers are started from (Python's fork server) was killed or failed to start; "
    f"{needed_memory()}. What was drawn so far is kept."
)
_JOBS = 8  # a worker makes room for a new one after so many, for each film leaves something in memory


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, and how many jobs it has done. An executor of its own tells whose job broke it."""

    executor: ProcessPoolExecutor
    jobs: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _Task:
    """Something to do: the lowest rank first, and of one rank what was added first."""

    rank: tuple[int, ...]
    number: int
    work: Callable[[Any], Any] = field(compare=False)
    job: Any = field(compare=False)
    attempt: int = field(default=1, compare=False)


class Queue:
    """What workers are to do; more may be added while they do it.

    >>> queue = Queue()
    >>> queue.add(abs, -1, (2,)), queue.add(abs, -2, (1,)), queue.pop().job
    (None, None, -2)
    """

    def __init__(self) -> None:
        self._tasks: list[_Task] = []
        self._added = 0

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def add(self, work: Callable[[_Job], Any], job: _Job, rank: tuple[int, ...] = ()) -> None:
        """Add something to do.

        Args:
            work: What is done to the job; a function that can be imported by its name.
            job: What it is done to.
            rank: What has a lower one is done first.
        """
        self._added += 1
        heappush(self._tasks, _Task(rank, self._added, work, job))

    def again(self, task: _Task) -> None:
        """Put back what was not done, behind what waits in its rank."""
        self._added += 1
        heappush(self._tasks, replace(task, number=self._added, attempt=task.attempt + 1))

    def pop(self) -> _Task:
        """Take what is to be done first."""
        return heappop(self._tasks)


class Workers:
    """Processes that do jobs in parallel; a context manager, which ends them.

    Args:
        count: How many at most; they are started as they are needed.
        warm: A module that is imported once in the process that all workers are forked from. The first pool of a
            process decides. Where the system cannot fork, as on Windows, every worker imports it as it starts.
        script: Whether jobs need what the user's script defines, so that workers execute it too; it must guard what
            it does with ``if __name__ == "__main__"`` then.
    """

    def __init__(self, count: int, warm: str = _WARM, *, script: bool = False) -> None:
        self.count = count
        self._main = nullcontext if script else _no_script
        # A server process imports everything once; workers are forked from it, without the parent's threads.
        method = start_method()
        self._context: Any = multiprocessing.get_context(method)
        self._warm = warm if method == "spawn" else ""
        if method == "forkserver":
            self._context.set_forkserver_preload([warm])
        self._idle: list[_Worker] = []
        self._others = {child.pid for child in multiprocessing.active_children()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for worker in self._idle:
            worker.executor.shutdown(wait=error is None, cancel_futures=True)
        if error is not None:
            self._kill()

    def run(self, work: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> Iterator[tuple[_Job, _Result | Exception]]:
        """Do all jobs; yield each with its result, or the exception it ended with, as they are done.

        Args:
            work: What is done to a job; a function that can be imported by its name.
            jobs: The jobs.
        """
        queue = Queue()
        for job in jobs:
            queue.add(work, job)
        return self.work_off(queue)

    def work_off(self, queue: "Queue", tick: Callable[[], object] = lambda: None) -> Iterator[tuple[Any, Any]]:
        """Do what is in a queue until it is empty; yield each job with its result, or the exception it ended with.

        Who takes the results may add more meanwhile. A worker that dies costs only the job it was doing, which is done
        again by a new one. When the consumer stops early, or the user interrupts, the workers are ended at once.

        Args:
            queue: What to do.
            tick: Called now and then while they are at it.
        """
        running: dict[Future[Any], tuple[_Worker, _Task]] = {}
        try:
            while queue or running:
                while queue and len(running) < self.count:
                    worker, task = self._idle.pop() if self._idle else self._worker(), queue.pop()
                    with self._main(), _telling_of_the_server():  # a worker's process starts with its first job
                        packed = pickle.dumps((task.work, task.job))
                        running[worker.executor.submit(_perform, packed)] = (worker, task)
                done, _ = wait(running, _TICK, FIRST_COMPLETED)
                tick()
                for future in done:
                    worker, task = running.pop(future)
                    worker.jobs += 1
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool) and server_is_dead():
                        raise DescentError(_SERVER_DIED)
                    if isinstance(error, BrokenProcessPool) or worker.jobs == _JOBS:
                        worker.executor.shutdown()
                    else:
                        self._idle.append(worker)
                    if isinstance(error, BrokenProcessPool) and task.attempt < _ATTEMPTS:
                        queue.again(task)
                    elif isinstance(error, BrokenProcessPool):
                        yield task.job, DescentError(f"its process died {_ATTEMPTS} times; {needed_memory()}.")
                    elif isinstance(error, Exception):
                        yield task.job, error
                    else:
                        yield task.job, future.result()
        except BaseException:
            self._kill()
            for worker, _ in running.values():
                worker.executor.shutdown(cancel_futures=True)
            raise

    def _kill(self) -> None:
        ours = [child for child in multiprocessing.active_children() if child.pid not in self._others]
        for child in ours:
            child.kill()
        for child in ours:
            child.join()
        self._idle.clear()

    def _worker(self) -> _Worker:
        environment = dict(os.environ)
        return _Worker(ProcessPoolExecutor(1, self._context, initializer=_settle, initargs=(environment, self._warm)))


def start_method() -> str:
    """How workers are started: forked from a server that has loaded everything, or anew where a system cannot fork."""
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def _server() -> Any:
    """Python's fork server, as far as this process knows it."""
    return import_module("multiprocessing.forkserver")._forkserver


def warm_process(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start one process from the warm server, for work that goes on; who starts it ends it.

    Args:
        work: What it does; a function that can be imported by its name. The process has one thread and may fork.
        arguments: What that is given.

    Raises:
        DescentError: If no process can be started.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_WARM])
    process = context.Process(target=_settled, args=(dict(os.environ), work, arguments), daemon=True)
    with _no_script(), _telling_of_the_server():
        process.start()
    return process


def server_is_dead() -> bool:
    """Whether the process that workers are forked from has been started and is no more."""
    if start_method() == "spawn":
        return False
    alive = _server()._forkserver_alive_fd
    if alive is None:
        return False
    poll = select.poll()
    poll.register(alive, 0)
    return bool(poll.poll(0))  # a pipe that nobody reads is an error


def end_server() -> None:
    """End the process that workers are forked from, whatever it is doing, before this one ends."""
    if start_method() == "forkserver" and _server()._forkserver_pid is not None and not server_is_dead():
        os.kill(_server()._forkserver_pid, signal.SIGKILL)


@contextmanager
def _telling_of_the_server() -> Iterator[None]:
    """Say in a sentence why no process can be started."""
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise DescentError(_SERVER_DIED) from error
    except OSError as error:
        if "AF_UNIX" not in str(error):
            raise
        raise DescentError(
            f"the folder for temporary files, {tempfile.gettempdir()}, has too long a name for the system's sockets; "
            "set TMPDIR to a shorter one, such as /tmp."
        ) from error


@contextmanager
def _no_script() -> Iterator[None]:
    """What is started meanwhile knows nothing of the user's script."""
    main: dict[str, Any] = vars(sys.modules["__main__"])
    hidden = {name: main.pop(name) for name in ("__file__", "__spec__") if name in main}
    main["__spec__"] = None
    try:
        yield
    finally:
        for name, value in hidden.items():
            main[name] = value


def _perform(packed: bytes) -> Any:
    """Unpack some work in a worker and do it: where what it needs fails to load, that is its outcome."""
    work, job = pickle.loads(packed)
    return work(job)


def _settled(environment: Mapping[str, str], work: Callable[..., None], arguments: Sequence[Any]) -> None:
    _take(environment)
    work(*arguments)


def _settle(environment: Mapping[str, str], warm: str) -> None:
    """In a worker: take the parent's environment, leave the user's interrupt to it, and end when it does.

    Then import what is warm, where no server did; what is missing is told by the job that needs it, as by the server.
    """
    _take(environment)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()
    if warm:
        with suppress(ImportError):
            import_module(warm)


def _take(environment: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]  # the server's are of when it was started
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.dont_write_bytecode = True  # what is edited within a second would be taken for the same later


def _follow(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
