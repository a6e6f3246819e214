"""The same race told in other units tells the same story, and so does one of other last digits."""

from dataclasses import replace
from functools import cache, partial

import pytest
import torch
from torch.optim import SGD, Adam, RMSprop

from descent import BIRD, HIMMELBLAU, ROSENBROCK, SADDLE, VALLEY, Run, Surface
from descent.animate.story import Story
from descent.record.outcomes import Outcome, outcome
from descent.record.trajectories import traced

RUNS = {
    "stuck": Run(BIRD, partial(SGD, lr=0.01), (-12, 10), 30),
    "arrives": Run(HIMMELBLAU, partial(SGD, lr=0.01), (-1, 4), 40),
    "circles": Run(VALLEY, partial(SGD, lr=0.01, momentum=0.9), (-4, -2), 24),
    "crawls": Run(ROSENBROCK, partial(SGD, lr=0.001), (-1.5, 2), 24),
    "diverges": Run(VALLEY, partial(SGD, lr=0.6), (-4.5, -2), 40),
    "rests on a saddle": Run(SADDLE, partial(SGD, lr=0.1), (1.5, 0), 60),
    "leaves": Run(BIRD, partial(SGD, lr=0.01, momentum=0.8), (-12, 10), 30),
    "barely moves": Run(VALLEY, partial(SGD, lr=1e-6), (2, 1), 20),
    "climbs": Run(VALLEY, partial(SGD, lr=0.05, maximize=True), (2, 1), 20),
}
ADAPTIVE = {
    "Adam": Run(VALLEY, partial(Adam, lr=0.25), (-4, -2), 30),
    "RMSprop": Run(HIMMELBLAU, partial(RMSprop, lr=0.125), (-1, 4), 30),
}
QUICK = ("stuck", "diverges", "climbs", "Adam")
ENDINGS = [
    pytest.param(run, id=name, marks=() if name in QUICK else pytest.mark.matrix)
    for name, run in {**RUNS, **ADAPTIVE}.items()
]


@cache
def told(run: Run) -> tuple[str, int, bool, bool]:
    found: Outcome = outcome(traced(run))
    return found.told, found.step, found.several, found.later


def with_rate(run: Run, factor: float) -> partial:
    return partial(run.optimizer.func, **{**run.optimizer.keywords, "lr": run.optimizer.keywords["lr"] * factor})


@pytest.mark.parametrize("power", [-20, pytest.param(12, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.few(2)
def test_the_unit_of_the_loss(run: Run, power: int) -> None:
    scale, loss = 2.0**power, run.surface.loss
    other = replace(run.surface, loss=lambda a, b: scale * loss(a, b))
    assert told(replace(run, surface=other, optimizer=with_rate(run, 1 / scale))) == told(run)


@pytest.mark.parametrize("power", [pytest.param(-8, marks=pytest.mark.matrix), 5])
@pytest.mark.parametrize("run", [*RUNS.values(), *ADAPTIVE.values()], ids=[*RUNS, *ADAPTIVE])
@pytest.mark.few(2)
def test_the_unit_of_the_parameters(run: Run, power: int) -> None:
    scale, loss, ((left, right), (low, high)) = 2.0**power, run.surface.loss, run.surface.domain
    other = replace(
        run.surface,
        loss=lambda a, b: loss(a / scale, b / scale),
        domain=((scale * left, scale * right), (scale * low, scale * high)),
        minima=tuple((scale * a, scale * b) for a, b in run.surface.minima),
    )
    start = (scale * run.start[0], scale * run.start[1])
    optimizer = with_rate(run, scale**2 if run in RUNS.values() else scale)
    if run in RUNS.values():
        assert told(replace(run, surface=other, start=start, optimizer=optimizer)) == told(run)
    else:  # their eps has a unit of its own
        assert told(replace(run, surface=other, start=start, optimizer=optimizer))[0] == told(run)[0]


@pytest.mark.parametrize("run", ENDINGS)
@pytest.mark.few(1)
def test_the_order_and_direction_of_the_axes(run: Run) -> None:
    loss, ((left, right), (low, high)) = run.surface.loss, run.surface.domain
    swapped = replace(
        run.surface,
        loss=lambda a, b: loss(b, a),
        domain=((low, high), (left, right)),
        minima=tuple((b, a) for a, b in run.surface.minima),
    )
    mirrored = replace(
        run.surface,
        loss=lambda a, b: loss(-a, b),
        domain=((-right, -left), (low, high)),
        minima=tuple((-a, b) for a, b in run.surface.minima),
    )
    assert told(replace(run, surface=swapped, start=run.start[::-1])) == told(run)
    assert told(replace(run, surface=mirrored, start=(-run.start[0], run.start[1]))) == told(run)


@pytest.mark.parametrize("run", ENDINGS)
@pytest.mark.few(1)
def test_a_last_digit(run: Run) -> None:
    """Losses and gradients of another machine: a unit in the last place larger or smaller, by the place."""
    loss = run.surface.loss

    def shaken(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        side = torch.sign(torch.sin(1e4 * (a + 2 * b).detach()))
        return loss(a, b) * (1 + side * torch.finfo(a.dtype).eps)

    def words(surface: Surface) -> list[str]:
        story = Story([traced(replace(run, surface=surface))])
        return [story.title(), *(beat.say for beat in story.beats())]

    assert words(replace(run.surface, loss=shaken)) == words(run.surface)
