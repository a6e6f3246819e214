"""Grounds of any size: ``bowl_12_m3_0`` is a bowl with losses of 1e12, w1 of 1e-3 and w2 of 1."""

from collections.abc import Callable

import torch
from torch import Tensor

SHAPES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "bowl": lambda a, b: (a - 1) ** 2 + 3 * (b + 2) ** 2,
    "wells": lambda a, b: (a**2 - 1) ** 2 + 0.1 * a + b**2,
    "waves": lambda a, b: torch.sin(3 * a) * torch.cos(3 * b) + 0.1 * (a**2 + b**2),
    "falls": lambda a, b: -(a**3) + b,
    "raised": lambda a, b: 100 + a**2 + b**2,
}


def __getattr__(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    shape, *powers = name.split("_")
    if shape not in SHAPES:
        raise AttributeError(name)
    loss, first, second = (10.0 ** int(power.replace("m", "-")) for power in powers)
    return lambda w1, w2: loss * SHAPES[shape](w1 / first, w2 / second)
