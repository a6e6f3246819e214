"""Optimizers and schedulers as text: ``SGD(lr=0.01, momentum=0.6)`` to a partial and back, without eval."""

import ast
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, MultiplicativeLR

from descent.errors import DescentError, nearest
from descent.partials import check_optimizer, check_scheduler, torch_class


def _public(module: Any, base: type) -> Mapping[str, type]:
    classes = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, base) and value is not base and not name.startswith("_")
    }
    return MappingProxyType(dict(sorted(classes.items())))


OPTIMIZERS: Mapping[str, type[Optimizer]] = _public(torch.optim, Optimizer)
"""Every optimizer class that torch ships, by name."""

SCHEDULERS: Mapping[str, type[LRScheduler]] = _public(lr_scheduler, LRScheduler)
"""Every learning-rate scheduler class that torch ships, by name."""


def parse(text: str) -> partial[Any]:
    """Read an optimizer or scheduler as it would be written in Python, literals only.

    Args:
        text: A class of `torch.optim` or `torch.optim.lr_scheduler` with keyword arguments, or its bare name.
            ``SequentialLR`` and ``ChainedScheduler`` take their schedulers written the same way.

    Returns:
        The partial that `Run` and `Schedule` take; `spec_text` writes it back.

    Raises:
        DescentError: If the text is anything else, naming the nearest class or argument to a misspelt one.

    >>> parse("SGD(lr=0.01, momentum=0.6)").keywords
    {'lr': 0.01, 'momentum': 0.6}
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DescentError(f"{text!r} cannot be read: write it as in SGD(lr=0.01, momentum=0.6).") from error
    return _spec(tree.body, text)


def spec_text(spec: partial[Any]) -> str:
    """Write an optimizer or scheduler of torch as the text that `parse` reads.

    Raises:
        DescentError: If it has a setting that text cannot hold, such as a function, or is not a torch class.

    >>> spec_text(parse("ExponentialLR(gamma = 0.95)"))
    'ExponentialLR(gamma=0.95)'
    """
    name = torch_class(spec).__name__
    if spec.func not in (OPTIMIZERS.get(name), SCHEDULERS.get(name)):
        raise DescentError(f"{name} is not one of torch's own classes, so it has no text that parse could read.")
    settings = ", ".join(f"{key}={_literal(value, name, key)}" for key, value in spec.keywords.items())
    return f"{name}({settings})" if settings else name


def _spec(node: ast.expr, text: str) -> partial[Any]:
    call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
    if not isinstance(call.func, ast.Name):
        raise DescentError(f"{text!r} cannot be read: write a class's name and its settings, as in SGD(lr=0.01).")
    name = call.func.id
    known: dict[str, type] = {**OPTIMIZERS, **SCHEDULERS}
    if name not in known:
        raise DescentError(f"torch has no optimizer or scheduler {name!r}: {nearest(name, known)}")
    settings = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if call.args or len(settings) < len(call.keywords):
        raise DescentError(f"{name} takes each argument once and by name, as in lr=0.01, unlike {text!r}.")
    if issubclass(known[name], LambdaLR | MultiplicativeLR):
        raise DescentError(
            f"{name} needs a function, which text cannot hold: in Python, give partial({name}, lr_lambda=…) instead."
        )
    spec = partial(known[name], **{key: _setting(value, name, key, text) for key, value in settings.items()})
    check = check_optimizer if name in OPTIMIZERS else check_scheduler
    check(spec)
    return spec


def _setting(node: ast.expr, name: str, key: str, text: str) -> object:
    if key == "schedulers" and isinstance(node, ast.List | ast.Tuple):
        parts = [_spec(item, text) for item in node.elts]
        return parts if isinstance(node, ast.List) else tuple(parts)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise DescentError(
            f"{name} cannot read {key}={ast.unparse(node)}: "
            "a setting is a number, text, True, False, None, or a list of them."
        ) from error


def _literal(value: object, name: str, key: str) -> str:
    if isinstance(value, partial):
        return spec_text(value)
    if isinstance(value, list | tuple):
        items = ", ".join(_literal(item, name, key) for item in value)
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    written = repr(value.item() if isinstance(value, np.generic) else value)
    try:
        readable = ast.literal_eval(written) == value
    except (ValueError, SyntaxError):
        readable = False
    if not readable:
        raise DescentError(f"{name}({key}=…) cannot be written as text: {written} is not a literal.")
    return written
