"""Land to draw on: hills made of a few waves, and views of it."""

from functools import cache

import numpy as np
import torch

from descent.look.opengl.camera import View, Window, matrix
from descent.look.opengl.colours import ink_of
from descent.look.opengl.land import Land, land_of
from descent.look.opengl.shot import Shot
from descent.look.palette import DARK
from descent.record.surfaces import Surface

SIZE = (240, 136)
WINDOW = Window(-SIZE[0] / SIZE[1], SIZE[0] / SIZE[1], -1.0, 1.0, SIZE[0] / SIZE[1])


@cache
def hills(seed: int) -> Land:
    """Land of a sum of random waves, wider than deep."""
    draw = np.random.default_rng(seed)
    waves = draw.uniform(-1.6, 1.6, (4, 2)).tolist()
    phases = draw.uniform(0, 6, 4).tolist()

    def loss(w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
        terms = (torch.sin(a * w1 + b * w2 + c) for (a, b), c in zip(waves, phases, strict=True))
        return sum(terms, start=4 + 0 * w1) ** 2

    return land_of(Surface(f"hills {seed}", loss, ((-3.0, 3.0), (-2.0, 2.0))))


def shot_of(land: Land, view: View, **changes: object) -> Shot:
    """A small picture of it without pins."""
    return Shot(land, view, WINDOW, SIZE, ink_of(DARK), **changes)  # type: ignore[arg-type]


def hit(land: Land, view: View, x: float, y: float) -> np.ndarray | None:
    """Where the line of sight through a place of the picture (−1..1, top is −1) first meets the ground, by walking."""
    far = np.linalg.inv(matrix(view, WINDOW)) @ np.array((x, y, 1.0, 1.0))
    ahead = far[:3] / far[3] - view.eye
    walk = view.eye + np.linspace(0, 8, 16_000)[:, None] * ahead / np.linalg.norm(ahead)
    inside = (np.abs(walk[:, :2]) <= land.span / 2).all(axis=1)
    below = inside & (walk[:, 2] <= land.height(walk[:, :2]))
    return walk[int(np.argmax(below))] if below.any() else None
