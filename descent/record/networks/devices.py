"""Where a network is computed: on the CPU, or on a device that torch has here."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from descent.base.errors import DescentError, reason

Device = str | torch.device | None
"""A device as torch names them, such as "cuda"; None for the CPU."""


def find_device(device: Device) -> torch.device:
    """A device, tried out.

    Raises:
        DescentError: If torch has none of that name here.
    """
    try:
        found = torch.device("cpu" if device is None else device)
        torch.zeros(1, device=found).sum().item()
    except Exception as error:
        raise DescentError(f"Torch cannot compute on {str(device)!r} here: {reason(error)}.") from error
    return found


def moved(batch: Any, device: torch.device) -> Any:
    """A batch with its tensors on a device: a tensor, or a tuple, list or mapping of such things."""
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {name: moved(part, device) for name, part in batch.items()}
    if isinstance(batch, list | tuple):
        parts = [moved(part, device) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)
    return batch
