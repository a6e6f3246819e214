"""Matrix problems: closed forms of a step, a loop of torch's own, and what is told of coordinates that nobody sees."""

import math
from dataclasses import replace
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch.optim import LBFGS, SGD, Adam, AdamW, Muon
from torch.optim.lr_scheduler import ExponentialLR

from descent import (
    VALLEY,
    Average,
    Clipping,
    DescentError,
    GradientNoise,
    MatrixLoss,
    MiniBatches,
    Run,
    Surface,
    claim_from,
    distances,
    largest_stable_step,
    reaches,
    settles,
    spectrum,
    step_sizes,
    sweep,
    take_apart,
    trace,
    trace_batch,
)
from descent.figures.alt_text import describe_map
from descent.figures.maps import loss_map
from descent.publish.explore.capture import capture_surface
from descent.publish.explore.symbols import UncapturableError
from descent.record.claims import Claim
from descent.record.many.as_one_tensor import Way
from descent.record.outcomes import Ending, outcome
from descent.record.tails import continued

ENTRIES = ([[1, 0], [0, 0]], [[0, 0], [0, 1]])
A, B, C = (
    torch.tensor(each, dtype=torch.float64) for each in ([[1.0, 0.5], [0.0, 2.0]], [[1.5, 0], [1, 1]], [[1, 2], [3, 4]])
)
VIEW = ((-5.0, 5.0), (-5.0, 5.0))


def misfit(weights):
    """Half the squared length of AWB − C."""
    return ((A.to(weights) @ weights @ B.to(weights) - C.to(weights)) ** 2).sum((-2, -1)) / 2


def turned(loss=lambda w: (w**2).sum((-2, -1)) / 2, angle=0.6, origin=None):
    """A surface along the directions of a rotation's columns."""
    q = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return Surface("turned", MatrixLoss(loss, np.outer(q[:, 0], q[:, 0]), np.outer(q[:, 1], q[:, 1]), origin), VIEW)


LEAST = Surface("least squares", MatrixLoss(misfit, *ENTRIES, [[0, 0.3], [-0.2, 0]]), VIEW)


def test_a_gradient_step_on_least_squares_is_its_closed_form():
    trajectory = trace(Run(LEAST, partial(SGD, lr=0.02), (1.0, -2.0), 5, dtype=torch.float64))
    a, b, c = A.numpy(), B.numpy(), C.numpy()
    weights = np.array([[1.0, 0.3], [-0.2, -2.0]])
    for row in range(6):
        residual = a @ weights @ b - c
        slope = a.T @ residual @ b.T
        assert trajectory.matrices.weights[row] == pytest.approx(weights, rel=1e-12)
        assert trajectory.matrices.grad[row] == pytest.approx(slope, rel=1e-12)
        assert trajectory.loss[row] == pytest.approx((residual**2).sum() / 2, rel=1e-12)
        assert trajectory.params[row] == pytest.approx(np.diag(weights), rel=1e-12)
        assert trajectory.grad[row] == pytest.approx(np.diag(slope), rel=1e-12)
        weights = weights - 0.02 * slope
    off = trajectory.matrices.weights[-1][[0, 1], [1, 0]] - (0.3, -0.2)
    assert np.linalg.norm(trajectory.hidden[-1]) == pytest.approx(np.linalg.norm(off))
    assert off.all()


@pytest.mark.parametrize(
    "spec",
    [
        partial(SGD, lr=0.03, momentum=0.9, nesterov=True),
        partial(AdamW, lr=0.1, weight_decay=0.2),
        partial(Muon, lr=0.1),
        partial(Muon, lr=0.1, weight_decay=0.0, momentum=0.5, adjust_lr_fn="match_rms_adamw"),
        partial(LBFGS, lr=0.5, max_iter=3),
    ],
    ids=lambda spec: spec.func.__name__,
)
def test_a_run_is_torchs_own_loop_bit_for_bit(spec):
    run = Run(LEAST, spec, (1.0, -2.0), 8, partial(ExponentialLR, gamma=0.9))
    weights = torch.tensor([[1.0, 0.3], [-0.2, -2.0]], requires_grad=True)
    optimizer = spec.func([weights], **spec.keywords)
    scheduler = ExponentialLR(optimizer, gamma=0.9)

    def closure():
        optimizer.zero_grad()
        loss = misfit(weights)
        loss.backward()
        return loss

    seen = [weights.detach().double().numpy().copy()]
    for _ in range(8):
        optimizer.step(closure)
        scheduler.step()
        seen.append(weights.detach().double().numpy().copy())
    assert np.array_equal(trace(run).matrices.weights, np.array(seen))


