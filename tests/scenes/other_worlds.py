"""What claims say that are not about single runs is tried on other data: sweeps, drops and recordings that differ."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from descent import Claim


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
    """The recordings exchanged, nothing below them, another plane, or a worse one, and paths that lie in the plane."""
    study = real()
    flat = [replace(r, params=study.plane.lift(study.plane.project(r.params))) for r in study.recordings]
    poor = replace(study.plane, explained=(0.3, 0.2))
    for change in (
        {"recordings": study.recordings[::-1]},
        {"on_slice": [0.0] * 3},
        {"on_other": [0.0] * 3},
        {"plane": poor},
        {"plane": replace(study.plane, origin=study.recordings[0].params[0])},
        {"recordings": flat},
    ):
        yield lambda change=change: replace(study, **change)


def refuted_elsewhere(claim: Claim) -> bool:
    """Whether other data make a claim false that takes no trajectories."""
    scene = claim.holds.__globals__
    name = next(name for name in ("sweeps", "drop", "study") if name in scene)
    real = scene[name]
    worlds = {"sweeps": sweeps, "study": studies, "drop": lambda drop: drops(drop, (scene["PLAIN"], scene["HEAVY"]))}
    try:
        for other in worlds[name](real):
            scene[name] = other
            if not claim.check():
                return True
            scene[name] = real
    finally:
        scene[name] = real
    return False
