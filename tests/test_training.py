"""What training adds: mini-batches, noise, parameter groups, momentum that a schedule moves, averaged iterates."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, AdamW, RMSprop
from torch.optim.lr_scheduler import CyclicLR, ExponentialLR, OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

from descent import (
    POINTS,
    REGRESSION,
    VALLEY,
    Average,
    Clipping,
    DescentError,
    GradientNoise,
    MeanLoss,
    MiniBatches,
    Run,
    Surface,
    settles,
    take_apart,
    trace,
    trace_batch,
)
from descent.record.outcomes import Ending, outcome
from descent.record.tails import continued, follow

FIT = Run(REGRESSION, partial(SGD, lr=0.01), (0.0, 0.0), 12)
BOWL = Surface("bowl", lambda w1, w2: (w1**2 + 4 * w2**2) / 2, ((-4, 4), (-4, 4)), ((0, 0),))
ROLL = Run(BOWL, partial(SGD, lr=0.1), (3.0, 2.0), 30)
NOISY = replace(ROLL, noise=GradientNoise(0.5, seed=3))
RESTING = {Ending.RESTS, Ending.FLAT, Ending.LOCAL, Ending.LOWEST, Ending.STAYS}


@given(st.integers(1, 9), st.integers(1, 30), st.integers(0, 5))
def test_every_pass_sees_every_example_once(size, examples, seed):
    batches, a_pass = MiniBatches(size, seed), -(-examples // size)
    for begin in (0, 3 * a_pass):
        seen = [batches.of_step(step, examples) for step in range(begin, begin + a_pass)]
        assert sorted(np.concatenate(seen)) == list(range(examples))
        assert all(len(part) == size for part in seen[:-1])


def test_a_mini_batch_run_is_what_a_plain_loop_does():
    run = replace(FIT, batches=MiniBatches(3, seed=7))
    x, y = torch.tensor(POINTS, dtype=torch.float32).T
    w = [torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)]
    optimizer = SGD(w, lr=0.01)
    losses, iterates = [], [[0.0, 0.0]]
    for step in range(run.steps):
        seen = torch.tensor(run.batches.of_step(step, len(POINTS)))
        optimizer.zero_grad()
        loss = ((w[0] * x[seen] + w[1] - y[seen]) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        iterates.append([each.item() for each in w])
    found = trace(run)
    np.testing.assert_allclose(found.params, iterates, rtol=1e-5)
    np.testing.assert_allclose(found.batch_loss, losses, rtol=1e-5)
    plain = [float(((a * x + b - y) ** 2).mean()) for a, b in iterates]
    np.testing.assert_allclose(found.loss, plain, rtol=1e-4)


def test_batches_of_all_examples_are_the_whole():
    whole, batched = trace(FIT), trace(replace(FIT, batches=MiniBatches(len(POINTS))))
    np.testing.assert_allclose(batched.params, whole.params, rtol=1e-4)
    np.testing.assert_allclose(batched.felt, batched.grad[:-1], rtol=1e-4)
    np.testing.assert_allclose(whole.batch_loss, whole.loss[:-1])


def test_at_one_place_the_batches_of_a_pass_average_to_the_loss():
    surface = replace(REGRESSION, loss=MeanLoss(REGRESSION.loss.examples))
    still = Run(surface, partial(SGD, lr=0.0), (1.0, 1.0), len(POINTS), batches=MiniBatches(1))
    found = trace(still)
    np.testing.assert_allclose(found.batch_loss.mean(), found.loss[0], rtol=1e-5)
    np.testing.assert_allclose(found.felt.mean(axis=0), found.grad[0], rtol=1e-4)


def test_noise_is_what_it_says_and_comes_again():
    noisy = trace(replace(NOISY, steps=2000))
    off = noisy.felt - noisy.grad[:-1]
    assert abs(off.std() - 0.5) < 0.02
    assert abs(off.mean()) < 0.03
    np.testing.assert_allclose(noisy.update, -0.1 * noisy.felt, atol=1e-6)
    assert trace(NOISY).digest == trace(NOISY).digest
    assert np.array_equal(trace(NOISY).params, noisy.params[:31])
    assert not np.array_equal(trace(NOISY).params, trace(replace(NOISY, noise=GradientNoise(0.5, seed=4))).params)
    assert np.array_equal(trace(replace(ROLL, noise=GradientNoise(0.0))).params, trace(ROLL).params)


@pytest.mark.parametrize(("scale", "seed"), [(0.05, 0), (0.5, 1), (2.0, 2)])
@pytest.mark.few(1)
def test_on_a_bowl_noise_spreads_as_its_closed_form(scale, seed):
    """Plain SGD on ``λ w²/2``: the variance at rest is ``η² σ² / (1 − (1 − η λ)²)``."""
    run = Run(BOWL, partial(SGD, lr=0.1), (0.0, 0.0), 2000, dtype=torch.float64, noise=GradientNoise(scale, seed))
    spread = trace(run).params[100:].std(axis=0)
    expected = [0.1 * scale / np.sqrt(1 - (1 - 0.1 * curvature) ** 2) for curvature in (1, 4)]
    np.testing.assert_allclose(spread, expected, rtol=0.2)


@pytest.mark.parametrize("noise", [None, GradientNoise(2.0, seed=1)])
def test_clipping_is_what_a_training_loop_makes_of_it(noise):
    """Between backward and step, by torch's own function, to the same bits; the noisy gradient where there is noise."""
    run = replace(ROLL, optimizer=partial(SGD, lr=0.1, momentum=0.5), clipping=Clipping(1.5), noise=noise)
    w = [torch.tensor(3.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)]
    optimizer = SGD(w, lr=0.1, momentum=0.5)
    rows = []
    for step in range(run.steps):
        optimizer.zero_grad()
        ((w[0] ** 2 + 4 * w[1] ** 2) / 2).backward()
        if noise is not None:
            for each, off in zip(w, noise.of_step(step).tolist(), strict=True):
                each.grad += off
        torch.nn.utils.clip_grad_norm_(w, 1.5)
        rows.append([each.item() for each in w] + [each.grad.item() for each in w])
        optimizer.step()
    found = trace(run)
    assert np.array_equal(np.hstack([found.params[:-1], found.felt]), np.array(rows))
    slopes = found.params * (1, 4)
    np.testing.assert_allclose(found.grad, slopes, rtol=1e-6)  # the record keeps the whole one beside it


