"""Basins: a tensor of starts ends where the same runs traced one by one do."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR

from descent import BIRD, EXPERIMENTS, VALLEY, DescentError, Run, Surface, trace
from descent.basins import basins

RUN = replace(EXPERIMENTS["E01"], steps=60)


def nearest(point, within=0.1):
    distance = np.linalg.norm(np.array(BIRD.minima) - point, axis=1)
    return int(distance.argmin()) if distance.min() <= within else -1


def test_every_start_ends_where_its_own_run_does():
    ground = basins(RUN, (8, 7))
    alone = [[nearest(trace(replace(RUN, start=(w1, w2))).params[-1]) for w1 in ground.w1] for w2 in ground.w2]
    assert ground.minimum.tolist() == alone
    assert len(set(ground.minimum.ravel().tolist())) > 3


def test_the_grid_fills_the_view():
    ground = basins(replace(RUN, steps=1), (5, 3))
    assert ground.w1.tolist() == [-14, -10.5, -7, -3.5, 0]
    assert ground.w2.tolist() == [-6, 3, 12]
    assert ground.minimum.shape == (3, 5)


def test_a_bowl_has_one_basin():
    assert (basins(Run(VALLEY, partial(SGD, lr=0.2), (1, 1), 300), (4, 6)).minimum == 0).all()


def test_past_the_stable_rate_only_the_flat_axis_leads_in():
    ground = basins(Run(VALLEY, partial(SGD, lr=0.6), (1, 1), 60), (4, 4))
    on_the_axis = np.isclose(ground.w1, -ground.w2[:, None])
    assert (ground.minimum == np.where(on_the_axis, 0, -1)).all()


def test_two_wells_part_at_the_ridge():
    wells = Surface("wells", lambda w1, w2: (w1**2 - 1) ** 2 + w2**2, ((-2, 2), (-1, 1)), ((-1, 0), (1, 0)))
    ground = basins(Run(wells, partial(SGD, lr=0.02), (1, 0), 400), (10, 4))
    assert (ground.minimum == np.where(ground.w1 < 0, 0, 1)).all()


def test_nothing_of_it_can_be_written_and_threads_are_given_back():
    before = torch.get_num_threads()
    ground = basins(replace(RUN, steps=1), (2, 2))
    assert torch.get_num_threads() == before
    for values in (ground.w1, ground.w2, ground.minimum):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


@pytest.mark.parametrize(
    "run",
    [
        Run(BIRD, partial(Adam, lr=0.1), (-1, 1), 1),
        Run(BIRD, partial(SGD, lr=0.1), (-1, 1), 1, partial(ExponentialLR, gamma=0.9)),
    ],
)
def test_other_optimizers_and_schedulers_are_refused(run):
    with pytest.raises(DescentError, match="SGD and no scheduler"):
        basins(run, (2, 2))
