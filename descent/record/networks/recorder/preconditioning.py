"""What adaptive optimizers divide the steps of each parameter by: kept with a snapshot, read again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Size, Tensor, nn
from torch.optim import Optimizer

from descent.base.errors import DescentError
from descent.record.networks.stored import Params, StoredRows, shapes_in
from descent.record.surfaces import read_only

_PREFIX = "preconditioner/"
_SQUARES = ("max_exp_avg_sq", "exp_avg_sq", "square_avg", "sum")
"""Where torch's optimizers keep squares of gradients, by which goes before which."""

ADAPTIVE = ("Adam", "AdamW", "RMSprop", "Adagrad")


def check_adaptive(optimizers: Sequence[Optimizer], sharded: bool) -> None:
    """Refuse to keep what is not there.

    Raises:
        DescentError: If an optimizer divides by nothing that is known, or the network is sharded.
    """
    if sharded:
        raise DescentError("The preconditioner of a network that is sharded cannot be kept; leave preconditioner out.")
    for each in optimizers:
        if type(each).__name__ not in ADAPTIVE:
            raise DescentError(
                f"A preconditioner is kept of {', '.join(ADAPTIVE)}, not of {type(each).__name__}; leave it out."
            )


@torch.no_grad()
def divisors(optimizers: Sequence[Optimizer], params: Mapping[str, nn.Parameter]) -> dict[str, Tensor]:
    """What the last step was divided by, on the CPU, by the names of a snapshot; nothing before the first step.

    ``√(v / (1 − β₂ᵗ)) + ε`` of Adam and AdamW, ``√v + ε`` of RMSprop and Adagrad.
    """
    found: dict[str, Tensor] = {}
    names = {id(param): name for name, param in params.items()}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for param in group["params"]:
                state = optimizer.state.get(param, {})
                square = next((state[name] for name in _SQUARES if isinstance(state.get(name), Tensor)), None)
                if square is None or id(param) not in names:
                    continue
                root = square.detach().float()
                if "exp_avg_sq" in state:
                    root = root / (1 - float(group["betas"][1]) ** float(state["step"]))
                if float(root.max()) > 0:  # Adagrad has a sum of nothing before its first step
                    found[_PREFIX + names[id(param)]] = root.sqrt().add(group.get("eps", 0.0)).cpu().contiguous()
    return found if len(found) == len(params) else {}


def is_preconditioner(name: str) -> bool:
    """Whether a tensor of a snapshot is no part of the network."""
    return name.startswith(_PREFIX)


def preconditioners(files: Sequence[Path], layout: Mapping[str, Size], stream: bool) -> Params | None:
    """What snapshots hold of it, ``[rows, P]``: NaN where one holds none; None if all hold none.

    Args:
        files: Snapshots.
        layout: The parameters by name, in their order.
        stream: Whether they stay on the disk.
    """
    names, sizes = [_PREFIX + name for name in layout], [shape.numel() for shape in layout.values()]
    have = [set(names) <= shapes_in(file).keys() for file in files]
    if not any(have):
        return None
    known = StoredRows(files, names, sizes, have)
    return known if stream else read_only(np.asarray(known[:]))
