"""The closed forms agree with each other, with what is known by hand, and with what torch does."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR

from descent import BIRD, SADDLE, VALLEY, DescentError, Run, Surface, trace
from descent.record.theory.quadratics import (
    best_heavy_ball,
    best_lr,
    contraction,
    critical_momentum,
    damping,
    errors,
    heavy_ball,
    loss_parts,
    predicted_errors,
    spectrum,
)

OFFSET = Surface("offset bowl", lambda w1, w2: 7 + (w1 - 1) ** 2 + 5 * (w2 + 2) ** 2, ((-5, 5), (-5, 5)))
GUTTER = Surface("gutter", lambda w1, w2: 0.2 * w1**2 + 0 * w2, ((-5, 5), (-5, 5)))


def on_valley(steps=40, start=(-4.5, -2.0), surface=VALLEY, **settings):
    return trace(Run(surface, partial(SGD, **settings), start, steps, dtype=torch.float64))


def test_the_axes_of_bowls_known_by_hand():
    axes = spectrum(OFFSET)
    assert axes.curvatures == pytest.approx([2, 10])
    assert axes.minimum == pytest.approx([1, -2])
    assert np.abs(axes.directions) == pytest.approx(np.eye(2))
    assert axes.condition == pytest.approx(5)
    assert spectrum(VALLEY).directions[:, 1] == pytest.approx([0.5**0.5, 0.5**0.5])
    assert spectrum(GUTTER).curvatures == pytest.approx([0, 0.4])
    assert spectrum(GUTTER).minimum == pytest.approx([0, 0])


@pytest.mark.parametrize(("surface", "words"), [(BIRD, "not quadratic"), (SADDLE, "no minimum")])
def test_what_has_no_axes_is_refused(surface, words):
    with pytest.raises(DescentError, match=words):
        spectrum(surface)


@pytest.mark.parametrize("surface", [VALLEY, OFFSET])
def test_the_loss_is_the_sum_of_its_parts(surface):
    run = on_valley(surface=surface, lr=0.1)
    lowest = surface.at(*spectrum(surface).minimum)
    assert loss_parts(run).sum(axis=1) == pytest.approx(run.loss - lowest, rel=1e-9)
    assert np.linalg.norm(errors(run), axis=1) == pytest.approx(
        np.linalg.norm(run.params - spectrum(surface).minimum, axis=1)
    )


@pytest.mark.parametrize("lr", [0.01, 0.1, 0.3, 0.5, 0.52, 0.6])
def test_a_step_leaves_the_share_that_theory_says(lr):
    run = on_valley(lr=lr, steps=8)
    left = np.abs(errors(run)[1:] / errors(run)[:-1])
    assert left == pytest.approx(np.tile(contraction(lr, spectrum(VALLEY).curvatures), (8, 1)), rel=1e-6)


def test_no_rate_beats_the_best_one():
    rates = np.linspace(0.001, 0.6, 2000)
    slowest = np.stack([contraction(rates, curvature) for curvature in spectrum(VALLEY).curvatures]).max(axis=0)
    assert rates[slowest.argmin()] == pytest.approx(best_lr(VALLEY), abs=5e-4)
    assert contraction(best_lr(VALLEY), spectrum(VALLEY).curvatures) == pytest.approx([0.9, 0.9])  # (κ − 1)/(κ + 1)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("lr", [0.01, 0.2, 0.5])
def test_heavy_ball_does_what_the_closed_form_says(lr, momentum):
    run = on_valley(lr=lr, momentum=momentum)
    assert errors(run) == pytest.approx(predicted_errors(run), rel=1e-7, abs=1e-9)


@settings(max_examples=60)
@example(1.0, 0.0)
@given(st.floats(1e-3, 1.9), st.floats(0.0, 0.99))
def test_the_closed_form_solves_the_recurrence(sharpness, momentum):
    """x[k+1] = x[k] + momentum·(x[k] − x[k−1]) − lr·λ·x[k], from rest."""
    x = heavy_ball(1.0, momentum, sharpness, 1.0, 30)
    before = np.concatenate([[1.0], x[:-2]])
    assert x[1:] == pytest.approx(x[:-1] + momentum * (x[:-1] - before) - sharpness * x[:-1], rel=1e-6, abs=1e-7)


def test_at_the_critical_momentum_both_roots_are_one():
    lr, curvature = 0.1, 0.4
    limit = critical_momentum(lr, curvature)
    assert damping(lr, limit, curvature) == "critically damped"
    x = heavy_ball(lr, limit, curvature, 3.0, 60)
    nearby = heavy_ball(lr, limit * (1 + 1e-5), curvature, 3.0, 60)
    assert x == pytest.approx(nearby, abs=1e-3)
    assert (x > 0).all()
    run = on_valley(surface=GUTTER, start=(3.0, 1.0), lr=lr, momentum=limit, steps=60)
    assert run.params[:, 0] == pytest.approx(x, rel=1e-6)


def test_only_the_underdamped_ball_swings_through():
    lr, curvature = 0.1, 0.4
    kinds = {momentum: damping(lr, momentum, curvature) for momentum in (0.2, 0.5, 0.7, 0.9)}
    assert list(kinds.values()) == ["overdamped", "overdamped", "underdamped", "underdamped"]
    for momentum, kind in kinds.items():
        crosses = bool((heavy_ball(lr, momentum, curvature, 3.0, 200) < -1e-12).any())
        assert crosses == (kind == "underdamped")


def test_the_critical_ball_is_the_fastest_without_swinging():
    lr, curvature = 0.1, 0.4
    limit = critical_momentum(lr, curvature)
    left = {mu: abs(heavy_ball(lr, mu, curvature, 1.0, 80)[-1]) for mu in (0.2, 0.5, limit, 0.8, 0.95)}
    assert min(left, key=left.get) == limit


def test_the_best_heavy_ball_damps_both_directions_critically():
    lr, momentum = best_heavy_ball(VALLEY)
    assert [critical_momentum(lr, curvature) for curvature in spectrum(VALLEY).curvatures] == pytest.approx(
        [momentum, momentum]
    )
    assert momentum**0.5 < contraction(best_lr(VALLEY), spectrum(VALLEY).curvatures).max()


@pytest.mark.parametrize(
    ("optimizer", "scheduler"),
    [
        (partial(Adam, lr=0.1), None),
        (partial(SGD, lr=0.1, momentum=0.5, nesterov=True), None),
        (partial(SGD, lr=0.1), partial(ExponentialLR, gamma=0.9)),
    ],
)
def test_other_runs_have_no_closed_form_here(optimizer, scheduler):
    with pytest.raises(DescentError, match="constant rate and momentum only"):
        predicted_errors(trace(Run(VALLEY, optimizer, (1.0, 1.0), 2, scheduler)))
