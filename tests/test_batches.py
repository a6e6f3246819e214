"""Batches: every row holds, bit for bit, what tracing it alone gives."""

import re
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from distributed import LocalCluster
from torch.optim import LBFGS, SGD, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, OneCycleLR, ReduceLROnPlateau, StepLR

from descent import (
    BIRD,
    OPTIMIZERS,
    ROSENBROCK,
    SADDLE,
    SURFACES,
    VALLEY,
    DescentError,
    Run,
    Surface,
    diverges,
    settles,
    trace,
)
from descent.record.many import batches as module
from descent.record.many.as_one_tensor import Way
from descent.record.many.batches import Batch, grid_of_starts, trace_batch

START = (-12.0, 10.0)
BOTH = pytest.mark.parametrize("dtype", [torch.float32, pytest.param(torch.float64, marks=pytest.mark.matrix)])


def starts(n, surface=BIRD, seed=1):
    low, high = np.array(surface.domain).T
    return np.random.default_rng(seed).uniform(low, high, (n, 2))


def assert_each_as_alone(batch: Batch, rows) -> None:
    """Paths, losses, steps and highest losses of some rows are those of `trace`."""
    for k in rows:
        alone = trace(batch.run(k))
        assert batch.steps[k] == alone.steps
        last = alone.steps
        assert np.array_equal(batch.params[k, : last + 1], alone.params)
        assert np.array_equal(batch.loss[k, : last + 1], alone.loss, equal_nan=True)
        assert (batch.params[k, last:] == alone.params[-1]).all() or not np.isfinite(alone.params[-1]).all()
        assert batch.highest[k] == alone.loss[:-1].max()


@BOTH
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
@pytest.mark.few(5)
def test_starts_of_every_optimizer(name, dtype):
    slow = {"max_iter": 2} if name == "LBFGS" else {}
    run = Run(BIRD, partial(OPTIMIZERS[name], lr=0.05, **slow), START, 8, dtype=dtype)
    if name in ("Muon", "SparseAdam"):
        with pytest.raises(DescentError) as refused:
            trace(run)
        with pytest.raises(DescentError, match=re.escape(str(refused.value))):
            trace_batch(run, starts(3))
        return
    n = 9 if name in ("LBFGS", "Adafactor") else 101
    batch = trace_batch(run, starts(n), keep="paths")
    assert (batch.way is Way.ALONE) == (name in ("LBFGS", "Adafactor"))
    assert_each_as_alone(batch, range(0, n, 7))


@BOTH
@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        (partial(SGD, lr=0.01), {"lr": [0.01, 0.03], "momentum": [0.0, 0.9], "weight_decay": [0.0, 0.1]}),
        (partial(SGD, lr=0.01, momentum=0.5), {"nesterov": [True, False]}),
        (partial(SGD, lr=0.01, momentum=0.5), {"dampening": [0.0, 0.3]}),
        (partial(SGD, lr=0.01, momentum=0.5, nesterov=True), {"momentum": [0.3, 0.6]}),
        (partial(RMSprop, lr=0.1), {"alpha": [0.9, 0.99], "eps": [1e-8, 1e-2], "momentum": [0.0, 0.5]}),
        (partial(Adam, lr=0.1), {"betas": [(0.9, 0.999), (0.5, 0.99)], "weight_decay": [0.1, 0.2]}),
        (partial(AdamW, lr=0.1), {"lr": [0.2, 0.5], "weight_decay": [0.01, 0.3], "amsgrad": [True, False]}),
        *((partial(OPTIMIZERS[name], lr=0.01), {"lr": [0.01, 0.03]}) for name in ("Adagrad", "Adadelta", "Adamax")),
        *((partial(OPTIMIZERS[name], lr=0.01), {"lr": [0.01, 0.03]}) for name in ("NAdam", "RAdam", "Rprop", "ASGD")),
    ],
    ids=lambda value: value.func.__name__ if isinstance(value, partial) else "-".join(value),
)
@pytest.mark.few(5)
def test_settings_row_by_row(optimizer, settings, dtype):
    n = 60
    pick = np.random.default_rng(2).integers(2, size=(len(settings), n))
    columns = {name: np.array(values)[row] for (name, values), row in zip(settings.items(), pick, strict=True)}
    batch = trace_batch(Run(BIRD, optimizer, START, 8, dtype=dtype), starts(n), columns, keep="paths")
    assert (batch.way is Way.ALONE) == (optimizer.func.__name__ in ("Rprop", "ASGD"))
    assert_each_as_alone(batch, range(0, n, 7))


@pytest.mark.parametrize(
    ("scheduler", "settings"),
    [
        (partial(ExponentialLR, gamma=0.9), {"lr": [0.01, 0.02, 0.04], "gamma": [0.9, 0.95, 0.99]}),
        (partial(StepLR, step_size=3), {"step_size": [2, 3, 4]}),
        (partial(CosineAnnealingLR, T_max=6), {"lr": [0.01, 0.02, 0.04]}),
        (partial(OneCycleLR, max_lr=0.02, total_steps=9), {"weight_decay": [0.0, 0.1, 0.2]}),
        (partial(ReduceLROnPlateau, patience=0), {"lr": [0.01, 0.04, 0.02]}),
    ],
    ids=lambda value: value.func.__name__ if isinstance(value, partial) else "-".join(value),
)
def test_schedules(scheduler, settings):
    run = Run(BIRD, partial(SGD, lr=0.01, momentum=0.3), START, 9, scheduler)
    batch = trace_batch(run, settings=settings, keep="paths")
    assert (batch.way is Way.ALONE) == (scheduler.func is ReduceLROnPlateau)
    assert_each_as_alone(batch, range(3))


