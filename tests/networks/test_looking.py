"""Looking at training runs: planes, slices in a given time, samples, curvature, lines and curves between networks."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from own_loop import examples, mse, network, train
from torch import nn
from torch.optim import SGD, Adam, RMSprop

from descent.base.errors import DescentError
from descent.networks import (
    ModelLoss,
    Plane,
    Recorder,
    block_norms,
    connect,
    hessian_plane,
    loss_along,
    loss_between,
    loss_to_truth,
    plane_through,
    principal_plane,
    random_plane,
    read,
    record,
    sample_of,
    scan_slice,
    sharpness,
    stability_limit,
)
from descent.record.networks.curvature import top_eigenpairs
from descent.record.networks.stored import columns

CURVES = torch.tensor([7.0, 3.0, 1.0, 0.5, -4.0])


class Bowl(nn.Module):
    """A quadratic loss with known curvatures, along axes turned by a rotation."""

    def __init__(self):
        super().__init__()
        turn, _ = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(2)))
        self.matrix = turn @ torch.diag(CURVES) @ turn.T
        self.w = nn.Parameter(torch.ones(5))

    def forward(self):
        return 0.5 * self.w @ self.matrix @ self.w


bowl_loss = ModelLoss(lambda module, batch: module())
nothing = (torch.zeros(3, 1), torch.zeros(3, 1))


def on_bowl(optimizer=None, steps=4):
    return record(Bowl(), bowl_loss, optimizer or partial(SGD, lr=0.01), nothing, steps)


def trained(seed=0, steps=40, mode="train"):
    x, y = examples(24)
    return record(network(seed), mse, partial(SGD, lr=0.05), (x, y), steps, mode=mode), (x, y)


def dense_hessian(run, data, row=-1):
    """Second derivatives of a loss by torch's own matrix, of every parameter with every other."""
    module, (x, y) = run.network(row, run.mode(row)), data
    names = [name for name, _ in module.named_parameters()]
    shapes = [p.shape for p in module.parameters()]

    def loss(flat):
        parts = torch.split(flat, [shape.numel() for shape in shapes])
        given = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        torch.manual_seed(0)
        return mse(torch.func.functional_call(module, given, (x,)), y)

    start = torch.tensor(run.params[row])
    matrix = torch.autograd.functional.hessian(loss, start).double().numpy()
    return (matrix + matrix.T) / 2


def test_the_sharpness_of_a_quadratic_is_its_largest_curvature_anywhere():
    run = on_bowl()
    np.testing.assert_allclose(sharpness(run, bowl_loss, nothing), 7.0, rtol=1e-5)


def test_the_sharpest_directions_of_a_quadratic_are_its_axes():
    plane = hessian_plane(on_bowl(), bowl_loss, nothing)
    matrix = Bowl().matrix.double().numpy()
    for axis, curve in zip(plane.axes, (7.0, 3.0), strict=True):
        np.testing.assert_allclose(matrix @ axis, curve * axis, atol=1e-4)


def test_the_sharpness_of_a_network_is_that_of_its_dense_hessian():
    # In training mode, with batch statistics; dropout draws the same numbers each time.
    run, data = trained()
    rows = [0, 20, -1]
    truth = [np.linalg.eigvalsh(dense_hessian(run, data, row))[-1] for row in rows]
    np.testing.assert_allclose(sharpness(run, mse, data, rows), truth, rtol=1e-3)
    x, y = data
    batches = [(x[:9], y[:9]), (x[9:], y[9:])]
    still, _ = trained(mode="eval")
    np.testing.assert_allclose(sharpness(still, mse, batches, [-1]), sharpness(still, mse, data, [-1]), rtol=1e-3)


def test_largest_eigenvalues_are_those_of_the_matrix_and_not_the_farthest_from_nought():
    random = np.random.Generator(np.random.PCG64(4))
    turn, _ = np.linalg.qr(random.standard_normal((60, 60)))
    values = np.concatenate([[5.0, 2.0], random.uniform(-1, 1, 57), [-9.0]])
    matrix = turn @ np.diag(values) @ turn.T
    found, vectors = top_eigenpairs(lambda v: matrix @ v, 60, 2)
    np.testing.assert_allclose(found, [5.0, 2.0], rtol=1e-6)
    np.testing.assert_allclose(matrix @ vectors, vectors * found, atol=1e-5)


def test_a_loss_that_is_not_finite_has_no_sharpness():
    run, data = trained(steps=2)
    lost = replace(run, params=np.full_like(run.params, np.nan))
    assert np.isnan(sharpness(lost, mse, data, [0])).all()


