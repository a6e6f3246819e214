"""Optimizers and schedulers as data: `functools.partial`s of torch classes, checked, named and built."""

import copy
import inspect
import numbers
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from types import CodeType
from typing import Any, cast

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, LRScheduler, ReduceLROnPlateau, SequentialLR

from descent.base.errors import DescentError, nearest, reason

_SCALARS = "two scalar parameters"


def check_optimizer(spec: object) -> None:
    """Refuse anything but a partial of an optimizer class with keywords that its signature knows.

    Raises:
        DescentError: Telling the first thing that is wrong.
    """
    _check_keywords(spec, Optimizer, "params", "An optimizer", "partial(SGD, lr=0.01)")


def check_scheduler(spec: object) -> None:
    """Refuse anything but a partial of a scheduler class with keywords that its signature knows.

    `SequentialLR` and `ChainedScheduler` hold the partials of their parts, as `sequential` and `chained` do.

    Raises:
        DescentError: Telling the first thing that is wrong.
    """
    checked = _check_keywords(spec, LRScheduler, "optimizer", "A scheduler", "partial(ExponentialLR, gamma=0.95)")
    if not is_composite(checked):
        return
    name, parts = _name(checked), checked.keywords["schedulers"]
    if not isinstance(parts, list | tuple) or not parts:
        raise DescentError(f"{name} needs a list of the schedulers it is made of, not {parts!r}.")
    for part in parts:
        check_scheduler(part)
        if issubclass(torch_class(part), ReduceLROnPlateau):
            raise DescentError(f"{name} cannot hold ReduceLROnPlateau, the one scheduler that needs the loss.")
        if is_composite(part):
            # torch 2.13 skips or repeats steps of a nested composition, or fails at its milestone.
            raise DescentError(f"{name} cannot hold {_name(part)}: torch steps nested compositions wrongly.")
    if issubclass(torch_class(checked), SequentialLR):
        _check_milestones(checked.keywords["milestones"], len(parts))


def torch_class(spec: partial[Any]) -> type[Any]:
    """The optimizer or scheduler class that a checked partial is of."""
    return cast(type[Any], spec.func)


def is_composite(spec: partial[Any]) -> bool:
    """Whether a scheduler is made of others, held as partials under ``schedulers``."""
    return issubclass(torch_class(spec), SequentialLR | ChainedScheduler)


