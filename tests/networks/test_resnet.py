"""A ResNet-20 with batch normalisation on scikit-learn's digits, recorded beside its own loop and looked at."""

import numpy as np
import pytest
import torch
from own_loop import flat
from torch import nn
from torch.optim import SGD

from benchmarks.resnet import digits, resnet20
from descent.networks import Recorder, loss_along, loss_on_plane, plane_through, principal_plane, read, slice_surface

cross_entropy = nn.functional.cross_entropy
STEPS, EVERY = 24, 4


def loop(model, optimizer, data, run=None):
    x, y = data
    rows, losses = [flat(model)], []
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    for step in range(STEPS):
        batch = order[64 * step : 64 * step + 64]
        loss = cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if run is not None:
            run.log(loss=loss)
        rows.append(flat(model))
        losses.append(loss.item())
    return torch.stack(rows).numpy(), losses


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder, data = tmp_path_factory.mktemp("resnet"), digits()
    models = [resnet20(), resnet20()]
    optimizers = [SGD(model.parameters(), lr=0.1, momentum=0.9) for model in models]
    with Recorder(folder, models[0], optimizers[0], every=EVERY) as run:
        kept = loop(models[0], optimizers[0], data, run)
    return read(folder, models[0]), kept, loop(models[1], optimizers[1], data), data


def full_loss(run, row, mode, data):
    """The usual way: the network of a row, and one pass over all data."""
    with torch.no_grad():
        return float(cross_entropy(run.network(row, mode)(data[0]), data[1]))


@pytest.mark.matrix
def test_parameters_and_losses_are_a_plain_loop_s_bit_for_bit(recorded):
    run, (rows, losses), (plain_rows, plain_losses), _ = recorded
    np.testing.assert_array_equal(rows, plain_rows)
    assert losses == plain_losses
    np.testing.assert_array_equal(run.params, plain_rows[run.at])
    np.testing.assert_array_equal(run.history.loss[1:], np.float32(plain_losses))
    assert sum(p.numel() for p in run.module.parameters()) == run.params.shape[1] > 250_000


@pytest.mark.matrix
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_the_map_at_the_path_s_points_is_the_full_loss_there_in_the_stated_mode(recorded, mode):
    run, _, _, data = recorded
    truth = [full_loss(run, row, mode, data) for row in range(len(run.params))]
    np.testing.assert_allclose(loss_along(run, cross_entropy, data, mode), truth, rtol=1e-5)
    for row in (1, -1):  # each lies on a plane through it, whose map has that row's state
        plane = plane_through(run.params[row], run.params[0], run.params[3])
        at = plane.project(run.params[[row]])
        found = loss_on_plane(run, cross_entropy, data, plane, at, row, mode)
        np.testing.assert_allclose(found, truth[row], rtol=1e-5)


@pytest.mark.matrix
def test_a_slice_of_it_says_how_it_was_made(recorded):
    run, _, _, (x, y) = recorded
    plane = principal_plane(run)
    surface = slice_surface([run], plane, cross_entropy, (x[:200], y[:200]), n=4, mode="eval")
    assert surface.note == f"slice, evaluation mode, statistics at step {STEPS}"
    assert plane.held(run.params) > 0.5
