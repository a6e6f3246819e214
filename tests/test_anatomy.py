"""A step's parts add up to it, are what the optimizer's definition says, and tell Adam's decay from AdamW's."""

import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, Adagrad, Adam, AdamW, NAdam, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

from descent import BIRD, EXPERIMENTS, DescentError, Run, Surface, trace
from descent.record.theory.anatomy import bias_corrections, decay_moves, gradient_terms, take_apart

SLOPE = Surface("slope", lambda w1, w2: 3 * w1 - 0.5 * w2, ((-50, 50), (-50, 50)))
SETTINGS = [
    partial(SGD, lr=0.01),
    partial(SGD, lr=0.01, weight_decay=0.3),
    partial(SGD, lr=0.01, momentum=0.6),
    partial(SGD, lr=0.01, momentum=0.6, dampening=0.4, weight_decay=0.3),
    partial(SGD, lr=0.01, momentum=0.6, nesterov=True, weight_decay=0.3),
    partial(SGD, lr=0.01, momentum=0.6, maximize=True, weight_decay=0.3),
    partial(RMSprop, lr=0.1),
    partial(RMSprop, lr=0.1, alpha=0.9, eps=0.3, weight_decay=0.3),
    partial(RMSprop, lr=0.1, centered=True),
    partial(RMSprop, lr=0.02, centered=True, momentum=0.7, weight_decay=0.3),
    partial(Adam, lr=0.2),
    partial(Adam, lr=0.2, betas=(0.7, 0.9), eps=0.1, weight_decay=0.3),
    partial(Adam, lr=0.2, amsgrad=True, maximize=True),
    partial(Adam, lr=0.2, decoupled_weight_decay=True, weight_decay=0.3),
    partial(AdamW, lr=0.2),
    partial(AdamW, lr=0.2, weight_decay=0.3, amsgrad=True),
]


def traced(optimizer, steps=25, **changes):
    return trace(replace(Run(BIRD, optimizer, (-12.0, 10.0), steps, dtype=torch.float64), **changes))


@pytest.mark.parametrize("optimizer", SETTINGS, ids=str)
def test_the_parts_add_up_to_the_update(optimizer):
    run = traced(optimizer)
    parts = take_apart(run).parts
    assert sum(parts.values()) == pytest.approx(run.update, rel=1e-9, abs=1e-12)
    assert ("weight decay" in parts) == bool(optimizer.keywords.get("weight_decay", optimizer.func is AdamW))


@pytest.mark.parametrize("optimizer", SETTINGS, ids=str)
def test_they_add_up_to_the_rounding_of_float32_too(optimizer):
    run = traced(optimizer, dtype=torch.float32)
    whole = take_apart(run)
    # The weights round, and so does every operation on a part; centring loses digits to a difference.
    room = 1e-4 if optimizer.keywords.get("centered") else 8 * np.finfo(np.float32).eps
    sizes = sum(map(np.abs, whole.parts.values()))
    limit = np.finfo(np.float32).eps * np.abs(run.params).max() + room * sizes
    assert (np.abs(sum(whole.parts.values()) - run.update) <= limit).all()


def test_without_momentum_the_step_is_the_scaled_gradient():
    run = traced(partial(RMSprop, lr=0.1, alpha=0.5))
    whole = take_apart(run)
    assert list(whole.parts) == ["gradient"]
    squares, by_hand = np.zeros(2), []
    for slope in run.grad[:-1]:
        squares = 0.5 * squares + 0.5 * slope**2
        by_hand.append(0.1 / (np.sqrt(squares) + 1e-8))
    assert whole.scale == pytest.approx(np.array(by_hand), rel=1e-9)


@pytest.mark.parametrize("optimizer", [given for given in SETTINGS if given.func is not RMSprop], ids=str)
@pytest.mark.parametrize("step", [0, 1, 9])
def test_a_step_is_the_sum_of_its_gradients_by_age(optimizer, step):
    run = traced(optimizer)
    terms = gradient_terms(run, step)
    apart = take_apart(run).decay[step] if optimizer.func is AdamW or "decoupled" in str(optimizer) else 0
    assert terms.shape == (step + 1, 2)
    assert terms.sum(axis=0) + apart == pytest.approx(run.update[step], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "optimizer", [partial(SGD, lr=0.01, momentum=0.6), partial(RMSprop, lr=0.1), partial(AdamW, lr=0.2)], ids=str
)
def test_every_step_ends_on_its_ellipse(optimizer):
    run = traced(optimizer)
    whole = take_apart(run)
    apart = whole.decay if optimizer.func is AdamW else 0
    assert ((run.update - apart) ** 2 / whole.reach**2).sum(axis=1) == pytest.approx(np.ones(run.steps))
    if optimizer.func is SGD:
        assert whole.reach[:, 0] == pytest.approx(np.linalg.norm(run.update, axis=1))  # one scale: a circle


