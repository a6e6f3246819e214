"""A ground of hills, of which any start sees some."""

import torch
from torch import Tensor


def hilly(w1: Tensor, w2: Tensor) -> Tensor:
    return torch.sin(w1) * torch.cos(w2 / 2) + 1e-4 * (w1**2 + w2**2)
