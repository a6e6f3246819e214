"""The recorded optimizers obey their laws: closed forms on a quadratic, and the papers' updates in numpy."""

import cmath
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.optim import SGD, Adagrad, Adam, AdamW, RMSprop

from descent import BIRD, HIMMELBLAU, ROSENBROCK, VALLEY, Run, trace

HESSIAN = np.array([[2, 1.8], [1.8, 2]])
EIGENVALUES, EIGENVECTORS = np.linalg.eigh(HESSIAN)
STARTS = {BIRD: (-12.0, 10.0), HIMMELBLAU: (-1.0, 2.0), ROSENBROCK: (-1.5, 2.0), VALLEY: (-4.5, -2.0)}
SURFACE = pytest.mark.parametrize("surface", STARTS, ids=lambda surface: surface.name)
POINTS = st.tuples(st.floats(-5, 5), st.floats(-5, 5))


def exactly(surface, optimizer, steps, start=None):
    """Trace in float64, where a law can be held to many digits."""
    return trace(Run(surface, optimizer, start or STARTS[surface], steps, dtype=torch.float64))


def agree(trajectory, params, **buffers):
    """The trajectory and its buffers against rows computed by hand, to rounding that grows with the steps."""
    expected = np.array(params)
    assert trajectory.params == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())
    for name, values in buffers.items():
        expected = np.array(values)
        assert trajectory.state[name] == pytest.approx(expected, rel=1e-8, abs=1e-8 * np.abs(expected).max())


@given(POINTS, st.floats(0, 0.6))
@settings(max_examples=30)
def test_gradient_descent_on_a_quadratic_is_a_power_of_a_matrix(start, lr):
    trajectory = exactly(VALLEY, partial(SGD, lr=lr), 12, start)
    powers = [(1 - lr * EIGENVALUES) ** step for step in range(13)]
    rows = [EIGENVECTORS @ (power * (EIGENVECTORS.T @ start)) for power in powers]
    assert trajectory.params == pytest.approx(np.array(rows), abs=1e-9)


@given(POINTS, st.floats(0.01, 0.6), st.floats(0, 0.95))
@settings(max_examples=30)
def test_the_heavy_ball_on_a_quadratic_is_a_sum_of_two_powers(start, lr, momentum):
    # Along an eigenvector, w[k+1] = (1 + μ − lr λ) w[k] − μ w[k−1], whose characteristic roots solve it.
    amplitudes = EIGENVECTORS.T @ start
    rows = np.zeros((13, 2), dtype=complex)
    for axis, curvature in enumerate(EIGENVALUES):
        trace_of_step = 1 + momentum - lr * curvature
        spread = cmath.sqrt(trace_of_step**2 - 4 * momentum)
        assume(abs(spread) > 1e-3)
        roots = (trace_of_step + spread) / 2, (trace_of_step - spread) / 2
        first = (1 - lr * curvature - roots[1]) / (roots[0] - roots[1])
        for step in range(13):
            rows[step, axis] = amplitudes[axis] * (first * roots[0] ** step + (1 - first) * roots[1] ** step)
    trajectory = exactly(VALLEY, partial(SGD, lr=lr, momentum=momentum), 12, start)
    assert trajectory.params == pytest.approx((rows @ EIGENVECTORS.T).real, abs=1e-7)


def test_plain_descent_on_the_valley_is_stable_exactly_below_two_over_the_largest_curvature():
    limit = 2 / EIGENVALUES.max()
    below = exactly(VALLEY, partial(SGD, lr=0.99 * limit), 600)
    above = exactly(VALLEY, partial(SGD, lr=1.01 * limit), 600)
    assert below.loss[-1] < 1e-4 * below.loss[0]
    assert above.loss[-1] > 1e4 * above.loss[0]


