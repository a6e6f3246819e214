"""What a race is told from is traced once a process, however often it is asked for and in whatever view."""

from dataclasses import replace

import pytest

from descent.animate.problem import Entry, Problem
from descent.record import trajectories


@pytest.mark.parametrize(
    "problem",
    [
        Problem((Entry("SGD(lr=0.01)", (-12.0, 10.0), 9), Entry("Adam(lr=0.1)", (-12.0, 10.0), 9)), "bird"),
        Problem((Entry("SGD(lr=0.003)", (0.0, 0.0), 7),), points=((0.0, 1.0), (1.0, 3.5), (2.0, 5.0))),
    ],
    ids=["a surface", "data"],
)
def test_each_run_is_traced_once(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    trace, count = trajectories.trace, 0

    def counting(run):
        nonlocal count
        count += 1
        return trace(run)

    monkeypatch.setattr(trajectories, "trace", counting)
    trajectories._traced.cache_clear()
    first = problem.trajectories()
    elsewhere = replace(problem, domain=((-20.0, 20.0), (-20.0, 20.0)), minima=()).trajectories()
    assert count == len(problem.entries)
    for one, other in zip(first, elsewhere, strict=True):
        assert one.digest == other.digest
        assert other.run.surface.domain == ((-20.0, 20.0), (-20.0, 20.0))