def test_muon_takes_steps_of_one_size_in_each_direction_whatever_the_gradient():
    steep = turned(lambda w: (w**2).sum((-2, -1)) * 50)
    run = Run(steep, partial(Muon, lr=0.1, weight_decay=0.0, momentum=0.0), (4.0, 0.02), 1)
    singular = np.linalg.svd(trace(run).matrices.update[0], compute_uv=False)
    assert 0.06 < singular.min() <= singular.max() < 0.13  # torch's iteration is coarse, in bfloat16


def test_coordinates_are_products_with_orthonormal_directions_and_keep_lengths():
    loss = turned(origin=[[1, 2], [3, 4]]).loss
    weights = np.random.default_rng(0).normal(size=(7, 2, 2))
    found = loss.coordinates(weights)
    away = weights - np.array([[1, 2], [3, 4]])
    assert found[:, 0] == pytest.approx((away * np.array(loss.first)).sum((1, 2)))
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.linalg.norm(away, axis=(1, 2)))
    assert loss.basis @ loss.basis.T == pytest.approx(np.eye(4), abs=1e-12)
    assert loss.coordinates(loss.matrix(*torch.tensor([2.0, -3.0]).double()).numpy()) == pytest.approx([2, -3, 0, 0])
    wide = MatrixLoss(lambda w: w.sum((-2, -1)), np.eye(3, 2) / math.sqrt(2), [[0, 1], [0, 0], [0, 0]])
    assert wide.basis @ wide.basis.T == pytest.approx(np.eye(6), abs=1e-12)
    assert wide.shape == (3, 2)


def test_a_run_elsewhere_than_in_the_plane_has_not_arrived():
    """In the plane it is at the minimum; in what nobody sees it is one unit away, and stays."""
    loss = MatrixLoss(lambda w: w[..., 0, 0] ** 2 + w[..., 1, 1] ** 2, *ENTRIES)
    surface = Surface("gutter", loss, VIEW, ((0.0, 0.0),))
    run = Run(surface, partial(SGD, lr=0.3), (2.0, 1.0), 30)
    near = trace(run)
    assert reaches((0, 0), 0.01)(near)
    assert settles((0, 0), within=0.01)(near)
    assert outcome(near).ending is Ending.LOWEST
    pushed = replace(surface, loss=replace_of(loss, lambda w: loss.of(w) + (w[..., 0, 1] - 1) ** 2), minima=())
    off = trace(replace(run, surface=pushed))
    assert off.params[-1] == pytest.approx([0, 0], abs=1e-3)
    assert distances(off, (0, 0))[-1] == pytest.approx(1, abs=1e-3)
    assert not reaches((0, 0), 0.5)(off)
    assert outcome(off).ending not in (Ending.LOWEST, Ending.LOCAL, Ending.FLAT, Ending.NEAR, Ending.RESTS)
    batch = trace_batch(run, [(2.0, 1.0)], keep="paths"), trace_batch(off.run, [(2.0, 1.0)], keep="paths")
    assert [each.settled(np.zeros(2), 0.1).tolist() for each in batch] == [[True], [False]]


def replace_of(loss, of):
    """The same plane under another loss."""
    return MatrixLoss(of, loss.first, loss.second, loss.origin)


def test_a_pit_of_the_plane_that_falls_elsewhere_is_no_minimum():
    falls = MatrixLoss(lambda w: w[..., 0, 0] ** 2 + w[..., 1, 1] ** 2 - w[..., 0, 1] ** 2, *ENTRIES)
    with pytest.raises(DescentError, match=r"'pass' has no minimum at \(0\.0, 0\.0\): in directions that its view"):
        Surface("pass", falls, VIEW, ((0.0, 0.0),))
    there = trace(Run(Surface("pass", falls, VIEW), partial(SGD, lr=0.3), (2.0, 1.0), 30))
    assert np.all(there.hidden == 0)
    assert outcome(there).ending not in (Ending.LOWEST, Ending.LOCAL)


@pytest.mark.parametrize("spec", [partial(SGD, lr=0.02), partial(Adam, lr=0.1), partial(Muon, lr=0.1)])
def test_batches_have_the_bits_of_each_run_alone(spec):
    starts = [(1.0, -2.0), (3.0, 0.5), (-4.0, 4.0)]
    batch = trace_batch(Run(LEAST, spec, (0, 0), 6), starts, {"lr": [0.01, 0.02, 0.03]}, keep="paths", workers=1)
    assert (batch.way is Way.ALONE) == (spec.func is Muon)
    for k in range(3):
        alone = trace(batch.run(k))
        assert np.array_equal(batch.params[k], alone.params)
        assert np.array_equal(batch.hidden[k], alone.hidden)
        assert np.array_equal(batch.loss[k], alone.loss)