@SURFACE
@pytest.mark.parametrize(("nesterov", "dampening"), [(False, 0), (False, 0.3), (True, 0)])
def test_sgd(surface, nesterov, dampening):
    lr, mu, decay = 0.0005, 0.8, 0.01
    optimizer = partial(SGD, lr=lr, momentum=mu, dampening=dampening, weight_decay=decay, nesterov=nesterov)
    w, velocity, rows, velocities = np.array(STARTS[surface]), None, [STARTS[surface]], []
    for _ in range(15):
        gradient = surface.gradient(*w) + decay * w
        velocity = gradient if velocity is None else mu * velocity + (1 - dampening) * gradient
        w = w - lr * (gradient + mu * velocity if nesterov else velocity)
        rows.append(w)
        velocities.append(velocity)
    agree(exactly(surface, optimizer, 15), rows, momentum_buffer=velocities)


@SURFACE
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("mu", [0, 0.5])
def test_rmsprop(surface, centered, mu):
    lr, alpha, eps = 0.02, 0.9, 1e-6
    optimizer = partial(RMSprop, lr=lr, alpha=alpha, eps=eps, momentum=mu, centered=centered)
    w = np.array(STARTS[surface])
    square, mean, velocity = np.zeros((3, 2))
    rows, squares = [w], []
    for _ in range(15):
        gradient = surface.gradient(*w)
        square = alpha * square + (1 - alpha) * gradient**2
        mean = alpha * mean + (1 - alpha) * gradient
        variance = square - mean**2 if centered else square
        velocity = mu * velocity + gradient / (np.sqrt(variance) + eps)
        w = w - lr * velocity
        rows.append(w)
        squares.append(square)
    agree(exactly(surface, optimizer, 15), rows, square_avg=squares)


@SURFACE
@pytest.mark.parametrize("optimizer", [Adam, AdamW])
@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_and_adamw(surface, optimizer, amsgrad):
    lr, (beta1, beta2), eps, decay = 0.05, (0.8, 0.95), 1e-7, 0.1
    w = np.array(STARTS[surface])
    first, second, largest = np.zeros((3, 2))
    rows, firsts, seconds = [w], [], []
    for step in range(1, 16):
        gradient = surface.gradient(*w)
        if optimizer is Adam:
            gradient = gradient + decay * w
        else:
            w = w - lr * decay * w
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * gradient**2
        largest = np.maximum(largest, second)
        spread = np.sqrt((largest if amsgrad else second) / (1 - beta2**step))
        w = w - lr * first / (1 - beta1**step) / (spread + eps)
        rows.append(w)
        firsts.append(first)
        seconds.append(second)
    settings = {"lr": lr, "betas": (beta1, beta2), "eps": eps, "weight_decay": decay, "amsgrad": amsgrad}
    trajectory = exactly(surface, partial(optimizer, **settings), 15)
    agree(trajectory, rows, exp_avg=firsts, exp_avg_sq=seconds)
    assert trajectory.state["step"].tolist() == [[step, step] for step in range(1, 16)]


@SURFACE
def test_adagrad(surface):
    lr, lr_decay, eps = 0.5, 0.1, 1e-8
    w, total = np.array(STARTS[surface]), np.full(2, 0.2)
    rows, totals = [w], []
    for step in range(15):
        gradient = surface.gradient(*w)
        total = total + gradient**2
        w = w - lr / (1 + step * lr_decay) * gradient / (np.sqrt(total) + eps)
        rows.append(w)
        totals.append(total)
    optimizer = partial(Adagrad, lr=lr, lr_decay=lr_decay, initial_accumulator_value=0.2, eps=eps)
    agree(exactly(surface, optimizer, 15), rows, sum=totals)


@pytest.mark.parametrize("optimizer", [RMSprop, Adam, Adagrad])
@given(st.floats(0.1, 1000))
@settings(max_examples=10)
def test_adaptive_steps_do_not_feel_the_scale_of_the_loss(optimizer, scale):
    settings = {"lr": 0.1, "eps": 0}
    plain = exactly(VALLEY, partial(optimizer, **settings), 10)
    scaled_valley = type(VALLEY)("scaled", lambda w1, w2: scale * VALLEY.loss(w1, w2), VALLEY.domain)
    scaled = exactly(scaled_valley, partial(optimizer, **settings), 10, STARTS[VALLEY])
    assert scaled.params == pytest.approx(plain.params, abs=1e-9)