@pytest.mark.parametrize(
    ("optimizer", "limit"),
    [
        (partial(SGD, lr=0.1), 20),
        (partial(SGD, lr=0.1, momentum=0.9), 38),
        (partial(SGD, lr=0.1, momentum=0.5, nesterov=True), 15),
        (partial(Adam, lr=0.1), 380),
        (partial(RMSprop, lr=0.1), 20),
        (partial(SGD, lr=0.1, momentum=0.9, dampening=0.1), np.nan),
        (partial(torch.optim.Rprop, lr=0.1), np.nan),
    ],
)
def test_limits_of_stable_steps(optimizer, limit):
    np.testing.assert_allclose(stability_limit(on_bowl(optimizer)), limit)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.6, False), (0.6, True)])
def test_steps_over_the_limit_grow_on_a_quadratic_and_those_under_it_shrink(momentum, nesterov):
    def length_after(share):
        w = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        rate = share * stability_limit(on_bowl(partial(SGD, lr=1.0, momentum=momentum, nesterov=nesterov)))[0] / 7
        optimizer = SGD([w], lr=rate, momentum=momentum, nesterov=nesterov)
        for _ in range(400):
            optimizer.zero_grad()
            (3.5 * w**2).backward()
            optimizer.step()
        return abs(w.item())

    assert length_after(0.98) < 1e-2
    assert length_after(1.02) > 1e2


def test_the_preconditioned_sharpness_divides_by_what_adam_does(tmp_path):
    model = network()
    optimizer = Adam(model.parameters(), lr=0.01)
    with Recorder(tmp_path, model, optimizer, every=5, preconditioner=True) as run:
        train(model, optimizer, 10, run)
    recorded, data = read(tmp_path, model), examples()
    assert np.isnan(recorded.preconditioner[0]).all()
    state = [optimizer.state[p] for p in model.parameters()]
    divisor = torch.cat([((s["exp_avg_sq"] / (1 - 0.999**10)).sqrt() + 1e-8).flatten() for s in state]).numpy()
    np.testing.assert_allclose(recorded.preconditioner[-1], divisor, rtol=1e-5)
    root = 1 / np.sqrt(divisor.astype(float))
    truth = np.linalg.eigvalsh(root[:, None] * dense_hessian(recorded, data) * root)[-1]
    found = sharpness(recorded, mse, data, [0, -1], preconditioned=True)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(truth, rel=1e-3)
    with pytest.raises(DescentError, match="preconditioner=True"):
        sharpness(replace(recorded, preconditioner=None), mse, data, preconditioned=True)
    with pytest.raises(DescentError, match="not of SGD"):
        Recorder(tmp_path / "b", model, SGD(model.parameters(), lr=0.1), preconditioner=True)


def test_a_run_left_on_the_disk_has_the_plane_and_the_numbers_of_one_in_memory(tmp_path):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.05)
    with Recorder(tmp_path, model, optimizer, every=4) as run:
        train(model, optimizer, 40, run)
    kept, left = read(tmp_path, model), read(tmp_path, model, stream=True)
    np.testing.assert_array_equal(left.params, kept.params)
    np.testing.assert_array_equal(left.params[3], kept.params[3])
    assert left.state.keys() == kept.state.keys()
    one, other = principal_plane(kept), principal_plane(left)
    np.testing.assert_allclose(one.explained, other.explained, rtol=1e-6)
    np.testing.assert_allclose(one.project(kept.params), other.project(left.params), atol=1e-5)
    np.testing.assert_allclose(one.distance(kept.params), other.distance(left.params), atol=1e-5)
    assert one.held(kept.params) == pytest.approx(other.held(left.params), abs=1e-6)
    np.testing.assert_allclose(loss_along(left, mse, examples()), loss_along(kept, mse, examples()))


def test_columns_are_all_numbers_once_whatever_their_number_at_a_time(tmp_path, monkeypatch):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.05)
    with Recorder(tmp_path, model, optimizer, every=2) as run:
        train(model, optimizer, 6, run)
    whole = read(tmp_path, model).params
    for numbers in (4, 30, 10**6):
        monkeypatch.setattr("descent.record.networks.stored._NUMBERS", numbers)
        for params in (whole, read(tmp_path, model, stream=True).params):
            np.testing.assert_array_equal(np.concatenate(list(columns(params)), axis=1), whole)


def test_what_a_plane_holds_is_what_its_principal_components_explain_and_less_of_others():
    run, _ = trained()
    plane = principal_plane(run)
    assert plane.held(run.params) == pytest.approx(sum(plane.explained))
    assert random_plane(run).held(run.params) < 0.5
    turned = replace(plane, axes=np.array([[1.0, 2.0], [0.5, -3.0]]) @ plane.axes)
    assert turned.held(run.params) == pytest.approx(plane.held(run.params))
    flat = plane.lift(plane.project(run.params))
    assert plane.held(flat) == pytest.approx(1)


