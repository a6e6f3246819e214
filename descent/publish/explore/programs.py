"""Programs: everything captured of one optimizer, believed only after torch has taken the same steps beside it."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from descent.base.errors import DescentError, reason
from descent.publish.explore.capture import Regime, built, capture_step, capture_surface, group_numbers
from descent.publish.explore.emit import glsl_surface, javascript_regime, javascript_surface
from descent.publish.explore.replay import check_step, check_surface, run_block
from descent.publish.explore.sliders import Slider, sliders, with_setting
from descent.publish.explore.symbols import UncapturableError
from descent.record.surfaces import Surface

_MOST_REGIMES = 16
_ELSEWHERE = 0.37
"""How far along its slider a setting is moved to see whether the capture follows."""


@dataclass(frozen=True, slots=True)
class Programs:
    """What the page needs to take an optimizer's steps.

    Attributes:
        regimes: The code of each regime, in JavaScript.
        settings: The numbers that the code takes, by name, and what they are.
        sliders: Those of them that can be moved.
    """

    regimes: tuple[str, ...]
    settings: tuple[tuple[str, float], ...]
    sliders: tuple[Slider, ...]


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

    Each capture is compared with torch's own steps, bit for bit, with the settings given and with each one moved; a
    setting that the capture does not follow is not offered.

    Raises:
        UncapturableError: Why there is none.
    """
    first = capture_step(spec, dtype)
    check_step(first, spec, dtype)
    code = [javascript_regime(first)]
    regimes, offered = [first], []
    movable = [each for each in sliders(spec, dtype, steps) if each.name in dict(first.settings)]
    for slider in movable:
        try:
            _follow(regimes, with_setting(spec, slider.name, _moved(slider)), dtype)
        except UncapturableError:
            continue
        offered.append(slider)
    for combination in _corners(regimes, offered):
        moved = spec
        for name, value in combination:
            moved = with_setting(moved, name, value)
        try:
            _follow(regimes, moved, dtype)
        except (UncapturableError, DescentError):
            continue
    code += [javascript_regime(regime) for regime in regimes[1:]]
    return Programs(tuple(code), first.settings, tuple(offered))


def _follow(regimes: list[Regime], spec: partial[Any], dtype: torch.dtype) -> None:
    """See that settings are followed by a regime, which is captured if it is a new one."""
    numbers = group_numbers(built(spec, dtype)[0])
    known = next((regime for regime in regimes if _fits(regime, numbers)), None)
    if known is None and len(regimes) >= _MOST_REGIMES:
        raise UncapturableError(f"has more than {_MOST_REGIMES} kinds of steps")
    regime = known or capture_step(spec, dtype)
    check_step(regime, spec, dtype)
    if known is None:
        javascript_regime(regime)
        regimes.append(replace(regime, settings=tuple((name, numbers[name]) for name, _ in regimes[0].settings)))


def _fits(regime: Regime, numbers: dict[str, float]) -> bool:
    return all(bool(run_block(question, numbers)["answer"]) is answer for question, answer in regime.questions)


def _corners(regimes: Sequence[Regime], offered: Sequence[Slider]) -> Iterator[tuple[tuple[str, float], ...]]:
    """Settings that decide about branches, each at nought, as it is, and elsewhere, in all combinations."""
    asked = {node.text for regime in regimes for block, _ in regime.questions for node in block.nodes}
    deciding = [slider for slider in offered if slider.name in asked]
    choices = [[(each.name, value) for value in dict.fromkeys((each.value, _moved(each), each.low))]
               for each in deciding[:4]]  # fmt: skip
    yield from itertools.product(*choices)


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
