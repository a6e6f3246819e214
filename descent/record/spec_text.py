"""Optimizers and schedulers as text: ``SGD(lr=0.01, momentum=0.6)`` to a partial and back, without eval."""

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer, lr_scheduler, swa_utils
from torch.optim.lr_scheduler import LRScheduler

from descent.base.errors import DescentError, nearest, shown
from descent.base.user_code import import_module, member
from descent.record.torch_specs import check_optimizer, check_scheduler, torch_class

_LONGEST = 5_000  # nobody means more; a parser's time and depth stay bounded


def _public(module: Any, base: type) -> Mapping[str, type]:
    classes = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, base) and value is not base and not name.startswith("_")
    }
    return MappingProxyType(dict(sorted(classes.items())))


OPTIMIZERS: Mapping[str, type[Optimizer]] = _public(torch.optim, Optimizer)
"""Every optimizer class that torch ships, by name."""

SCHEDULERS: Mapping[str, type[LRScheduler]] = MappingProxyType(
    dict(sorted({**_public(lr_scheduler, LRScheduler), "SWALR": swa_utils.SWALR}.items()))
)
"""Every learning-rate scheduler class that torch ships, by name."""


def parse(text: str) -> partial[Any]:
    """Read an optimizer or scheduler as it would be written in Python, literals only.

    Args:
        text: A class of `torch.optim` or `torch.optim.lr_scheduler` with keyword arguments, or its bare name. Any
            other class is named by its import path, as in ``schedulefree.SGDScheduleFree(lr=0.1)``: its module is
            imported, from the current folder too. ``SequentialLR`` and ``ChainedScheduler`` take their schedulers
            written the same way, and a setting may be a class, as in ``SAM(base_optimizer=SGD)``.

    Returns:
        The partial that `Run` and `Schedule` take; `spec_text` writes it back.

    Raises:
        DescentError: If the text is anything else, naming the nearest class or argument to a misspelt one.

    >>> parse("SGD(lr=0.01, momentum=0.6)").keywords
    {'lr': 0.01, 'momentum': 0.6}
    """
    return _spec(_tree(text), text)


def parse_run(text: str) -> tuple[partial[Any], partial[Any] | None]:
    """Read an optimizer, with a plus and a scheduler behind it if it has one.

    Raises:
        DescentError: If the text is anything else; several schedulers are written as a `SequentialLR` or a
            `ChainedScheduler` of them.

    >>> optimizer, scheduler = parse_run("SGD(lr=0.1) + StepLR(step_size=10)")
    >>> optimizer.keywords, scheduler.keywords
    ({'lr': 0.1}, {'step_size': 10})
    """
    tree = _tree(text)
    parts = [tree.left, tree.right] if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add) else [tree]
    if len(parts) == 2 and isinstance(parts[0], ast.BinOp) and isinstance(parts[0].op, ast.Add):
        raise DescentError(
            f"{shown(text)} has more than one plus: write several schedulers as "
            "SequentialLR(schedulers=[…], milestones=[…]) or ChainedScheduler(schedulers=[…])."
        )
    optimizer, *schedulers = (_spec(part, text) for part in parts)
    if not issubclass(torch_class(optimizer), Optimizer):
        raise DescentError(f"{shown(text)} begins with a scheduler: write an optimizer, as in SGD(lr=0.1) + StepLR(…).")
    for scheduler in schedulers:
        if not issubclass(torch_class(scheduler), LRScheduler):
            raise DescentError(f"{shown(text)} has an optimizer behind its plus, where a scheduler belongs.")
    return optimizer, schedulers[0] if schedulers else None


def split_name(text: str) -> tuple[str, str]:
    """A run's own name and the rest, of a text that may begin with one and an equals sign.

    >>> split_name("fast = SGD(lr=0.1)"), split_name("SGD(lr=0.1)")
    (('fast', 'SGD(lr=0.1)'), ('', 'SGD(lr=0.1)'))
    """
    depth, found = 0, -1
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "=" and depth == 0:
            found = place
    return text[: max(found, 0)].strip(), text[found + 1 :].strip()