class Settings(dict[str, Any]):
    """The settings of a parameter group; like a partial's, they are not to be changed, and can be a key."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


def check_groups(spec: partial[Any], groups: object) -> tuple[Settings, Settings] | tuple[()]:
    """The settings of the two parameters' groups, each of which the optimizer knows.

    Raises:
        DescentError: If there are not two, or the optimizer has no such setting.
    """
    if groups == ():
        return ()
    if not isinstance(groups, tuple | list) or len(groups) != 2 or not all(isinstance(g, Mapping) for g in groups):
        raise DescentError(f"A run's groups are two mappings of settings, for w1 and for w2, not {groups!r}.")
    for group in groups:
        check_optimizer(partial(spec.func, **{**spec.keywords, **group}))
    first, second = map(Settings, groups)
    return first, second


def label(spec: partial[Any], groups: Sequence[Mapping[str, Any]] = ()) -> str:
    """How an optimizer or scheduler reads on screen, from its own name and keywords, and those of groups.

    >>> from torch.optim import SGD
    >>> label(partial(SGD, lr=0.01, momentum=0.6))
    'SGD  lr 0.01  momentum 0.6'
    """
    if is_composite(spec):
        parts = [label(part) for part in spec.keywords["schedulers"]]
        if issubclass(torch_class(spec), ChainedScheduler):
            return " × ".join(parts)
        later = zip(spec.keywords["milestones"], parts[1:], strict=True)
        return " · ".join([parts[0], *(f"from step {step} {part}" for step, part in later)])
    own = [f"w{k}: {settings_label(group)}" for k, group in enumerate(groups, 1) if group]
    return "  ".join([part for part in (_name(spec), settings_label(spec.keywords), *own) if part])


def settings_label(keywords: Mapping[str, Any]) -> str:
    """How settings read on screen."""
    return "  ".join(key if value is True else f"{key} {_value(value)}" for key, value in keywords.items())


def build_optimizer(
    spec: partial[Any],
    params: Sequence[Any],
    groups: Sequence[Mapping[str, Any]] = (),
    subject: str = _SCALARS,
) -> Optimizer:
    """A fresh optimizer of the given parameters, ready to train; each in a group of its own if groups are given.

    An optimizer with a ``train`` method (schedule-free ones) is told that training begins: its parameters are then
    the points at which it wants the gradient, not the averages that it would be evaluated at.

    Args:
        spec: Its class and settings.
        params: Parameters, or torch's groups of them.
        groups: The settings of each parameter, if they have some of their own.
        subject: What the parameters are, for the error.

    Raises:
        DescentError: If torch refuses the settings or the parameters, with its reason, or the class takes any
            setting and leaves one unused.
    """
    _check_used(spec)
    try:
        # Deep copies, here and below: torch writes into a rate that is a tensor, a schedule may keep state.
        grouped = [{"params": [each], **copy.deepcopy(dict(own))} for each, own in zip(params, groups, strict=False)]
        optimizer: Optimizer = torch_class(spec)(grouped or list(params), **copy.deepcopy(spec.keywords))
        if callable(train := getattr(optimizer, "train", None)):
            train()
    except Exception as error:
        told = reason(error)
        # torch's Muon and its like; what two numbers lack is a surface's to give
        advice = "; give the surface a MatrixLoss, whose parameter is a matrix" if "2D" in told and not groups else ""
        advice = advice if subject == _SCALARS else ""
        raise DescentError(f"torch cannot build {label(spec)!r} for {subject}: {told}{advice}.") from error
    return optimizer


def build_scheduler(spec: partial[Any], optimizer: Optimizer) -> LRScheduler:
    """A fresh scheduler of the given optimizer, its parts first where it is made of others.

    Raises:
        DescentError: If torch refuses the settings or the optimizer, with its reason.
    """
    parts = [build_scheduler(part, optimizer) for part in spec.keywords["schedulers"]] if is_composite(spec) else []
    try:
        keywords = {key: copy.deepcopy(value) for key, value in spec.keywords.items() if key != "schedulers"}
        built: LRScheduler = (
            torch_class(spec)(optimizer=optimizer, schedulers=parts, **keywords)
            if parts
            else torch_class(spec)(optimizer, **keywords)
        )
    except Exception as error:
        raise DescentError(
            f"torch cannot build {label(spec)!r} with {type(optimizer).__name__}: {reason(error)}."
        ) from error
    return built


def _check_keywords(spec: object, base: type, subject: str, noun: str, example: str) -> partial[Any]:
    if not isinstance(spec, partial) or not isinstance(spec.func, type) or not issubclass(spec.func, base):
        raise DescentError(f"{noun} must be a functools.partial of its class, such as {example}, not {spec!r}.")
    name = _name(spec)
    if spec.args:
        raise DescentError(f"{name} takes its arguments by name, as in {example}, but {spec.args[0]!r} has none.")
    parameters = dict(inspect.signature(spec.func).parameters)
    parameters.pop(subject if subject in parameters else next(iter(parameters), subject), None)
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


def _check_used(spec: partial[Any]) -> None:
    """Refuse a setting that a class with ``**kwargs`` takes and its code never names: it would be shown, and not be."""
    classes = torch_class(spec).__mro__
    ours = classes[: classes.index(Optimizer)]
    taking = [each for each in ours if "__init__" in vars(each)]
    # An optimizer around another one, such as SAM, hands its settings on.
    taking += [each for each in spec.keywords.values() if isinstance(each, type) and issubclass(each, Optimizer)]
    named = {key for each in taking for key in inspect.signature(each).parameters}
    unnamed = [key for key in spec.keywords if key not in named]
    if unnamed:
        written = set().union(*(_texts(code) for each in ours for code in _codes(each)))
        for key in unnamed:
            if key not in written:
                raise DescentError(f"{_name(spec)} leaves {key!r} unused: {nearest(key, named - {'params', 'kwargs'})}")


def _codes(kind: type) -> list[CodeType]:
    """The code of a class's methods and of its module's functions."""
    found = [*vars(kind).values(), *vars(sys.modules.get(kind.__module__, kind)).values()]
    return [each.__code__ for each in map(inspect.unwrap, filter(callable, found)) if inspect.isfunction(each)]


def _texts(code: CodeType) -> set[str]:
    """Every text that code mentions, functions inside it included."""
    inner = set().union(*(_texts(each) for each in code.co_consts if isinstance(each, CodeType)))
    return inner | {each for each in code.co_consts if isinstance(each, str)} | set(code.co_varnames)


def _check_milestones(milestones: object, parts: int) -> None:
    steps = list(milestones) if isinstance(milestones, list | tuple) else []
    rising = all(isinstance(step, int) for step in steps) and all(
        a < b for a, b in zip([0, *steps], steps, strict=False)
    )
    if len(steps) != parts - 1 or not rising:
        many = "1 milestone, a step" if parts == 2 else f"{parts - 1} rising milestones, the steps"
        raise DescentError(
            f"SequentialLR of {parts} schedulers needs {many} from 1 on at which the next one takes over, "
            f"not {milestones!r}."
        )


def _name(spec: partial[Any]) -> str:
    return torch_class(spec).__name__


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
