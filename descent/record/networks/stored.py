"""Parameters that stay on the disk, read when they are asked for, by rows or by columns."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from descent.base.errors import DescentError, reason
from descent.record.surfaces import Array

_NUMBERS = 2**23  # of columns at once


class StoredRows:
    """The rows of a table ``[rows, P]``, each in a file of safetensors; as an array it is asked by row alone.

    Args:
        files: One a row.
        names: What each tensor is called there, in the order of the columns.
        sizes: How many numbers each has.
        have: Which files hold them; a row of one that does not is NaN. By default all.

    Attributes:
        shape: ``(rows, P)``.
    """

    def __init__(
        self, files: Sequence[Path], names: Sequence[str], sizes: Sequence[int], have: Sequence[bool] = ()
    ) -> None:
        self._have = list(have) or [True] * len(files)
        self._files, self._names, self._sizes = list(files), list(names), list(sizes)
        self.shape = (len(self._files), sum(self._sizes))

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, rows: Any) -> Array:
        """A row ``[P]``, or several ``[k, P]``, in float32."""
        if isinstance(rows, int | np.integer):
            return self._row(int(rows))
        chosen = np.arange(len(self))[rows].tolist()
        return np.stack([self._row(k) for k in chosen]) if len(chosen) else np.empty((0, self.shape[1]))

    def __iter__(self) -> Iterator[Array]:
        return map(self._row, range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self[:], dtype=dtype)

    def columns(self) -> Iterator[Array]:
        """All rows of some columns, from the first to the last: ``[rows, c]`` in float32."""
        for name, size in zip(self._names, self._sizes, strict=True):
            most = max(1, _NUMBERS // max(1, len(self)))
            if size <= most:
                yield np.stack([self._part(file, name, slice(None)) for file in self._files])
                continue
            first = self._first_dimension(name)
            each = max(1, most * first // size)
            for begin in range(0, first, each):
                yield np.stack([self._part(file, name, slice(begin, begin + each)) for file in self._files])

    def _row(self, row: int) -> Array:
        if not self._have[row]:
            return np.full(self.shape[1], np.nan, np.float32)
        with _opened(self._files[row]) as tensors:
            parts = [tensors.get_tensor(name).reshape(-1).float() for name in self._names]
        values: Array = torch.cat(parts).numpy()
        return values

    def _part(self, file: Path, name: str, rows: slice) -> Array:
        with _opened(file) as tensors:
            part = tensors.get_tensor(name) if rows == slice(None) else tensors.get_slice(name)[rows]
        numbers: Array = part.reshape(-1).float().numpy()
        return numbers

    def _first_dimension(self, name: str) -> int:
        with _opened(self._files[0]) as tensors:
            return int(tensors.get_slice(name).get_shape()[0])


Params: TypeAlias = Array | StoredRows
"""Parameters ``[rows, P]``, in memory or on the disk."""


def columns(params: Params) -> Iterator[Array]:
    """All rows of some columns, from the first to the last, ``[rows, c]``."""
    if isinstance(params, StoredRows):
        yield from params.columns()
        return
    each = max(1, _NUMBERS // max(1, len(params)))
    for first in range(0, params.shape[1], each):
        yield params[:, first : first + each]


def shapes_in(file: Path) -> Mapping[str, tuple[int, ...]]:
    """The tensors of a file and their shapes, by its head alone.

    Raises:
        DescentError: If it is no whole file of safetensors, in a clause.
    """
    with _opened(file) as tensors:
        return {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118 -- no dict


def tensor_in(file: Path, name: str) -> Tensor:
    """One tensor of a file."""
    with _opened(file) as tensors:
        found: Tensor = tensors.get_tensor(name)
    return found


def _opened(file: Path) -> Any:
    from safetensors import safe_open

    try:
        return safe_open(file, "pt")
    except Exception as error:  # its own error is plain Exception in some versions
        raise DescentError(f"it cannot be read: {reason(error)}") from error
