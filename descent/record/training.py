"""What training adds to plain descent: mini-batches, noise in the gradient, clipping, and the average of the iterates.

All is seeded and drawn anew for every step from its number, by numpy's generator, so that a step can be repeated, gone
back to, and is the same on every machine.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

from descent.base.errors import DescentError
from descent.record.matrices import MatrixLoss
from descent.record.surfaces import Array, Surface


@dataclass(frozen=True, slots=True)
class MeanLoss:
    """A loss that is the mean over examples, so that it can be computed on some of them.

    Attributes:
        examples: The losses of all examples, ``[..., m]`` for parameters of any shape ``[...]``.

    >>> loss = MeanLoss(lambda w1, w2: (w1[..., None] - torch.tensor([0.0, 2.0])) ** 2)
    >>> loss(torch.tensor(1.0), torch.tensor(0.0)).item()
    1.0
    """

    examples: Callable[[Tensor, Tensor], Tensor]

    def __call__(self, w1: Tensor, w2: Tensor) -> Tensor:
        """The mean, of the parameters' shape."""
        return self.examples(w1, w2).mean(-1)


@dataclass(frozen=True, slots=True)
class MiniBatches:
    """Each step sees some examples: they are shuffled, gone through, and shuffled again, as a data loader does.

    Attributes:
        size: How many examples a step sees; the last batch of a pass may have fewer.
        seed: Of the order.

    Raises:
        DescentError: If the size is not a whole number from 1 on, or the seed not one from 0 on.
    """

    size: int
    seed: int = 0

    def __post_init__(self) -> None:
        _check_whole("A mini-batch's size", self.size, 1)
        _check_whole("The seed of mini-batches", self.seed, 0)

    def __str__(self) -> str:
        return f"batches of {self.size}"

    def of_step(self, step: int, examples: int) -> npt.NDArray[np.int64]:
        """Which examples a step sees, ``[size]`` or fewer.

        >>> [MiniBatches(2).of_step(step, 3).tolist() for step in range(2)]
        [[2, 0], [1]]
        """
        a_pass = math.ceil(examples / self.size)
        order = _order(self.seed, step // a_pass, examples)
        first = step % a_pass * self.size
        return order[first : first + self.size]


@dataclass(frozen=True, slots=True)
class GradientNoise:
    """Each step's gradient is off by normal noise, drawn for each parameter.

    Attributes:
        scale: Its standard deviation, in units of the gradient.
        seed: Of the noise.

    Raises:
        DescentError: If the scale is not finite or negative, or the seed not a whole number from 0 on.
    """

    scale: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.scale, int | float) or not math.isfinite(self.scale) or self.scale < 0:
            raise DescentError(f"The scale of gradient noise must be finite and not negative, not {self.scale!r}.")
        _check_whole("The seed of gradient noise", self.seed, 0)

    def __str__(self) -> str:
        return f"gradient noise {self.scale:g}"

    def of_step(self, step: int, shape: Sequence[int] = (2,)) -> Array:
        """What a step's gradient is off by, ``[2]``, or of a matrix's shape."""
        return np.asarray(self.scale * np.random.default_rng((self.seed, step)).standard_normal(tuple(shape)))


@dataclass(frozen=True, slots=True)
class Clipping:
    """Each step's gradient is cut to a length, as `torch.nn.utils.clip_grad_norm_` does between backward and step.

    A gradient g longer than c, both parameters together, becomes ``g · c / (‖g‖ + 10⁻⁶)``; a shorter one stays as it
    is. With noise, the noisy gradient is clipped.

    Attributes:
        max_norm: The length c, in units of the gradient.

    Raises:
        DescentError: If it is not finite and positive.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.
    """

    max_norm: float

    def __post_init__(self) -> None:
        known = isinstance(self.max_norm, int | float) and not isinstance(self.max_norm, bool)
        if not known or not math.isfinite(self.max_norm) or self.max_norm <= 0:
            raise DescentError(f"Gradients are clipped to a finite length above zero, not {self.max_norm!r}.")

    def __str__(self) -> str:
        return f"clipped at {self.max_norm:g}"

    def clip(self, leaves: Sequence[Tensor]) -> None:
        """Cut the gradients of two parameters, or of as many runs as they have rows."""
        slopes = [leaf.grad for leaf in leaves if leaf.grad is not None]
        if len(leaves) == 1 or all(slope.numel() == 1 for slope in slopes):
            torch.nn.utils.clip_grad_norm_(leaves, self.max_norm)
            return
        length = torch.stack(slopes).norm(dim=0)  # of each row: torch would take that of all rows together
        share = (self.max_norm / (length + 1e-6)).clamp(max=1.0)
        for slope in slopes:
            slope.mul_(share)