@BOTH
@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.few(3)
def test_every_surface_of_the_zoo(name, dtype):
    surface = SURFACES[name]
    run = Run(surface, partial(SGD, lr=1e-3, momentum=0.9), tuple(starts(1, surface)[0]), 6, dtype=dtype)
    batch = trace_batch(run, starts(300, surface), keep="paths")
    assert batch.way is not Way.ALONE
    assert_each_as_alone(batch, range(0, 300, 23))


def test_fourth_powers_take_the_kernels_for_single_numbers():
    quartic = Surface("quartic", lambda w1, w2: w1**4 / 3 + w2**5 + w1 * w2, ((-1, 1), (-1, 1)))
    batch = trace_batch(Run(quartic, partial(SGD, lr=0.1), (0.5, 0.5), 5), starts(50, quartic), keep="paths")
    assert batch.way is not Way.ALONE
    assert_each_as_alone(batch, range(50))


def test_a_surface_that_looks_across_its_rows_is_traced_one_by_one():
    across = Surface("across", lambda w1, w2: (w1 - w1.mean()) * 0 + w1**2 + w1.sum() * 0.1 + w2**2, ((-1, 1), (-1, 1)))
    batch = trace_batch(Run(across, partial(SGD, lr=0.1), (0.5, 0.5), 5), starts(9, across), keep="paths")
    assert batch.way is Way.ALONE
    assert_each_as_alone(batch, range(9))


def test_rows_that_diverge_stop_as_alone_and_disturb_nobody():
    run = Run(ROSENBROCK, partial(SGD, lr=1e-3), (-1.5, 2.0), 40)
    rates = np.geomspace(1e-4, 10, 60)
    batch = trace_batch(run, settings={"lr": rates}, keep="paths")
    assert 10 < (batch.steps < run.steps).sum() < 50
    assert_each_as_alone(batch, range(60))
    tame = rates < 1e-3
    assert np.array_equal(trace_batch(run, settings={"lr": rates[tame]}, keep="paths").params, batch.params[tame])


def test_all_rows_diverge():
    batch = trace_batch(Run(SADDLE, partial(SGD, lr=1e12), (1, 1), 30), settings={"lr": [1e12, 1e13]}, keep="paths")
    assert (batch.steps < 10).all()
    assert_each_as_alone(batch, range(2))


def test_a_loss_that_is_not_finite_at_a_start_takes_no_step():
    pole = Surface("pole", lambda w1, w2: 1 / w1**2 + w2**2, ((-1, 1), (-1, 1)))
    for optimizer in (partial(SGD, lr=0.01), partial(LBFGS, lr=0.01)):
        batch = trace_batch(Run(pole, optimizer, (0.5, 0.5), 4), [(0.0, 0.5), (0.5, 0.5)], keep="paths")
        assert batch.steps.tolist() == [0, 4]
        assert batch.params[0].tolist() == [[0.0, 0.5]] * 5
        assert batch.diverged.tolist() == [True, False]


def test_outcomes_are_those_of_the_claims():
    run = Run(VALLEY, partial(SGD, lr=0.5), (-4.5, -2.0), 40)
    batch = trace_batch(run, settings={"lr": np.linspace(0.01, 0.6, 40)}, keep=6)
    alone = [trace(batch.run(k)) for k in range(40)]
    assert batch.diverged.tolist() == [diverges()(t) for t in alone]
    assert batch.settled(np.zeros(2), 0.1).tolist() == [settles((0, 0), within=0.1)(t) for t in alone]
    assert 0 < batch.diverged.sum() < 40
    assert 0 < batch.settled(np.zeros(2), 0.1).sum() < 40


@pytest.mark.parametrize(("keep", "rows"), [("ends", 1), (3, 3), (100, 8), ("paths", 8)])
def test_what_is_kept(keep, rows):
    run = Run(BIRD, partial(SGD, lr=0.01), START, 7)
    whole = trace_batch(run, starts(5), keep="paths")
    part = trace_batch(run, starts(5), keep=keep)
    assert np.array_equal(part.params, whole.params[:, -rows:])
    assert np.array_equal(part.loss, whole.loss[:, -rows:])
    assert np.array_equal(part.ends, whole.ends)


