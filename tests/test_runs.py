"""Runs: labels and rates from the data, and one clear sentence for everything that does not fit."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import LBFGS, SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import (
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from descent import BIRD, VALLEY, DescentError, Run, chained, sequential

DECAY = partial(ExponentialLR, gamma=0.95)
WARM_UP = partial(LinearLR, total_iters=5)


PLAIN = partial(SGD, lr=0.01)


def run(optimizer=PLAIN, start=(1, 2), steps=3, scheduler=None, **others):
    return Run(VALLEY, optimizer, start, steps, scheduler, **others)


def warm_up(step):
    return min(1, step / 5)


class Lion(Optimizer):
    """A third party's optimizer, as far as its signature goes."""

    def __init__(self, parameters, lr=1e-4, **settings):
        super().__init__(parameters, {"lr": lr, **settings})


class Greedy(LRScheduler):
    """A third party's scheduler, as far as its signature goes."""

    def __init__(self, optimizer, patience, *, factor=0.5):
        super().__init__(optimizer)


@pytest.mark.parametrize(
    ("optimizer", "scheduler", "label"),
    [
        (partial(SGD, lr=0.01, momentum=0.6), None, "SGD  lr 0.01  momentum 0.6"),
        (partial(SGD, momentum=0.6, lr=1e-2), None, "SGD  momentum 0.6  lr 0.01"),
        (partial(Adam), None, "Adam"),
        (partial(AdamW, lr=1.0), None, "AdamW  lr 1"),
        (partial(Adam, lr=1e-5, betas=(0.9, 0.99)), None, "Adam  lr 1e-05  betas (0.9, 0.99)"),
        (partial(SGD, lr=0.1, momentum=0.9, nesterov=True), None, "SGD  lr 0.1  momentum 0.9  nesterov"),
        (partial(SGD, lr=0.1, nesterov=False), None, "SGD  lr 0.1  nesterov False"),
        (partial(LBFGS, line_search_fn="strong_wolfe"), None, "LBFGS  line_search_fn strong_wolfe"),
        (partial(LBFGS, max_iter=1000000, max_eval=None), None, "LBFGS  max_iter 1000000  max_eval None"),
        (partial(SGD, lr=torch.tensor(0.25)), None, "SGD  lr 0.25"),
        (partial(SGD, lr=np.float64(0.25)), None, "SGD  lr 0.25"),
        (partial(Lion, lr=1, cautious=True), None, "Lion  lr 1  cautious"),
        (partial(SGD, lr=0.04), DECAY, "SGD  lr 0.04 · ExponentialLR  gamma 0.95"),
        (partial(SGD), partial(MultiStepLR, milestones=[3, 6]), "SGD · MultiStepLR  milestones (3, 6)"),
        (partial(SGD), partial(LambdaLR, lr_lambda=warm_up), "SGD · LambdaLR  lr_lambda warm_up"),
        (partial(SGD), partial(LambdaLR, lr_lambda=lambda k: 1), "SGD · LambdaLR  lr_lambda function"),
        (
            partial(SGD),
            sequential(WARM_UP, DECAY, milestones=[5]),
            "SGD · LinearLR  total_iters 5 · from step 5 ExponentialLR  gamma 0.95",
        ),
        (
            partial(SGD),
            chained(WARM_UP, DECAY),
            "SGD · LinearLR  total_iters 5 × ExponentialLR  gamma 0.95",
        ),
    ],
)
def test_labels_are_the_settings_as_given(optimizer, scheduler, label):
    assert run(optimizer, scheduler=scheduler).label == label


@pytest.mark.parametrize(
    ("optimizer", "lr"),
    [
        (partial(SGD, lr=0.04), 0.04),
        (partial(SGD), 0.001),
        (partial(LBFGS), 1.0),
        (partial(Lion), 1e-4),
        (partial(Lion, lr=2), 2.0),
        (partial(SGD, lr=torch.tensor(0.25)), 0.25),
    ],
)
def test_the_initial_rate_is_the_keyword_or_the_classs_default(optimizer, lr):
    assert run(optimizer).lr == lr