def test_a_tail_goes_on_as_a_longer_run_does():
    short = trace(Run(LEAST, partial(Adam, lr=0.1), (1.0, -2.0), 10))
    longer = trace(replace(short.run, steps=50))
    assert continued(short, 5).params == pytest.approx(longer.params, abs=1e-4)
    assert continued(short, 5).hidden == pytest.approx(longer.hidden, abs=1e-4)


def test_noise_and_clipping_are_of_the_whole_matrix():
    cut = trace(Run(LEAST, partial(SGD, lr=0.01), (1.0, -2.0), 4, clipping=Clipping(0.5)))
    assert np.linalg.norm(cut.matrices.felt, axis=(1, 2)) == pytest.approx(0.5, rel=1e-4)
    assert cut.matrices.update == pytest.approx(-0.01 * cut.matrices.felt, rel=1e-3)
    noisy = trace(Run(LEAST, partial(SGD, lr=0.01), (1.0, -2.0), 4, noise=GradientNoise(1.0)))
    off = noisy.matrices.felt - noisy.matrices.grad[:-1]
    assert off[2] == pytest.approx(np.random.default_rng((0, 2)).standard_normal((2, 2)), rel=1e-3)


def test_a_claim_and_a_sweep_of_muon():
    surface = replace(turned(), minima=((0.0, 0.0),))
    run = Run(surface, partial(Muon, lr=0.1, weight_decay=0.0, momentum=0.0), (1.0, 1.0), 20)
    claim = Claim("It arrives.", (run,), reaches((0, 0), 0.2))
    assert claim.check()
    assert claim_from(claim.data(), {"turned": surface}).check()
    assert sweep(run, ("lr", [0.001, 0.1]), within=0.2, workers=1).steps[0, 0] == -1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MatrixLoss(misfit, [1, 0], [0, 1]), "first direction of a MatrixLoss must be a matrix of finite"),
        (lambda: MatrixLoss(misfit, [[1, 0]], [[0], [1]]), "one shape, but they are 1 × 2, 2 × 1, 1 × 2"),
        (lambda: MatrixLoss(misfit, [[1, 1]], [[0, 1]]), "length one .* right angles"),
        (lambda: MatrixLoss(misfit, [[1, 0]], [[math.nan, 1]]), "second direction .* finite numbers"),
        (lambda: MatrixLoss(misfit, np.eye(9, 9) / 3, np.eye(9, k=1) / math.sqrt(8)), "at most 64 entries, not 81"),
        (lambda: MatrixLoss(misfit, *ENTRIES, names=("a",)), "two names"),
        (lambda: Surface("s", MatrixLoss(lambda w: w.sum(), *ENTRIES), VIEW), "'s' must be elementwise"),
        (lambda: Surface("s", MatrixLoss(lambda w: w @ torch.ones(3), *ENTRIES), VIEW), "'s' could not compute"),
        (lambda: trace(Run(VALLEY, partial(Muon, lr=0.1), (1, 1), 2)), "only supports 2D.*; give the surface a Matrix"),
        (lambda: Run(LEAST, partial(SGD), (1, 1), 2, average=Average()), "takes no average"),
        (lambda: Run(LEAST, partial(SGD), (1, 1), 2, batches=MiniBatches(2)), "takes no batches"),
        (lambda: Run(LEAST, partial(SGD), (1, 1), 2, groups=({"lr": 1.0}, {})), "takes no groups"),
        (lambda: spectrum(LEAST), "its error has more axes"),
        (lambda: largest_stable_step(LEAST, (0, 0)), "may curve more in others"),
        (lambda: take_apart(trace(Run(LEAST, partial(Adam), (1, 1), 2))), "a matrix are not taken apart"),
        (lambda: step_sizes(trace(Run(LEAST, partial(SGD), (1, 1), 2))), "of single parameters"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_one_sentence(make, message):
    with pytest.raises(DescentError, match=message) as raised:
        make()
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


def test_pictures_call_the_coordinates_by_their_names_and_say_that_they_are_a_slice():
    loss = MatrixLoss(misfit, *ENTRIES, names=("steep", "c₂"))
    surface = Surface("named", loss, VIEW)
    assert surface.note == "slice: 2 of a matrix's 4 directions"
    assert Surface("told", loss, VIEW, note="a plane").note == "a plane"
    axes = loss_map(surface, plt.figure().subplots())
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("steep", "c₂")
    plt.close("all")
    assert "(slice: 2 of a matrix's 4 directions), steep from −5 to 5, c2 from −5 to 5" in describe_map(surface)
    assert (VALLEY.names, VALLEY.note) == (("w₁", "w₂"), "")


def test_a_live_page_does_not_take_a_matrix_for_two_numbers():
    with pytest.raises(UncapturableError, match="is of a matrix"):
        capture_surface(LEAST, torch.float32)
