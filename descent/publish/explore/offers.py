"""Offers: optimizers that can be added to a page, captured and compared with torch like those of its own runs."""

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.optim import SGD, Adagrad, Adam, AdamW, NAdam, RMSprop

from descent.base.errors import DescentError
from descent.publish.explore.buffers import buffers_of
from descent.publish.explore.programs import Family, optimizer_code
from descent.publish.explore.records import Record, record
from descent.publish.explore.sliders import Slider
from descent.publish.explore.symbols import UncapturableError
from descent.publish.explore.written import Written, written
from descent.record.runs import Run
from descent.record.torch_specs import torch_class
from descent.record.trajectories import traced

USUAL = (SGD, Adam, AdamW, RMSprop, Adagrad, NAdam)
"""Optimizers that every page offers."""

_STEPS = 12
_LR = 0.01


@dataclass(frozen=True, slots=True)
class Model:
    """An optimizer on the page.

    Attributes:
        name: Its class.
        single: Whether it computes in float32.
        code: Which of the page's programs computes it; -1 for none.
        settings: The numbers that the program takes.
        sliders: Those that can be moved.
        lr: Which of them is the rate; -1 for none.
        momentum: Which of them a scheduler may move beside it; -1 for none.
        buffers: Its tensors that have the parameters' shape, and what kind of thing each is.
        optimizer: How it is typed.
        record: What torch did with it.
    """

    name: str
    single: bool
    code: int
    settings: tuple[tuple[str, float], ...]
    sliders: tuple[Slider, ...]
    lr: int
    momentum: int
    buffers: tuple[tuple[str, str], ...]
    optimizer: Written
    record: Record


@dataclass(frozen=True, slots=True)
class Offer(Model):
    """An optimizer that can be added; its record is of a few steps from one of the page's starts.

    Attributes:
        key: What the address calls it.
        start: Where its record starts.
    """

    key: str
    start: tuple[float, float]


def model(run: Run, place: Callable[[Family], int], steps: int) -> dict[str, Any]:
    """What `Model` holds of a run that the page can compute, but for the record.

    Args:
        run: The run.
        place: Which of the page's programs a family is.
        steps: For how many steps there are sliders.

    Raises:
        UncapturableError: Why it cannot.
    """
    programs = optimizer_code(run.optimizer, run.dtype, steps)
    names = [name for name, _ in programs.settings]
    return {
        **plain_model(run),
        "code": place(programs.family),
        "settings": programs.settings,
        "sliders": programs.sliders,
        "lr": _place(names, "lr"),
        "momentum": _place(names, "betas.0" if "betas.0" in names else "momentum"),
        "buffers": buffers_of(run.optimizer, run.dtype),
    }


def plain_model(run: Run) -> dict[str, Any]:
    """The same of one that it only shows."""
    nothing: dict[str, Any] = {"code": -1, "settings": (), "sliders": (), "lr": -1, "momentum": -1, "buffers": ()}
    name = torch_class(run.optimizer).__name__
    return {"name": name, "single": run.dtype is torch.float32, "optimizer": written(run.optimizer), **nothing}


def offers(live: Sequence[Run], place: Callable[[Family], int]) -> tuple[Offer, ...]:
    """What a page offers, in the precision of its first run: the usual ones, and those of its runs.

    Args:
        live: The runs that the page can compute.
        place: Which of the page's programs a family is.
    """
    found = []
    for kind in dict.fromkeys((*USUAL, *(torch_class(run.optimizer) for run in live))) if live else ():
        with suppress(UncapturableError, DescentError):  # one that needs more settings than a rate
            found.append(_offer(kind, live[0], place))
    return tuple(found)


def _offer(kind: type, first: Run, place: Callable[[Family], int]) -> Offer:
    parameters = inspect.signature(kind).parameters
    usual = parameters["lr"].default if "lr" in parameters else None
    spec = partial(kind) if isinstance(usual, float) or "lr" not in parameters else partial(kind, lr=_LR)
    run = Run(first.surface, spec, first.start, _STEPS, dtype=first.dtype)
    found = model(run, place, _STEPS)
    return Offer(
        **found,
        key=found["optimizer"].text or found["name"],
        start=run.start,
        record=record(traced(run), compared=True),
    )


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1
