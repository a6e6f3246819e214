"""Races drawn at random: named surfaces and own ones of every kind, one to eight runs, schedules, 1 to 500 steps."""

from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch.optim import SGD, Adagrad, Adam, AdamW, NAdam, RMSprop
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

from descent import DescentError, Run, Surface
from descent.animate.view import find_minima
from descent.record.named_surfaces import SURFACES

WIDE = ((-5.0, 5.0), (-5.0, 5.0))
OWN: dict[str, tuple[Any, Any]] = {
    "plateau": (lambda a, b: torch.sigmoid(5 * (a - 1)) + 0.01 * b**2, WIDE),
    "hinge": (lambda a, b: torch.relu(1 - a) + torch.relu(1 - b), WIDE),
    "gutter": (lambda a, b: a**2 + 0 * b, WIDE),
    "constant": (lambda a, b: 0 * a + 0 * b + 2, WIDE),
    "steps": (lambda a, b: torch.tanh(8 * (a - 1)) + torch.tanh(8 * (b + 1)) + 0.02 * (a**2 + b**2), WIDE),
    "cliff": (lambda a, b: torch.where(a > 1, 50 + a, a**2 / 4) + b**2, WIDE),
    "hyperbola": (lambda a, b: (a * b - 1) ** 2, WIDE),
    "ring": (lambda a, b: (a**2 + b**2 - 4) ** 2 / 8, WIDE),
    "quartic": (lambda a, b: a**4 + b**4, WIDE),
    "abs": (lambda a, b: a.abs() + 3 * b.abs(), WIDE),
    "logs": (lambda a, b: -torch.log(a) - torch.log(b) + a**2 + b**2, ((0.01, 4.0), (0.01, 4.0))),
    "root": (lambda a, b: torch.sqrt(a) + b**2, ((0.0, 4.0), (-2.0, 2.0))),
    "hill": (lambda a, b: 10 * torch.exp(-(a**2 + b**2) / 2), WIDE),
    "egg": (lambda a, b: -torch.cos(a) - torch.cos(b) + 0.001 * (a**2 + b**2), ((-25.0, 25.0), (-25.0, 25.0))),
    "faint": (lambda a, b: 1e-9 * (a**2 + 3 * b**2), ((-2.0, 2.0), (-2.0, 2.0))),
    "steep": (lambda a, b: 0.5 * a**2 + 25 * b**2, WIDE),
    "narrow": (lambda a, b: 100 * (a - 1.3 * b) ** 2 + 1e-3 * (a + b) ** 2, WIDE),
    "tilted wells": (lambda a, b: (a**2 - 1) ** 2 + 0.05 * a + b**2, ((-2.0, 2.0), (-2.0, 2.0))),
    "equal wells": (lambda a, b: (a**2 - 1) ** 2 + b**2, ((-2.0, 2.0), (-2.0, 2.0))),
    "endless": (lambda a, b: a + b**2 / 2, WIDE),
    "pole": (lambda a, b: 1 / (a**2 + b**2) + 0.1 * (a**2 + b**2), WIDE),
    "monkey": (lambda a, b: a**3 - 3 * a * b**2, ((-2.0, 2.0), (-2.0, 2.0))),
}


NAMES = sorted([*SURFACES, *OWN])


@cache
def surface_of(name: str) -> Surface:
    """A named surface, or an own one with the minima that a search finds, as `descent animate` has them."""
    if name in SURFACES:
        return SURFACES[name]
    plain = Surface(name, *OWN[name])
    return replace(plain, minima=find_minima(plain))


def drawn(rng: Any, most: int) -> list[Run]:
    """Runs of one race.

    Args:
        rng: Has ``choice(sequence)``, ``integer(low, high)`` and ``real(low, high)``.
        most: Steps of all runs together.
    """
    surface = surface_of(rng.choice(NAMES))
    count = rng.choice([1, 1, 2, 2, 3, 4, 8])
    steps = max(1, rng.integer(1, most) // count)
    (left, right), (low, high) = surface.domain
    places = [
        (round(rng.real(left, right), 2), round(rng.real(low, high), 2)) for _ in range(rng.choice([1, 1, 1, count]))
    ]
    scale = 1.0 / float(np.median(np.abs(surface.grid(9).loss[np.isfinite(surface.grid(9).loss)])) + 1e-12)
    span = right - left
    runs = []
    for k in range(count):
        optimizer = _optimizer(rng, scale * span**2 / 30, span)
        scheduler = _scheduler(rng, steps) if rng.choice([0, 0, 1]) else None
        try:
            runs.append(Run(surface, optimizer, places[k % len(places)], steps, scheduler))
        except DescentError:
            continue  # a start on the view's edge
    return runs


def _optimizer(rng: Any, rate: float, span: float) -> partial[Any]:
    wide = float(f"{10 ** rng.real(-3.5, 1.0):.2g}")
    lr = float(f"{rate * wide:.2g}")
    step = float(f"{span * 10 ** rng.real(-3.5, -0.5):.2g}")
    return rng.choice(
        [
            partial(SGD, lr=lr),
            partial(SGD, lr=lr),
            partial(SGD, lr=lr, momentum=0.9),
            partial(SGD, lr=lr, momentum=0.5, nesterov=True),
            partial(SGD, lr=lr, maximize=True),
            partial(SGD, lr=lr, weight_decay=0.1),
            partial(Adam, lr=step),
            partial(AdamW, lr=step),
            partial(RMSprop, lr=step),
            partial(NAdam, lr=step),
            partial(Adagrad, lr=step),
            partial(Adam, lr=step, maximize=True),
        ]
    )


def _scheduler(rng: Any, steps: int) -> partial[Any]:
    return rng.choice(
        [
            partial(ExponentialLR, gamma=0.8),
            partial(StepLR, step_size=max(steps // 3, 1), gamma=0.1),
            partial(MultiStepLR, milestones=[max(steps // 2, 1)], gamma=1e-6),
            partial(CosineAnnealingLR, T_max=steps),
            partial(CosineAnnealingWarmRestarts, T_0=max(steps // 3, 1)),
            partial(OneCycleLR, max_lr=0.3, total_steps=max(steps, 2), cycle_momentum=False),
            partial(ReduceLROnPlateau, patience=1),
        ]
    )