@dataclass(frozen=True, slots=True)
class Average:
    """The average of the iterates, as `torch.optim.swa_utils.AveragedModel` keeps it beside them.

    Until it begins it is the start of the run, then the first iterate that it takes. Each later one moves it: by
    ``1/(k+1)`` of the way after ``k`` of them (the mean of all, stochastic weight averaging), or by ``1 − decay``
    (exponential).

    Attributes:
        start: After how many steps the first iterate is taken, at least 1.
        decay: Of the exponential average, from 0 up to but not 1; None for the mean.
        shown: Whether a record is of the average, and not of the iterates.

    Raises:
        DescentError: If the start is not a whole number from 1 on, or the decay not in its range.

    Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.
    """

    start: int = 1
    decay: float | None = None
    shown: bool = False

    def __post_init__(self) -> None:
        _check_whole("The start of an average", self.start, 1)
        if self.decay is not None and not (isinstance(self.decay, int | float) and 0 <= self.decay < 1):
            raise DescentError(f"The decay of an average must be from 0 up to 1, without 1, not {self.decay!r}.")

    def __str__(self) -> str:
        kind = "mean" if self.decay is None else f"decay {self.decay:g}"
        return f"{'average' if self.shown else 'with average'}, {kind}, from step {self.start}"

    def model(self, leaves: Sequence[Tensor]) -> "tuple[AveragedModel, torch.nn.Module]":
        """Torch's own average of two parameters, and what to update it by: it shares their memory."""
        module = torch.nn.Module()
        for name, leaf in zip(("w1", "w2"), leaves, strict=True):
            module.register_parameter(name, torch.nn.Parameter(leaf.detach()))
        step = None if self.decay is None else get_ema_avg_fn(self.decay)  # type: ignore[no-untyped-call]
        return AveragedModel(module, avg_fn=step), module

    def of(self, params: Array) -> Array:
        """The average after each row, of iterates ``[n+1, ...]``, in double precision."""
        found = np.repeat(params[:1], len(params), axis=0)
        now = params[0]
        for count, row in enumerate(range(self.start, len(params))):
            share = 1.0 if count == 0 else 1 / (count + 1) if self.decay is None else 1 - self.decay
            now = now + share * (params[row] - now)
            found[row] = now
        return found


class Feed:
    """What the steps of a run are given: the loss that each computes, and what becomes of its gradient."""

    def __init__(
        self, surface: Surface, batches: MiniBatches | None, noise: GradientNoise | None, clipping: Clipping | None
    ) -> None:
        self._surface, self._batches, self._noise, self._clipping = surface, batches, noise, clipping
        self.plain = batches is None and noise is None and clipping is None

    def loss(self, step: int, leaves: Sequence[Tensor]) -> Tensor:
        """The loss that a step computes, of the parameters' shape; one for a matrix."""
        if self._batches is None:
            return loss_of(self._surface, leaves)
        losses = examples_of(self._surface)(*leaves)
        seen = self._batches.of_step(step, losses.shape[-1])
        return losses[..., torch.tensor(seen)].mean(-1)

    def disturb(self, step: int, leaves: Sequence[Tensor]) -> None:
        """Add a step's noise to the gradients of the parameters, and clip them."""
        if self._noise is not None:
            matrix = len(leaves) == 1
            drawn = self._noise.of_step(step, leaves[0].shape if matrix else (2,))
            shares = [torch.tensor(drawn).to(leaves[0])] if matrix else drawn.tolist()
            for leaf, off in zip(leaves, shares, strict=True):
                if leaf.grad is None:
                    leaf.grad = torch.zeros_like(leaf)
                leaf.grad += off
        if self._clipping is not None:
            self._clipping.clip(leaves)


def examples_of(surface: Surface) -> Callable[[Tensor, Tensor], Tensor]:
    """The losses of a surface's examples.

    Raises:
        DescentError: If its loss is not a mean over examples.
    """
    if not isinstance(surface.loss, MeanLoss):
        raise DescentError(
            f"Mini-batches need examples, which surface {surface.name!r} does not have: give it a loss that is a "
            "MeanLoss of what each example loses."
        )
    return surface.loss.examples


def leaves_of(surface: Surface, start: npt.ArrayLike, dtype: torch.dtype, device: str = "cpu") -> list[Tensor]:
    """What optimizers are given at a point ``[2]``: two scalars, or the one matrix there; at ``[r, 2]``, r of them."""
    if isinstance(surface.loss, MatrixLoss):
        w1, w2 = torch.tensor(np.asarray(start, dtype=float)).unbind(-1)
        return [surface.loss.matrix(w1, w2).to(device, dtype).requires_grad_()]
    parts = np.moveaxis(np.asarray(start, dtype=float), -1, 0)
    return [torch.tensor(w, dtype=dtype, device=device, requires_grad=True) for w in parts]


def coordinates_of(surface: Surface, leaves: Sequence[Tensor]) -> Array:
    """Where rows of what optimizers are given are: ``[r, 2]``, or ``[r, m·n]`` for matrices ``[r, m, n]``."""
    if isinstance(surface.loss, MatrixLoss):
        return surface.loss.coordinates(leaves[0].detach().double().numpy())
    return np.stack([leaf.detach().double().numpy() for leaf in leaves], axis=-1)


def loss_of(surface: Surface, leaves: Sequence[Tensor]) -> Tensor:
    """The loss of what optimizers are given."""
    return surface.loss.at(leaves[0]) if isinstance(surface.loss, MatrixLoss) else surface(*leaves)


@lru_cache(maxsize=64)
def _order(seed: int, a_pass: int, examples: int) -> npt.NDArray[np.int64]:
    order = np.random.default_rng((seed, a_pass)).permutation(examples)
    order.flags.writeable = False
    return order


def _check_whole(what: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise DescentError(f"{what} must be a whole number, at least {least}, not {value!r}.")
