"""Parts of a batch spread over threads, over processes, or over the workers of a Dask cluster."""

import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch

from descent.base.dask_client import connected
from descent.base.errors import DescentError
from descent.record.many.as_one_tensor import Way, in_lockstep
from descent.record.many.rows import Records, Rows, one_by_one

_WORTH_PROCESSES = 50_000  # steps one by one, some seconds: processes take as long to start


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Rows of a batch that are traced at once.

    Attributes:
        where: Their places in the batch.
        rows: What to trace.
        way: How.
        device: Where torch computes.
    """

    where: slice
    rows: Rows
    way: Way
    device: str = "cpu"


def trace_share(part: Share) -> Records:
    """Trace a part."""
    if part.way is Way.ALONE:
        return one_by_one(part.rows)
    return in_lockstep(part.rows, part.way, part.device)


def spread(parts: Sequence[Share], workers: int, cluster: str | None = None) -> Iterator[tuple[Share, Records]]:
    """Trace parts side by side; yield each with its records, as they are done.

    Those traced as one tensor share this process, a thread each, and torch's own threads are off meanwhile. Those
    traced one by one get processes, where there is enough to do and the surface can be sent to another process.

    Args:
        parts: What to trace, all in one way.
        workers: How many at a time.
        cluster: The address of a Dask scheduler, to trace them there.

    Raises:
        DescentError: If torch refuses a part, or the cluster does not answer.
    """
    if cluster is not None:
        yield from _on_cluster(parts, cluster)
    elif parts[0].way is not Way.ALONE:
        yield from _in_threads(parts, workers)
    elif _worth_processes(parts):
        yield from _in_processes(parts, workers)
    else:
        yield from ((part, trace_share(part)) for part in parts)


def _in_threads(parts: Sequence[Share], workers: int) -> Iterator[tuple[Share, Records]]:
    with one_thread_each(), ThreadPoolExecutor(workers) as pool:
        try:
            futures = {pool.submit(trace_share, part): part for part in parts}
            for future in as_completed(futures):
                yield futures.pop(future), future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Torch without threads of its own: on tensors that fit a processor's cache they mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _worth_processes(parts: Sequence[Share]) -> bool:
    run = parts[0].rows.run
    if sum(len(part.rows) for part in parts) * run.steps < _WORTH_PROCESSES:
        return False
    try:
        pickle.dumps(run)
    except Exception:  # a lambda, or a function of the notebook's: this process knows it
        return False
    return True


def _in_processes(parts: Sequence[Share], workers: int) -> Iterator[tuple[Share, Records]]:
    from descent.base.workers import Workers

    with Workers(workers, __name__, script=True) as processes:
        for part, result in processes.run(trace_share, parts):
            if isinstance(result, DescentError):
                raise result
            # A worker that cannot begin, as in a script without a guard of its main module, leaves the work to us.
            yield part, trace_share(part) if isinstance(result, Exception) else result


def _on_cluster(parts: Sequence[Share], address: str) -> Iterator[tuple[Share, Records]]:
    client = connected(address)
    distributed: Any = import_module("distributed")
    with client:
        waiting = {client.submit(trace_share, part, pure=False): part for part in parts}
        for future in distributed.as_completed(list(waiting), loop=client.loop):
            yield waiting.pop(future), future.result()
