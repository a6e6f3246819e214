"""A ResNet-20 with batch normalisation, and scikit-learn's digits for it: benchmarks and tests use both."""

import torch
from torch import Tensor, nn

from descent.base.errors import DescentError


class Block(nn.Module):
    """Two convolutions and the way around them."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.two = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        same = before == width and stride == 1
        self.around = nn.Identity() if same else nn.Conv2d(before, width, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Of a layer's outputs ``[m, before, h, w]``, the next one's."""
        return torch.relu(self.two(self.one(x)) + self.around(x))


def resnet20() -> nn.Sequential:
    """He et al. (2016): a first convolution, three groups of three blocks, and a linear layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers: list[nn.Module] = [nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        before = 16
        for width in (16, 32, 64):
            for k in range(3):
                layers.append(Block(before, width, 2 if k == 0 and width > 16 else 1))
                before = width
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def digits() -> tuple[Tensor, Tensor]:
    """All 1,797: pictures ``[m, 1, 8, 8]`` from 0 to 1, and which digit each is.

    Raises:
        DescentError: If scikit-learn, which ships them, is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DescentError("the digits come with scikit-learn: pip install scikit-learn.") from error
    found = load_digits()
    return torch.tensor(found.images[:, None] / 16, dtype=torch.float32), torch.tensor(found.target)
