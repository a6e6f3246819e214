"""Optimizers and schedulers as data: `functools.partial`s of torch classes, checked, named and built."""

import copy
import inspect
import numbers
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, LRScheduler, ReduceLROnPlateau, SequentialLR

from descent.errors import DescentError, nearest


def check_optimizer(spec: object) -> None:
    """Refuse anything but a partial of an optimizer class with keywords that its signature knows.

    Raises:
        DescentError: Telling the first thing that is wrong.
    """
    _check_keywords(spec, Optimizer, "params", "An optimizer", "partial(SGD, lr=0.01)")


def check_scheduler(spec: object) -> None:
    """Refuse anything but a partial of a scheduler class with keywords that its signature knows.

    `SequentialLR` and `ChainedScheduler` hold the partials of their parts, as `sequential` and `chained` write them.

    Raises:
        DescentError: Telling the first thing that is wrong.
    """
    checked = _check_keywords(
        spec, LRScheduler, "optimizer", "A scheduler", "partial(ExponentialLR, gamma=0.95)"
    )
    if not is_composite(checked):
        return
    name, parts = checked.func.__name__, checked.keywords["schedulers"]
    if not isinstance(parts, list | tuple) or not parts:
        raise DescentError(f"{name} needs a list of the schedulers it is made of, not {parts!r}.")
    for part in parts:
        check_scheduler(part)
        if issubclass(part.func, ReduceLROnPlateau):
            raise DescentError(
                f"{name} cannot hold ReduceLROnPlateau, which alone of all schedulers needs the loss."
            )
    if issubclass(checked.func, SequentialLR):
        _check_milestones(checked.keywords["milestones"], len(parts))


def is_composite(spec: partial[Any]) -> bool:
    """Whether a scheduler is made of others, held as partials under ``schedulers``."""
    return issubclass(spec.func, SequentialLR | ChainedScheduler)  # type: ignore[arg-type]


def label(spec: partial[Any]) -> str:
    """How an optimizer or scheduler reads on screen, from its own name and keywords.

    >>> from torch.optim import SGD
    >>> label(partial(SGD, lr=0.01, momentum=0.6))
    'SGD  lr 0.01  momentum 0.6'
    """
    if is_composite(spec):
        parts = [
            f"({label(part)})" if is_composite(part) else label(part) for part in spec.keywords["schedulers"]
        ]
        if issubclass(spec.func, ChainedScheduler):  # type: ignore[arg-type]
            return " × ".join(parts)
        later = zip(spec.keywords["milestones"], parts[1:], strict=True)
        return " · ".join([parts[0], *(f"from step {step} {part}" for step, part in later)])
    settings = (key if value is True else f"{key} {_value(value)}" for key, value in spec.keywords.items())
    return "  ".join([_name(spec), *settings])


def build_optimizer(spec: partial[Any], params: list[Tensor]) -> Optimizer:
    """A fresh optimizer of the given parameters.

    Raises:
        DescentError: If torch refuses the settings or the parameters, with its reason.
    """
    return _build(
        spec, lambda: spec.func(params, **copy.deepcopy(spec.keywords)), "for two scalar parameters"
    )


def build_scheduler(spec: partial[Any], optimizer: Optimizer) -> LRScheduler:
    """A fresh scheduler of the given optimizer, its parts first where it is made of others.

    Raises:
        DescentError: If torch refuses the settings or the optimizer, with its reason.
    """

    def build() -> Any:
        # Deep copies: torch writes into a learning rate given as a tensor, and a schedule function may keep state.
        keywords = {key: copy.deepcopy(value) for key, value in spec.keywords.items() if key != "schedulers"}
        if not is_composite(spec):
            return spec.func(optimizer, **keywords)
        parts = [build_scheduler(part, optimizer) for part in spec.keywords["schedulers"]]
        return spec.func(optimizer=optimizer, schedulers=parts, **keywords)

    return _build(spec, build, f"with {type(optimizer).__name__}")


def reason(error: Exception) -> str:
    """An error's message on one line and without its full stop, to end a sentence with."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _build(spec: partial[Any], build: Callable[[], Any], purpose: str) -> Any:
    try:
        return build()
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(f"torch cannot build {label(spec)!r} {purpose}: {reason(error)}.") from error


def _check_keywords(spec: object, base: type, subject: str, noun: str, example: str) -> partial[Any]:
    if not isinstance(spec, partial) or not isinstance(spec.func, type) or not issubclass(spec.func, base):
        raise DescentError(
            f"{noun} must be a functools.partial of a {base.__name__} class, such as {example}, not {spec!r}."
        )
    name = _name(spec)
    if spec.args:
        raise DescentError(
            f"{name} takes its arguments by name, as in {example}, but {spec.args[0]!r} has none."
        )
    parameters = dict(inspect.signature(spec.func).parameters)
    parameters.pop(subject if subject in parameters else next(iter(parameters)))
    kinds = {parameter.kind for parameter in parameters.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for key in spec.keywords:
            if key not in parameters:
                raise DescentError(f"{name} has no argument {key!r}: {nearest(key, parameters)}")
    for key, parameter in parameters.items():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if named and parameter.default is parameter.empty and key not in spec.keywords:
            raise DescentError(f"{name} needs the argument {key!r}, which has no default.")
    return spec


def _check_milestones(milestones: object, parts: int) -> None:
    steps = list(milestones) if isinstance(milestones, list | tuple) else []
    rising = all(isinstance(step, int) for step in steps) and all(
        a < b for a, b in zip([0, *steps], steps, strict=False)
    )
    if len(steps) != parts - 1 or not rising:
        raise DescentError(
            f"SequentialLR of {parts} schedulers needs {parts - 1} rising milestones, the steps at which the next "
            f"one takes over, not {milestones!r}."
        )


def _name(spec: partial[Any]) -> str:
    return str(spec.func.__name__)  # type: ignore[attr-defined]


def _value(value: object) -> str:
    if isinstance(value, Tensor) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | int | str) or value is None:
        return str(value)
    if isinstance(value, numbers.Real):
        return f"{float(value):g}"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_value, value))})"
    if callable(value):
        name = getattr(value, "__name__", type(value).__name__)
        return "function" if name == "<lambda>" else name
    return str(value)
