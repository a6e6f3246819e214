"""Worker processes that stay warm, survive the death of one of them, and never outlive their parent."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import Generic, TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
_ATTEMPTS = 3  # a job whose worker dies this often is given up


class Workers(Generic[_Job, _Result]):
    """Runs one function over many jobs in parallel.

    Args:
        work: The function, importable by name.
        count: How many processes.
    """

    def __init__(self, work: Callable[[_Job], _Result], count: int) -> None:
        self._work, self.count = work, count
        # A server process imports everything once; workers are forked from it, warm and without the parent's threads.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([work.__module__, "descent.delivery.warm"])

    def run(self, jobs: Sequence[_Job]) -> Iterator[tuple[_Job, _Result | Exception]]:
        """Do all jobs; yield each with its result, or the exception it ended with, as they are done.

        A worker that dies costs only the job it was doing, which is done again by a new one. When the consumer stops
        early, or the user interrupts, the workers are ended at once.
        """
        before = {child.pid for child in multiprocessing.active_children()}
        todo = deque((job, 1) for job in jobs)
        # One worker an executor: when an executor breaks, it is clear whose job broke it.
        idle = [self._worker() for _ in range(min(self.count, len(todo)))]
        running: dict[Future[_Result], tuple[ProcessPoolExecutor, _Job, int]] = {}
        try:
            while todo or running:
                while todo and idle:
                    worker, (job, attempt) = idle.pop(), todo.popleft()
                    running[worker.submit(self._work, job)] = (worker, job, attempt)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    worker, job, attempt = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        worker.shutdown()
                        worker = self._worker()
                    idle.append(worker)
                    if isinstance(error, BrokenProcessPool) and attempt < _ATTEMPTS:
                        todo.append((job, attempt + 1))
                    elif isinstance(error, Exception):
                        yield job, error
                    else:
                        yield job, future.result()
            for worker in idle:
                worker.shutdown()
        except BaseException:
            for worker in [*idle, *(worker for worker, _, _ in running.values())]:
                worker.shutdown(wait=False, cancel_futures=True)
            ours = [child for child in multiprocessing.active_children() if child.pid not in before]
            for child in ours:
                child.kill()
            for child in ours:
                child.join()
            raise

    def _worker(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=self._context, initializer=_settle)


def _settle() -> None:
    """In a worker: leave the user's interrupt to the parent, and end when the parent does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
