"""A ground of hills, of which any start sees some."""

import torch
from torch import Tensor


def hilly(w1: Tensor, w2: Tensor) -> Tensor:
    return torch.sin(w1) * torch.cos(w2 / 2) + 1e-4 * (w1**2 + w2**2)


def plateau(w1: Tensor, w2: Tensor) -> Tensor:
    return torch.sigmoid(5 * (w1 - 1)) + 0.01 * w2**2


def hinge(w1: Tensor, w2: Tensor) -> Tensor:
    return torch.relu(1 - w1) + torch.relu(1 - w2)


def gutter(w1: Tensor, w2: Tensor) -> Tensor:
    return w1**2 + 0 * w2


def constant(w1: Tensor, w2: Tensor) -> Tensor:
    return 0 * w1 + 0 * w2 + 2


def egg(w1: Tensor, w2: Tensor) -> Tensor:
    return -torch.cos(w1) - torch.cos(w2) + 0.001 * (w1**2 + w2**2)


def steep(w1: Tensor, w2: Tensor) -> Tensor:
    return 0.5 * w1**2 + 25 * w2**2


def logs(w1: Tensor, w2: Tensor) -> Tensor:
    return -torch.log(w1) - torch.log(w2) + w1**2 + w2**2


def bowl(w1: Tensor, w2: Tensor) -> Tensor:
    return w1**2 + w2**2


def hill(w1: Tensor, w2: Tensor) -> Tensor:
    return 10 * torch.exp(-(w1**2 + w2**2) / 2)


def faint(w1: Tensor, w2: Tensor) -> Tensor:
    return 1e-9 * (w1**2 + 3 * w2**2)


def hyperbola(w1: Tensor, w2: Tensor) -> Tensor:
    return (w1 * w2 - 1) ** 2


def falls(w1: Tensor, w2: Tensor) -> Tensor:
    return -(w1**3) + w2