def test_a_short_gradient_stays_and_a_long_one_keeps_its_direction():
    clipped, long = trace(replace(ROLL, clipping=Clipping(1.5))), np.hypot(3, 8)
    np.testing.assert_allclose(clipped.felt[0], np.array((3, 8)) * 1.5 / long, rtol=1e-6)
    short = np.hypot(*clipped.grad[:-1].T) < 1.5
    assert short.any()
    assert np.array_equal(clipped.felt[short], clipped.grad[:-1][short])
    assert trace(replace(ROLL, clipping=Clipping(9.0))).digest == trace(ROLL).digest


def test_a_clipped_run_is_followed_on_as_it_is():
    """Its neighbours are clipped each for itself, not all together."""
    run = replace(ROLL, steps=4, clipping=Clipping(1.5))
    tail = follow(run)
    on = trace(replace(run, steps=60))
    assert tail.steps >= 60
    np.testing.assert_allclose(tail.params[:61, 0], on.params, atol=1e-5)
    alone = [torch.tensor([3.0, 0.1], requires_grad=True), torch.tensor([2.0, 0.1], requires_grad=True)]
    for leaf in alone:
        leaf.grad = leaf.detach().clone()
    Clipping(1.0).clip(alone)
    lengths = np.hypot(*(leaf.grad.numpy() for leaf in alone))
    np.testing.assert_allclose(lengths, (1.0, np.hypot(0.1, 0.1)), rtol=1e-5)