def test_a_gradient_loses_the_same_share_with_every_step():
    run = traced(partial(SGD, lr=0.01, momentum=0.6))
    now, later = gradient_terms(run, 7), gradient_terms(run, 8)
    assert later[:-1] == pytest.approx(0.6 * now, rel=1e-12)
    assert later[-1] == pytest.approx(-0.01 * run.grad[8], rel=1e-12)


@pytest.mark.parametrize("optimizer", [given for given in SETTINGS if given.func is not RMSprop], ids=str)
def test_without_its_decay_a_step_is_what_the_gradients_make(optimizer):
    """Against the same recurrence without decay, run by hand over the recorded gradients."""
    run = traced(optimizer)
    keywords = optimizer.keywords
    keep = keywords.get("momentum", 0.0) if optimizer.func is SGD else keywords.get("betas", (0.9, 0.999))[0]
    gain = 1 - keywords.get("dampening", 0.0) if optimizer.func is SGD else 1 - keep
    sign, scale, memory = -1 if keywords.get("maximize") else 1, take_apart(run).scale, np.zeros(2)
    for k, slope in enumerate(sign * run.grad[:-1]):
        memory = keep * memory + (1.0 if k == 0 and optimizer.func is SGD else gain) * slope
        step = keep * memory + slope if keywords.get("nesterov") else memory
        expected = -scale[k] * step + decay_moves(run)[k]
        assert run.update[k] == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_adamw_takes_the_same_share_of_both_weights_and_adam_does_not():
    apart, coupled = (traced(partial(kind, lr=0.2, weight_decay=0.3)) for kind in (AdamW, Adam))
    shares = [decay_moves(run) / run.params[:-1] for run in (apart, coupled)]
    assert shares[0] == pytest.approx(np.full((25, 2), -0.2 * 0.3))
    assert np.abs(shares[1][:, 0] / shares[1][:, 1] - 1).max() > 0.5


def test_adams_decay_follows_the_gradients_scale():
    """On a plane tilted six times as steeply along w1, a small decay is six times as small there."""
    run = trace(Run(SLOPE, partial(Adam, lr=0.1, weight_decay=1e-6), (40.0, 40.0), 5, dtype=torch.float64))
    shares = decay_moves(run)
    assert shares[:, 1] / shares[:, 0] == pytest.approx(6, rel=0.02)


def test_bias_corrections_are_those_of_the_betas():
    run = traced(partial(Adam, lr=0.2, betas=(0.5, 0.75)), steps=3)
    assert bias_corrections(run) == pytest.approx(np.array([[0.5, 0.25], [0.75, 0.4375], [0.875, 0.578125]]))


@pytest.mark.parametrize("start", list(itertools.product((-12.0, -2.0), (10.0, -4.0))))
def test_the_first_step_of_adam_is_the_rate_in_each_weight(start):
    run = traced(partial(Adam, lr=0.2), start=start)
    assert run.update[0] == pytest.approx(-0.2 * np.sign(run.grad[0]))


@settings(max_examples=15)
@given(st.floats(0.0, 0.95), st.floats(0.0, 0.9), st.floats(0.0, 0.5), st.floats(1e-4, 0.02))
def test_any_sgd_adds_up(momentum, dampening, decay, lr):
    run = traced(partial(SGD, lr=lr, momentum=momentum, dampening=dampening, weight_decay=decay), steps=6)
    sizes = sum(map(np.abs, (whole := take_apart(run)).parts.values()))
    assert (np.abs(sum(whole.parts.values()) - run.update) <= 1e-12 * sizes + 1e-13).all()


def test_a_schedule_of_the_rate_is_followed():
    run = traced(partial(Adam, lr=0.2), scheduler=partial(CosineAnnealingLR, T_max=25))
    assert sum(take_apart(run).parts.values()) == pytest.approx(run.update, rel=1e-9, abs=1e-12)


def test_a_schedule_of_the_momentum_is_found_out():
    cycle = partial(OneCycleLR, max_lr=0.01, total_steps=26)
    with pytest.raises(DescentError, match="cycle_momentum=False"):
        take_apart(traced(partial(SGD, lr=0.01, momentum=0.9), scheduler=cycle))
    steady = partial(cycle, cycle_momentum=False)
    take_apart(traced(partial(SGD, lr=0.01, momentum=0.9), scheduler=steady))


@pytest.mark.parametrize("optimizer", [partial(Adagrad, lr=0.5), partial(NAdam, lr=0.5)])
def test_other_optimizers_are_refused_in_a_sentence(optimizer):
    run = traced(optimizer, steps=2)
    for work in (take_apart, decay_moves, lambda t: gradient_terms(t, 1)):
        with pytest.raises(DescentError, match="known for SGD, RMSprop, Adam and AdamW only"):
            work(run)


def test_what_an_optimizer_has_not_is_refused():
    with pytest.raises(DescentError, match="corrects no bias"):
        bias_corrections(trace(EXPERIMENTS["E04"]))
    with pytest.raises(DescentError, match="before it remembers"):
        gradient_terms(trace(EXPERIMENTS["E07"]), 1)
