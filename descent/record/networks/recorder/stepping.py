"""What an optimizer says of itself: where its steps are seen, how it is set, whether it took the step."""

import inspect
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from descent.base.errors import DescentError
from descent.record.torch_specs import settings_label


def inner(optimizer: Any) -> Optimizer:
    """The optimizer whose steps are torch's, inside what Accelerate or Lightning put around it.

    Raises:
        DescentError: If there is none.
    """
    given = optimizer
    while "_optimizer_step_post_hooks" not in getattr(optimizer, "__dict__", {}):
        optimizer = getattr(optimizer, "optimizer", None)
        if optimizer is None:
            raise DescentError(f"A recorder needs a torch optimizer, or several in a list, not {given!r}.")
    found: Optimizer = optimizer
    return found


def was_skipped(optimizer: Optimizer) -> bool:
    """Whether a gradient scaler had the optimizer do nothing, as fused ones do: their hooks are called all the same."""
    found = getattr(optimizer, "found_inf", None)
    return isinstance(found, torch.Tensor) and bool(found.item())


def rates(optimizers: Sequence[Optimizer]) -> list[Any]:
    """The learning rate of every group, as a number or a tensor of one."""
    return [_kept(group.get("lr", math.nan)) for each in optimizers for group in each.param_groups]


def momenta(optimizers: Sequence[Optimizer]) -> list[Any]:
    """Momentum or β1 of every group, NaN without."""
    return [_kept(_momentum(group)) for each in optimizers for group in each.param_groups]


def named(optimizers: Sequence[Optimizer]) -> str:
    """How optimizers read on screen: their classes, their first rates, and the settings that are not the usual ones."""
    return " · ".join(_named(each) for each in optimizers)


def _named(optimizer: Optimizer) -> str:
    group = optimizer.param_groups[0]
    usual = {name: each.default for name, each in inspect.signature(type(optimizer)).parameters.items()}
    settings = {"lr": group.get("initial_lr", group.get("lr"))}
    settings |= {name: value for name, value in optimizer.defaults.items() if name in usual and name != "lr"}
    told = {
        name: value
        for name, value in settings.items()
        if isinstance(value, bool | int | float | str | tuple | Tensor)
        and (name == "lr" or str(value) != str(usual[name]))
    }
    return "  ".join(part for part in (type(optimizer).__name__, settings_label(told)) if part)


def _momentum(group: dict[str, Any]) -> Any:
    betas = group.get("betas")
    return betas[0] if isinstance(betas, tuple | list) and betas else group.get("momentum", math.nan)


def _kept(value: Any) -> Any:
    """A setting as it is now: a schedule writes into those that are tensors."""
    return value.detach().clone() if isinstance(value, torch.Tensor) else value