def spec_text(spec: partial[Any]) -> str:
    """Write an optimizer or scheduler as the text that `parse` reads.

    Raises:
        DescentError: If it has a setting that text cannot hold, such as a function, or its class cannot be imported.

    >>> spec_text(parse("ExponentialLR(gamma = 0.95)"))
    'ExponentialLR(gamma=0.95)'
    """
    kind = torch_class(spec)
    settings = ", ".join(f"{key}={_literal(value, kind.__name__, key)}" for key, value in spec.keywords.items())
    return f"{_path(kind)}({settings})" if settings else _path(kind)


def _path(kind: type) -> str:
    """The name of torch's own class, the import path of another."""
    if kind in (OPTIMIZERS.get(kind.__name__), SCHEDULERS.get(kind.__name__)):
        return kind.__name__
    if vars(sys.modules.get(kind.__module__, object)).get(kind.__name__) is not kind:
        raise DescentError(f"{kind.__name__} cannot be imported by name, so it has no text that parse could read.")
    return f"{kind.__module__}.{kind.__name__}"


def _tree(text: str) -> ast.expr:
    try:
        if len(text) > _LONGEST:
            raise ValueError("too long")
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DescentError(f"{shown(text)} cannot be read: write it as in SGD(lr=0.01, momentum=0.6).") from error


def _spec(node: ast.expr, text: str) -> partial[Any]:
    call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
    path = _dotted(call.func)
    if path is None:
        raise DescentError(f"{shown(text)} cannot be read: write a class's name and its settings, as in SGD(lr=0.01).")
    kind = _class(path)
    name = kind.__name__
    settings = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if call.args or len(settings) < len(call.keywords):
        raise DescentError(f"{name} takes each argument once and by name, as in lr=0.01, unlike {shown(text)}.")
    asked = inspect.signature(kind).parameters.get("lr_lambda")
    if asked is not None and asked.default is asked.empty:
        raise DescentError(
            f"{name} needs a function, which text cannot hold: in Python, give partial({name}, lr_lambda=…) instead."
        )
    spec: partial[Any] = partial(kind, **{key: _setting(value, name, key, text) for key, value in settings.items()})
    check = check_optimizer if issubclass(kind, Optimizer) else check_scheduler
    check(spec)
    return spec


def _dotted(node: ast.expr) -> str | None:
    """``a.b.c`` as it is written; None for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None


def _class(path: str) -> type:
    """An optimizer or scheduler by its name in torch, or its import path."""
    known: dict[str, type] = {**OPTIMIZERS, **SCHEDULERS}
    module, dot, name = path.rpartition(".")
    if not dot and name not in known:
        raise DescentError(f"torch has no optimizer or scheduler {name!r}: {nearest(name, known)}")
    found = member(import_module(module), name) if dot else known[name]
    if not isinstance(found, type) or not issubclass(found, Optimizer | LRScheduler):
        raise DescentError(f"{path} is neither an optimizer nor a scheduler: it must be a class derived from torch's.")
    return found


def _setting(node: ast.expr, name: str, key: str, text: str) -> object:
    if key == "schedulers" and isinstance(node, ast.List | ast.Tuple):
        parts = [_spec(item, text) for item in node.elts]
        return parts if isinstance(node, ast.List) else tuple(parts)
    path = _dotted(node)
    if path is not None and key != "schedulers" and ("." in path or path in OPTIMIZERS or path in SCHEDULERS):
        return _class(path)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise DescentError(
            f"{name} cannot read {key}={_written(node)}: "
            "a setting is a number, text, True, False, None, a list of them, or an optimizer's class."
        ) from error


def _written(node: ast.expr) -> str:
    try:
        return shown(ast.unparse(node))[1:-1]
    except (RecursionError, MemoryError):
        return "…"


def _literal(value: object, name: str, key: str) -> str:
    if isinstance(value, partial):
        return spec_text(value)
    if isinstance(value, type) and issubclass(value, Optimizer | LRScheduler):
        return _path(value)
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
