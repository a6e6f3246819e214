"""Matrix problems: losses of one matrix of weights, shown along two of its directions."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from descent.base.errors import DescentError, reason

Array = NDArray[np.float64]
Matrix = tuple[tuple[float, ...], ...]

_RIGHT = 1e-6  # how far from length one, and from right angles, directions may be
_MOST = 64  # entries of a matrix: every one is recorded at every step


@dataclass(frozen=True, slots=True)
class MatrixLoss:
    """A loss of one matrix W, as the loss of a `Surface`: optimizers are given the whole matrix, pictures show a plane.

    The plane holds the matrices ``W = origin + w1·first + w2·second``; a run starts in it. The coordinates that
    pictures show are ``w_k = ⟨W − origin, E_k⟩``, the sum of the products of entries, for a matrix anywhere; what is
    left over, its other coordinates, is recorded as `Trajectory.hidden`.

    Attributes:
        of: The loss of a matrix ``[m, n]``, or of as many as there are before its last two axes, ``[...]``; torch
            operations only.
        first: Direction ``E_1``, ``[m, n]``, of length one: the sum of its squares. A single entry is one, too.
        second: Direction ``E_2``, likewise, at right angles to the first.
        origin: ``[m, n]``, the matrix at (0, 0); zero by default.
        names: What pictures call the two coordinates.

    Raises:
        DescentError: If these are not matrices of one shape, or the directions are not of length one at right angles.

    >>> fit = MatrixLoss(lambda w: ((w - torch.eye(2).to(w)) ** 2).sum((-2, -1)), [[1, 0], [0, 0]], [[0, 0], [0, 1]])
    >>> fit(torch.tensor(1.0), torch.tensor(-1.0)).item()
    4.0
    """

    of: Callable[[Tensor], Tensor]
    first: Matrix
    second: Matrix
    origin: Matrix = ()
    names: tuple[str, str] = ("w₁", "w₂")

    def __init__(
        self,
        of: Callable[[Tensor], Tensor],
        first: ArrayLike,
        second: ArrayLike,
        origin: ArrayLike | None = None,
        names: tuple[str, str] = ("w₁", "w₂"),
    ) -> None:
        given = {"first direction": first, "second direction": second}
        matrices = [_matrix(what, value) for what, value in given.items()]
        matrices.append(np.zeros_like(matrices[0]) if origin is None else _matrix("origin", origin))
        if len({each.shape for each in matrices}) > 1:
            told = ", ".join(f"{m} × {n}" for m, n in (each.shape for each in matrices))
            raise DescentError(f"A MatrixLoss needs directions and origin of one shape, but they are {told}.")
        gram = np.array([[float((a * b).sum()) for a in matrices[:2]] for b in matrices[:2]])
        if not np.allclose(gram, np.eye(2), rtol=0, atol=_RIGHT):
            raise DescentError(
                "The two directions of a MatrixLoss must each have length one (the sum of squares) and be at right "
                "angles, such as [[1, 0], [0, 0]] and [[0, 0], [0, 1]]."
            )
        if matrices[0].size > _MOST:
            raise DescentError(f"A MatrixLoss takes matrices of at most {_MOST} entries, not {matrices[0].size}.")
        if len(names) != 2 or not all(isinstance(name, str) and name.isprintable() for name in names):
            raise DescentError(f"A MatrixLoss needs two names of its shown coordinates, not {names!r}.")
        frozen = (of, *(tuple(map(tuple, each.tolist())) for each in matrices), (names[0], names[1]))
        for field, value in zip(self.__slots__, frozen, strict=True):
            object.__setattr__(self, field, value)

    def __call__(self, w1: Tensor, w2: Tensor) -> Tensor:
        """The loss in the plane, of the coordinates' shape."""
        return self.of(self.matrix(w1, w2))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        return len(self.origin), len(self.origin[0])

    @property
    def hidden(self) -> int:
        """How many directions pictures do not show."""
        return self.shape[0] * self.shape[1] - 2

    def matrix(self, w1: Tensor, w2: Tensor) -> Tensor:
        """The matrices ``[..., m, n]`` of points in the plane."""
        origin, first, second = (torch.tensor(each, dtype=w1.dtype) for each in (self.origin, self.first, self.second))
        return origin + w1[..., None, None] * first + w2[..., None, None] * second

    def at(self, weights: Tensor) -> Tensor:
        """The loss ``[...]`` of matrices ``[..., m, n]``, checked to have that shape.

        Raises:
            DescentError: If the loss fails, or returns anything else.
        """
        try:
            loss = self.of(weights)
        except Exception as error:
            raise DescentError(
                f"A MatrixLoss could not compute its loss on matrices of shape {tuple(weights.shape)}: {reason(error)}."
            ) from error
        if not isinstance(loss, Tensor) or loss.shape != weights.shape[:-2]:
            got = f"one of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
            raise DescentError(
                f"A MatrixLoss must give a tensor of one loss a matrix: of matrices of shape {tuple(weights.shape)}, "
                f"one of shape {tuple(weights.shape[:-2])}, not {got}; sum over the axes (-2, -1)."
            )
        return loss

    def coordinates(self, weights: Array) -> Array:
        """``[..., m·n]``, the coordinates of matrices ``[..., m, n]``: the two shown ones, then the others."""
        return self.along(weights - np.array(self.origin))

    def along(self, moves: Array) -> Array:
        """``[..., m·n]``, how far moves or gradients ``[..., m, n]`` go along each direction, the shown ones first."""
        entries = np.moveaxis(moves.reshape(*moves.shape[:-2], -1), -1, 0)
        # A sum in one order, entry by entry: the same bits for one matrix and for thousands.
        sums = [sum(share * entry for share, entry in zip(row, entries, strict=True)) for row in self.basis.tolist()]
        return np.stack(sums, axis=-1)

    @property
    def basis(self) -> Array:
        """``[m·n, m·n]``, directions of length one at right angles to each other as rows, the two shown first."""
        return _basis(self.first, self.second)

    def lies_low(self, w1: float, w2: float, sign: int = 1) -> bool:
        """Whether a point of the plane is flat for the whole matrix, and curves down in none of its directions.

        Args:
            w1: First coordinate.
            w2: Second coordinate.
            sign: −1 to ask it of minus the loss.
        """
        point = (torch.tensor(float(w), dtype=torch.float64) for w in (w1, w2))
        weights = self.matrix(*point).requires_grad_()
        curvature = torch.autograd.functional.hessian(self.at, weights)  # type: ignore[no-untyped-call]
        size = weights.numel()
        curvatures = np.linalg.eigvalsh(sign * curvature.reshape(size, size).numpy())
        steepest = float(np.abs(curvatures).max())
        (slope,) = torch.autograd.grad(self.at(weights), weights)
        off = self.along(slope.numpy())[2:]
        return bool(np.abs(off).max(initial=0.0) <= 1e-3 * max(steepest, 1e-300) and curvatures[0] >= -1e-6 * steepest)


@lru_cache(maxsize=64)
def _basis(first: Matrix, second: Matrix) -> Array:
    shown = np.array([first, second]).reshape(2, -1)
    basis = np.concatenate([shown, np.linalg.svd(shown)[2][2:]])
    basis.flags.writeable = False
    return basis


def _matrix(what: str, value: ArrayLike) -> Array:
    try:
        matrix = np.array(value, dtype=float)
    except (TypeError, ValueError):
        matrix = np.empty(0)
    if matrix.ndim != 2 or not matrix.size or not all(map(math.isfinite, matrix.ravel().tolist())):
        raise DescentError(f"The {what} of a MatrixLoss must be a matrix of finite numbers, not {value!r}.")
    return matrix
