"""What claims say that are not about single runs is tried on other data: sweeps, drops and recordings that differ."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from descent import Claim
from descent.base.errors import DescentError


def sweeps(real: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """The families exchanged, all equal, and all best at the largest rate."""
    losses = real()
    for other in (losses[::-1], np.ones_like(losses), np.tile(np.geomspace(1, 0.1, losses.shape[1]), (4, 1))):
        yield lambda other=other: other


def drops(real: Callable[[Any], Any], runs: tuple[Any, Any]) -> Iterator[Callable[[Any], Any]]:
    """The two runs exchanged, all balls in one minimum, and all of them in none but in view."""
    yield lambda run: real(runs[1] if run is runs[0] else runs[0])
    for place in (0, 4, -1):
        inside = np.broadcast_to((-7.0, 0.0), real(runs[0]).params.shape)
        nowhere = replace(real(runs[0]), params=inside, at=np.full_like(real(runs[0]).at, place))
        yield lambda run, nowhere=nowhere: nowhere


def studies(real: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Something of the study is backwards, nothing, or huge; or paths lie in the plane."""
    study = real()
    for other in altered(study):
        yield lambda other=other: other
    if hasattr(study, "plane"):
        flat = [replace(r, params=study.plane.lift(study.plane.project(r.params))) for r in study.recordings]
        yield lambda: replace(study, recordings=flat)


def altered(value: Any) -> Iterator[Any]:
    """A value with something in it changed; nothing of one that is no data."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield from (value[::-1], 0 * value, 0 * value + 1e6)
    elif isinstance(value, float | int):
        yield from (0.0, 1e6)
    elif isinstance(value, tuple | list):
        yield value[::-1]
        for k, each in enumerate(value):
            yield from (type(value)([*value[:k], other, *value[k + 1 :]]) for other in altered(each))
    elif is_dataclass(value):
        for field in fields(value):
            for other in altered(getattr(value, field.name)):
                with suppress(DescentError):  # it is checked, and cannot be that
                    yield replace(value, **{field.name: other})


def refuted_elsewhere(claim: Claim) -> bool:
    """Whether other data make a claim false that takes no trajectories."""
    scene = claim.holds.__globals__
    name = next(name for name in ("sweeps", "drop", "study") if name in scene)
    real = scene[name]
    worlds = {"sweeps": sweeps, "study": studies, "drop": lambda drop: drops(drop, (scene["PLAIN"], scene["HEAVY"]))}
    try:
        for other in worlds[name](real):
            scene[name] = other
            try:
                if not claim.check():
                    return True
            except (ArithmeticError, DescentError, LookupError, RuntimeWarning, ValueError):
                continue  # data that it cannot judge do not count
            finally:
                scene[name] = real
    finally:
        scene[name] = real
    return False
