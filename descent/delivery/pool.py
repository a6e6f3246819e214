"""Worker processes that stay warm, survive the death of one of them, and never outlive their parent."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
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
        self._work, self._count = work, count
        # A server process imports everything once; workers are forked from it, warm and without the parent's threads.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([work.__module__])

    def run(self, jobs: Sequence[_Job]) -> Iterator[tuple[_Job, _Result | Exception]]:
        """Do all jobs; yield each with its result, or the exception it ended with, as they are done.

        A worker that dies costs only the jobs it was doing, which are done again. When the consumer stops early, or
        the user interrupts, the workers are ended at once.
        """
        todo = {id(job): (job, 1) for job in jobs}
        while todo:
            lost: dict[int, tuple[_Job, int]] = {}
            with self._executor() as executor:
                futures: dict[Future[_Result], int] = {
                    executor.submit(self._work, job): key for key, (job, _) in todo.items()
                }
                running = set(futures)
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        key = futures[future]
                        job, attempt = todo[key]
                        error = future.exception()
                        if isinstance(error, BrokenProcessPool) and attempt < _ATTEMPTS:
                            lost[key] = (job, attempt + 1)
                        elif isinstance(error, Exception):
                            yield job, error
                        else:
                            yield job, future.result()
            todo = lost

    @contextmanager
    def _executor(self) -> Iterator[ProcessPoolExecutor]:
        before = {child.pid for child in multiprocessing.active_children()}
        executor = ProcessPoolExecutor(self._count, mp_context=self._context)
        try:
            yield executor
            executor.shutdown()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            ours = [child for child in multiprocessing.active_children() if child.pid not in before]
            for child in ours:
                child.kill()
            for child in ours:
                child.join()
            raise
