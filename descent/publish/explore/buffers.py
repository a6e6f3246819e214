"""Buffers: which of an optimizer's own tensors have the parameters' shape, and what kind of thing each one is.

Nothing is known of their names. The optimizer is watched: as it meets the same gradients turned round, and as it starts
elsewhere.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from descent.publish.explore.sliders import with_setting
from descent.record.torch_specs import build_optimizer

DIRECTION, PLACE, SIZE = "direction", "place", "size"
"""What turns round with the gradients; what moves along with the start; and anything else, such as a square."""

_STEPS = 3
_SLOPES = ((0.83, -1.31), (1.13, 0.47), (0.59, 0.91))
_SHIFT = 4.0


def buffers_of(spec: partial[Any], dtype: torch.dtype) -> tuple[tuple[str, str], ...]:
    """The tensors in an optimizer's state that have the shape of its parameters, by name, and their kinds.

    Args:
        spec: The optimizer; its weight decay is left out, which would pull on the start.
        dtype: The parameters' precision.

    Returns:
        In the optimizer's own order. None if it does not step two parameters at once.

    >>> from torch.optim import RMSprop
    >>> buffers_of(partial(RMSprop, momentum=0.9), torch.float32)
    (('square_avg', 'size'), ('momentum_buffer', 'direction'))
    """
    try:
        leaf = torch.zeros(2, dtype=dtype, requires_grad=True)
        if "weight_decay" in build_optimizer(spec, [leaf]).param_groups[0]:
            spec = with_setting(spec, "weight_decay", 0.0)
        plain, turned, shifted = (
            _after(spec, dtype, sign, shift) for sign, shift in ((1, 0.0), (-1, 0.0), (1, _SHIFT))
        )
    except Exception:  # whatever a stranger's optimizer does with two parameters: its arrows are left out
        return ()
    return tuple((name, _kind(value, turned[name], shifted[name])) for name, value in plain.items())


def _after(spec: partial[Any], dtype: torch.dtype, sign: int, start: float) -> Mapping[str, Tensor]:
    leaf = torch.full((2,), start, dtype=dtype, requires_grad=True)
    optimizer = build_optimizer(spec, [leaf])
    for slope in _SLOPES[:_STEPS]:
        leaf.grad = sign * torch.tensor(slope, dtype=dtype)
        with torch.no_grad():
            optimizer.step(lambda: torch.tensor(1.25, dtype=dtype))  # type: ignore[arg-type, return-value]
    state = optimizer.state[leaf]
    return {name: value.detach().double() for name, value in state.items()
            if isinstance(value, Tensor) and value.shape == leaf.shape}  # fmt: skip


def _kind(value: Tensor, turned: Tensor, shifted: Tensor) -> str:
    near = 1e-5 * max(1.0, float(value.abs().max()))
    if torch.allclose(shifted, value + _SHIFT, rtol=0, atol=_SHIFT * near):
        return PLACE
    odd = torch.allclose(turned, -value, rtol=0, atol=near) and not torch.allclose(turned, value, rtol=0, atol=near)
    return DIRECTION if odd else SIZE