def test_a_plane_through_three_points_holds_them_at_their_own_distances():
    a, b, c = np.random.Generator(np.random.PCG64(1)).standard_normal((3, 20))
    plane = plane_through(a, b, c)
    np.testing.assert_allclose(plane.distance(np.stack([a, b, c])), 0, atol=1e-9)
    at = plane.project(np.stack([a, b, c]))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        truth = np.linalg.norm([a, b, c][one] - [a, b, c][other])
        assert np.linalg.norm(at[one] - at[other]) == pytest.approx(truth)
    with pytest.raises(DescentError, match="on a line"):
        plane_through(a, b, (a + b) / 2)


def test_a_sample_has_each_example_at_most_once_and_its_error_bar_is_that_of_other_samples():
    x = torch.arange(1000.0)[:, None]
    data = [(x[:300], x[:300]), (x[300:], x[300:])]
    sample = sample_of(data, 200, seed=3)
    drawn = torch.cat([part[0] for part in sample]).flatten()
    assert len(drawn) == len(drawn.unique()) == 200
    assert str(sample) == "200 of 1,000 examples"
    run = record(
        nn.Linear(1, 1), ModelLoss(lambda m, b: b[0].mean() + 0 * m(b[0]).sum()), partial(SGD, lr=0.0), data, 3
    )
    plane = Plane(run.params[-1].astype(float), np.eye(2))
    loss = ModelLoss(lambda m, b: b[0].mean())
    bars, means = [], []
    for seed in range(40):
        found = scan_slice([run], plane, loss, sample_of(data, 200, seed), 4, view=((-1, 1), (-1, 1)), points=1)
        bars.append(np.nanmedian(found.error))
        means.append(np.nanmedian(found.values))
    assert np.sqrt(np.mean(np.square(bars))) == pytest.approx(np.std(means), rel=0.35)
    assert np.abs(np.mean(means) - 499.5) < 4 * np.std(means) / np.sqrt(40)
    whole = scan_slice([run], plane, loss, sample_of(data, 5000), 4, view=((-1, 1), (-1, 1)), points=1)
    assert np.nanmax(whole.error) == 0  # all examples leave nothing to chance


def test_a_slice_in_parts_goes_on_where_it_was_and_ends_as_one_in_one_go(tmp_path, monkeypatch):
    run, data = trained()
    plane, asked = principal_plane(run), []
    whole = scan_slice([run], plane, mse, data, 13)
    assert whole.computed == 1
    keep, shares = tmp_path / "slice.npz", []
    for points in (60, 200, None):
        found = scan_slice([run], plane, mse, data, 13, points=points, keep=keep)
        shares.append(found.computed)
    assert 0 < shares[0] < shares[1] < shares[2] == 1
    np.testing.assert_allclose(found.values, whole.values, rtol=1e-5)
    from descent.record.networks.many_weights import Asker

    monkeypatch.setattr(Asker, "__call__", lambda self, params, state=None: asked.append(len(params)))
    with pytest.raises(TypeError):  # one point is asked again, to see that the loss is the same
        scan_slice([run], plane, mse, data, 13, keep=keep)
    assert asked == [1]


def test_a_slice_kept_of_another_loss_or_data_is_computed_anew(tmp_path):
    run, (x, y) = trained()
    plane, keep = principal_plane(run), tmp_path / "slice.npz"
    scan_slice([run], plane, mse, (x, y), 5, keep=keep)
    for loss, data in ((nn.functional.l1_loss, (x, y)), (nn.functional.l1_loss, (x, 2 * y))):
        found = scan_slice([run], plane, loss, data, 5, keep=keep)
        np.testing.assert_array_equal(found.values, scan_slice([run], plane, loss, data, 5).values)
    keep.write_bytes(b"no slice")
    with pytest.raises(DescentError, match="holds no slice"):
        scan_slice([run], plane, mse, (x, y), 5, keep=keep)


def test_a_slice_in_no_time_is_near_the_whole_one_where_the_path_runs():
    run, data = trained()
    plane = principal_plane(run)
    whole, part = (scan_slice([run], plane, mse, data, 33, points=points) for points in (None, 400))
    rough = scan_slice([run], plane, mse, data, 33, seconds=0.0)
    assert rough.computed < part.computed < whole.computed
    truth, near, far = (each.surface() for each in (whole, part, rough))
    at = torch.tensor(plane.project(run.params))
    exact, close, coarse = (each(*at.T).numpy() for each in (truth, near, far))
    assert np.abs(close - exact).max() <= np.abs(coarse - exact).max()
    np.testing.assert_allclose(close, exact, rtol=0.02)
    assert "of its points computed" in near.note


