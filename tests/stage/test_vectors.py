"""The arrows of a step are the record's: tip to tail, they add up to the step that was taken."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD

from descent import EXPERIMENTS, trace
from descent.stage.geometry import Box
from descent.stage.maps.arrows import arrow, momentum_arrows, momentum_parts
from descent.stage.maps.loss_map import LossMap

EXACT = trace(replace(EXPERIMENTS["E04"], dtype=torch.float64))
TERRAIN = LossMap(EXACT.run.surface, Box(-6.0, 0.0, -3.5, 3.5), axes=False)


@pytest.mark.parametrize("step", range(1, 25))
def test_carried_velocity_and_gradient_add_up_to_the_update(step):
    assert sum(momentum_parts(EXACT, step)) == pytest.approx(EXACT.update[step], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("step", range(1, 15))
def test_what_is_carried_is_the_last_update_scaled_by_the_momentum(step):
    momentum = EXACT.run.optimizer.keywords["momentum"]
    carried, downhill = momentum_parts(EXACT, step)
    assert carried == pytest.approx(momentum * EXACT.update[step - 1], rel=1e-9)
    assert downhill == pytest.approx(-EXACT.run.lr * EXACT.grad[step], rel=1e-12)


def test_without_momentum_nothing_is_carried():
    plain = trace(replace(EXACT.run, optimizer=partial(SGD, lr=0.01, momentum=1e-300)))
    carried, downhill = momentum_parts(plain, 3)
    assert np.abs(carried).max() < 1e-200
    assert downhill == pytest.approx(plain.update[3])


@pytest.mark.parametrize("step", [2, 6, 11])
def test_arrows_lead_from_the_iterate_tip_to_tail_to_the_next_one(step):
    velocity, gradient, update = momentum_arrows(EXACT, step, TERRAIN)
    here, there = TERRAIN.to_frame(EXACT.params[step : step + 2])
    assert velocity.get_start() == pytest.approx(here, abs=1e-6)
    assert gradient.get_start() == pytest.approx(velocity.get_end(), abs=1e-6)
    assert gradient.get_end() == pytest.approx(there, abs=1e-6)
    assert update.get_start() == pytest.approx(here, abs=1e-6)
    assert update.get_end() == pytest.approx(there, abs=1e-6)


def test_an_arrow_is_true_to_scale():
    drawn = arrow(TERRAIN, np.array([-7.0, 2.0]), np.array([3.0, -4.0]), "#ffffff")
    assert np.linalg.norm(drawn.get_end() - drawn.get_start()) == pytest.approx(5 * TERRAIN.scale_per_unit)
