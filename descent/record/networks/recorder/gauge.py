"""What is measured at each step: the sketch of the parameters, and the lengths of gradients and updates."""

import torch
from torch import Tensor, nn

from descent.record.networks.recorder.names import blocks_of
from descent.record.networks.recorder.pieces import are_sharded, local, piece_of, summed
from descent.record.networks.recorder.sketch import CountSketch


class Gauge:
    """Measures a network where it lies; of a sharded one each process its part, and all together the sum.

    Keeps a copy of the parameters, which tells how far the next step goes.

    Args:
        params: By name.
        k: How many numbers a sketch has.
        seed: Of the sketch.
    """

    def __init__(self, params: dict[str, nn.Parameter], k: int, seed: int) -> None:
        self._params = list(params.values())
        self._pieces = [piece_of(name, param) for name, param in params.items()]
        self.sharded = are_sharded(self._params)
        self.blocks, places = blocks_of(params)
        self._block = torch.tensor(places, device=self._params[0].device)
        sizes = [param.numel() for param in self._params]
        devices = [param.device for param in self._params]
        self._sketch = CountSketch(sizes, k, seed, self._pieces, devices)
        self._before = [local(param.detach()).clone() for param in self._params]

    def sketch(self) -> Tensor:
        """The sketch ``[k]`` of the parameters as they are."""
        own = self._sketch.of([local(param.detach()) for param in self._params])
        return summed(own) if self.sharded else own

    @torch.no_grad()
    def lengths(self, remember: bool) -> Tensor:
        """After a step: the squared lengths of every block's gradient, then of its update, ``[2 blocks]``.

        Args:
            remember: Whether the next step is measured too, so that where it begins is kept.
        """
        grads = [_grad_square(param) for param in self._params]
        moved = []
        for before, param in zip(self._before, self._params, strict=True):
            after = local(param.detach())
            moved.append(_square(before.sub_(after)))
            if remember:
                before.copy_(after)
        row = torch.cat([self._by_block(grads), self._by_block(moved)])
        return summed(row) if self.sharded else row

    @torch.no_grad()
    def remember(self) -> None:
        """Keep the parameters as they are, since the next step is measured."""
        for before, param in zip(self._before, self._params, strict=True):
            before.copy_(local(param.detach()))

    def _by_block(self, squares: list[Tensor]) -> Tensor:
        device = squares[0].device
        counted = [
            square.to(device) if piece.counts else torch.zeros((), device=device)
            for square, piece in zip(squares, self._pieces, strict=True)
        ]
        sums = torch.zeros(len(self.blocks), device=device)
        return sums.index_add_(0, self._block, torch.stack(counted))


def _grad_square(param: Tensor) -> Tensor:
    return torch.zeros((), device=param.device) if param.grad is None else _square(local(param.grad.detach()))


def _square(values: Tensor) -> Tensor:
    """The squared length of a tensor, in float32."""
    if values.is_sparse:
        values = values.coalesce().values()
    if values.dtype.itemsize < 4 or not (values.is_floating_point() or values.is_complex()):
        values = values.float()
    length: Tensor = torch.linalg.vector_norm(values)
    return length.float().square()
