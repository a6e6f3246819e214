"""Any network, any data: state that is no parameter, modes, random draws, forms of batches, groups of parameters."""

import random
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pytorch_optimizer
import schedulefree
import torch
from torch import nn
from torch.optim import LBFGS, SGD, Adam, AdamW, Muon
from torch.optim.lr_scheduler import ExponentialLR
from torch.utils.data import DataLoader, TensorDataset

from descent.base.errors import DescentError
from descent.figures import comparison, side_by_side
from descent.networks import (
    ModelLoss,
    Plane,
    decision_lines,
    loss_along,
    loss_on_plane,
    principal_plane,
    record,
    slice_surface,
    to_trajectory,
)

mse = nn.functional.mse_loss


def made(*layers):
    """Layers one after another, with the same weights every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(*(layer() for layer in layers))


def normed(*more):
    return made(partial(nn.Linear, 3, 6), partial(nn.BatchNorm1d, 6), nn.Tanh, *more, partial(nn.Linear, 6, 1))


def spectral():
    return made(lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 6)), nn.Tanh, partial(nn.Linear, 6, 1))


class Recurrent(nn.Module):
    """What `vmap` cannot batch."""

    def __init__(self):
        super().__init__()
        self.memory, self.out = nn.GRU(1, 3, batch_first=True), nn.Linear(3, 1)

    def forward(self, x):
        return self.out(self.memory(x[..., None])[0][:, -1])


class Dropping(nn.Module):
    """Dropout that no submodule shows."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 6), nn.Linear(6, 1)

    def forward(self, x):
        return self.last(nn.functional.dropout(self.first(x), 0.4, self.training))


def examples(n=24):
    generator = torch.Generator().manual_seed(1)
    x = 2 + 3 * torch.randn(n, 3, generator=generator)
    return x, x[:, :1] * 0.3 - x[:, 1:2]


def plain_loop(network, batches, steps, optimizers, loss=mse, seed=0):
    """The training loop that everybody writes, as an oracle: parameters and losses."""
    torch.manual_seed(seed)
    rows, losses = [nn.utils.parameters_to_vector(network.parameters()).detach().clone()], []
    while len(losses) < steps:
        for x, y in batches:
            if len(losses) == steps:
                break
            for optimizer in optimizers:
                optimizer.zero_grad()
            value = loss(network(x), y)
            value.backward()
            for optimizer in optimizers:
                optimizer.step()
            losses.append(value.item())
            rows.append(nn.utils.parameters_to_vector(network.parameters()).detach().clone())
    return torch.stack(rows).numpy(), losses


NETWORKS = {
    "batch norm": normed,
    "batch norm and dropout": partial(normed, partial(nn.Dropout, 0.3)),
    "spectral norm": spectral,
    "functional dropout": Dropping,
    "recurrent": Recurrent,
}


