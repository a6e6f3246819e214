"""The notebook's 26 runs: its training loop bit for bit, and the ends it draws."""

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from descent import BIRD, EXPERIMENTS, Run, trace

# Last recorded epoch, before its step, of every run that is not chaotic: (w1, w2), loss, best loss.
ENDS = {
    "E01": ((-3.148, -1.562), -106.668, -106.67),
    "E02": ((-3.148, -1.562), -106.668, -106.67),
    "E03": ((-9.248, 4.536), 85.792, 85.79),
    "E04": ((-3.112, -1.602), -106.765, -106.77),
    "E05": ((-4.419, -6.605), -3.400, -3.40),
    "E06": ((0.011, 0.026), 0.001, 0.00),
    "E07": ((-0.023, 0.023), 0.000, 0.00),
    "E08": ((-0.060, -0.005), 0.004, 0.00),
    "E09": ((29.580, 30.372), 3414.555, 40.45),
    "E10": ((-0.022, 0.022), 0.000, 0.00),
    "E11": ((-0.065, 0.034), 0.001, 0.00),
    "E14": ((-5.633, -5.363), 2.467, 2.47),
    "E15": ((-9.090, 4.677), 89.207, 86.18),
    "E17": ((0.651, 0.920), 2.467, -54.19),
    "E18": ((-3.110, -1.559), -106.696, -106.78),
    "E19": ((-2.988, -1.738), -103.490, -106.77),
    "E20": ((-3.103, -1.669), -106.227, -106.23),
    "E22": ((-3.084, -1.628), -106.534, -106.53),
    "E23": ((-3.070, -1.645), -106.297, -106.30),
    "E24": ((-3.319, -1.393), -100.446, -100.45),
    "E25": ((-3.123, -1.590), -106.788, -106.79),
    "E26": ((-2.988, -1.738), -103.490, -106.77),
}
CHAOTIC = {"E12": -106.50, "E13": -106.75, "E21": -106.75}
NEARLY = {"E16": ((-3.49, -1.23), -86.0, -98.0)}


def plain_loop(run):
    """The notebook's loop: record, backward, step; and no closure."""
    w1, w2 = (torch.tensor(float(w), requires_grad=True) for w in run.start)
    optimizer = run.optimizer.func([w1, w2], **run.optimizer.keywords)
    scheduler = run.scheduler and run.scheduler.func(optimizer, **run.scheduler.keywords)
    rows = []
    for _ in range(run.steps):
        optimizer.zero_grad()
        loss = run.surface.loss(w1, w2)
        rows.append((w1.item(), w2.item(), loss.item()))
        loss.backward()
        optimizer.step()
        if isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step(loss.detach())
        elif scheduler:
            scheduler.step()
    return np.array(rows)


def test_there_are_26_runs_in_the_notebooks_order():
    assert list(EXPERIMENTS) == [f"E{number:02}" for number in range(1, 27)]
    assert {*ENDS, *CHAOTIC, *NEARLY} == set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_run_is_the_notebooks_loop_to_the_last_bit(traced, name):
    trajectory = traced(name)
    rows = plain_loop(EXPERIMENTS[name])
    assert np.array_equal(trajectory.params[:-1], rows[:, :2])
    assert np.array_equal(trajectory.loss[:-1], rows[:, 2])


def test_a_step_by_hand_is_a_step_of_plain_sgd_to_rounding(traced):
    # torch multiplies and subtracts with one rounding, the formula with two: at most one unit in the last place.
    trajectory = traced("E01")
    for before, gradient, after in zip(trajectory.params[:-1], trajectory.grad, trajectory.params[1:], strict=False):
        by_hand = torch.tensor(before).float() - 0.01 * torch.tensor(gradient).float()
        assert by_hand.numpy() == pytest.approx(after, rel=2.5e-7)


def test_e01_and_e02_are_one_run(traced):
    assert traced("E01").digest == traced("E02").digest


@pytest.mark.parametrize(("name", "end"), ENDS.items())
def test_every_run_that_is_not_chaotic_ends_where_the_notebooks_does(traced, name, end):
    point, loss, best = end
    trajectory = traced(name)
    assert trajectory.params[-2] == pytest.approx(point, abs=1e-3)
    assert trajectory.loss[-2] == pytest.approx(loss, abs=1e-3)
    assert trajectory.loss[:-1].min() == pytest.approx(best, abs=6e-3)


@pytest.mark.parametrize(("name", "end"), NEARLY.items())
def test_a_sensitive_run_ends_nearby(traced, name, end):
    point, loss, best = end
    trajectory = traced(name)
    assert trajectory.params[-2] == pytest.approx(point, abs=0.05)
    assert trajectory.loss[-2] == pytest.approx(loss, abs=5)
    assert trajectory.loss[:-1].min() == pytest.approx(best, abs=5)


@pytest.mark.parametrize(("name", "best"), CHAOTIC.items())
def test_a_chaotic_run_keeps_its_bounds_whatever_its_precision(traced, name, best):
    run = EXPERIMENTS[name]
    wide = trace(Run(run.surface, run.optimizer, run.start, run.steps, run.scheduler, torch.float64))
    for trajectory in (traced(name), wide):
        assert trajectory.diverged_at is None
        assert trajectory.loss.min() == pytest.approx(best, abs=2)
        assert all(BIRD.contains(*row) for row in trajectory.params)
        late = trajectory.params[-30:]
        assert np.ptp(late, axis=0).min() > 1
    assert np.abs(traced(name).params - wide.params).max() > 1


def test_e24_ends_between_two_points(traced):
    trajectory = traced("E24")
    assert trajectory.params[-4::2] == pytest.approx(np.array([[-3.319, -1.393]] * 2), abs=2e-3)
    assert trajectory.params[-3::2] == pytest.approx(np.array([[-2.919, -1.793]] * 2), abs=2e-3)
