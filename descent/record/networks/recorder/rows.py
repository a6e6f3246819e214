"""Rows of a run, taken from files one after another, in memory or left on the disk."""

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from descent.base.errors import DescentError, reason
from descent.record.networks.recorder.checkpoints import Kept
from descent.record.networks.recorder.fitting import Wanted
from descent.record.networks.recorder.names import strip, unwrapped
from descent.record.networks.recorder.preconditioning import is_preconditioner
from descent.record.networks.stored import Params, StoredRows, shapes_in, tensor_in
from descent.record.networks.weights import State, StateRows, as_array, write
from descent.record.surfaces import Array, read_only

Steps: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Rows in the order of their steps, and the network as it was in the first."""

    at: Steps
    params: Params
    state: State
    module: nn.Module | None


class Rows:
    """Parameters and buffers of steps, taken one after another."""

    def __init__(self, most: int, wanted: Wanted) -> None:
        self._names = list(wanted.params)
        self._params: Array = np.empty((most, sum(shape.numel() for shape in wanted.params.values())), np.float32)
        self._at: list[int] = []
        self._buffers: list[dict[str, Tensor]] = []
        self._left: list[Path] = []
        self._own: list[str] = []
        self._wanted = wanted
        self._bad: list[str] = []

    @contextmanager
    def or_bad(self, path: Path) -> Iterator[None]:
        """Note what cannot be taken."""
        try:
            yield
        except DescentError as error:
            self._bad.append(f"{path} ({error})")

    def take(self, kept: Kept) -> None:
        """Add a row.

        Raises:
            DescentError: If there is another one of its step.
        """
        row = self._params[len(self._at)]
        torch.cat([kept.params[name].reshape(-1).float() for name in self._names], out=torch.from_numpy(row))
        if kept.step in self._at:
            if np.array_equal(row, self._params[self._at.index(kept.step)], equal_nan=True):
                return
            raise DescentError(f"another one is of step {kept.step} too")
        self._at.append(kept.step)
        self._buffers.append(kept.buffers)

    def leave(self, step: int, file: Path) -> None:
        """Add a row that stays on the disk; its buffers are read.

        Args:
            step: Its step.
            file: Where it is.

        Raises:
            DescentError: If the file is none, or another network's.
        """
        told = {name: torch.empty(shape, device="meta") for name, shape in shapes_in(file).items()}
        params, buffers = self._wanted.found_in(
            {name: each for name, each in told.items() if not is_preconditioner(name)}
        )
        places = {id(tensor): name for name, tensor in told.items()}
        self._own = [places[id(params[name])] for name in self._names]
        self._buffers.append({name: tensor_in(file, places[id(tensor)]) for name, tensor in buffers.items()})
        self._at.append(step)
        self._left.append(file)

    def found(self, where: str, model: nn.Module | None) -> Found:
        """All rows; what could not be taken is named in a warning.

        Raises:
            DescentError: If there is none.
        """
        if not self._at:
            raise DescentError(
                f"At {where} no parameters can be read: {', '.join(self._bad) or 'none are of these steps'}."
            )
        if self._bad:
            warnings.warn(f"descent left out {', '.join(self._bad)}.", UserWarning, stacklevel=4)
        order = np.argsort(self._at, kind="stable")
        params: Params
        if self._left:
            sizes = [shape.numel() for shape in self._wanted.params.values()]
            params = StoredRows(self._left, self._own, sizes)  # a run's rows come in order
        else:
            params = read_only(self._params[order] if (np.diff(order) < 0).any() else self._params[: len(order)])
        states = StateRows()
        for place in order:
            states.add(self._buffers[place])
        first = self._buffers[order[0]]
        module = None if model is None else _as_it_was(model, params[0], first)
        return Found(read_only(np.array(self._at, dtype=np.int64)[order]), params, states.changed(), module)


def _as_it_was(model: nn.Module, params: Array, buffers: Mapping[str, Tensor]) -> nn.Module:
    """A copy of a network on the CPU, in float32, with these parameters and buffers."""
    try:
        module = strip(copy.deepcopy(unwrapped(model))).cpu().float()
    except Exception as error:
        raise DescentError(f"The model cannot be copied, which a slice has to: {reason(error)}.") from error
    write(module, params, {name: as_array(buffer) for name, buffer in buffers.items()})
    return module
