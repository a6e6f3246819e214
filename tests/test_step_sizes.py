"""Step sizes against what the optimizers did, and the stability limit against runs on either side of it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from torch.optim import SGD, Adam, RMSprop

from descent import BIRD, EXPERIMENTS, SADDLE, VALLEY, DescentError, Run, Surface, diverges, settles, trace
from descent.record.theory.step_sizes import largest_stable_step, step_sizes


@pytest.mark.parametrize("name", ["E03", "E06", "E07", "E15", "E22", "E25"])
def test_every_update_is_the_step_size_times_the_gradient(name):
    trajectory = trace(EXPERIMENTS[name])
    expected = -step_sizes(trajectory) * trajectory.grad[:-1]
    np.testing.assert_allclose(trajectory.update, expected, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize(
    "optimizer",
    [partial(SGD, lr=0.1, momentum=0.5), partial(RMSprop, lr=0.1, centered=True), partial(Adam, lr=0.1)],
)
def test_optimizers_that_leave_the_gradient_are_refused(optimizer):
    with pytest.raises(DescentError, match="does not step along its gradient"):
        step_sizes(trace(Run(VALLEY, optimizer, (1, 1), 3)))


@pytest.mark.parametrize("surface", [VALLEY, BIRD], ids=lambda surface: surface.name)
def test_plain_descent_settles_just_below_the_limit_and_not_above(surface):
    limit = largest_stable_step(surface, surface.minima[0])
    near = tuple(np.add(surface.minima[0], 0.05).tolist())
    run = Run(surface, partial(SGD, lr=limit * 0.97), near, 400)
    assert settles(surface.minima[0], within=1e-2)(trace(run))
    assert not settles(within=1e-2)(trace(replace(run, optimizer=partial(SGD, lr=limit * 1.03))))


def test_on_a_quadratic_it_diverges_above_the_limit():
    limit = largest_stable_step(VALLEY, (0, 0))
    assert limit == pytest.approx(2 / 3.8)
    assert diverges()(trace(Run(VALLEY, partial(SGD, lr=limit * 1.01), (1, 1), 500)))


def test_the_limit_of_a_saddle_and_of_a_dome():
    assert largest_stable_step(SADDLE, (0, 0)) == pytest.approx(1.0)
    dome = Surface("dome", lambda w1, w2: -(w1**2) - w2**2, ((-1, 1), (-1, 1)))
    assert largest_stable_step(dome, (0, 0)) == float("inf")
