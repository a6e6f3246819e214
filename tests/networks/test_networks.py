"""Networks recorded while they train, and slices of their loss."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from descent.base.errors import DescentError
from descent.networks import (
    decision_lines,
    loss_on_plane,
    principal_plane,
    random_plane,
    record,
    slice_surface,
    to_trajectory,
)

mse = nn.functional.mse_loss


def small_problem(seed=0):
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(12, 2, generator=generator)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
    return network, (inputs, inputs[:, 0] * inputs[:, 1])


@pytest.fixture(scope="module")
def recorded():
    network, data = small_problem()
    return [record(network, mse, opt, data, 30) for opt in (partial(SGD, lr=0.3), partial(Adam, lr=0.05))]


def test_the_record_is_a_plain_training_loop():
    network, data = small_problem()
    run = record(network, mse, partial(SGD, lr=0.1, momentum=0.9), data, 5)
    optimizer = SGD(network.parameters(), lr=0.1, momentum=0.9)
    for step in range(5):
        optimizer.zero_grad()
        value = mse(network(data[0]), data[1])
        assert float(value.detach()) == run.loss[step]
        value.backward()
        optimizer.step()
        np.testing.assert_array_equal(
            nn.utils.parameters_to_vector(network.parameters()).detach(), run.params[step + 1]
        )
    assert float(mse(network(data[0]), data[1]).detach()) == run.loss[5]


def test_the_given_network_is_left_alone():
    network, data = small_problem()
    before = nn.utils.parameters_to_vector(network.parameters()).detach().clone()
    run = record(network, mse, partial(SGD, lr=0.1), data, 3)
    assert torch.equal(nn.utils.parameters_to_vector(network.parameters()).detach(), before)
    np.testing.assert_array_equal(run.params[0], before)


def test_schedulers_set_the_rate():
    network, data = small_problem()
    run = record(network, mse, partial(SGD, lr=0.1), data, 4, partial(ExponentialLR, gamma=0.5))
    np.testing.assert_allclose(run.lr, [0.1, 0.05, 0.025, 0.0125])
    watched = record(network, mse, partial(SGD, lr=0.0), data, 4, partial(ReduceLROnPlateau, patience=0))
    assert "ReduceLROnPlateau" in watched.label


def test_batches_are_gone_through_again_and_again():
    network, (inputs, targets) = small_problem()
    batches = [(inputs[:6], targets[:6]), (inputs[6:], targets[6:])]
    run = record(network, mse, partial(SGD, lr=0.0), batches, 4)
    assert run.loss[0] == run.loss[2] == run.loss[4]
    assert run.loss[1] == run.loss[3] != run.loss[0]


def test_a_run_that_leaves_the_finite_numbers_stops():
    network, data = small_problem()
    run = record(network, mse, partial(SGD, lr=1e30), data, 50)
    assert run.steps < 50
    with pytest.raises(DescentError, match="left the finite numbers"):
        principal_plane(run)


def test_principal_components_are_those_of_the_covariance(recorded):
    plane = principal_plane(*recorded)
    points = np.concatenate([run.params for run in recorded]).astype(float)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    np.testing.assert_allclose(plane.explained, values[::-1][:2] / values.sum(), rtol=1e-6)
    for axis, vector in zip(plane.axes, vectors.T[::-1], strict=False):
        assert abs(axis @ vector) == pytest.approx(1, abs=1e-6)
    assert sum(plane.explained) <= 1 + 1e-12


def test_principal_planes_go_through_the_mean_of_the_paths_and_no_parallel_one_is_nearer(recorded):
    for runs in (recorded[:1], recorded):
        plane, rows = principal_plane(*runs), np.concatenate([run.params for run in runs]).astype(float)
        assert plane.distance(rows.mean(axis=0)) == pytest.approx(0, abs=1e-9)
        off = (plane.distance(rows) ** 2).sum()
        assert off == pytest.approx((1 - sum(plane.explained)) * ((rows - rows.mean(axis=0)) ** 2).sum(), rel=1e-6)
        for there in (rows[0], rows[-1]):
            assert (replace(plane, origin=there).distance(rows) ** 2).sum() > off


def test_projecting_undoes_lifting(recorded):
    for plane in (principal_plane(*recorded), random_plane(recorded[0], seed=4)):
        places = np.array([[0.3, -2.0], [1.5, 0.25]])
        np.testing.assert_allclose(plane.project(plane.lift(places)), places, atol=1e-5)
        np.testing.assert_allclose(plane.distance(plane.lift(places)), 0, atol=1e-5)


def test_random_directions_are_as_long_as_the_filters(recorded):
    run = recorded[0]
    weights = run.network().state_dict()
    for axis in random_plane(run, seed=7).axes:
        parts = dict(zip(weights, torch.split(torch.tensor(axis), [w.numel() for w in weights.values()]), strict=True))
        first = parts["0.weight"].reshape(4, 2).norm(dim=1).float()
        torch.testing.assert_close(first, weights["0.weight"].norm(dim=1))
        assert not parts["0.bias"].any()


def test_the_loss_on_a_plane_is_the_network_s(recorded):
    network, data = small_problem()
    plane = random_plane(recorded[1], seed=2)
    places = np.array([[0.0, 0.0], [0.5, -0.5]])
    for place, value in zip(places, loss_on_plane(recorded[1], mse, data, plane, places), strict=True):
        nn.utils.vector_to_parameters(torch.tensor(plane.lift(place), dtype=torch.float32), network.parameters())
        assert value == pytest.approx(float(mse(network(data[0]), data[1]).detach()), rel=1e-5)
    assert loss_on_plane(recorded[1], mse, data, plane, places)[0] == pytest.approx(recorded[1].loss[-1], rel=1e-5)


def test_two_weights_have_no_other_slice_than_their_loss():
    """Of a line fit with two weights, the slice is the loss itself, and the path lies in it."""
    line, x = nn.Linear(1, 1), torch.linspace(-1, 1, 9)[:, None]
    data = x, 2 * x + 1
    run = record(line, mse, partial(SGD, lr=0.1), data, 20)
    plane = principal_plane(run)
    np.testing.assert_allclose(plane.distance(run.params), 0, atol=1e-6)
    assert sum(plane.explained) == pytest.approx(1)
    surface = slice_surface([run], plane, mse, data)
    path = to_trajectory(run, plane, surface)
    for (w1, w2), value in zip(path.params, path.loss, strict=True):
        assert surface.at(w1, w2) == pytest.approx(value, abs=2e-4)


def test_the_slice_is_exact_at_its_grid_points_and_smooth_between(recorded):
    _, data = small_problem()
    plane = principal_plane(*recorded)
    surface = slice_surface(recorded, plane, mse, data, n=21)
    (left, right), (bottom, top) = surface.domain
    corner = surface.at(left, bottom), surface.at((left + right) / 2, (bottom + top) / 2)
    places = np.array([[left, bottom], [(left + right) / 2, (bottom + top) / 2]])
    np.testing.assert_allclose(corner, loss_on_plane(recorded[0], mse, data, plane, places), rtol=1e-5)
    assert np.isfinite(surface.gradient((left + right) / 2, bottom)).all()


def test_decision_lines_run_where_the_output_is_zero():
    network, data = small_problem()
    run = record(network, mse, partial(SGD, lr=0.1), data, 2)
    axis = np.linspace(-2, 2, 41)
    lines = decision_lines(run, axis, axis)
    assert len(lines) == 3
    trained = run.network(2)
    for line in lines[2]:
        assert np.abs(trained(torch.tensor(line, dtype=torch.float32)).detach().numpy()).max() < 0.01
    assert lines[2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps": 0}, "at least 1"),
        ({"module": nn.Tanh()}, "with parameters"),
        ({"module": nn.Linear(2, 1).double()}, "float32"),
        ({"data": []}, "no batch"),
        ({"data": [1, 2]}, "must be tensors"),
        ({"data": (torch.zeros(3, 5), torch.zeros(3))}, "Step 0 failed"),
        ({"loss": lambda out, target: out - target}, "scalar"),
        ({"optimizer": SGD}, "functools.partial"),
        ({"optimizer": partial(SGD, lr=-1.0)}, "torch cannot build"),
    ],
)
def test_mistakes_are_one_sentence(change, sentence):
    network, data = small_problem()
    asked = {"module": network, "loss": mse, "optimizer": partial(SGD, lr=0.1), "data": data, "steps": 3} | change
    with pytest.raises(DescentError, match=sentence) as caught:
        record(**asked)
    assert "\n" not in str(caught.value)


def test_recordings_of_different_starts_share_a_plane_through_their_mean():
    (one, data), (other, _) = small_problem(0), small_problem(1)
    runs = [record(network, mse, partial(SGD, lr=0.1), data, 3) for network in (one, other)]
    plane = principal_plane(*runs)
    rows = np.concatenate([run.params for run in runs]).astype(float)
    np.testing.assert_allclose(plane.origin, rows.mean(axis=0))
    assert plane.explained[0] > 0.9  # of which most is how far apart they start
    assert sum(plane.explained) == pytest.approx(plane.held(*(run.params for run in runs)), abs=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 99), lr=st.floats(0.001, 0.5), steps=st.integers(2, 6))
def test_recording_twice_gives_the_same_bits(seed, lr, steps):
    network, data = small_problem(seed)
    noisy = nn.Sequential(*network[:2], nn.Dropout(0.5), *network[2:])
    first, second = (record(noisy, mse, partial(Adam, lr=lr), data, steps, seed=seed) for _ in range(2))
    np.testing.assert_array_equal(first.params, second.params)
