"""Training a copy of a network, and recording every step."""

import copy
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from descent.base.errors import DescentError, reason
from descent.record.networks.batches import Data, Loss, loss_of, same_order, without_end
from descent.record.networks.randomness import draw_from, drawing_state, seeded, undisturbed
from descent.record.networks.recording import Mode, Recording, in_mode
from descent.record.networks.steppers import Groups, build_steppers, check_groups
from descent.record.networks.weights import StateRows, flat, own_copy
from descent.record.schedules import step_scheduler
from descent.record.surfaces import Array, differentiating, read_only
from descent.record.torch_specs import build_scheduler, check_optimizer, check_scheduler


@differentiating()
def record(
    module: nn.Module,
    loss: Loss,
    optimizer: partial[Any],
    data: Data,
    steps: int,
    scheduler: partial[Any] | None = None,
    seed: int = 0,
    *,
    mode: Mode = "train",
    groups: Groups | None = None,
) -> Recording:
    """Train a copy of a network with real torch optimizers, and record every step.

    It is what a plain training loop after ``torch.manual_seed(seed)`` does, bit for bit. The network itself is left
    as it is, and so are the generators of a DataLoader, so that several optimizers can start from the same network and
    see the same data in the same order. Parameters take ``4 (steps + 1) P`` bytes.

    Args:
        module: Any module whose parameters are float32.
        loss: Takes the module's output and the targets, returns a scalar; or a `ModelLoss`.
        optimizer: A partial of an optimizer class, such as ``partial(Adam, lr=0.01)``.
        data: One batch that every step sees whole, or an iterable of batches, such as a DataLoader, gone through again
            and again. A batch is a tuple ``(inputs, targets)`` or ``(inputs, more inputs, targets)``; of any form, such
            as a dict, with a `ModelLoss`.
        steps: How many steps, at least 1.
        scheduler: A partial of a scheduler class, stepped after every step, one for each optimizer;
            ReduceLROnPlateau gets the loss.
        seed: For what draws random numbers, by torch, numpy or Python: dropout, shuffling.
        mode: Whether the network trains in training or in evaluation mode; the losses are measured in it.
        groups: By names of parameters, or patterns: settings of their own, as ``{"*.bias": {"weight_decay": 0}}``, or
            another optimizer, as AdamW beside Muon for what is no matrix.

    Raises:
        DescentError: If something does not fit together, in one sentence.

    >>> from torch.optim import SGD
    >>> line = nn.Linear(1, 1)
    >>> data = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [3.0]])
    >>> run = record(line, nn.functional.mse_loss, partial(SGD, lr=0.3), data, steps=100)
    >>> run.params.shape, [round(w, 2) for w in run.params[-1].tolist()]
    ((101, 2), [2.0, 1.0])
    """
    check_optimizer(optimizer)
    if scheduler is not None:
        check_scheduler(scheduler)
    groups = {} if groups is None else groups
    check_groups(groups)
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise DescentError(f"A recording takes a whole number of steps, at least 1, not {steps!r}.")
    given = own_copy(module)
    network = in_mode(copy.deepcopy(given), mode)
    rows = _Rows()
    with seeded(seed), same_order(data):
        batches = without_end(data)
        first = next(batches)
        batches = chain([first], batches)
        steppers = build_steppers(network, optimizer, groups)
        plans = [] if scheduler is None else [build_scheduler(scheduler, stepper) for stepper in steppers]
        with _only_the_copy(module):
            graph = _needs_graph(network, loss, optimizer, groups, first)
            for step in range(steps):
                batch = next(batches)
                rows.before(network, steppers)
                rows.loss.append(_step(network, loss, steppers, batch, step, graph))
                if not math.isfinite(rows.loss[-1]) or not all(leaf.isfinite().all() for leaf in network.parameters()):
                    break
                for plan in plans:
                    step_scheduler(plan, rows.loss[-1], step)
        rows.before(network)
        drawing = drawing_state()
        rows.loss.append(float(loss_of(network, loss, first).detach()))
        recording = rows.recording(optimizer, scheduler, groups, given, seed)
        draw_from(drawing)
        _check_rebuilt(recording, loss, first)
    return recording