def test_groups_are_what_torch_makes_of_them():
    run = replace(ROLL, optimizer=partial(SGD, lr=0.1, momentum=0.5), groups=({"lr": 0.2}, {"momentum": 0.0}))
    w = [torch.tensor(3.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)]
    optimizer = SGD([{"params": w[:1], "lr": 0.2}, {"params": w[1:], "momentum": 0.0}], lr=0.1, momentum=0.5)
    rows = []
    for _ in range(run.steps):
        rows.append([each.item() for each in w])
        optimizer.zero_grad()
        ((w[0] ** 2 + 4 * w[1] ** 2) / 2).backward()
        optimizer.step()
    found = trace(run)
    assert np.array_equal(found.params[:-1], np.array(rows))
    assert found.rates[0].tolist() == [0.2, 0.1]
    assert run.label == "SGD  lr 0.1  momentum 0.5  w1: lr 0.2  w2: momentum 0"


def test_a_schedule_moves_every_group():
    run = replace(ROLL, groups=({"lr": 0.2}, {"lr": 0.05}), scheduler=partial(ExponentialLR, gamma=0.5))
    np.testing.assert_allclose(trace(run).rates[:3], [[0.2, 0.05], [0.1, 0.025], [0.05, 0.0125]])
    np.testing.assert_allclose(trace(run).lr[:2], [0.2, 0.1])
    parts = take_apart(trace(run))
    np.testing.assert_allclose(parts.gradient, trace(run).update, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("optimizer", "scheduler", "read"),
    [
        (partial(SGD, lr=0.1, momentum=0.9), partial(OneCycleLR, max_lr=0.2, total_steps=31), "momentum"),
        (partial(AdamW, lr=0.1), partial(OneCycleLR, max_lr=0.2, total_steps=31), "betas"),
        (partial(SGD, lr=0.1, momentum=0.9), partial(CyclicLR, base_lr=0.01, max_lr=0.1, step_size_up=5), "momentum"),
    ],
)
def test_momentum_is_recorded_as_each_step_used_it(optimizer, scheduler, read):
    w = torch.zeros(1, requires_grad=True)
    built = optimizer.func([w], **optimizer.keywords)
    stepped = scheduler.func(built, **scheduler.keywords)
    used = []
    for _ in range(ROLL.steps):
        value = built.param_groups[0][read]
        used.append(value[0] if read == "betas" else value)
        w.grad = torch.zeros(1)
        built.step()
        stepped.step()
    found = trace(replace(ROLL, optimizer=optimizer, scheduler=scheduler)).momentum
    np.testing.assert_allclose(found, used)
    assert found.min() < 0.9 <= found.max() + 0.05


def test_momentum_is_constant_without_such_a_schedule_and_nan_where_there_is_none():
    assert set(trace(replace(ROLL, optimizer=partial(SGD, lr=0.1, momentum=0.3))).momentum) == {0.3}
    assert set(trace(replace(ROLL, optimizer=partial(RMSprop, lr=0.1))).momentum) == {0.0}
    assert np.isnan(trace(replace(ROLL, optimizer=partial(torch.optim.Adagrad, lr=0.1))).momentum).all()


@pytest.mark.parametrize("decay", [None, 0.8])
def test_the_average_is_torchs_own(decay):
    run = replace(NOISY, average=Average(start=5, decay=decay))
    found = trace(run)
    module = torch.nn.ParameterList([torch.tensor(w) for w in run.start])
    model = AveragedModel(module, avg_fn=None if decay is None else get_ema_avg_fn(decay))
    rows = [[w.item() for w in model.parameters()]]
    for step, iterate in enumerate(found.params[1:], 1):
        for parameter, value in zip(module.parameters(), iterate, strict=True):
            parameter.data.fill_(value)
        if step >= 5:
            model.update_parameters(module)
        rows.append([w.item() for w in model.parameters()])
    assert np.array_equal(found.averaged, np.array(rows))
    assert np.array_equal(found.params, trace(NOISY).params)
    np.testing.assert_allclose(found.averaged_loss, [BOWL.at(*w) for w in found.averaged], rtol=1e-5)
    np.testing.assert_allclose(run.average.of(found.params), found.averaged, rtol=1e-5, atol=1e-6)


