"""Sweeps: every cell ends as its own run does, and on quadratics where theory has the limit."""

from functools import partial

import numpy as np
import pytest
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import ExponentialLR

from descent import BIRD, SADDLE, VALLEY, DescentError, Run, Surface, diverges, settles, trace
from descent.record.many.batches import trace_batch
from descent.record.many.sweeps import DIVERGED, REACHED, SWINGS, UNDERWAY, stability_limit, sweep
from descent.record.theory.step_sizes import largest_stable_step

RUN = Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 60)
RATES, MOMENTA = np.linspace(0.02, 1.1, 9), np.linspace(0, 0.95, 5)


@pytest.fixture(scope="module")
def found():
    return sweep(RUN, ("lr", RATES), ("momentum", MOMENTA))


def test_every_cell_ends_as_its_own_run_does(found):
    assert found.outcome.shape == (5, 9)
    for row, momentum in enumerate(MOMENTA):
        for column, lr in enumerate(RATES):
            run = found.run_at(row, column)
            assert run.optimizer.keywords == {"lr": lr, "momentum": momentum}
            trajectory = trace(run)
            assert found.loss[row, column] == trajectory.loss[-1] or diverges()(trajectory)
            assert (found.outcome[row, column] == REACHED) == settles((0, 0), within=found.within)(trajectory)
            assert (found.outcome[row, column] == DIVERGED) == diverges()(trajectory)
            far = np.linalg.norm(trajectory.params, axis=1) > found.within
            staying = len(far) - far[::-1].argmax() if far.any() else 0
            assert found.steps[row, column] == (staying if found.outcome[row, column] == REACHED else -1)
    assert set(found.outcome.ravel()) >= {REACHED, SWINGS, DIVERGED}


def test_a_swing_turns_back_and_a_run_underway_goes_on():
    ends = sweep(RUN, ("lr", [0.001, 0.525]))
    assert ends.outcome.tolist() == [[UNDERWAY, SWINGS]]
    for column, sign in ((0, 1), (1, -1)):
        update = trace(ends.run_at(0, column)).update
        assert np.sign(update[-1] @ update[-2]) == sign


def test_nearest_cell(found):
    assert found.cell(lr=0.16, momentum=0.9) == (4, 1)
    assert sweep(RUN, ("lr", RATES)).cell(lr=1.0) == (0, 7)


def test_pieces_of_a_sweep_make_the_whole(found):
    pieces = sweep(RUN, ("lr", RATES), ("momentum", MOMENTA), memory=200_000)
    for name in ("outcome", "steps", "loss"):
        assert np.array_equal(getattr(pieces, name), getattr(found, name))


@pytest.mark.parametrize("hessian", [np.diag([1.0, 4.0]), np.array([[3.0, 1.0], [1.0, 2.0]])])
@pytest.mark.few(1)
def test_the_limit_of_stability_agrees_with_the_runs(hessian):
    """Below the line the loss shrinks, above it grows; 2 % on either side are left to doubt."""
    (a, b), (_, c) = hessian.tolist()
    bowl = Surface("bowl", lambda w1, w2: a * w1**2 / 2 + b * w1 * w2 + c * w2**2 / 2, ((-5, 5), (-5, 5)), ((0, 0),))
    run = Run(bowl, partial(SGD, lr=0.1), (2.0, 1.0), 300)
    momenta, shares = np.linspace(0, 0.9, 7), np.array([0.6, 0.9, 0.98, 1.02, 1.1])
    limits = stability_limit(run, momenta)
    assert np.allclose(limits, 2 * (1 + momenta) / np.linalg.eigvalsh(hessian)[-1])
    cells = {"lr": np.outer(limits, shares).ravel(), "momentum": np.repeat(momenta, len(shares))}
    losses = trace_batch(run, settings=cells).loss.reshape(len(momenta), len(shares))
    assert (losses[:, :3] < bowl.at(2, 1) / 10).all()
    assert (losses[:, 3:] > bowl.at(2, 1)).all()


def test_without_momentum_the_limit_is_that_of_plain_descent():
    assert float(stability_limit(RUN)) == pytest.approx(largest_stable_step(VALLEY, (0, 0)))


def test_schedules_are_swept_too():
    run = Run(BIRD, partial(SGD, lr=0.04), (-12, 10), 40, partial(ExponentialLR, gamma=0.9))
    ends = sweep(run, ("gamma", [0.8, 0.95, 1.0]), ("lr", [0.01, 0.04]))
    assert ends.run_at(1, 0).scheduler.keywords == {"gamma": 0.8}
    assert ends.loss[1, 1] == trace(ends.run_at(1, 1)).loss[-1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((RUN, ("lr", [])), "rising numbers for 'lr'"),
        ((RUN, ("lr", [0.2, 0.1])), "rising numbers"),
        ((RUN, ("lr", ["x"])), "rising numbers"),
        ((RUN, ("lr", [0.1]), ("lr", [0.2])), "two different settings"),
        ((RUN, ("momentun", [0.1])), "did you mean"),
        ((RUN, ("lr", [-1.0])), "Invalid learning rate"),
        ((Run(SADDLE, partial(SGD, lr=0.1), (1, 1), 5), ("lr", [0.1])), "knows no minimum"),
    ],
)
def test_mistakes_are_told(arguments, told):
    with pytest.raises(DescentError, match=told):
        sweep(*arguments)


@pytest.mark.parametrize(
    "run",
    [
        Run(VALLEY, partial(AdamW, lr=0.1), (1, 1), 5),
        Run(VALLEY, partial(SGD, lr=0.1, momentum=0.5, nesterov=True), (1, 1), 5),
        Run(BIRD, partial(SGD, lr=0.1), (-1, 1), 5),
    ],
)
def test_the_limit_is_told_only_where_it_is_known(run):
    with pytest.raises(DescentError, match=r"stability limit is known|is not quadratic"):
        stability_limit(run)
