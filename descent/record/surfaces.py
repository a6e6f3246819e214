"""Loss surfaces: a torch function of two parameters, where to look at it, and its known minima."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent.base.errors import DescentError, reason
from descent.record import display
from descent.record.matrices import MatrixLoss

Array = NDArray[np.float64]
_Values = TypeVar("_Values", bound=NDArray[Any])
Point = tuple[float, float]
Domain = tuple[tuple[float, float], tuple[float, float]]
"""The view: ``((w1min, w1max), (w2min, w2max))``."""


@contextmanager
def differentiating() -> Iterator[None]:
    """Have torch differentiate, whatever the caller has switched off: it may be inside ``torch.no_grad()``."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A surface sampled on a regular grid, as read-only float64 arrays.

    Attributes:
        w1: ``[n]``, the columns' parameter values, left to right.
        w2: ``[n]``, the rows' parameter values, bottom to top.
        loss: ``[n, n]``; ``loss[j, i]`` belongs to ``(w1[i], w2[j])``.
    """

    w1: Array
    w2: Array
    loss: Array


@dataclass(frozen=True, slots=True)
class Surface:
    """A loss of two parameters, with the view that shows it.

    Attributes:
        name: How errors, files and films call it.
        loss: Elementwise torch function of ``w1`` and ``w2``, any shape, differentiable; or a `MatrixLoss`, which is
            one in the plane that it shows.
        domain: The view, ``((w1min, w1max), (w2min, w2max))``.
        minima: Known minima inside the view, lowest loss first.
        formula: The loss in Typst maths markup, for display.
        source: Where the function comes from.
        note: What its pictures say of it, on the map and in their alt text, there instead of the name.

    Raises:
        DescentError: If the view is empty, the loss is not an elementwise differentiable torch function,
            or the minima lie outside the view or out of order.

    >>> bowl = Surface("bowl", lambda w1, w2: w1**2 + w2**2, ((-5, 5), (-5, 5)))
    >>> bowl.at(3, 4)
    25.0
    """

    name: str
    loss: Callable[[Tensor, Tensor], Tensor]
    domain: Domain
    minima: tuple[Point, ...] = ()
    formula: str = ""
    source: str = ""
    note: str = ""

    @differentiating()
    def __post_init__(self) -> None:
        _check_domain(self)
        grid = torch.linspace(0, 1, 6, dtype=torch.float64).reshape(2, 3)
        (left, right), (bottom, top) = self.domain
        self(left + (right - left) * grid, bottom + (top - bottom) * grid)
        if isinstance(self.loss, MatrixLoss):
            self.loss.at(self.loss.matrix(*_leaves((left + right) / 2, (bottom + top) / 2)))
            if not self.note and self.loss.hidden:
                size = self.loss.hidden + 2
                object.__setattr__(self, "note", f"slice: 2 of a matrix's {size} directions")
        probe = self(*_leaves((left + right) / 2, (bottom + top) / 2))
        if not probe.requires_grad:
            raise DescentError(
                f"Surface {self.name!r} is not differentiable: its loss has no gradient, so compute it from "
                "w1 and w2 with torch operations only."
            )
        _check_minima(self)

    def __call__(self, w1: Tensor, w2: Tensor) -> Tensor:
        """The loss tensor of parameter tensors of one shape, checked to have that shape.

        Raises:
            DescentError: If the loss fails, or returns anything else than a tensor of that shape.
        """
        try:
            loss = self.loss(w1, w2)
        except Exception as error:
            raise DescentError(
                f"Surface {self.name!r} could not compute its loss on tensors of shape {tuple(w1.shape)}: "
                f"{reason(error)}{_advice(error)}."
            ) from error
        if not isinstance(loss, Tensor):
            raise DescentError(
                f"Surface {self.name!r} must return a torch tensor, but its loss gave {type(loss).__name__}."
            )
        if loss.shape != w1.shape:
            raise DescentError(
                f"Surface {self.name!r} must be elementwise, but for parameters of shape {tuple(w1.shape)} "
                f"its loss has shape {tuple(loss.shape)}."
            )
        return loss

    def grid(self, n: int) -> Grid:
        """Sample the view on ``n`` × ``n`` points, edges included, in one vectorised call.

        Args:
            n: Points along each axis, at least 2.

        Returns:
            The samples, in float64.

        Raises:
            DescentError: If ``n`` is less than 2.
        """
        if n < 2:
            raise DescentError(f"Surface {self.name!r} needs a grid of at least 2 × 2 points, not {n} × {n}.")
        w1, w2 = (torch.linspace(low, high, n, dtype=torch.float64) for low, high in self.domain)
        rows, columns = torch.meshgrid(w2, w1, indexing="ij")
        with torch.no_grad():
            loss = self(columns, rows).double()
        return Grid(read_only(w1.numpy()), read_only(w2.numpy()), read_only(loss.numpy().copy()))

    def at(self, w1: float, w2: float) -> float:
        """The loss at one point, in float64."""
        with torch.no_grad():
            return float(self(*_leaves(w1, w2)))

    @differentiating()
    def gradient(self, w1: float, w2: float) -> Array:
        """The gradient ``[2]`` at one point, in float64."""
        leaves = _leaves(w1, w2)
        return np.array([part.item() for part in _derivatives(self(*leaves), leaves)])

    @differentiating()
    def along(self, params: Array, dtype: torch.dtype) -> tuple[Array, Array]:
        """The loss ``[...]`` and its gradient ``[..., 2]`` at many points ``[..., 2]``, computed in a precision."""
        first, second = (torch.tensor(w, dtype=dtype, requires_grad=True) for w in np.moveaxis(params, -1, 0))
        losses = self(first, second)
        slopes = torch.stack(_derivatives(losses.sum(), (first, second)), dim=-1)
        return losses.detach().double().numpy(), slopes.detach().double().numpy()

    @differentiating()
    def hessian(self, w1: float, w2: float) -> Array:
        """The matrix ``[2, 2]`` of second derivatives at one point, in float64."""
        leaves = _leaves(w1, w2)
        slopes = _derivatives(self(*leaves), leaves)
        return np.array([[part.item() for part in _derivatives(slope, leaves)] for slope in slopes])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> display.Bundle | None:
        """The surface as a map, for notebooks."""
        return display.bundle(self)

    @property
    def names(self) -> tuple[str, str]:
        """What the two coordinates are called: as the loss says, as that of a matrix and a network's slice do."""
        match getattr(self.loss, "names", None):
            case (str(first), str(second)):
                return first, second
        return "w₁", "w₂"

    def contains(self, w1: float, w2: float) -> bool:
        """Whether a point lies inside the view, edges included."""
        (left, right), (bottom, top) = self.domain
        return left <= w1 <= right and bottom <= w2 <= top

    @property
    def global_minimum(self) -> Point | None:
        """The known minimum of lowest loss, if any is known."""
        return self.minima[0] if self.minima else None


