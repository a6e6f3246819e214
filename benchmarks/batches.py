"""Basin maps: every start of a grid as one tensor, beside the loop of single runs that a user would write."""

from functools import partial

from torch.optim import SGD, AdamW, RMSprop

from benchmarks import Row
from benchmarks.measure import call
from descent import BIRD, Run, trace
from descent.record.many.batches import grid_of_starts, trace_batch

STEPS = 100


def run(quick: bool) -> list[Row]:
    """Measure; the loop is extrapolated from some of its runs, made in this same process."""
    side, singles = (100, 3) if quick else (1000, 30)
    rows = []
    for optimizer in (partial(SGD, lr=0.01, momentum=0.6), partial(RMSprop, lr=0.3), partial(AdamW, lr=0.5)):
        job = Run(BIRD, optimizer, (-12, 10), STEPS)
        _, _, starts = grid_of_starts(job, (side, side))
        trace(job)  # torch loads its optimizers with the first
        what = f"basin map of {side} × {side} starts, {STEPS} steps of {' '.join(job.label.split())}"
        _, ours = call(lambda job=job, starts=starts: trace_batch(job, starts))  # type: ignore[misc]
        _, loop = call(lambda job=job: [trace(job) for _ in range(singles)])  # type: ignore[misc]
        times, loop_of = len(starts) / singles, f"a loop, extrapolated from {singles} runs"
        rows += [
            Row(what, "one tensor", ours.wall, ours.cpu, shown=optimizer.func is SGD),
            Row(what, loop_of, loop.wall * times, loop.cpu * times, shown=optimizer.func is SGD),
        ]
    return rows