def test_lines_begin_and_end_with_the_networks_own_losses():
    (one, data), (other, _) = trained(0), trained(1)
    for mode in ("train", "eval"):
        line = loss_between(one, other, mse, data, 9, mode=mode)
        for end, run in ((0, one), (-1, other)):
            assert line.loss[end] == pytest.approx(loss_along(run, mse, data, mode)[-1], rel=1e-5)
    assert line.barrier >= 0
    still = loss_between(one, one, mse, data, 3)
    np.testing.assert_allclose(still.loss, still.loss[0])
    assert still.barrier == 0


def test_the_barrier_of_a_quadratic_line():
    class Hill(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(2))

        def forward(self):
            return (1 - self.w[0] ** 2) + 0 * self.w.sum()

    loss = ModelLoss(lambda module, batch: module())
    run = record(Hill(), loss, partial(SGD, lr=0.0), nothing, 2)
    a, b = (replace(run, params=np.float32([[x, 0]] * 3)) for x in (-1.0, 2.0))
    line = loss_between(a, b, loss, nothing, 31)
    # 1 - (3t - 1)² over the straight line from 0 to -3 is highest at its middle: 9 / 4.
    assert line.barrier == pytest.approx(9 / 4, rel=1e-3)


def test_from_the_slice_to_the_truth():
    run, data = trained()
    plane = principal_plane(run)
    for row in (0, 13, -1):
        line = loss_to_truth(run, plane, mse, data, row)
        assert line.loss[-1] == pytest.approx(loss_along(run, mse, data)[row], rel=1e-5)
        shown = scan_slice([run], plane, mse, data, 5).surface().note
        assert "training mode" in shown
    inside = replace(run, params=plane.lift(plane.project(run.params)).astype(np.float32))
    flat = loss_to_truth(inside, plane, mse, data)
    np.testing.assert_allclose(flat.loss, flat.loss[0], rtol=1e-4)


def test_a_curve_goes_around_a_hill_that_the_straight_line_climbs():
    class Ring(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.tensor([1.0, 0.1]))

        def forward(self):
            return (self.w.square().sum() - 1) ** 2

    loss = ModelLoss(lambda module, batch: module())
    run = record(Ring(), loss, partial(SGD, lr=0.0), nothing, 2)
    a, b = (replace(run, params=np.float32([point] * 3)) for point in ((1.0, 0.02), (-1.0, 0.02)))
    found = connect(a, b, loss, nothing, 400, optimizer=partial(Adam, lr=0.02))
    assert found.straight.barrier == pytest.approx(1, abs=0.01)
    assert found.curve.barrier < 0.1
    # No Bézier curve with this middle is a circle: halfway it is at half the middle's height.
    assert 1.2 < abs(found.middle[1]) < 2.6
    plane = plane_through(a.params[-1], b.params[-1], found.middle)
    assert plane.distance(found.middle) == pytest.approx(0, abs=1e-6)


def test_lengths_of_blocks_are_those_of_their_parameters():
    run, _ = trained(steps=5)
    norms = block_norms(run)
    assert norms.blocks == ("0", "1", "4")
    for row in (0, 5):
        module = run.network(row)
        for k, block in enumerate(norms.blocks):
            flat = torch.cat([p.flatten() for p in module.get_submodule(block).parameters()])
            assert norms.length[row, k] == pytest.approx(float(flat.norm().detach()), rel=1e-5)
    assert (norms.moved[0] == 0).all()
    whole = np.linalg.norm(run.params[5].astype(float) - run.params[0])
    assert np.linalg.norm(norms.moved[5]) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda run, data: scan_slice([run], principal_plane(run), mse, data, device="nowhere"), "cannot compute on"),
        (lambda run, data: scan_slice([run], principal_plane(run), mse, data, keep="a.txt"), "ends in .npz"),
        (lambda run, data: sample_of(data, 3), "cannot be in 8 parts"),
        (lambda run, data: sample_of(data, 1.5), "whole number"),
        (lambda run, data: loss_between(run, on_bowl(), mse, data), "of one kind"),
        (lambda run, data: loss_between(run, run, mse, data, 1), "at least 2"),
        (lambda run, data: connect(run, run, mse, data, 0), "at least 1"),
        (lambda run, data: connect(run, run, lambda a, b: a, data, 1), "scalar"),
        (lambda run, data: plane_through(run.params[0], run.params[1], np.zeros(3)), "three arrays"),
        (lambda run, data: read("nowhere", run.module, stream=True), "no run of a Recorder"),
    ],
)
def test_mistakes_are_one_sentence(wrong, sentence):
    run, data = trained(steps=4)
    with pytest.raises(DescentError, match=sentence) as error:
        wrong(run, data)
    assert "\n" not in str(error.value)
