"""Draws at random, from a seed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from descent.base.errors import DescentError


@contextmanager
def undisturbed() -> Iterator[None]:
    """What is drawn inside, by torch, numpy and Python, is not missing outside."""
    before = drawing_state()
    try:
        yield
    finally:
        draw_from(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a seed inside, and go on as before outside.

    Raises:
        DescentError: If the seed is no whole number.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise DescentError(f"A seed is a whole number, not {seed!r}.")
    with undisturbed():
        draw_anew(seed)
        yield


def draw_anew(seed: int) -> None:
    """Begin to draw from a seed."""
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)


def drawing_state() -> tuple[Any, ...]:
    """Where the generators of torch, numpy and Python stand."""
    return torch.get_rng_state(), np.random.get_state(), random.getstate()


def draw_from(state: tuple[Any, ...]) -> None:
    """Put the generators where they stood."""
    torch.set_rng_state(state[0])
    np.random.set_state(state[1])
    random.setstate(state[2])
