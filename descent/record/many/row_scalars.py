"""Settings that differ from row to row: a number for Python, a column of numbers for torch.

torch's optimizers compute with their settings as Python floats and hand them to kernels as scalars. `PerRow` is a
float to them, computes on a whole column in double precision as Python would on each number, and `rows_for_scalars`
hands the column to the kernel in the scalar's place, rounded where the kernel rounds it.
"""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode

from descent.record.surfaces import Array


class RowsPartError(BaseException):
    """An optimizer would take one branch for some rows and the other for the rest: they must be run apart.

    Not an `Exception`: what builds and steps optimizers tells those as mistakes of the user.

    Attributes:
        there: ``[n]``, which rows say yes.
    """

    def __init__(self, there: NDArray[np.bool_]) -> None:
        super().__init__("the rows' settings take different branches")
        self.there = there


class PerRow(float):
    """A setting with a value for each row.

    Its own value is NaN, so whatever reads it as the one number it is not, comes out as NaN.

    Attributes:
        rows: ``[n]``, in float64.

    >>> (1 - PerRow(np.array([0.5, 0.75])) ** 2).rows.tolist()
    [0.75, 0.4375]
    """

    __slots__ = ("rows",)
    rows: Array

    def __new__(cls, rows: Array) -> Self:
        """A setting of these values."""
        made = super().__new__(cls, math.nan)
        made.rows = rows
        return made

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[Array]]:
        return type(self), (self.rows,)

    def __neg__(self) -> "PerRow":
        return PerRow(-self.rows)

    def __bool__(self) -> bool:
        return _agreed(self.rows != 0)

    __hash__ = float.__hash__


def _power(base: Array, exponent: Array) -> Array:
    # numpy's own power may differ from Python's in the last bit.
    pairs = zip(*(values.tolist() for values in np.broadcast_arrays(base, exponent)), strict=True)
    return np.array([a**b for a, b in pairs])


def _agreed(answers: NDArray[np.bool_]) -> bool:
    """The one answer of all rows."""
    if answers.all() or not answers.any():
        return bool(answers.all())
    raise RowsPartError(answers)


def _binary(compute: Callable[[Any, Any], Any], finish: Callable[[Any], object], swapped: bool = False) -> Any:
    def method(self: PerRow, other: object) -> object:
        if not isinstance(other, int | float):
            return NotImplemented
        mine, theirs = self.rows, other.rows if isinstance(other, PerRow) else np.float64(other)
        with np.errstate(all="ignore"):
            return finish(compute(theirs, mine) if swapped else compute(mine, theirs))

    return method


for _name, _compute in {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "mod": operator.mod,
    "pow": _power,
}.items():
    setattr(PerRow, f"__{_name}__", _binary(_compute, PerRow))
    setattr(PerRow, f"__r{_name}__", _binary(_compute, PerRow, swapped=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(PerRow, f"__{_name}__", _binary(getattr(operator, _name), _agreed))


class RowsForScalars(TorchFunctionMode):
    """While it is active, a torch function that is given a `PerRow` for a scalar computes each row with its own."""

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call a torch function, with columns in the place of scalars."""
        keywords = kwargs or {}
        if not any(isinstance(value, PerRow) for value in (*args, *keywords.values())):
            return func(*args, **keywords)
        like = next(value for value in args if isinstance(value, Tensor))
        values = [_column(value, like) for value in args]
        named = {name: _column(value, like) for name, value in keywords.items()}
        if isinstance(keywords.get("alpha"), PerRow) and func.__name__ in ("add", "add_"):
            # a + alpha·b, rounded once, and addcmul rounds a + 1·alpha·b once as well.
            fused = torch.addcmul if func.__name__ == "add" else Tensor.addcmul_
            return fused(values[0], named["alpha"], values[1])
        if isinstance(keywords.get("value"), PerRow):
            # a + (value·b)·c or a + (value·b)/c: the first product is rounded on its own.
            return func(values[0], named["value"] * values[1], values[2])
        return func(*values, **named)


def _column(value: object, like: Tensor) -> Any:
    if not isinstance(value, PerRow):
        return value
    column = torch.as_tensor(value.rows, dtype=like.dtype, device=like.device)
    return column.reshape(-1, *(1,) * (like.dim() - 1))  # a row of a matrix problem is a matrix
