"""The part of each parameter that lies in this process: all of it, or a shard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from descent.base.errors import DescentError

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Piece:
    """Which numbers of a flattened parameter lie in this process.

    Attributes:
        offset: The first of them.
        length: How many.
        counts: Whether it is this process that counts them: of copies in several processes, one does.
    """

    offset: int
    length: int
    counts: bool = True


def together() -> bool:
    """Whether several processes train together."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def rank() -> int:
    """The number of this process among those that train together; 0 alone."""
    return dist.get_rank() if together() else 0


def are_sharded(params: Sequence[Tensor]) -> bool:
    """Whether several processes hold a part each of the parameters."""
    return together() and any(_is_shard(each) for each in params)


def local(tensor: Tensor) -> Tensor:
    """The part of a tensor that lies in this process."""
    own: Tensor = tensor.to_local() if together() and _is_shard(tensor) else tensor  # type: ignore[attr-defined]
    return own


def piece_of(name: str, param: nn.Parameter) -> Piece:
    """Where the part of this process begins.

    Raises:
        DescentError: If it is no run of the flattened parameter: sharded along another dimension than the first.
    """
    if not (together() and _is_shard(param)):
        return Piece(0, param.numel(), rank() == 0)
    from torch.distributed.tensor import DTensor, Replicate, Shard
    from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

    assert isinstance(param, DTensor)
    mesh, placements = param.device_mesh, param.placements
    if not all(isinstance(each, Replicate) or each == Shard(0) for each in placements):
        raise DescentError(f"The parameter {name!r} is sharded as {placements}; a recorder takes Shard(0) alone.")
    _, start = compute_local_shape_and_global_offset(param.shape, mesh, placements)
    here = mesh.get_coordinate() or [0] * mesh.ndim
    first = all(place == 0 for place, each in zip(here, placements, strict=True) if isinstance(each, Replicate))
    return Piece((start[0] if start else 0) * prod(param.shape[1:]), param.to_local().numel(), first)


def summed(values: Tensor) -> Tensor:
    """The sum of what all processes have of it."""
    dist.all_reduce(values)
    return values


def agreed(find: Callable[[], _Found], sharded: bool) -> _Found:
    """What the first process finds, in all that share a network; alone, what this one does.

    Raises:
        DescentError: If it cannot be found: in all of them.
    """
    if not sharded:
        return find()
    told: list[Any] = [None, None]
    if rank() == 0:
        try:
            told[0] = find()
        except DescentError as error:
            told[1] = str(error)
    dist.broadcast_object_list(told)
    if told[1] is not None:
        raise DescentError(told[1])
    found: _Found = told[0]
    return found


def whole(model: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers of a sharded network, gathered in the first process, on the CPU; all have to ask."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    found: dict[str, Tensor] = get_model_state_dict(model, options=options)  # type: ignore[assignment]
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def _is_shard(tensor: Tensor) -> bool:
    from torch.distributed.tensor import DTensor

    return isinstance(tensor, DTensor)
