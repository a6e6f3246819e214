"""The update by hand: the notebook's loop to the last bit, and how far torch's SGD is from it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD

from descent import BIRD, EXPERIMENTS, VALLEY, DescentError, Run, trace
from descent.record.by_hand import ByHand
from descent.record.lecture_runs import EXERCISES


def by_hand(run, **settings):
    return replace(run, optimizer=partial(ByHand, lr=run.lr, **settings))


def written_out(run):
    """The notebook's first loop: no optimizer at all."""
    w1, w2 = (torch.tensor(float(w), requires_grad=True) for w in run.start)
    rows = [(w1.item(), w2.item())]
    for _ in range(run.steps):
        run.surface.loss(w1, w2).backward()
        w1.data = w1.data - run.lr * w1.grad
        w2.data = w2.data - run.lr * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()
        rows.append((w1.item(), w2.item()))
    return np.array(rows)


RUNS = {
    "E01": EXPERIMENTS["E01"],
    "E03": EXPERIMENTS["E03"],
    "exercise": EXERCISES["X1"],
    "valley": Run(VALLEY, partial(SGD, lr=0.3), (-4.5, -2), 50),
}


@pytest.mark.parametrize("name", RUNS)
def test_by_hand_is_the_written_out_loop_to_the_last_bit(name):
    assert np.array_equal(trace(by_hand(RUNS[name])).params, written_out(RUNS[name]))


@pytest.mark.parametrize("name", RUNS)
def test_by_hand_is_sgd_to_rounding(name):
    run = RUNS[name]
    assert trace(by_hand(run)).params == pytest.approx(trace(run).params, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", RUNS)
def test_by_hand_in_one_operation_is_sgd_to_the_last_bit(name):
    run = RUNS[name]
    assert trace(by_hand(run, fused=True)).digest == trace(run).digest


def test_the_exercise_gives_the_notebooks_numbers_by_hand():
    trajectory = trace(by_hand(EXERCISES["X1"]))
    assert trajectory.loss[[0, 4]] == pytest.approx([55261.49, 5467.40], abs=6e-3)
    assert trajectory.params[[1, 5]] == pytest.approx(np.array([(7.982, 0.430), (12.349, 1.008)]), abs=6e-4)


def test_a_parameter_without_a_gradient_stays():
    still, moved = torch.tensor(1.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    (moved**2).backward()
    assert ByHand([still, moved], lr=0.5).step() is None
    assert (still.item(), moved.item()) == (1.0, 0.0)


def test_a_closure_is_called_and_its_loss_returned():
    w = torch.tensor(3.0, requires_grad=True)

    def closure():
        loss = w**2
        loss.backward()
        return loss

    assert ByHand([w], lr=0.5).step(closure).item() == 9.0
    assert w.item() == 0.0


def test_its_settings_are_checked_like_torchs():
    with pytest.raises(DescentError, match="no argument 'rate'"):
        Run(BIRD, partial(ByHand, rate=0.1), (-1, 1), 1)
