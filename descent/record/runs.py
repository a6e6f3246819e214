"""Runs: one optimizer on one surface from one start, described as data and checked when described."""

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from descent.base.errors import DescentError, shown
from descent.record import display
from descent.record.matrices import MatrixLoss
from descent.record.surfaces import Point, Surface
from descent.record.torch_specs import check_groups, check_optimizer, check_scheduler, label
from descent.record.training import Average, Clipping, GradientNoise, MiniBatches, examples_of


@dataclass(frozen=True, slots=True)
class Run:
    """What to trace: nothing is computed until `trace` is called.

    Attributes:
        surface: The loss to descend.
        optimizer: A partial of any `torch.optim.Optimizer` class, such as ``partial(SGD, lr=0.01)``.
        start: The first ``(w1, w2)``, inside the surface's view.
        steps: How many optimizer steps to take, at least 1.
        scheduler: A partial of any `LRScheduler` class, stepped after every optimizer step.
        dtype: The parameters' precision, `torch.float32` or `torch.float64`.
        groups: The optimizer's settings for w1 and for w2 where they differ from its own, such as
            ``({"lr": 0.1}, {"lr": 0.01})``: torch's parameter groups.
        batches: The examples that each step sees, on a surface whose loss is a `MeanLoss`; by default all.
        noise: What each step's gradient is off by.
        clipping: To what length each step's gradient is cut.
        average: The average of the iterates to keep beside them.
        name: What films and figures call it, instead of its settings.

    Raises:
        DescentError: If any of these does not fit, in one sentence.

    >>> from torch.optim import SGD
    >>> from descent.record.named_surfaces import BIRD
    >>> Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), start=(-12, 10), steps=25).label
    'SGD  lr 0.01  momentum 0.6'
    """

    surface: Surface
    optimizer: partial[Any]
    start: Point
    steps: int
    scheduler: partial[Any] | None = None
    dtype: torch.dtype = torch.float32
    groups: Sequence[Mapping[str, Any]] = ()
    batches: MiniBatches | None = None
    noise: GradientNoise | None = None
    average: Average | None = None
    name: str = ""
    clipping: Clipping | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.surface, Surface):
            raise DescentError(f"A run needs a Surface, such as BIRD, not {self.surface!r}.")
        check_optimizer(self.optimizer)
        if self.scheduler is not None:
            check_scheduler(self.scheduler)
        _check_start(self.surface, self.start)
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise DescentError(f"A run takes a whole number of steps, at least 1, not {self.steps!r}.")
        if self.dtype not in (torch.float32, torch.float64):
            raise DescentError(f"A run's dtype must be torch.float32 or torch.float64, not {self.dtype!r}.")
        _check_rate(self.optimizer)
        object.__setattr__(self, "groups", check_groups(self.optimizer, self.groups))
        kinds = (MiniBatches, GradientNoise, Clipping, Average)
        for value, kind in zip((self.batches, self.noise, self.clipping, self.average), kinds, strict=True):
            if value is not None and not isinstance(value, kind):
                raise DescentError(f"A run takes {kind.__name__}(…) or None there, not {value!r}.")
        if not isinstance(self.name, str) or not (self.name.isprintable() and self.name == self.name.strip()):
            raise DescentError(f"A run's name must be text on one line, not {self.name!r}.")
        if isinstance(self.surface.loss, MatrixLoss):
            _check_matrix(self)
        elif self.batches is not None:
            examples_of(self.surface)

    @property
    def label(self) -> str:
        """Its name, else optimizer and scheduler with their settings, as films and figures show them."""
        if self.name:
            return self.name
        parts = [label(self.optimizer, self.groups)]
        parts += [] if self.scheduler is None else [label(self.scheduler)]
        parts += [str(each) for each in (self.batches, self.noise, self.clipping, self.average) if each is not None]
        return " · ".join(parts)

    @property
    def lr(self) -> float:
        """The initial learning rate: the optimizer's keyword, else its class's default, else NaN."""
        return _rate(self.optimizer)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> display.Bundle | None:
        """The traced run as a figure, for notebooks."""
        return display.bundle(self)


def _check_matrix(run: Run) -> None:
    given = {"groups": run.groups, "batches": run.batches, "average": run.average}
    unfit = next((name for name, value in given.items() if value), None)
    if unfit is not None:
        raise DescentError(f"A run on a MatrixLoss has one matrix and its whole loss, and so takes no {unfit}.")


def _rate(optimizer: partial[Any]) -> float:
    default = inspect.signature(optimizer.func).parameters.get("lr")
    unset = default is None or default.default is None or default.default is inspect.Parameter.empty
    return float(optimizer.keywords.get("lr", math.nan if unset or default is None else default.default))


def _check_rate(optimizer: partial[Any]) -> None:
    try:
        rate = _rate(optimizer)
        plain = type(optimizer.keywords.get("lr")) is float  # what differs by the row of a batch is a NaN of its own
        if math.isinf(rate) or (plain and math.isnan(rate)):
            raise ValueError
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        given = shown(repr(optimizer.keywords.get("lr")))[1:-1]
        raise DescentError(f"The learning rate must be a finite number, not {given}.") from error


def _check_start(surface: Surface, start: object) -> None:
    try:
        w1, w2 = (float(w) for w in start)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise DescentError(f"A run starts at two numbers (w1, w2), not {start!r}.") from error
    if not (math.isfinite(w1) and math.isfinite(w2)):
        raise DescentError(f"A run must start at finite numbers, not {start!r}.")
    if not surface.contains(w1, w2):
        raise DescentError(f"The start {start!r} is outside the view {surface.domain} of surface {surface.name!r}.")