@pytest.mark.parametrize("workers", [1, 3])
def test_memory_bounds_the_rows_at_a_time_and_changes_nothing(workers):
    counts, lock = [], threading.Lock()

    def watched(w1, w2):
        with lock:
            counts.append(w1.numel())
        return w1**2 + torch.sin(w2) ** 2

    surface = Surface("watched", watched, ((-2, 2), (-2, 2)))
    run = Run(surface, partial(SGD, lr=0.1), (1, 1), 3)
    trace_batch(run, starts(1000, surface))  # finds out the way
    counts.clear()
    told = []
    small = trace_batch(
        run, starts(1000, surface), memory=20_000, workers=workers, progress=lambda *at: told.append(at)
    )
    in_work = max(count for count in counts if count not in (5 * 67, 1))
    assert in_work * workers * 100 < 20_000
    assert told[-1] == (1000, 1000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert np.array_equal(small.params, trace_batch(run, starts(1000, surface)).params)


def test_torch_keeps_its_threads():
    before = torch.get_num_threads()
    trace_batch(Run(VALLEY, partial(SGD, lr=0.1), (1, 1), 3), starts(10, VALLEY))
    assert torch.get_num_threads() == before


def test_processes_give_what_this_process_gives(monkeypatch):
    run = Run(BIRD, partial(SGD, lr=0.01), START, 5, partial(ReduceLROnPlateau, patience=0))
    here = trace_batch(run, starts(20), keep="paths")
    monkeypatch.setattr("descent.record.many.parallel._WORTH_PROCESSES", 0)
    monkeypatch.setattr(module, "_ALONE", 10)
    there = trace_batch(run, starts(20), keep="paths", workers=2)
    assert np.array_equal(here.params, there.params)
    assert_each_as_alone(there, range(20))


def test_a_surface_that_no_other_process_knows_is_traced_here(monkeypatch):
    monkeypatch.setattr("descent.record.many.parallel._WORTH_PROCESSES", 0)
    bowl = Surface("bowl", lambda w1, w2: w1**2 + w2**2, ((-1, 1), (-1, 1)))
    batch = trace_batch(Run(bowl, partial(LBFGS, lr=0.5), (0.5, 0.5), 3), starts(4, bowl), keep="paths")
    assert_each_as_alone(batch, range(4))


def test_a_cluster_gives_what_this_machine_gives():
    run = Run(BIRD, partial(RMSprop, lr=0.3), START, 5)
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options, scheduler_port=0, host="127.0.0.1", protocol="tcp") as cluster:
        there = trace_batch(run, starts(50), cluster=cluster.scheduler_address, memory=20_000)
    assert np.array_equal(there.ends, trace_batch(run, starts(50)).ends)


def test_no_cluster_there(monkeypatch):
    monkeypatch.setattr("descent.base.dask_client.PATIENCE", 0.2)
    with pytest.raises(DescentError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        trace_batch(Run(BIRD, partial(SGD, lr=0.01), START, 3), starts(3), cluster="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "at least one run"),
        ({"starts": [(0, 0, 0)]}, "pairs of numbers"),
        ({"starts": "x"}, "pairs of numbers"),
        ({"starts": [(-1, 0), (1, 0)]}, "1 of 2 starts are outside"),
        ({"starts": [(float("nan"), 0)]}, "outside the view"),
        ({"settings": {"lrr": [0.1]}}, "has no setting 'lrr': did you mean 'lr'"),
        ({"settings": {"lr": ["a"]}}, "one number"),
        ({"settings": {"lr": [0.1, 0.2], "momentum": [0.1]}}, "'lr' 2.*'momentum' 1"),
        ({"settings": {"lr": [0.1, -1.0]}}, "Invalid learning rate"),
        ({"starts": [(-1, 0)], "keep": "path"}, "keep must be"),
        ({"starts": [(-1, 0)], "keep": 0}, "keep must be"),
        ({"starts": [(-1, 0)], "device": "gpu"}, "no device 'gpu'"),
    ],
)
def test_mistakes_are_told(arguments, told):
    with pytest.raises(DescentError, match=told):
        trace_batch(Run(BIRD, partial(SGD, lr=0.01), START, 3), **arguments)


def test_a_bad_setting_of_one_row_among_many_is_told_by_its_own_words():
    with pytest.raises(DescentError, match=r"lr -0.01.*Invalid learning rate: -0.01"):
        trace_batch(Run(BIRD, partial(SGD, lr=0.01), START, 3), settings={"lr": [*np.full(500, 0.01), -0.01]})


def test_starts_fill_the_view():
    w1, w2, points = grid_of_starts(Run(BIRD, partial(SGD, lr=0.01), START, 3), (5, 3))
    assert (w1[0], w1[-1], w2[0], w2[-1]) == (-14, 0, -6, 12)
    assert points.reshape(3, 5, 2)[2, 1].tolist() == [w1[1], w2[2]]
    with pytest.raises(DescentError, match="at least 2"):
        grid_of_starts(Run(BIRD, partial(SGD, lr=0.01), START, 3), (1, 3))


def test_a_row_is_a_run_of_its_own():
    run = Run(BIRD, partial(Adam, lr=0.01), START, 3)
    batch = trace_batch(run, settings={"betas": [(0.9, 0.99), (0.8, 0.9)], "lr": [0.1, 0.2]})
    assert replace(batch.run(1), optimizer=run.optimizer) == run
    assert batch.run(1).optimizer.keywords == {"lr": 0.2, "betas": (0.8, 0.9)}