def network_of(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return NETWORKS[name]()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_parameters_losses_and_state_are_a_plain_loop_s_bit_for_bit(name, mode):
    data = examples()
    run = record(network_of(name), mse, partial(Adam, lr=0.02), data, 6, seed=5, mode=mode)
    network = network_of(name).train(mode == "train")
    with torch.random.fork_rng(devices=[]):
        rows, losses = plain_loop(network, [data], 6, [Adam(network.parameters(), lr=0.02)], seed=5)
    np.testing.assert_array_equal(run.params, rows)
    np.testing.assert_array_equal(run.loss[:-1], losses)
    assert run.training.tolist() == [mode == "train"] * 7
    own = dict(run.network(-1).named_buffers())
    for key, buffer in network.named_buffers():
        assert torch.equal(own[key], buffer), key


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_the_map_at_the_path_s_points_is_the_loss_there_in_the_stated_mode(name, mode):
    """The law of a slice, against networks that are put together here, not by descent."""
    x, y = examples()
    run = record(network_of(name), mse, partial(SGD, lr=0.01, momentum=0.9), (x, y), 12)
    along = loss_along(run, mse, (x, y), mode)
    for row in (0, 5, 12):
        network = network_of(name)
        nn.utils.vector_to_parameters(torch.tensor(run.params[row]), network.parameters())
        for key, buffer in network.named_buffers():
            buffer.copy_(torch.tensor(run.state[key][row]) if key in run.state else buffer)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            truth = mse(network.train(mode == "train")(x), y).item()
        plane = Plane(run.params[row].astype(float), np.eye(2, run.params.shape[1]))
        assert loss_on_plane(run, mse, (x, y), plane, np.zeros((3, 2)), row, mode) == pytest.approx(truth, rel=1e-5)
        assert along[row] == pytest.approx(truth, rel=1e-5)


def test_a_whole_path_lies_on_its_map():
    """A network of two weights around a batch norm: its only plane holds the path, so the map gives every loss."""
    bend = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1, affine=False), nn.Softplus())
    bend[0].weight.data.fill_(0.7)
    bend[0].bias.data.fill_(0.2)
    x = torch.linspace(-1, 2, 16)[:, None]
    run = record(bend, mse, partial(Adam, lr=0.05), (x, 0.3 * x**2), 10)
    plane = Plane(np.zeros(2), np.eye(2))
    np.testing.assert_allclose(loss_on_plane(run, mse, (x, 0.3 * x**2), plane, run.params), run.loss, rtol=1e-5)


def test_a_network_with_batch_norm_is_drawn_with_its_own_running_statistics():
    """Once the initial ones were drawn: a loss of 0.0006 was 19.39 in `network(-1)`, silently."""
    x, y = examples(64)
    run = record(normed(), mse, partial(Adam, lr=0.05), (x, y), 150)
    statistics = run.state["1.running_mean"]
    assert statistics.shape == (151, 6)
    assert not statistics[0].any()
    assert np.abs(statistics[-1]).max() > 1
    loss = mse(run.network(-1)(x), y).item()
    assert loss < 2 * run.loss[-1] + 0.05
    plane = Plane(run.params[-1].astype(float), np.eye(2, run.params.shape[1]))
    for mode, truth in (("eval", loss), ("train", run.loss[-1])):
        found = loss_on_plane(run, mse, (x, y), plane, np.zeros((1, 2)), mode=mode)
        assert found == pytest.approx(truth, rel=1e-5)


def test_maps_leave_recording_and_random_numbers_alone():
    data = examples()
    run = record(normed(partial(nn.Dropout, 0.5)), mse, partial(SGD, lr=0.01), data, 4)
    state = {name: values.copy() for name, values in run.state.items()}
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    first, again = (slice_surface([run], principal_plane(run), mse, data, n=5) for _ in range(2))
    (left, _), (bottom, _) = first.domain
    assert first.at(left, bottom) == again.at(left, bottom)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()
    assert not any(value.any() for value in run.module[1].running_mean)
    for name, values in run.state.items():
        np.testing.assert_array_equal(values, state[name])


def test_pictures_say_in_which_mode_and_with_whose_statistics():
    data = examples()
    runs = [record(normed(), mse, optimizer, data, 5) for optimizer in (partial(SGD, lr=0.01), partial(Adam, lr=0.1))]
    plane = principal_plane(*runs)
    training = slice_surface(runs, plane, mse, data, n=5)
    assert training.note == "slice, training mode"
    path = to_trajectory(runs[0], plane, training)
    picture = comparison([path])
    assert "(slice, training mode)" in picture.alt
    assert picture.figure.axes[1].get_title("left") == "slice, training mode"
    beside = slice_surface(runs, plane, mse, data, n=5, mode="eval")
    two = side_by_side([[path], [to_trajectory(runs[0], plane, beside)]], titles=("Trained", "Used"))
    heads = {" ".join(axes.get_title("left").split()) for axes in two.figure.axes}
    used = "slice, evaluation mode, statistics of SGD lr 0.01 at step 5"
    assert {"Trained slice, training mode", f"Used {used}"} <= heads
    evaluated = slice_surface(runs, plane, mse, data, n=5, mode="eval", row=3)
    assert evaluated.note == "slice, evaluation mode, statistics of SGD lr 0.01 at step 3"
    assert to_trajectory(runs[0], plane, evaluated).run.label == "SGD  lr 0.01 · loss in training mode"
    frozen = record(normed(), mse, partial(SGD, lr=0.01), data, 5, mode="eval")
    assert frozen.label == "SGD  lr 0.01 · evaluation mode"
    assert slice_surface([frozen], principal_plane(frozen), mse, data, n=5).note == "slice, evaluation mode"


