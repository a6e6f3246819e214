"""The optimizers of a network: one for all its parameters, in groups of their own settings, or several side by side."""

import copy
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, TypeAlias

from torch import nn
from torch.optim import Optimizer

from descent.base.errors import DescentError, nearest
from descent.record.torch_specs import build_optimizer, check_optimizer, label, settings_label

Names: TypeAlias = str | tuple[str, ...]
Groups: TypeAlias = Mapping[Names, Mapping[str, Any] | partial[Any]]
"""By names of parameters, or patterns such as ``*.bias``: settings, or another optimizer."""


def check_groups(groups: object) -> None:
    """Refuse groups that are not by name.

    Raises:
        DescentError: Telling the first thing that is wrong.
    """
    if not isinstance(groups, Mapping):
        raise DescentError(
            f"Groups are settings by parameters' names, such as {{'*.bias': {{'lr': 0.1}}}}, not {groups!r}."
        )
    for names, settings in groups.items():
        if not isinstance(names, str) and not (isinstance(names, tuple) and all(isinstance(n, str) for n in names)):
            raise DescentError(f"A group is named by its parameters, such as '*.bias', not {names!r}.")
        if not isinstance(settings, Mapping | partial):
            raise DescentError(f"The group {_words(names)} needs settings or an optimizer, not {settings!r}.")


def build_steppers(network: nn.Module, optimizer: partial[Any], groups: Groups) -> list[Optimizer]:
    """Fresh optimizers of a network's parameters: the one for all that no other is named for comes first.

    Raises:
        DescentError: If a group has no parameter or a setting that its optimizer does not know, or torch refuses.
    """
    left = dict(network.named_parameters())
    own: list[dict[str, Any]] = []
    others: list[tuple[partial[Any], list[nn.Parameter]]] = []
    for names, settings in groups.items():
        found = _taken(names, left, network)
        if isinstance(settings, partial):
            check_optimizer(settings)
            others.append((settings, found))
        else:
            check_optimizer(partial(optimizer.func, **{**optimizer.keywords, **settings}))
            own.append({"params": found, **copy.deepcopy(dict(settings))})
    if not left and not own:
        raise DescentError(f"The groups leave no parameter to {label(optimizer)!r}.")
    rest = list(left.values())
    params: list[Any] = [*([{"params": rest}] if rest else []), *own] if own else rest
    made = [(optimizer, params), *others]
    return [build_optimizer(spec, leaves, subject="this module's parameters") for spec, leaves in made]


def groups_label(groups: Groups) -> str:
    """How groups read on screen."""
    told = []
    for names, settings in groups.items():
        words = label(settings) if isinstance(settings, partial) else settings_label(settings)
        told.append(f"{_words(names)}: {words}")
    return " · ".join(told)


def _taken(names: Names, left: dict[str, nn.Parameter], network: nn.Module) -> list[nn.Parameter]:
    found: list[nn.Parameter] = []
    for pattern in (names,) if isinstance(names, str) else names:
        fitting = [name for name in left if name == pattern or fnmatchcase(name, pattern)]
        if not fitting:
            known = [name for name, _ in network.named_parameters()]
            if any(name == pattern or fnmatchcase(name, pattern) for name in known):
                raise DescentError(f"The parameters {pattern!r} are in an earlier group already.")
            raise DescentError(f"The module has no parameter {pattern!r}: {nearest(pattern, known)}")
        found += [left.pop(name) for name in fitting]
    if not found:
        raise DescentError("A group names no parameter.")
    return found


def _words(names: Names) -> str:
    if isinstance(names, str):
        return names
    return ", ".join(names) if len(names) <= 2 else f"{len(names)} others"
