"""Sliders: which settings of an optimizer can be moved on the page, and how far torch lets them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from descent.base.errors import DescentError
from descent.publish.explore.capture import built, group_numbers, state_numbers
from descent.publish.explore.symbols import UncapturableError

_SHARES = ("momentum", "dampening", "alpha", "rho", "betas", "gamma")
_REACH = 100.0
_LARGE = 1e6


@dataclass(frozen=True, slots=True)
class Slider:
    """A setting that can be moved.

    Attributes:
        name: As it stands in the optimizer's group: ``lr``, ``betas.0``.
        value: What it is.
        low: The slider's lower end.
        high: Its upper end.
        scale: "linear"; "log"; or "one", logarithmic in the distance from 1.
        whole: Whether it is a whole number.
        least: The smallest value that may be typed; None if any.
        most: The largest.
    """

    name: str
    value: float
    low: float
    high: float
    scale: str
    whole: bool
    least: float | None
    most: float | None


def with_setting(spec: partial[Any], name: str, value: float) -> partial[Any]:
    """The optimizer with one number of its settings replaced; ``betas.1`` is the second of a tuple."""
    key, _, index = name.partition(".")
    if not index:
        return partial(spec.func, **{**spec.keywords, key: value})
    whole = list(_given(spec)[key])
    whole[int(index)] = value
    return partial(spec.func, **{**spec.keywords, key: tuple(whole)})


def sliders(spec: partial[Any], dtype: torch.dtype, steps: int) -> list[Slider]:
    """The numeric settings that an optimizer keeps in its group under their own names, and nowhere else."""
    optimizer, leaves = built(spec, dtype)
    groups, state = group_numbers(optimizer), state_numbers(optimizer, leaves)
    found = []
    for name, value, whole in _numbers(spec):
        if groups.get(name) != value:
            continue

        def accepts(trial: float, name: str = name) -> bool:
            try:
                changed, own = built(with_setting(spec, name, trial), dtype)
            except (DescentError, UncapturableError):
                return False
            return group_numbers(changed) == {**groups, name: trial} and state_numbers(changed, own) == state

        if slider := _slider(name, value, whole, accepts, steps):
            found.append(slider)
    return found


def are_numbers(value: object) -> bool:
    """Whether a setting is a number, or several."""
    each = value if isinstance(value, tuple | list) and value else [value]
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in each)


def _given(spec: partial[Any]) -> dict[str, Any]:
    """Every setting, the defaults included."""
    parameters = inspect.signature(spec.func).parameters
    return {name: each.default for name, each in parameters.items()} | spec.keywords


def _numbers(spec: partial[Any]) -> Iterator[tuple[str, float, bool]]:
    """Names, values, and whether they are whole numbers."""
    parameters = inspect.signature(spec.func).parameters
    for key, value in _given(spec).items():
        annotation = parameters[key].annotation if key in parameters else None
        whole = annotation in (int, "int")
        if not are_numbers(value):
            continue
        if isinstance(value, int | float):
            yield key, float(value), whole
        else:
            yield from ((f"{key}.{k}", float(each), False) for k, each in enumerate(value))


def _slider(name: str, value: float, whole: bool, accepts: Callable[[float], bool], steps: int) -> Slider | None:
    if value < 0 or not accepts(value):
        return None
    bounded = value < 1 and not accepts(1.0)
    share = value <= 1 and (bounded or name.partition(".")[0] in _SHARES)
    if whole:
        low, high, scale = 0.0, max(float(steps), 2 * value), "linear"
    elif name.startswith("betas") and value < 1:
        low, high, scale = 0.0, 0.9999, "one"
    elif share or value == 0:
        low, high, scale = 0.0, 1.0, "linear"
    else:
        low, high, scale = value / _REACH, value * _REACH, "log"
    low, high = _reach(value, low, accepts, whole), _reach(value, high, accepts, whole)
    if high <= low:
        return None
    least = low if not accepts(low / 2 if low else -1e-3) else 0.0 if accepts(0.0) and not accepts(-1e-3) else None
    most = None if accepts(_LARGE) else high
    return Slider(name, value, low, high, scale, whole, least, most)


def _reach(value: float, end: float, accepts: Callable[[float], bool], whole: bool) -> float:
    """How far a setting may be moved towards an end, to three figures or so."""
    if accepts(end):
        return end
    good, bad = value, end
    for _ in range(12):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if accepts(middle) else (good, middle)
    rounded = float(f"{good:.3g}")
    good = rounded if accepts(rounded) and abs(rounded - value) <= abs(good - value) else good
    return float(round(good)) if whole else good