def test_the_mean_of_the_iterates_is_their_mean():
    found = trace(replace(NOISY, average=Average(start=4)))
    for row in (4, 9, 30):
        np.testing.assert_allclose(found.averaged[row], found.params[4 : row + 1].mean(axis=0), rtol=1e-5)
    assert (found.averaged[:4] == found.params[0]).all()


@pytest.mark.matrix
def test_an_average_can_be_shown_and_judged_in_place_of_its_run():
    run = replace(NOISY, steps=200, average=Average(start=50))
    shown = replace(run, average=replace(run.average, shown=True))
    record, whole = trace(shown), trace(run)
    assert np.array_equal(record.params, whole.averaged)
    np.testing.assert_allclose(record.loss, whole.averaged_loss, rtol=1e-6)
    tail, plain = follow(shown), follow(replace(run, average=None))
    np.testing.assert_allclose(tail.params[:201, 0], record.params, atol=1e-5)
    np.testing.assert_allclose(tail.params[1000], plain.params[50:1001].mean(axis=0), atol=1e-5)
    near = settles((0, 0), within=0.12)
    assert near(record)
    assert not near(whole)
    assert len(continued(record, 5).params) == 1001


@pytest.mark.matrix
def test_what_is_kept_rattling_by_noise_is_never_told_to_rest():
    for seed, scale in ((0, 0.3), (1, 2.0)):
        told = outcome(trace(replace(ROLL, steps=60, noise=GradientNoise(scale, seed))), most=1500)
        assert told.ending not in RESTING, (seed, scale, told.told)
    assert outcome(trace(replace(ROLL, steps=400))).ending is Ending.LOWEST


def test_mini_batches_go_on_in_the_tail_as_they_began():
    run = replace(FIT, batches=MiniBatches(2, seed=1))
    tail, longer = follow(run), trace(replace(run, steps=5 * run.steps))
    np.testing.assert_allclose(tail.params[: len(longer.params), 0], longer.params, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(tail.loss[: len(longer.loss), 0], longer.loss, rtol=1e-3)


def test_a_batch_of_such_runs_is_each_of_them_alone():
    run = replace(NOISY, groups=({"lr": 0.05}, {}), clipping=Clipping(1.5))
    batch = trace_batch(run, starts=[(3, 2), (1, 1)], keep="paths")
    for k in range(2):
        assert np.array_equal(batch.params[k], trace(batch.run(k)).params)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batches": MiniBatches(2)}, "Mini-batches need examples, which surface 'bowl' does not have"),
        ({"groups": ({"lr": 0.1},)}, "groups are two mappings of settings, for w1 and for w2"),
        ({"groups": ({"lrr": 0.1}, {})}, "SGD has no argument 'lrr'"),
        ({"noise": 0.1}, r"takes GradientNoise\(…\) or None there, not 0.1"),
    ],
)
def test_what_a_run_cannot_take_is_said(change, said):
    with pytest.raises(DescentError, match=said):
        replace(ROLL, **change)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: MiniBatches(0), "size must be a whole number, at least 1, not 0"),
        (lambda: MiniBatches(2, seed=-1), "seed of mini-batches must be a whole number, at least 0"),
        (lambda: GradientNoise(-1.0), "scale of gradient noise must be finite and not negative"),
        (lambda: Clipping(0.0), "clipped to a finite length above zero, not 0.0"),
        (lambda: Average(0), "start of an average must be a whole number, at least 1"),
        (lambda: Average(decay=1.0), "decay of an average must be from 0 up to 1, without 1"),
    ],
)
def test_settings_out_of_range_are_refused(make, said):
    with pytest.raises(DescentError, match=said):
        make()


def test_what_a_run_was_given_is_in_its_label():
    run = replace(FIT, batches=MiniBatches(4), noise=GradientNoise(0.5), average=Average(5, 0.9))
    run = replace(run, clipping=Clipping(2))
    told = "SGD  lr 0.01 · batches of 4 · gradient noise 0.5 · clipped at 2 · with average, decay 0.9, from step 5"
    assert run.label == told
    assert VALLEY.name not in run.label