def test_a_shuffled_loader_is_seen_as_a_plain_loop_sees_it_and_alike_by_every_run():
    x, y = examples(20)
    own = torch.Generator().manual_seed(3)
    loader, seeded = (DataLoader(TensorDataset(x, y), 6, shuffle=True, generator=g) for g in (None, own))
    run = record(normed(), mse, partial(SGD, lr=0.01), loader, 9, seed=2)
    network = normed()
    with torch.random.fork_rng(devices=[]):
        rows, losses = plain_loop(network, loader, 9, [SGD(network.parameters(), lr=0.01)], seed=2)
    np.testing.assert_array_equal(run.params, rows)
    np.testing.assert_array_equal(run.loss[:-1], losses)
    one, other = (record(normed(), mse, partial(SGD, lr=0.01), seeded, 9) for _ in range(2))
    np.testing.assert_array_equal(one.loss, other.loss)
    assert (one.loss != run.loss).any()


def test_the_loss_of_a_loader_is_the_mean_over_its_examples():
    x, y = examples(20)
    line = made(partial(nn.Linear, 3, 1))
    run = record(line, mse, partial(SGD, lr=0.01), (x, y), 6)
    loader = DataLoader(TensorDataset(x, y), 6, shuffle=True)  # of 6, 6, 6 and 2
    np.testing.assert_allclose(loss_along(run, mse, loader), run.loss, rtol=1e-5)


def test_numpy_s_and_python_s_draws_are_seeded_too():
    def jittered(out, target):
        return mse(out, target) * (1 + random.random() + np.random.rand())

    x, y = examples()
    assert len(set(record(nn.Linear(3, 1), jittered, partial(SGD, lr=0.0), (x, y), 3, seed=4).loss.tolist())) == 4
    line = made(partial(nn.Linear, 3, 1))
    one = record(line, jittered, partial(SGD, lr=0.01), (x, y), 3, seed=4)
    random.random(), np.random.rand(), torch.rand(1)
    other = record(line, jittered, partial(SGD, lr=0.01), (x, y), 3, seed=4)
    np.testing.assert_array_equal(one.loss, other.loss)


def test_batches_of_any_form():
    x, y = examples()
    line = made(partial(nn.Linear, 3, 1))
    usual = record(line, mse, partial(SGD, lr=0.01), (x, y), 5)
    by_name = ModelLoss(lambda network, batch: mse(network(batch["x"]), batch["y"]))
    for data in ({"x": x, "y": y}, [{"x": x, "y": y}]):
        run = record(line, by_name, partial(SGD, lr=0.01), data, 5)
        np.testing.assert_array_equal(run.params, usual.params)
        np.testing.assert_allclose(loss_along(run, by_name, data), usual.loss, rtol=1e-5)
    pair = record(nn.Bilinear(3, 3, 1), mse, partial(SGD, lr=0.001), (x, x, y), 5)
    np.testing.assert_allclose(loss_along(pair, mse, (x, x, y)), pair.loss, rtol=1e-5)


