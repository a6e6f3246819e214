"""Schedules: the learning-rate curve of any scheduler, without a surface, and how schedulers combine."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import ChainedScheduler, LRScheduler, ReduceLROnPlateau, SequentialLR

from descent.base.errors import DescentError, reason
from descent.record import display
from descent.record.surfaces import Array, read_only
from descent.record.torch_specs import build_scheduler, check_scheduler, label, torch_class


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduler and the steps to watch it for.

    Attributes:
        scheduler: A partial of any `LRScheduler` class, such as ``partial(ExponentialLR, gamma=0.95)``.
        lr: The optimizer's learning rate, which most schedulers multiply.
        steps: How many steps to record, at least 1.
        losses: The loss of each step, which `ReduceLROnPlateau` alone looks at.

    Raises:
        DescentError: If any of these does not fit, in one sentence.
    """

    scheduler: partial[Any]
    lr: float
    steps: int
    losses: Sequence[float] | None = None

    def __post_init__(self) -> None:
        check_scheduler(self.scheduler)
        if not math.isfinite(self.lr) or self.lr < 0:
            raise DescentError(f"A schedule's learning rate must be finite and not negative, not {self.lr!r}.")
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise DescentError(f"A schedule takes a whole number of steps, at least 1, not {self.steps!r}.")
        if issubclass(torch_class(self.scheduler), ReduceLROnPlateau):
            if self.losses is None:
                raise DescentError("ReduceLROnPlateau needs the losses it watches: give losses, one for each step.")
            if len(self.losses) < self.steps:
                raise DescentError(
                    f"ReduceLROnPlateau needs a loss for each of its {self.steps} steps, "
                    f"but there are {len(self.losses)}."
                )

    @property
    def label(self) -> str:
        """The scheduler with its settings, as films and figures show it."""
        return label(self.scheduler)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> display.Bundle | None:
        """The traced rate as a figure, for notebooks."""
        return display.bundle(self)


@dataclass(frozen=True, slots=True, eq=False)
class LRCurve:
    """What a scheduler made of the learning rate.

    Attributes:
        schedule: What was traced.
        lr: ``[steps]``; ``lr[k]`` is the rate that step ``k`` uses.
        momentum: ``[steps]``, likewise, or None if the scheduler leaves momentum alone.
    """

    schedule: Schedule
    lr: Array
    momentum: Array | None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> display.Bundle | None:
        """The rate as a figure, for notebooks."""
        return display.bundle(self)


def trace_lr(schedule: Schedule) -> LRCurve:
    """Record the learning rate that a scheduler sets for each step.

    Raises:
        DescentError: If the scheduler refuses its settings or so many steps, with torch's reason.

    >>> from torch.optim.lr_scheduler import StepLR
    >>> trace_lr(Schedule(partial(StepLR, step_size=2, gamma=0.5), lr=0.8, steps=5)).lr.tolist()
    [0.8, 0.8, 0.4, 0.4, 0.2]
    """
    optimizer = SGD([torch.zeros((), requires_grad=True)], lr=schedule.lr, momentum=0.0)
    scheduler = build_scheduler(schedule.scheduler, optimizer)
    group = optimizer.param_groups[0]
    rates, momenta = [], []
    for step in range(schedule.steps):
        rates.append(float(group["lr"]))
        momenta.append(float(group["momentum"]))
        optimizer.step()
        step_scheduler(scheduler, math.nan if schedule.losses is None else float(schedule.losses[step]), step)
    cycled = read_only(np.array(momenta)) if any(momenta) else None
    return LRCurve(schedule, read_only(np.array(rates)), cycled)


def step_scheduler(scheduler: LRScheduler, loss: float, step: int) -> None:
    """Step any scheduler once; only `ReduceLROnPlateau` is told the loss.

    Args:
        scheduler: A built scheduler.
        loss: The loss of the step just taken, measured before it.
        step: The index of that step, for the error.

    Raises:
        DescentError: If the scheduler fails, with torch's reason.
    """
    try:
        if isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step(loss)
        else:
            scheduler.step()
    except Exception as error:
        raise DescentError(
            f"{type(scheduler).__name__} does not fit this run, it failed after step {step}: {reason(error)}."
        ) from error


def sequential(*schedulers: partial[Any], milestones: Sequence[int]) -> partial[Any]:
    """One scheduler after another, as data for `torch.optim.lr_scheduler.SequentialLR`.

    Args:
        schedulers: Partials of scheduler classes, in order.
        milestones: The steps at which the second, third, … takes over.

    >>> from torch.optim.lr_scheduler import ExponentialLR, LinearLR
    >>> label(sequential(partial(LinearLR, total_iters=5), partial(ExponentialLR, gamma=0.9), milestones=[5]))
    'LinearLR  total_iters 5 · from step 5 ExponentialLR  gamma 0.9'
    """
    parts: Any = list(schedulers)
    return _checked(partial(SequentialLR, schedulers=parts, milestones=list(milestones)))


def chained(*schedulers: partial[Any]) -> partial[Any]:
    """Schedulers that all act at every step, as data for `torch.optim.lr_scheduler.ChainedScheduler`.

    >>> from torch.optim.lr_scheduler import ConstantLR, ExponentialLR
    >>> label(chained(partial(ConstantLR, factor=0.1), partial(ExponentialLR, gamma=0.9)))
    'ConstantLR  factor 0.1 × ExponentialLR  gamma 0.9'
    """
    parts: Any = list(schedulers)
    return _checked(partial(ChainedScheduler, schedulers=parts))


def _checked(scheduler: partial[Any]) -> partial[Any]:
    check_scheduler(scheduler)
    return scheduler