class _Rows:
    """What is known before each step."""

    def __init__(self) -> None:
        self.loss: list[float] = []
        self._params: list[Array] = []
        self._training: list[bool] = []
        self._rates: list[list[float]] = []
        self._state = StateRows()

    def before(self, network: nn.Module, steppers: list[Optimizer] | None = None) -> None:
        """Take a row; without optimizers, of what comes after the last step."""
        self._params.append(flat(network))
        self._training.append(network.training)
        self._state.take(network)
        if steppers is not None:
            groups = [group for stepper in steppers for group in stepper.param_groups]
            self._rates.append([float(group.get("lr", math.nan)) for group in groups])

    def recording(
        self, optimizer: partial[Any], scheduler: partial[Any] | None, groups: Groups, given: nn.Module, seed: int
    ) -> Recording:
        params, loss, rates = np.stack(self._params), np.array(self.loss), np.array(self._rates)
        training = read_only(np.array(self._training))
        return Recording(
            optimizer,
            scheduler,
            groups,
            params=read_only(params),
            loss=read_only(loss),
            training=training,
            state=self._state.changed(),
            rates=read_only(rates),
            module=given,
            seed=seed,
        )


@contextmanager
def _only_the_copy(module: nn.Module) -> Iterator[None]:
    """Refuse a loss that speaks of the module that was given: its gradient does not reach the copy that trains."""
    before = [(leaf, leaf.grad) for leaf in module.parameters()]
    yield
    if any(leaf.grad is not grad for leaf, grad in before):
        for leaf, grad in before:
            leaf.grad = grad
        raise DescentError(
            "The loss uses the module that was given, but a copy of it is trained; give the loss as "
            "ModelLoss(lambda network, batch: …), which is handed that copy."
        )


def _needs_graph(network: nn.Module, loss: Loss, optimizer: partial[Any], groups: Groups, batch: Any) -> bool:
    """Whether an optimizer differentiates the gradients, as AdaHessian does: found by a step of another copy."""
    specs = [optimizer, *(spec for spec in groups.values() if isinstance(spec, partial))]
    if all(spec.func.__module__.startswith("torch.") for spec in specs):
        return False
    with undisturbed():
        trial = copy.deepcopy(network)
        try:
            _step(trial, loss, build_steppers(trial, optimizer, groups), batch, 0, graph=False)
        except DescentError as error:
            return "does not require grad" in str(error.__cause__)
    return False


def _step(
    network: nn.Module, loss: Loss, steppers: list[Optimizer], batch: Any, step: int, graph: bool = False
) -> float:
    """Take one step and return the loss that it saw first."""
    seen: list[float] = []

    def closure() -> Tensor:
        for stepper in steppers:
            stepper.zero_grad()
        value = loss_of(network, loss, batch)
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", r"Using backward\(\) with create_graph=True"
            )  # zero_grad breaks the cycle
            torch.autograd.backward(value, create_graph=graph)
        seen.append(float(value.detach()))
        return value

    first = steppers[0]
    try:
        if len(steppers) > 1:
            closure()
            for stepper in steppers:
                stepper.step()
        else:
            if hasattr(first, "first_step"):
                closure()  # SAM and its kin move before they call the closure, by a gradient that is there already
            first.step(closure)  # type: ignore[arg-type]
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(f"Step {step} failed, do module, loss and data fit together? {reason(error)}.") from error
    if not seen:
        raise DescentError(f"{type(first).__name__} never called the closure that computes its loss.")
    return seen[0]


def _check_rebuilt(recording: Recording, loss: Loss, batch: Any) -> None:
    """Refuse a network whose last loss is not that of the last row: something in it was not recorded."""
    measured = float(recording.loss[-1])
    again = float(loss_of(recording.network(-1, recording.mode()), loss, batch).detach())
    if math.isfinite(measured) and not math.isclose(again, measured, rel_tol=1e-4, abs_tol=1e-6):
        raise DescentError(
            f"The recorded network has another loss than the trained one, {again:.4g} instead of {measured:.4g}: "
            "module or loss keeps something that is neither parameter nor buffer; keep it by register_buffer, or draw "
            "at random from torch's own generator."
        )
