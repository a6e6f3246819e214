"""The record of a network that trained."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from torch import nn

from descent.base.errors import DescentError
from descent.record.networks.history import History
from descent.record.networks.steppers import Groups, groups_label
from descent.record.networks.stored import Params
from descent.record.networks.weights import State, write
from descent.record.surfaces import Array, read_only
from descent.record.torch_specs import label

Mode = Literal["train", "eval"]
"""How a module behaves: dropout drops and batch statistics are taken while it trains, neither while it is evaluated."""

MODES: Mapping[Mode, str] = {"train": "training mode", "eval": "evaluation mode"}
_EVERY: npt.NDArray[np.int64] = np.empty(0, int)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """How a network of P parameters trained for n steps.

    Row ``k`` of ``params``, ``loss``, ``training`` and ``state`` is before step ``k``; of a run that was read from
    files, only some steps have a row, and it is before step ``at[k]``.

    Attributes:
        optimizer: A partial of the optimizer's class; None of a run that was read.
        scheduler: A partial of the scheduler's class, or None.
        groups: What is trained otherwise, by name.
        params: ``[n+1, P]``, every parameter in the order of ``module.parameters()``, in float32. Of a schedule-free
            optimizer they are the points at which it takes the gradient. Of a run that is read with ``stream=True``
            they stay on the disk, and a row is read when it is asked for.
        loss: ``[n+1]``, the loss of the batch that the step saw, measured before it; the last one after the last step,
            on the first batch.
        training: ``[n+1]``, whether the network was in training mode when that loss was measured.
        state: The buffers that changed, such as ``1.running_mean``, each ``[n+1, …]``.
        rates: ``[n, groups]``, the learning rate of every group that the step used, of the other optimizers last;
            ``lr`` is the first.
        module: The network as it was given, on the CPU; a copy of its own. None of a run that was read without.
        seed: What everything random was drawn from: dropout, the order of the data; of a run that was read, what its
            sketches were.
        at: ``[n+1]``, how many steps had been taken at each row: 0, 1, 2, …, or those that were kept.
        name: What it is called on screen instead of the optimizer's settings.
        history: What a `Recorder` recorded of every step, None without.
        preconditioner: ``[n+1, P]``, what an adaptive optimizer divides its steps by, NaN where it was not kept; None
            without.
    """

    optimizer: partial[Any] | None
    scheduler: partial[Any] | None
    groups: Groups
    params: Params
    loss: Array
    training: Array
    state: State
    rates: Array
    module: nn.Module | None
    seed: int
    at: npt.NDArray[np.int64] = field(default_factory=lambda: _EVERY)
    name: str = ""
    history: History | None = None
    preconditioner: Params | None = None

    def __post_init__(self) -> None:
        if self.at is _EVERY:
            object.__setattr__(self, "at", read_only(np.arange(len(self.params))))

    @property
    def label(self) -> str:
        """The optimizer with its settings, those of groups, the scheduler's; and the mode, unless it was training."""
        parts = [self.name or ("" if self.optimizer is None else label(self.optimizer)), groups_label(self.groups)]
        parts += [] if self.scheduler is None else [label(self.scheduler)]
        parts += [] if self.training.all() else [MODES["eval"]]
        return " · ".join(part for part in parts if part)

    @property
    def lr(self) -> Array:
        """``[n]``, the learning rate of the first group."""
        return read_only(self.rates[:, 0].copy())

    @property
    def steps(self) -> int:
        """Steps from row to row: fewer than asked for if the loss left the finite numbers."""
        return len(self.rates)

    def mode(self, row: int = -1) -> Mode:
        """The mode that the network was in when the loss of a row was measured.

        Raises:
            DescentError: If there is no such row.
        """
        return "train" if self.training[self._row(row)] else "eval"

    def network(self, row: int = -1, mode: Mode = "eval") -> nn.Module:
        """The network with the parameters and the state of a row.

        Args:
            row: Which; the last by default.
            mode: The mode that it is put in.

        Raises:
            DescentError: If there is no such row or mode, or the run was read without its network.
        """
        row = self._row(row)
        if self.module is None:
            raise DescentError("This run was read without its network; give it: read(folder, model).")
        module = copy.deepcopy(self.module)
        write(module, self.params[row], {name: values[row] for name, values in self.state.items()})
        return in_mode(module, mode)

    def _row(self, row: int) -> int:
        if isinstance(row, bool) or not isinstance(row, int) or not -len(self.params) <= row < len(self.params):
            raise DescentError(f"The rows of this recording are 0 to {self.steps}, or −1 for the last, not {row!r}.")
        return row


def in_mode(module: nn.Module, mode: object) -> nn.Module:
    """The same module, put in a mode.

    Raises:
        DescentError: If there is no such mode.
    """
    if mode not in tuple(MODES):
        raise DescentError(f"The mode of a network is 'train' or 'eval', not {mode!r}.")
    return module.train(mode == "train")
