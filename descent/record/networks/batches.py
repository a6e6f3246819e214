"""What a network is trained on: batches, how a loss is asked of one, and the order they come in."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from descent.base.errors import DescentError


@dataclass(frozen=True, slots=True)
class ModelLoss:
    """A loss that is given the network and the batch whole, for batches of any form.

    Attributes:
        of: Takes the network and a batch, returns a scalar tensor.

    >>> squares = ModelLoss(lambda network, batch: (network(batch["x"]) - batch["y"]).square().mean())
    """

    of: Callable[[nn.Module, Any], Tensor]


Loss: TypeAlias = Callable[[Any, Any], Tensor] | ModelLoss
"""Takes the network's output and the targets, returns a scalar; or a `ModelLoss`."""

Batch: TypeAlias = tuple[Tensor, ...] | Mapping[str, Any]
Data: TypeAlias = Batch | Iterable[Any]
"""One batch, or an iterable of batches that can be gone through again, such as a DataLoader."""


def loss_of(network: nn.Module, loss: Loss, batch: Any) -> Tensor:
    """The loss of a network on a batch: ``loss(network(*inputs), targets)`` of a batch ``(*inputs, targets)``.

    Raises:
        DescentError: If the batch has another form and the loss is no `ModelLoss`, or the loss is no scalar.
    """
    if isinstance(loss, ModelLoss):
        value = loss.of(network, batch)
    else:
        parts = tuple(batch) if isinstance(batch, list | tuple) else ()
        if len(parts) < 2 or not all(isinstance(part, Tensor) for part in parts):
            raise DescentError(
                "A batch must be tensors (inputs, targets), or (inputs, more inputs, targets); for any other, give the "
                "loss as ModelLoss(lambda network, batch: …)."
            )
        value = loss(network(*parts[:-1]), parts[-1])
    if not isinstance(value, Tensor) or value.ndim != 0:
        raise DescentError("The loss must be a scalar tensor; reduce it with mean() or sum().")
    return value


def each_loss(network: nn.Module, loss: Loss, batches: list[Any]) -> Tensor:
    """The loss of every batch, ``[b]``."""
    return torch.stack([loss_of(network, loss, batch) for batch in batches])


def without_end(data: Data) -> Iterator[Any]:
    """Batches, gone through again and again.

    Raises:
        DescentError: If there are none, or the data is an iterator that has ended.
    """
    source = _source(data)
    passes = 0
    while True:
        seen = 0
        for batch in source:
            seen += 1
            yield batch
        if not seen and not passes:
            raise DescentError("The data has no batch; give at least one, such as (inputs, targets).")
        if not seen:
            raise DescentError(
                "The data is an iterator that has ended; give a list or a DataLoader, which can be gone through "
                "again, or fewer steps."
            )
        passes += 1


def all_batches(data: Data) -> list[Any]:
    """Every batch of data that ends, once.

    Raises:
        DescentError: If there are none, or the data is an iterator.
    """
    source = _source(data)
    if isinstance(source, Iterator):
        raise DescentError("The data is an iterator, which ends or does not; give a list of batches or a DataLoader.")
    if not (batches := list(source)):
        raise DescentError("The data has no batch; give at least one, such as (inputs, targets).")
    return batches


def mean_loss(network: nn.Module, loss: Loss, batches: list[Any]) -> Tensor:
    """The mean of the batches' losses, each weighted by its number of examples."""
    if len(batches) == 1:
        return loss_of(network, loss, batches[0])
    counts = [examples_in(batch) for batch in batches]
    total = sum(counts)
    parts = [loss_of(network, loss, batch) * (n / total) for n, batch in zip(counts, batches, strict=True)]
    return torch.stack(parts).sum()


@contextmanager
def same_order(data: Data) -> Iterator[None]:
    """Put the generators that a DataLoader shuffles by back where they were, for the next to see the same order."""
    samplers = [data, getattr(data, "sampler", None), getattr(data, "batch_sampler", None)]
    found = [getattr(each, "generator", None) for each in samplers]
    before = [(each, each.get_state()) for each in found if isinstance(each, torch.Generator)]
    try:
        yield
    finally:
        for generator, state in before:
            generator.set_state(state)


def _source(data: Data) -> Iterable[Any]:
    if isinstance(data, Mapping) or (isinstance(data, tuple) and all(isinstance(part, Tensor) for part in data)):
        return [data] if data else []
    if isinstance(data, Tensor) or not isinstance(data, Iterable):
        raise DescentError(
            "The data must be a batch, such as (inputs, targets), or an iterable of batches, "
            f"not {type(data).__name__}."
        )
    return data


def examples_in(batch: Any) -> int:
    """How many examples a batch has: the length of its last tensor."""
    parts = batch.values() if isinstance(batch, Mapping) else batch if isinstance(batch, list | tuple) else [batch]
    tensors = [part for part in parts if isinstance(part, Tensor) and part.ndim]
    return len(tensors[-1]) if tensors else 1
