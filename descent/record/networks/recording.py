"""Recording a network while it trains."""

import copy
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from descent.base.errors import DescentError, reason
from descent.record.schedules import step_scheduler
from descent.record.surfaces import Array, differentiating, read_only
from descent.record.torch_specs import build_scheduler, check_optimizer, check_scheduler, label, torch_class

Loss = Callable[[Tensor, Tensor], Tensor]
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """How a network of P parameters trained for n steps.

    Row ``k`` of ``params`` and ``loss`` is before step ``k``.

    Attributes:
        optimizer: A partial of the optimizer's class.
        scheduler: A partial of the scheduler's class, or None.
        params: ``[n+1, P]``, every parameter in the order of ``module.parameters()``, in float32.
        loss: ``[n+1]``, the loss of the batch that the step saw, measured before it; the last one after the last step,
            on the first batch.
        lr: ``[n]``, the learning rate that the step used.
        module: The network as it was given, on the CPU; a copy of its own.
    """

    optimizer: partial[Any]
    scheduler: partial[Any] | None
    params: Array
    loss: Array
    lr: Array
    module: nn.Module

    @property
    def label(self) -> str:
        """The optimizer with its settings, and the scheduler's."""
        own = label(self.optimizer)
        return own if self.scheduler is None else f"{own} · {label(self.scheduler)}"

    @property
    def steps(self) -> int:
        """Steps taken: fewer than asked for if the loss left the finite numbers."""
        return len(self.lr)

    def network(self, row: int = -1) -> nn.Module:
        """The network with the parameters of a row, in evaluation mode."""
        module = copy.deepcopy(self.module)
        vector_to_parameters(torch.tensor(self.params[row], dtype=torch.float32), module.parameters())
        return module.eval()


@differentiating()
def record(
    module: nn.Module,
    loss: Loss,
    optimizer: partial[Any],
    data: Batch | Iterable[Batch],
    steps: int,
    scheduler: partial[Any] | None = None,
    seed: int = 0,
) -> Recording:
    """Train a copy of a network with a real torch optimizer, and record every step.

    The network itself is left as it is, so that several optimizers can start from the same one. Parameters take
    ``4 (steps + 1) P`` bytes.

    Args:
        module: Any module whose parameters are float32.
        loss: Takes the module's output and the targets, returns a scalar.
        optimizer: A partial of an optimizer class, such as ``partial(Adam, lr=0.01)``.
        data: One batch ``(inputs, targets)`` that every step sees whole, or an iterable of batches, such as a
            DataLoader, gone through again and again.
        steps: How many steps, at least 1.
        scheduler: A partial of a scheduler class, stepped after every step; ReduceLROnPlateau gets the loss.
        seed: For what draws random numbers: dropout, shuffling.

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
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise DescentError(f"A recording takes a whole number of steps, at least 1, not {steps!r}.")
    given = copy.deepcopy(module).cpu()
    network = copy.deepcopy(given).train()
    leaves = list(network.parameters())
    if not leaves or any(leaf.dtype != torch.float32 for leaf in leaves):
        raise DescentError(
            "A recording needs a module with parameters, all of them float32; call module.float() first."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        batches = _batches(data)
        first = next(batches)
        batches = itertools.chain([first], batches)
        try:
            stepper = torch_class(optimizer)(leaves, **copy.deepcopy(optimizer.keywords))
        except Exception as error:
            raise DescentError(f"torch cannot build {label(optimizer)!r} for this module: {reason(error)}.") from error
        plan = None if scheduler is None else build_scheduler(scheduler, stepper)
        rows, losses, rates = [_flat(leaves)], [], []
        for step in range(steps):
            batch = next(batches)
            rates.append(float(stepper.param_groups[0].get("lr", math.nan)))
            losses.append(_step(network, loss, stepper, batch, step))
            rows.append(_flat(leaves))
            if not math.isfinite(losses[-1]) or not np.isfinite(rows[-1]).all():
                break
            if plan is not None:
                step_scheduler(plan, losses[-1], step)
        with torch.no_grad():
            losses.append(float(loss(network(first[0]), first[1])))
    path, seen, used = map(read_only, (np.stack(rows), np.array(losses), np.array(rates)))
    return Recording(optimizer, scheduler, path, seen, used, given)


def _batches(data: Batch | Iterable[Batch]) -> Iterator[Batch]:
    """Batches without end."""
    whole = isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], Tensor)
    source: Iterable[Any] = [data] if whole else data
    empty = True
    while True:
        for batch in source:
            pair = tuple(batch) if isinstance(batch, list | tuple) else ()
            if len(pair) != 2 or not all(isinstance(part, Tensor) for part in pair):
                raise DescentError(
                    "The data must be a pair of tensors (inputs, targets), or an iterable of such pairs."
                )
            empty = False
            yield pair[0], pair[1]
        if empty:
            raise DescentError("The data has no batch; give at least one pair (inputs, targets).")


def _step(network: nn.Module, loss: Loss, stepper: torch.optim.Optimizer, batch: Batch, step: int) -> float:
    seen: list[float] = []

    def closure() -> float:
        stepper.zero_grad()
        value = loss(network(batch[0]), batch[1])
        if not isinstance(value, Tensor) or value.ndim != 0:
            raise DescentError("The loss must be a scalar tensor; reduce it with mean() or sum().")
        torch.autograd.backward(value)
        seen.append(float(value.detach()))
        return seen[-1]

    try:
        stepper.step(closure)
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(f"Step {step} failed, do module, loss and data fit together? {reason(error)}.") from error
    return seen[0]


def _flat(leaves: list[nn.Parameter]) -> Array:
    flat: Array = parameters_to_vector(leaves).detach().numpy().copy()
    return flat