def read_only(values: _Values) -> _Values:
    """The same array, no longer writable."""
    values.flags.writeable = False
    return values


_ADVICE = {
    "numpy": "use torch's functions, as torch.sin, instead of those of numpy and math",
    "Python scalar": "use torch's functions, as torch.sin, instead of those of numpy and math",
    "Boolean value": "it is given many points at once, so write torch.where(…) instead of if",
    "positional argument": "it is called with two tensors, w1 and w2",
}
"""What to do, by what a loss written for numbers makes Python say of tensors."""


def _advice(error: Exception) -> str:
    return next((f": {advice}" for words, advice in _ADVICE.items() if words in str(error)), "")


def _leaves(w1: float, w2: float) -> tuple[Tensor, Tensor]:
    first, second = (torch.tensor(float(w), dtype=torch.float64, requires_grad=True) for w in (w1, w2))
    return first, second


def _derivatives(value: Tensor, leaves: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """First derivatives that can be differentiated again; zero where the value does not depend on a leaf."""
    if not value.requires_grad:
        return tuple(torch.zeros_like(leaf) for leaf in leaves)
    return torch.autograd.grad(value, leaves, create_graph=True, allow_unused=True, materialize_grads=True)


def _check_domain(surface: Surface) -> None:
    try:
        (left, right), (bottom, top) = surface.domain
        edges = [float(edge) for edge in (left, right, bottom, top)]
    except (TypeError, ValueError):
        edges = [math.nan] * 4
    if not (all(map(math.isfinite, edges)) and edges[0] < edges[1] and edges[2] < edges[3]):
        raise DescentError(
            f"Surface {surface.name!r} needs a view ((w1min, w1max), (w2min, w2max)) of finite numbers with "
            f"each min below its max, not {surface.domain!r}."
        )


def _check_minima(surface: Surface) -> None:
    for point in surface.minima:
        if not surface.contains(*point):
            raise DescentError(f"Surface {surface.name!r} has a minimum {point} outside its view {surface.domain}.")
        if isinstance(surface.loss, MatrixLoss) and not surface.loss.lies_low(*point):
            raise DescentError(
                f"Surface {surface.name!r} has no minimum at {point}: in directions that its view does not show, its "
                "loss goes down from there."
            )
    if surface.minima:
        w1, w2 = torch.tensor(surface.minima, dtype=torch.float64).unbind(1)
        losses = surface(w1, w2).tolist()
        for before, loss, point in zip(losses, losses[1:], surface.minima[1:], strict=False):
            if loss < before - 1e-9 * (1 + abs(before)):
                raise DescentError(
                    f"Surface {surface.name!r} must list its minima lowest loss first, but {point} comes too late."
                )
