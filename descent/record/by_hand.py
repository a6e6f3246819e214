"""Gradient descent written by hand, in the shape of a torch optimizer, to compare with `torch.optim.SGD`."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class ByHand(Optimizer):
    """The update of a first training loop: ``w ← w − lr · ∇L(w)``.

    Written like that, in two operations, each step rounds twice: the product and the difference. `torch.optim.SGD`
    makes one operation of them, ``torch.sub(w, grad, alpha=lr)``, which CPUs with a fused multiply-add round once.
    Its last bit may therefore differ; ``fused`` takes the step as `SGD` does, and then no bit does.

    Args:
        params: What to adjust, in place.
        lr: The step size.
        fused: Whether product and difference are one operation.

    >>> w = torch.tensor(2.0, requires_grad=True)
    >>> (w**2).backward()
    >>> ByHand([w], lr=0.25).step()
    >>> w.item()
    1.0
    """

    def __init__(self, params: Iterable[Tensor], lr: float, fused: bool = False) -> None:
        super().__init__(params, {"lr": lr, "fused": fused})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; with a closure, compute the loss and the gradients by it first.

        Args:
            closure: Computes the loss and its gradients, and returns the loss.

        Returns:
            What the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr = group["lr"]
            for w in group["params"]:
                if w.grad is not None:
                    w.copy_(torch.sub(w, w.grad, alpha=lr) if group["fused"] else w - lr * w.grad)
        return loss