def test_an_optimizer_without_a_rate_has_no_initial_rate():
    class Parameterless(Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

    assert math.isnan(run(partial(Parameterless)).lr)


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (SGD, r"optimizer must be a functools.partial of its class, such as partial\(SGD, lr=0.01\)"),
        (DECAY, r"optimizer must be a functools.partial"),
        (partial(print), r"optimizer must be a functools.partial"),
        ("SGD", r"optimizer must be a functools.partial.*not 'SGD'"),
        (partial(SGD, 0.01), r"SGD takes its arguments by name.*0\.01 has none"),
        (partial(SGD, lrr=0.01), r"SGD has no argument 'lrr': did you mean 'lr'\?"),
        (partial(SGD, momentun=0.01), r"SGD has no argument 'momentun': did you mean 'momentum'\?"),
        (partial(RMSprop, betas=(0.9, 0.9)), r"RMSprop has no argument 'betas'"),
        (partial(SGD, params=[]), r"SGD has no argument 'params'"),
        (partial(SGD, lr="fast"), r"learning rate must be a finite number, not 'fast'"),
        (partial(SGD, lr=torch.ones(2)), r"learning rate must be a finite number"),
        (partial(SGD, lr=None), r"learning rate must be a finite number, not None"),
        (partial(SGD, lr=float("inf")), r"learning rate must be a finite number, not inf"),
        (partial(SGD, lr=float("nan")), r"learning rate must be a finite number, not nan"),
    ],
)
def test_an_optimizer_that_does_not_fit_is_refused(optimizer, message):
    with pytest.raises(DescentError, match=message):
        run(optimizer)


@pytest.mark.parametrize(
    ("scheduler", "message"),
    [
        (ExponentialLR, r"scheduler must be a functools.partial of its class"),
        (partial(SGD, lr=0.1), r"scheduler must be a functools.partial"),
        (partial(ExponentialLR), r"ExponentialLR needs the argument 'gamma'"),
        (partial(ExponentialLR, gama=0.9), r"ExponentialLR has no argument 'gama': did you mean 'gamma'\?"),
        (partial(ExponentialLR, optimizer=None, gamma=0.9), r"ExponentialLR has no argument 'optimizer'"),
        (partial(ReduceLROnPlateau, patience=0, factr=0.8), r"no argument 'factr': did you mean 'factor'\?"),
        (partial(Greedy), r"Greedy needs the argument 'patience'"),
        (partial(SequentialLR, schedulers=[WARM_UP]), r"SequentialLR needs the argument 'milestones'"),
        (partial(SequentialLR, schedulers=[], milestones=[]), r"SequentialLR needs a list of the schedulers"),
        (partial(SequentialLR, schedulers=DECAY, milestones=[]), r"SequentialLR needs a list"),
        (
            partial(SequentialLR, schedulers=[LinearLR], milestones=[]),
            r"scheduler must be a functools.partial",
        ),
    ],
)
def test_a_scheduler_that_does_not_fit_is_refused(scheduler, message):
    with pytest.raises(DescentError, match=message):
        run(scheduler=scheduler)


@pytest.mark.parametrize("milestones", [[], [5, 6], [0], [-1], [2.5], ["5"]])
def test_sequences_need_one_rising_milestone_for_every_change(milestones):
    with pytest.raises(
        DescentError,
        match=r"SequentialLR of 2 schedulers needs 1 milestone, a step from 1 on at which the next one takes over",
    ):
        sequential(WARM_UP, DECAY, milestones=milestones)
    with pytest.raises(DescentError, match=r"SequentialLR of 3 schedulers needs 2 rising milestones"):
        sequential(WARM_UP, DECAY, DECAY, milestones=[5, 5])


@pytest.mark.parametrize("combine", [partial(sequential, milestones=[5]), chained])
@pytest.mark.parametrize("part", [partial(ReduceLROnPlateau), sequential(DECAY, DECAY, milestones=[3]), chained(DECAY)])
def test_what_torch_cannot_combine_is_no_part(combine, part):
    with pytest.raises(DescentError, match=rf"(LR|Scheduler) cannot hold {part.func.__name__}"):
        combine(WARM_UP, part)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ((math.nan, 0), r"start at finite numbers"),
        ((0, -math.inf), r"start at finite numbers"),
        ((5.01, 0), r"start \(5.01, 0\) is outside the view \(\(-5, 5\), \(-5, 5\)\) of surface 'valley'"),
        ((1, 2, 3), r"two numbers"),
        (1, r"two numbers"),
        (("a", 1), r"two numbers"),
        (None, r"two numbers"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(start, message):
    with pytest.raises(DescentError, match=message):
        run(start=start)


@pytest.mark.parametrize("steps", [0, -3, 2.0, True, "3", None])
def test_steps_must_be_a_positive_whole_number(steps):
    with pytest.raises(DescentError, match=r"whole number of steps, at least 1"):
        run(steps=steps)


def test_other_mistakes_are_refused():
    with pytest.raises(DescentError, match=r"dtype must be torch.float32 or torch.float64"):
        run(dtype=torch.float16)
    with pytest.raises(DescentError, match=r"needs a Surface, such as BIRD, not 'bird'"):
        Run("bird", partial(SGD), (0, 0), 3)


def test_a_run_cannot_be_changed():
    with pytest.raises(AttributeError):
        run().steps = 5
    assert Run(BIRD, partial(SGD), (-1, 0), 3).start == (-1, 0)
