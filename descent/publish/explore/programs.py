"""Programs: everything captured of one optimizer, believed only after torch has taken the same steps beside it."""

import inspect
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import torch

from descent.base.errors import DescentError, reason
from descent.publish.explore.capture import (
    Regime,
    built,
    capture_step,
    capture_surface,
    group_numbers,
    state_numbers,
)
from descent.publish.explore.emit import glsl_surface, javascript_regime, javascript_surface
from descent.publish.explore.replay import check_step, check_surface, run_block
from descent.publish.explore.sliders import Slider, are_numbers, sliders, with_setting
from descent.publish.explore.symbols import UncapturableError
from descent.record.surfaces import Surface

_MOST_REGIMES = 16
_ELSEWHERE = 0.37
"""How far along its slider a setting is moved to see whether the capture follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """What was captured of an optimizer: its numbers are free, everything else about it is as it was given.

    Attributes:
        regimes: Each kind of step that its settings can ask for.
        code: Their programs in JavaScript.
    """

    regimes: tuple[Regime, ...]
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programs:
    """What the page needs to take an optimizer's steps.

    Attributes:
        family: The programs, shared by all runs of the optimizer.
        settings: The numbers that they take, by name, and what they are.
        sliders: Those of them that can be moved.
    """

    family: Family
    settings: tuple[tuple[str, float], ...]
    sliders: tuple[Slider, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An optimizer as what a cache can hold: its class and its settings as they are written."""

    kind: Any
    settings: tuple[tuple[str, str], ...]
    dtype: torch.dtype
    spec: partial[Any] = field(compare=False)


@contextmanager
def _with_reason() -> Iterator[None]:
    """Make any failure of a capture one reason: whatever a stranger's code raises, its run is shown as recorded."""
    try:
        yield
    except UncapturableError:
        raise
    except Exception as error:
        raise UncapturableError(f"cannot be followed: {reason(error)}") from error


@_with_reason()
def surface_code(surface: Surface, dtype: torch.dtype) -> tuple[str, str]:
    """A surface's loss and gradient in JavaScript, and in GLSL.

    Raises:
        UncapturableError: Why there is none.
    """
    block = capture_surface(surface, dtype)
    check_surface(block, surface, dtype)
    return javascript_surface(block), glsl_surface(block)


@_with_reason()
def optimizer_code(spec: partial[Any], dtype: torch.dtype, steps: int) -> Programs:
    """An optimizer's steps in JavaScript, for all branches that moving its settings can take.

    An optimizer is captured once, with torch's own numbers. What is made of that for a run is compared with torch's own
    steps, bit for bit, with the settings given and with each one moved; a setting that the capture does not follow is
    not offered. A run that its optimizer's capture does not fit is captured by itself.

    Raises:
        UncapturableError: Why there is none.
    """
    asked, plain = (_asked(each, dtype) for each in (spec, _plain(spec)))
    if plain != asked:
        with suppress(Exception):  # whatever a stranger's code raises with other numbers than those it was given
            return _programs(plain, asked, steps)
    return _programs(asked, asked, steps)


def _asked(spec: partial[Any], dtype: torch.dtype) -> _Asked:
    return _Asked(spec.func, tuple(sorted((name, repr(value)) for name, value in spec.keywords.items())), dtype, spec)


def _plain(spec: partial[Any]) -> partial[Any]:
    """The optimizer with the numbers that its class has by default; what is no number is as given."""
    usual = {name: each.default for name, each in inspect.signature(spec.func).parameters.items()}
    return partial(spec.func, **{name: value for name, value in spec.keywords.items()
                                 if not are_numbers(value) or not are_numbers(usual.get(name))})  # fmt: skip


@lru_cache(maxsize=256)
def _programs(base: _Asked, asked: _Asked, steps: int) -> Programs:
    """What a capture is to one run of its optimizer."""
    family, spec, dtype = _family(base), asked.spec, asked.dtype
    settings = _follow(family.regimes, spec, dtype)
    offered = []
    for slider in sliders(spec, dtype, steps):
        if slider.name in dict(settings):
            try:
                _follow(family.regimes, with_setting(spec, slider.name, _moved(slider)), dtype)
            except UncapturableError:
                continue
            offered.append(slider)
    return Programs(family, settings, tuple(offered))


