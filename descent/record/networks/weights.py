"""A network's numbers as arrays: its parameters in a row, and the state that is no parameter."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from descent.base.errors import DescentError, reason
from descent.record.surfaces import Array, read_only

State = Mapping[str, Array]


def own_copy(module: nn.Module) -> nn.Module:
    """A copy on the CPU that shares nothing with a module.

    Raises:
        DescentError: If there is nothing to train, not in float32, or the module cannot be copied.
    """
    if not isinstance(module, nn.Module):
        raise DescentError(f"A recording needs a torch.nn.Module, not {type(module).__name__}.")
    leaves = list(module.parameters())
    if any(isinstance(leaf, nn.UninitializedParameter) for leaf in leaves):
        raise DescentError("The module is lazy and has no parameters yet; call it once with a batch before.")
    if not leaves or any(leaf.dtype != torch.float32 for leaf in leaves):
        raise DescentError(
            "A recording needs a module with parameters, all of them float32; call module.float() first."
        )
    try:
        return copy.deepcopy(module).cpu()
    except Exception as error:
        raise DescentError(f"The module cannot be copied, which a recording has to: {reason(error)}.") from error


def flat(network: nn.Module) -> Array:
    """Every parameter in a row ``[P]``, in float32."""
    values: Array = parameters_to_vector(list(network.parameters())).detach().numpy().copy()
    return values


class StateRows:
    """What a network's buffers were, row by row; those that stay as they are take no room."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Array]] = {}
        self._length = 0

    def take(self, network: nn.Module) -> None:
        """Add a row of a network's buffers."""
        self.add(dict(network.named_buffers()))

    def add(self, buffers: Mapping[str, Tensor]) -> None:
        """Add a row.

        Raises:
            DescentError: If it has others than those before.
        """
        now = {name: as_array(buffer) for name, buffer in buffers.items()}
        if self._length and now.keys() != self._rows.keys():
            name = sorted(now.keys() ^ self._rows.keys())[0]
            raise DescentError(f"The buffer {name!r} comes or goes while the network trains; keep it from the start.")
        for name, values in now.items():
            rows = self._rows.setdefault(name, [])
            rows.append(rows[-1] if rows and _same(rows[-1], values) else values.copy())
        self._length += 1

    def changed(self) -> dict[str, Array]:
        """The buffers that changed, each ``[rows, …]``.

        Raises:
            DescentError: If one changed its shape.
        """
        moved = {name: rows for name, rows in self._rows.items() if any(row is not rows[0] for row in rows)}
        for name, rows in moved.items():
            if len({row.shape for row in rows}) > 1:
                raise DescentError(f"The buffer {name!r} changes its shape while the network trains; keep its shape.")
        return {name: read_only(np.stack(rows)) for name, rows in moved.items()}


def write(network: nn.Module, params: Array | Tensor, state: State) -> None:
    """Give a network its parameters ``[P]`` and the buffers that are named."""
    leaves = list(network.parameters())
    vector_to_parameters(torch.as_tensor(np.array(params), dtype=torch.float32, device=leaves[0].device), leaves)
    for name, values in state.items():
        owner, _, last = name.rpartition(".")
        buffers = network.get_submodule(owner)._buffers
        before = buffers[last]
        buffers[last] = torch.tensor(values) if before is None else torch.tensor(values).to(before)


def names_and_sizes(network: nn.Module) -> list[tuple[str, torch.Size]]:
    """Names and shapes of the parameters, in the order in which they are kept."""
    return [(name, leaf.shape) for name, leaf in network.named_parameters()]


def apart(params: Tensor, layout: Sequence[tuple[str, torch.Size]]) -> dict[str, Tensor]:
    """Parameters ``[m, P]`` by name, each ``[m, …]``."""
    parts = torch.split(params, [shape.numel() for _, shape in layout], dim=-1)
    return {name: part.reshape(-1, *shape) for (name, shape), part in zip(layout, parts, strict=True)}


def as_array(buffer: Tensor) -> Array:
    """A buffer's values, in its own precision where numpy has it."""
    known = buffer.detach().cpu()
    values: Any = (known.float() if known.dtype == torch.bfloat16 else known).numpy()  # numpy has no bfloat16
    return np.asarray(values)


def _same(first: Array, second: Array) -> bool:
    return np.array_equal(first, second, equal_nan=first.dtype.kind in "fc")