class Odd(nn.Module):
    """Buffers of every kind, written in place or anew, and a matrix that two layers share."""

    def __init__(self):
        super().__init__()
        self.first = self.second = nn.Linear(3, 3)
        for name, value in (("short", torch.zeros(2, dtype=torch.bfloat16)), ("turning", torch.ones(1) * 1j)):
            self.register_buffer(name, value)
        self.register_buffer("flag", torch.tensor(False), persistent=False)
        self.register_buffer("nothing", None)

    def forward(self, x):
        self.short += 1
        self.flag, self.turning = ~self.flag, self.turning * 1j
        return self.second(self.first(x))[:, :1] * (1 + 0.1 * self.short[0].float()) + self.flag + self.turning.real


def test_buffers_of_every_kind_are_kept():
    data = examples()
    with torch.inference_mode():
        run = record(Odd(), mse, partial(SGD, lr=1e-4), data, 5)
        np.testing.assert_allclose(loss_along(run, mse, data), run.loss, rtol=1e-5)
        assert np.isfinite(slice_surface([run], principal_plane(run), mse, data, n=4).gradient(0, 0)).all()
    assert run.state["short"][:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert run.state["flag"].tolist() == [False, True] * 3
    assert [buffer.dtype for buffer in run.network(3).buffers()] == [torch.bfloat16, torch.complex64, torch.bool]


def test_a_loss_may_differentiate_the_network():
    """As physics-informed losses do: there is no loss without gradients, on a map neither."""

    def residual(network, times):
        t = times.clone().requires_grad_()
        u = network(t)
        (slope,) = torch.autograd.grad(u.sum(), t, create_graph=True)
        return ((slope + u) ** 2).mean()

    network = made(partial(nn.Linear, 1, 4), nn.Tanh, partial(nn.Linear, 4, 1))
    times = [torch.linspace(0, 1, 5)[:, None]]
    run = record(network, ModelLoss(residual), partial(SGD, lr=0.01), times, 3)
    np.testing.assert_allclose(loss_along(run, ModelLoss(residual), times), run.loss, rtol=1e-5)


def test_what_vmap_computes_otherwise_is_computed_by_the_network():
    """A network whose numbers leave torch's sight: vmap sees a constant, the truth moves."""

    class Sly(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(3, 1)

        def forward(self, x):
            scale = 2.0 if torch._C._functorch.maybe_current_level() is None else 1.0
            return scale * self.out(x)

    data = examples()
    run = record(Sly(), mse, partial(SGD, lr=0.001), data, 4)
    np.testing.assert_allclose(loss_along(run, mse, data), run.loss, rtol=1e-5)


def test_decision_lines_are_those_of_each_row_s_statistics():
    x = examples(40)[0][:, :2]
    network = made(
        partial(nn.Linear, 2, 5), partial(nn.BatchNorm1d, 5), nn.Tanh, partial(nn.Linear, 5, 1), partial(nn.Flatten, 0)
    )
    run = record(
        network, nn.functional.binary_cross_entropy_with_logits, partial(Adam, lr=0.1), (x, (x[:, 0] > 2).float()), 30
    )
    axis = np.linspace(-6, 10, 41)
    for row, lines in enumerate(decision_lines(run, axis, axis)):
        if row % 10 == 0:
            answers = [run.network(row)(torch.tensor(line, dtype=torch.float32)).detach() for line in lines]
            spread = run.network(row)(x).detach().std()
            assert all(answer.abs().max() < 0.2 * spread for answer in answers)
    assert lines


def test_muon_trains_matrices_beside_adamw_as_torch_documents_it():
    x, y = examples()
    vectors = tuple(name for name, weight in normed().named_parameters() if weight.ndim != 2)
    halving = partial(ExponentialLR, gamma=0.5)
    groups = {vectors: partial(AdamW, lr=0.01)}
    run = record(normed(), mse, partial(Muon, lr=0.02), (x, y), 5, halving, groups=groups)
    network = normed()
    matrices, rest = ([w for w in network.parameters() if (w.ndim == 2) == wanted] for wanted in (True, False))
    optimizers = Muon(matrices, lr=0.02), AdamW(rest, lr=0.01)
    plans = [ExponentialLR(optimizer, 0.5) for optimizer in optimizers]
    for step in range(5):
        for optimizer in optimizers:
            optimizer.zero_grad()
        value = mse(network(x), y)
        assert value.item() == run.loss[step]
        value.backward()
        for optimizer in optimizers:
            optimizer.step()
        for plan in plans:
            plan.step()
        np.testing.assert_array_equal(
            nn.utils.parameters_to_vector(network.parameters()).detach(), run.params[step + 1]
        )
    np.testing.assert_allclose(run.rates, [[0.02 / 2**k, 0.01 / 2**k] for k in range(5)])
    assert run.label == "Muon  lr 0.02 · 4 others: AdamW  lr 0.01 · ExponentialLR  gamma 0.5"


def test_groups_are_torch_s_parameter_groups():
    x, y = examples()
    run = record(normed(), mse, partial(SGD, lr=0.01), (x, y), 4, groups={"*.bias": {"lr": 0.1}})
    network = normed()
    named = dict(network.named_parameters())
    biases = {name for name in named if name.endswith(".bias")}
    optimizer = SGD(
        [
            {"params": [w for name, w in named.items() if name not in biases]},
            {"params": [named[name] for name in named if name in biases], "lr": 0.1},
        ],
        lr=0.01,
    )
    rows, _ = plain_loop(network, [(x, y)], 4, [optimizer])
    np.testing.assert_array_equal(run.params, rows)
    assert run.rates.tolist() == [[0.01, 0.1]] * 4
    assert run.label == "SGD  lr 0.01 · *.bias: lr 0.1"


@pytest.mark.parametrize(
    "optimizer",
    [
        partial(schedulefree.AdamWScheduleFree, lr=0.1),
        partial(pytorch_optimizer.AdaHessian, lr=0.1),
        partial(pytorch_optimizer.SAM, base_optimizer=SGD, lr=0.01),
        partial(LBFGS, lr=0.1),
    ],
)
def test_optimizers_that_ask_for_more_train_a_network(optimizer):
    run = record(normed(), mse, optimizer, examples(), 8)
    assert run.loss[-1] < run.loss[0]
    assert (run.params[0] != run.params[1]).any()


def test_sam_moves_by_a_gradient_before_it_asks_for_another():
    """The loop that SAM's documentation shows."""
    x, y = examples()
    run = record(normed(), mse, partial(pytorch_optimizer.SAM, base_optimizer=SGD, lr=0.01), (x, y), 4)
    network = normed()
    optimizer = pytorch_optimizer.SAM(network.parameters(), base_optimizer=SGD, lr=0.01)

    def closure():
        value = mse(network(x), y)
        value.backward()
        return value

    for step in range(4):
        optimizer.zero_grad()
        assert closure().item() == run.loss[step]
        optimizer.step(closure)
        np.testing.assert_array_equal(
            nn.utils.parameters_to_vector(network.parameters()).detach(), run.params[step + 1]
        )


class Counting(nn.Module):
    """Keeps a number that no one can see."""

    def __init__(self):
        super().__init__()
        self.out, self.calls = nn.Linear(3, 1), 0

    def forward(self, x):
        self.calls += 1
        return self.out(x) * self.calls


class Careless(torch.optim.Optimizer):
    """Does not call the closure."""

    def __init__(self, params):
        super().__init__(params, {})

    def step(self, closure=None):
        return None


GIVEN = nn.Linear(3, 1)
X, Y = examples(8)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"optimizer": partial(pytorch_optimizer.Lion, lrr=0.5)}, "leaves 'lrr' unused: did you mean 'lr'"),
        ({"optimizer": partial(Muon, lr=0.01)}, "for this module's parameters: Muon only supports 2D"),
        ({"optimizer": partial(Careless)}, "Careless never called the closure"),
        ({"data": iter([(X, Y)])}, "iterator that has ended"),
        ({"data": iter(())}, "no batch"),
        ({"data": [{"x": X, "y": Y}]}, "ModelLoss"),
        ({"data": [(X,)]}, "ModelLoss"),
        ({"data": X}, "not Tensor"),
        ({"data": None}, "not NoneType"),
        ({"loss": lambda out, y: mse(out, y) + GIVEN.weight.norm()}, "a copy of it is trained"),
        ({"loss": lambda out, y: (out - y) ** 2}, "scalar"),
        ({"module": Counting()}, "neither parameter nor buffer"),
        ({"module": nn.LazyLinear(1)}, "lazy"),
        ({"module": print}, "torch.nn.Module"),
        ({"mode": "test"}, "'train' or 'eval', not 'test'"),
        ({"seed": "x"}, "seed is a whole number"),
        ({"groups": {"*.bais": {"lr": 0.1}}}, "no parameter '\\*.bais': did you mean 'bias'"),
        ({"groups": {"bias": {"lrr": 0.1}}}, "no argument 'lrr'"),
        ({"groups": {"bias": {"lr": 0.1}, "b*": {"lr": 0.2}}}, "earlier group"),
        ({"groups": {"*": partial(Adam, lr=0.1)}}, "leave no parameter"),
        ({"groups": {(): {"lr": 0.1}}}, "names no parameter"),
        ({"groups": [{"lr": 0.1}]}, "Groups are settings"),
        ({"groups": {"bias": 0.1}}, "needs settings or an optimizer"),
        ({"groups": {3: {}}}, "named by its parameters"),
    ],
)
def test_mistakes_are_one_sentence(change, sentence):
    asked = {"module": GIVEN, "loss": mse, "optimizer": partial(SGD, lr=0.01), "data": (X, Y), "steps": 3} | change
    with pytest.raises(DescentError, match=sentence) as caught:
        record(**asked)
    assert "\n" not in str(caught.value)
    assert all(weight.grad is None for weight in GIVEN.parameters())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"data": iter([(X, Y)])}, "is an iterator"),
        ({"data": []}, "no batch"),
        ({"data": (X[:, :2], Y)}, "do module, loss and data fit together"),
        ({"loss": lambda out, y: (out - y) ** 2}, "scalar"),
        ({"mode": "test"}, "'train' or 'eval'"),
        ({"n": 3}, "at least 4"),
        ({"row": 4}, "rows of this recording are 0 to 3"),
        ({"row": "last"}, "rows of this recording are 0 to 3"),
        ({"recordings": []}, "at least one recording"),
        ({"plane": Plane(np.zeros(3), np.eye(2, 3))}, "4 parameters, but the plane lies among 3"),
    ],
)
def test_mistakes_about_slices_are_one_sentence(change, sentence):
    run = record(GIVEN, mse, partial(SGD, lr=0.01), (X, Y), 3)
    plane = Plane(run.params[-1].astype(float), np.eye(2, 4))
    asked = {"recordings": [run], "plane": plane, "loss": mse, "data": (X, Y), "n": 5} | change
    if asked["plane"].origin.size != 4:
        with pytest.raises(DescentError, match=sentence):
            loss_on_plane(run, mse, (X, Y), asked["plane"], np.zeros((1, 2)))
        return
    with pytest.raises(DescentError, match=sentence) as caught:
        slice_surface(**asked)
    assert "\n" not in str(caught.value)


def test_the_page_about_networks_does_what_it_says(tmp_path, monkeypatch, capsys):
    page = Path(__file__).parents[2] / "docs" / "network.md"
    first, second = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    monkeypatch.chdir(tmp_path)
    with torch.random.fork_rng(devices=[]):
        exec(first, {})
        exec(second, {})
    assert (tmp_path / "network.png").stat().st_size > 10_000
    assert "\nMuon  lr 0.02 · 0.bias, 2.bias: AdamW" in capsys.readouterr().out
