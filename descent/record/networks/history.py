"""What was recorded of every step of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from descent.record.surfaces import Array, read_only


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """T steps of a run, in rows: the first is where it began, row ``k`` comes after its ``k``-th step.

    What belongs to a step is unknown in the first row, NaN, and so is what was not logged or measured.

    Attributes:
        step: ``[T+1]``, how many steps had been taken.
        logged: What the loop said of each step, such as ``loss``, each ``[T+1]``: the loss of the batch that the step
            saw, measured before it.
        lr: ``[T+1, groups]``, the learning rate that the step used.
        momentum: ``[T+1, groups]``, momentum or β1.
        blocks: The names of the network's blocks.
        grad: ``[T+1, blocks]``, the length of each block's gradient.
        update: ``[T+1, blocks]``, how far the step moved each block.
        sketch: ``[T+1, k]``, the `CountSketch` of the parameters.
    """

    step: npt.NDArray[np.int64]
    logged: Mapping[str, Array]
    lr: Array
    momentum: Array
    blocks: tuple[str, ...]
    grad: Array
    update: Array
    sketch: Array

    @property
    def loss(self) -> Array:
        """``[T+1]``, the loss that was logged of each step; NaN where none was."""
        return self.logged.get("loss", read_only(np.full(len(self.step), np.nan)))
