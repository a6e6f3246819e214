"""Schedules: every scheduler of torch against rates computed by hand at its boundary steps."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    StepLR,
)
from torch.optim.swa_utils import SWALR

from descent import SCHEDULERS, VALLEY, DescentError, Run, Schedule, chained, sequential, trace, trace_lr

# Name: scheduler, then the rate of each step from lr 0.8.
BY_HAND = {
    "LambdaLR": (partial(LambdaLR, lr_lambda=lambda step: 1 / (1 + step)), [0.8, 0.4, 0.8 / 3, 0.2]),
    "MultiplicativeLR": (partial(MultiplicativeLR, lr_lambda=lambda step: step / 4), [0.8, 0.2, 0.1, 0.075]),
    "StepLR": (partial(StepLR, step_size=2, gamma=0.5), [0.8, 0.8, 0.4, 0.4, 0.2]),
    "MultiStepLR": (partial(MultiStepLR, milestones=[1, 4], gamma=0.5), [0.8, 0.4, 0.4, 0.4, 0.2, 0.2]),
    "ConstantLR": (partial(ConstantLR, factor=0.25, total_iters=2), [0.2, 0.2, 0.8, 0.8]),
    "LinearLR": (
        partial(LinearLR, start_factor=0.25, end_factor=0.75, total_iters=4),
        [0.2, 0.3, 0.4, 0.5, 0.6, 0.6],
    ),
    "SWALR": (partial(SWALR, swa_lr=0.2, anneal_epochs=2, anneal_strategy="linear"), [0.8, 0.5, 0.2, 0.2]),
    "ExponentialLR": (partial(ExponentialLR, gamma=0.5), [0.8, 0.4, 0.2, 0.1]),
    "PolynomialLR": (partial(PolynomialLR, total_iters=4, power=2), [0.8, 0.45, 0.2, 0.05, 0, 0]),
    "CosineAnnealingLR": (
        partial(CosineAnnealingLR, T_max=4, eta_min=0.2),
        [0.8, 0.5 + 0.3 * math.sqrt(0.5), 0.5, 0.5 - 0.3 * math.sqrt(0.5), 0.2, 0.5 - 0.3 * math.sqrt(0.5)],
    ),
    "CosineAnnealingWarmRestarts": (
        partial(CosineAnnealingWarmRestarts, T_0=2, T_mult=2),
        [
            0.8,
            0.4,
            0.8,
            0.4 + 0.4 * math.sqrt(0.5),
            0.4,
            0.4 - 0.4 * math.sqrt(0.5),
            0.8,
            0.4 + 0.4 * math.cos(math.pi / 8),
        ],
    ),
    "CyclicLR": (
        partial(CyclicLR, base_lr=0.1, max_lr=0.5, step_size_up=2, step_size_down=4),
        [0.1, 0.3, 0.5, 0.4, 0.3, 0.2, 0.1, 0.3],
    ),
    "OneCycleLR": (
        partial(
            OneCycleLR,
            max_lr=1,
            total_steps=6,
            pct_start=0.5,
            div_factor=10,
            final_div_factor=10,
            anneal_strategy="linear",
        ),
        [0.1, 0.55, 1, 0.67, 0.34, 0.01],
    ),
    "ReduceLROnPlateau": (
        partial(ReduceLROnPlateau, factor=0.5, patience=1, cooldown=1, threshold=0, min_lr=0.15),
        # After two losses no better than the best: halve, rest one step, never go below 0.15.
        [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.15],
    ),
    "SequentialLR": (
        sequential(
            partial(LinearLR, start_factor=0.25, total_iters=3),
            partial(ExponentialLR, gamma=0.5),
            partial(ConstantLR, factor=0.125, total_iters=2),
            milestones=[3, 5],
        ),
        [0.2, 0.4, 0.6, 0.8, 0.4, 0.1, 0.1, 0.8],
    ),
    "ChainedScheduler": (
        chained(partial(ConstantLR, factor=0.5, total_iters=2), partial(ExponentialLR, gamma=0.5)),
        [0.4, 0.2, 0.2, 0.1],
    ),
}
LOSSES = [5, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_of_torch_sets_the_rates_computed_by_hand(name):
    scheduler, rates = BY_HAND[name]
    curve = trace_lr(Schedule(scheduler, 0.8, len(rates), LOSSES))
    assert curve.lr == pytest.approx(rates, abs=1e-12)
    assert curve.lr.dtype == np.float64


def test_no_scheduler_of_torch_is_left_out():
    assert set(BY_HAND) == set(SCHEDULERS)


@pytest.mark.parametrize("name", sorted(set(SCHEDULERS) - {"ReduceLROnPlateau", "CyclicLR", "OneCycleLR"}))
@given(scale=st.floats(1e-4, 10))
@pytest.mark.few(4)
def test_schedules_scale_with_the_rate_they_are_given(name, scale):
    scheduler, rates = BY_HAND[name]
    eta_min = scheduler.keywords.get("eta_min", scheduler.keywords.get("swa_lr", 0))
    curve = trace_lr(Schedule(scheduler, 0.8 * scale + eta_min * (1 - scale), len(rates)))
    expected = [eta_min + scale * (rate - eta_min) for rate in rates]
    assert curve.lr == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_trajectory_uses_the_rates_of_its_schedule(name):
    scheduler, rates = BY_HAND[name]
    run = Run(VALLEY, partial(SGD, lr=0.8, momentum=0.1), (2, 1), len(rates), scheduler)
    trajectory = trace(run)
    curve = trace_lr(Schedule(scheduler, 0.8, len(rates), trajectory.loss.tolist()))
    assert np.array_equal(trajectory.lr, curve.lr)


def test_cycled_momentum_is_recorded_and_mirrors_the_rate():
    cyclic = partial(CyclicLR, base_lr=0.1, max_lr=0.5, step_size_up=2, base_momentum=0.8, max_momentum=0.9)
    curve = trace_lr(Schedule(cyclic, 0.1, 5))
    assert curve.momentum == pytest.approx([0.9, 0.85, 0.8, 0.85, 0.9])
    one_cycle = BY_HAND["OneCycleLR"][0]
    momentum = trace_lr(Schedule(one_cycle, 1, 6)).momentum
    assert momentum == pytest.approx([0.95, 0.9, 0.85, 0.85 + 0.1 / 3, 0.85 + 0.2 / 3, 0.95])
    still = partial(CyclicLR, base_lr=0.1, max_lr=0.5, cycle_momentum=False)
    assert trace_lr(Schedule(still, 0.1, 5)).momentum is None
    assert trace_lr(Schedule(partial(ExponentialLR, gamma=0.5), 0.1, 5)).momentum is None


@pytest.mark.parametrize("name", SCHEDULERS)
def test_tracing_twice_gives_the_same_rates(name):
    schedule = Schedule(BY_HAND[name][0], 0.8, len(BY_HAND[name][1]), LOSSES)
    assert np.array_equal(trace_lr(schedule).lr, trace_lr(schedule).lr)


def test_curves_cannot_be_written():
    curve = trace_lr(Schedule(BY_HAND["OneCycleLR"][0], 0.1, 6))
    for array in (curve.lr, curve.momentum):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_label_is_the_settings():
    assert Schedule(partial(StepLR, step_size=2, gamma=0.5), 0.1, 5).label == "StepLR  step_size 2  gamma 0.5"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, r"whole number of steps, at least 1, not 0"),
        ({"steps": 2.5}, r"whole number of steps"),
        ({"lr": math.nan}, r"learning rate must be finite and not negative, not nan"),
        ({"lr": -0.1}, r"learning rate must be finite and not negative"),
        ({"scheduler": StepLR}, r"scheduler must be a functools.partial"),
        ({"scheduler": partial(ReduceLROnPlateau)}, r"ReduceLROnPlateau needs the losses it watches"),
        ({"scheduler": partial(ReduceLROnPlateau), "losses": [3, 2]}, r"each of its 3 steps, but there are 2"),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(settings, message):
    with pytest.raises(DescentError, match=message):
        Schedule(**{"scheduler": partial(StepLR, step_size=2), "lr": 0.1, "steps": 3, **settings})


def test_a_schedule_that_ends_too_early_says_where():
    with pytest.raises(DescentError, match=r"OneCycleLR does not fit this run, it failed after step 6"):
        trace_lr(Schedule(BY_HAND["OneCycleLR"][0], 0.1, 7))
    with pytest.raises(DescentError, match=r"cannot build 'ConstantLR  factor 2' with SGD"):
        trace_lr(Schedule(partial(ConstantLR, factor=2), 0.1, 7))