@lru_cache(maxsize=64)
def _family(asked: _Asked) -> Family:
    spec, dtype = asked.spec, asked.dtype
    first = capture_step(spec, dtype)
    check_step(first, spec, dtype)
    regimes, code = [first], [javascript_regime(first)]
    movable = [each for each in sliders(spec, dtype, 1) if each.name in dict(first.settings)]
    moved = [with_setting(spec, each.name, _moved(each)) for each in movable]
    for trial in itertools.chain(moved, _corners(spec, regimes, movable)):
        try:
            regime = _new_regime(regimes, trial, dtype)
            if regime is not None:
                code.append(javascript_regime(regime))
                regimes.append(regime)
        except (UncapturableError, DescentError):
            continue
    return Family(tuple(regimes), tuple(code))


def _new_regime(regimes: Sequence[Regime], spec: partial[Any], dtype: torch.dtype) -> Regime | None:
    """The kind of steps that settings ask for, if it is not among those known."""
    numbers = group_numbers(built(spec, dtype)[0])
    if _fitting(regimes, numbers) is not None:
        return None
    if len(regimes) >= _MOST_REGIMES:
        raise UncapturableError(f"has more than {_MOST_REGIMES} kinds of steps")
    regime = capture_step(spec, dtype)
    check_step(regime, spec, dtype)
    return replace(regime, settings=tuple((name, numbers[name]) for name, _ in regimes[0].settings))


def _follow(regimes: Sequence[Regime], spec: partial[Any], dtype: torch.dtype) -> tuple[tuple[str, float], ...]:
    """See that an optimizer is followed by one of the regimes; what its settings are."""
    optimizer, leaves = built(spec, dtype)
    numbers = group_numbers(optimizer)
    regime = _fitting(regimes, numbers)
    if regime is None:
        raise UncapturableError("takes a way that was not captured")
    held = numbers | state_numbers(optimizer, leaves)
    if any(held.get(name) != value for name, value in regime.state):
        raise UncapturableError("begins in another state than its capture")
    check_step(regime, spec, dtype)
    return tuple((name, numbers[name]) for name, _ in regime.settings)


def _fitting(regimes: Sequence[Regime], numbers: dict[str, float]) -> Regime | None:
    return next((regime for regime in regimes if _fits(regime, numbers)), None)


def _fits(regime: Regime, numbers: dict[str, float]) -> bool:
    return all(bool(run_block(question, numbers)["answer"]) is answer for question, answer in regime.questions)


def _corners(spec: partial[Any], regimes: Sequence[Regime], movable: Sequence[Slider]) -> Iterator[partial[Any]]:
    """Settings that decide about branches, each at nought, as it is, and elsewhere, in all combinations.

    Which ones decide is asked when the first corner is wanted: by then each setting has been moved by itself.
    """
    asked = {node.text for regime in regimes for block, _ in regime.questions for node in block.nodes}
    deciding = [slider for slider in movable if slider.name in asked]
    choices = [[(each.name, value) for value in dict.fromkeys((each.value, _moved(each), each.low, _nought(each)))]
               for each in deciding[:4]]  # fmt: skip
    for combination in itertools.product(*choices):
        corner = spec
        for name, value in combination:
            corner = with_setting(corner, name, value)
        yield corner


def _nought(slider: Slider) -> float:
    """Nought where that may be typed, though a logarithmic slider does not reach it."""
    return slider.low if slider.least else 0.0


def _moved(slider: Slider) -> float:
    """Another value of a setting, on its slider."""
    low, high = slider.low, slider.high
    if slider.scale == "log":
        value = float(low * (high / low) ** _ELSEWHERE)
    elif slider.scale == "one":
        value = float(1 - (1 - low) * ((1 - high) / (1 - low)) ** _ELSEWHERE)
    else:
        value = low + _ELSEWHERE * (high - low)
    return float(round(value)) if slider.whole else value
