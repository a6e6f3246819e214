"""A named part of the data, so that a mean over it has an error bar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from descent.base.errors import DescentError
from descent.record.networks.batches import Data, all_batches, examples_in
from descent.record.surfaces import Array


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Examples drawn from data, in parts that are alike: batches, for whatever takes data.

    Attributes:
        parts: The batches.
        examples: How many examples there are in all parts.
        of: How many the data has.
        seed: What they were drawn from.
    """

    parts: tuple[Any, ...]
    examples: int
    of: int
    seed: int

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts)

    def __str__(self) -> str:
        return f"{self.examples:,} of {self.of:,} examples"


def sample_of(data: Data, examples: int, seed: int = 0, parts: int = 8) -> Sample:
    """Draw examples from data, none twice.

    Args:
        data: A batch, or batches, whose tensors have an example a row.
        examples: How many; all, in parts, if the data has no more.
        seed: What they are drawn from.
        parts: How many batches they become; the spread of their losses is what the error bar comes from.

    Raises:
        DescentError: If there are too few for parts, or a batch has no rows.
    """
    for name, value, least in (("examples", examples, 2), ("parts", parts, 2), ("seed", seed, 0)):
        if type(value) is not int or value < least:
            raise DescentError(f"A sample's {name!r} is a whole number, at least {least}, not {value!r}.")
    batches = all_batches(data)
    counts = [examples_in(batch) for batch in batches]
    total = sum(counts)
    taken = min(examples, total)
    if taken < parts:
        raise DescentError(f"A sample of {taken} examples cannot be in {parts} parts; take more examples.")
    chosen = np.random.Generator(np.random.PCG64(seed)).permutation(total)[:taken]
    begins = np.cumsum([0, *counts])
    made = []
    for few in np.array_split(chosen, parts):
        pieces = [
            _rows(batch, torch.tensor(np.sort(few[(few >= begin) & (few < begin + count)]) - begin), count)
            for batch, begin, count in zip(batches, begins[:-1], counts, strict=True)
        ]
        made.append(_joined([piece for piece in pieces if examples_in(piece)]))
    return Sample(tuple(made), taken, total, seed)


def mean_and_error(losses: Array, batches: list[Any], data: Data) -> tuple[Array, Array | None]:
    """The mean of batches' losses ``[…, b]``, each weighted by its examples, and its standard error.

    ``s √(Σ w²) √(1 − n/N)``, s the spread of the parts of a `Sample` of n among N examples and w their weights; None of
    data that is whole.
    """
    weights = np.array([examples_in(batch) for batch in batches], dtype=float)
    weights /= weights.sum()
    mean: Array = np.einsum("...b,b->...", losses, weights)
    if not isinstance(data, Sample):
        return mean, None
    rest = 1 - data.examples / data.of
    error: Array = losses.std(axis=-1, ddof=1) * np.sqrt((weights**2).sum() * rest)
    return mean, error


def _rows(batch: Any, rows: Tensor, count: int) -> Any:
    """Some examples of a batch: of each tensor that has so many rows."""
    if isinstance(batch, Tensor):
        return batch[rows.to(batch.device)] if batch.ndim and len(batch) == count else batch
    if isinstance(batch, Mapping):
        return {name: _rows(part, rows, count) for name, part in batch.items()}
    if isinstance(batch, list | tuple):
        return tuple(_rows(part, rows, count) for part in batch)
    raise DescentError(f"No sample can be drawn of a batch that holds a {type(batch).__name__}; give all data.")


def _joined(pieces: list[Any]) -> Any:
    first = pieces[0]
    if isinstance(first, Tensor):
        return torch.cat(pieces) if first.ndim else first
    if isinstance(first, Mapping):
        return {name: _joined([piece[name] for piece in pieces]) for name in first}
    return tuple(_joined([piece[k] for piece in pieces]) for k in range(len(first)))
