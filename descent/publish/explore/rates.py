"""Rates: what a scheduler makes of the learning rate, as tables; schedulers step in Python, and nothing is retyped."""

import inspect
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from torch.optim.lr_scheduler import ReduceLROnPlateau

from descent.base.errors import DescentError
from descent.publish.explore.symbols import UncapturableError
from descent.record.runs import Run
from descent.record.schedules import Schedule, trace_lr
from descent.record.surfaces import Array, read_only
from descent.record.torch_specs import is_composite, torch_class

_NOTCHES = (13, 9, 7, 5, 3)
_MOST = 3
_ROOM = 45_000  # bytes of a run's tables, for which its settings have fewer values
_BYTES = 8 * 4 / 3  # of a step in a table: a double, in base64
_NEAR = 1e-12
_SHARES = ("gamma", "factor", "pct_start", "base_momentum", "max_momentum")


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """The learning rate of each step, for any rate that the optimizer begins with: ``fixed + share · rate``.

    Attributes:
        fixed: ``[steps]``.
        share: ``[steps]``.
        momentum: ``[steps]``, or None where the scheduler leaves it alone.
        lr: ``[steps]``, exactly what torch gives for the run's own rate.
    """

    fixed: Array
    share: Array
    momentum: Array | None
    lr: Array


@dataclass(frozen=True, slots=True, eq=False)
class Notched:
    """A setting of a scheduler with the rates of each value that it can take on the page.

    Attributes:
        name: Of the setting.
        values: In rising order.
        at: Which of them is the run's own.
        rates: The rates of each.
    """

    name: str
    values: tuple[float, ...]
    at: int
    rates: tuple[Rates, ...]


def rates_of(run: Run) -> tuple[Rates, tuple[Notched, ...]]:
    """The rates of a run's scheduler, and those of its settings that can be moved.

    Raises:
        UncapturableError: If the rate depends on the loss, or on the optimizer's own rate in another way than a line.
    """
    assert run.scheduler is not None
    if issubclass(torch_class(run.scheduler), ReduceLROnPlateau):
        raise UncapturableError("has a scheduler that looks at the loss")
    base = _rates(run, run.scheduler)
    return base, () if is_composite(run.scheduler) else tuple(_notched(run, base))


def _rates(run: Run, scheduler: partial[Any]) -> Rates:
    def curve(rate: float) -> tuple[Array, Array | None]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            traced = trace_lr(Schedule(scheduler, rate, run.steps))
        return traced.lr, traced.momentum

    lr, momentum = curve(run.lr)
    unit = run.lr or 1.0
    one = lr if run.lr else curve(unit)[0]
    (two, _), (half, _) = curve(2.0 * unit), curve(0.5 * unit)
    share = (two - one) / unit
    fixed = np.where(np.abs(one - share * unit) <= _NEAR * np.abs(one), 0.0, one - share * unit)
    if not np.allclose(half, fixed + share * 0.5 * unit, rtol=1e-9, atol=_NEAR * float(np.abs(one).max())):
        raise UncapturableError("has a scheduler whose rates are not in proportion to the optimizer's own")
    return Rates(read_only(fixed), read_only(share), momentum, lr)


def _notched(run: Run, base: Rates) -> list[Notched]:
    scheduler = run.scheduler
    assert scheduler is not None
    found: list[Notched] = []
    parameters = inspect.signature(scheduler.func).parameters
    numbers = {
        name: value
        for name, value in scheduler.keywords.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name != "last_epoch"
    }
    room = _ROOM / (_BYTES * run.steps * max(1, min(len(numbers), _MOST)))
    notches = next((count for count in _NOTCHES if count <= room), _NOTCHES[-1])
    for name, value in numbers.items():
        if len(found) == _MOST:
            break
        whole = isinstance(value, int) and parameters[name].annotation in (int, "int", inspect.Parameter.empty)
        tables = {}
        for trial in _values(name, value, whole, run.steps, notches):
            try:
                tables[trial] = base if trial == value else _rates(
                    run, partial(scheduler.func, **{**scheduler.keywords, name: trial}))  # fmt: skip
            except (DescentError, UncapturableError):
                continue
        if len(tables) > 1:
            values = sorted(tables)
            found.append(Notched(name, tuple(values), values.index(value), tuple(tables[each] for each in values)))
    return found


def _values(name: str, value: float, whole: bool, steps: int, notches: int) -> Sequence[float]:
    """Values around a setting's own, which is among them."""
    factors = np.geomspace(0.1, 10, notches)
    if whole:
        around = {round(each) for each in (value * factors).tolist()}
        return sorted({each for each in around if 1 <= each <= 2 * steps} | {value})
    if 0 < value < 1 and name in _SHARES:  # what counts is how far they are from 1
        around = {float(f"{1 - (1 - value) * each:.3g}") for each in factors.tolist()}
        return sorted({each for each in around if 0 < each < 1} | {value})
    if value == 0 or not math.isfinite(value):
        return [value]
    return sorted({float(f"{value * each:.3g}") for each in factors.tolist()} | {value})
