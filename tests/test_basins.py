"""Basins: every start ends where its own run does, and minima are found where they are."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD, AdamW

from descent import (
    BIRD,
    EXPERIMENTS,
    HIMMELBLAU,
    ROSENBROCK,
    SADDLE,
    VALLEY,
    DescentError,
    Run,
    Surface,
    diverges,
    settles,
    trace,
)
from descent.record.many.basins import DIVERGED, MOVING, basins, endings, reach
from descent.record.many.batches import trace_batch

RUN = replace(EXPERIMENTS["E01"], steps=60)


def ending(run, minima, within):
    """What the claims say of one run."""
    trajectory = trace(run)
    for k, minimum in enumerate(minima):
        if settles(minimum, within=within)(trajectory):
            return k
    return DIVERGED if diverges()(trajectory) else MOVING


@pytest.mark.parametrize(
    "run",
    [RUN, replace(RUN, optimizer=partial(SGD, lr=0.03, momentum=0.8)), replace(RUN, optimizer=partial(AdamW, lr=0.5))],
    ids=lambda run: run.label,
)
@pytest.mark.few(1)
def test_every_start_ends_where_its_own_run_does(run):
    ground = basins(run, (6, 5))
    alone = [
        [ending(replace(run, start=(w1, w2)), ground.minima, ground.endings.within) for w1 in ground.w1]
        for w2 in ground.w2
    ]
    assert ground.minimum.tolist() == alone
    assert len(set(ground.minimum.ravel().tolist())) > 2


def test_the_grid_fills_the_view():
    ground = basins(replace(RUN, steps=1), (5, 3))
    assert ground.w1.tolist() == [-14, -10.5, -7, -3.5, 0]
    assert ground.w2.tolist() == [-6, 3, 12]
    assert (ground.minimum == np.full((3, 5), MOVING)).all()


def test_a_bowl_has_one_basin():
    assert (basins(Run(VALLEY, partial(SGD, lr=0.2), (1, 1), 300), (4, 6)).minimum == 0).all()


def test_past_the_stable_rate_only_the_flat_axis_leads_in():
    ground = basins(Run(VALLEY, partial(SGD, lr=0.6), (1, 1), 60), (4, 4))
    on_the_axis = np.isclose(ground.w1, -ground.w2[:, None])
    assert (ground.minimum == np.where(on_the_axis, 0, DIVERGED)).all()


@pytest.mark.parametrize("known", [(), ((-1, 0),), ((-1, 0), (1, 0))])
@pytest.mark.few(1)
def test_two_wells_part_at_the_ridge_whether_their_minima_are_known_or_not(known):
    wells = Surface("wells", lambda w1, w2: (w1**2 - 1) ** 2 + w2**2, ((-2, 2), (-1, 1)), known)
    ground = basins(Run(wells, partial(SGD, lr=0.02), (1, 0), 400), (10, 4))
    assert ground.minima[: len(known)] == known
    at = np.array(ground.minima)[ground.minimum]
    assert np.allclose(at[..., 0], np.where(ground.w1 < 0, -1, 1), atol=1e-9)
    assert np.allclose(at[..., 1], 0, atol=1e-9)
    assert len(ground.minima) == 2


def test_a_surface_that_hides_its_minima_has_them_found():
    hidden = replace(HIMMELBLAU, minima=())
    ground = basins(Run(hidden, partial(SGD, lr=0.01), (0, 0), 200), (20, 20))
    found = sorted(ground.minima)
    assert np.allclose(found, sorted(HIMMELBLAU.minima), atol=1e-9)
    losses = [hidden.at(*minimum) for minimum in ground.minima]
    assert losses == sorted(losses)


def test_a_minimum_out_of_view_is_found_beside_the_known_ones():
    ground = basins(replace(RUN, optimizer=partial(SGD, lr=0.02), steps=200), (40, 40))
    outside = [m for m in ground.minima[len(BIRD.minima) :] if not BIRD.contains(*m)]
    assert outside
    for minimum in outside:
        assert np.linalg.norm(BIRD.gradient(*minimum)) < 1e-8
        assert np.linalg.eigvalsh(BIRD.hessian(*minimum)).min() > 0
        assert ground.endings.share(minimum) > 0


def test_resting_on_a_saddle_or_creeping_is_no_ending():
    ridge = trace_batch(Run(SADDLE, partial(SGD, lr=0.1), (1, 0), 60), [(1.0, 0.0), (-1.0, 0.0)], keep=6)
    assert endings(ridge).minimum.tolist() == [MOVING, MOVING]
    creeping = trace_batch(Run(ROSENBROCK, partial(SGD, lr=1e-4), (-1, 1), 50), [(-1.0, 1.0), (0.0, 0.0)], keep=6)
    assert creeping.settled(creeping.ends, reach(ROSENBROCK)).all()
    assert endings(creeping).minimum.tolist() == [MOVING, MOVING]


def test_shares_add_up():
    ground = basins(RUN, (12, 12)).endings
    shares = [ground.share(k) for k in (*range(len(ground.minima)), MOVING, DIVERGED)]
    assert sum(shares) == pytest.approx(1)
    assert ground.share(BIRD.minima[0]) == shares[0] > 0


def test_a_wider_reach_never_loses_an_ending():
    run = replace(RUN, optimizer=partial(SGD, lr=0.02), steps=40)
    narrow, wide = (basins(run, (15, 15), within) for within in (0.05, 0.5))
    assert ((narrow.minimum < 0) | (narrow.minimum == wide.minimum)).all()
    assert (narrow.minimum < 0).sum() > (wide.minimum < 0).sum()


def test_nothing_of_it_can_be_written():
    ground = basins(replace(RUN, steps=1), (2, 2))
    for values in (ground.w1, ground.w2, ground.minimum):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def test_too_few_rows_were_kept():
    with pytest.raises(DescentError, match="keep the last 6 rows"):
        endings(trace_batch(RUN, [(-1, 1)], keep=2))


def test_runs_that_are_very_far_but_finite_end_nowhere():
    """In double precision a run can be farther than the root of the largest number, whose square is none."""
    run = Run(HIMMELBLAU, partial(SGD, lr=0.1), (0, 0), 6, dtype=torch.float64)
    found = basins(run, (20, 20)).minimum
    assert (found < len(HIMMELBLAU.minima)).all()
    assert (found < 0).any()
