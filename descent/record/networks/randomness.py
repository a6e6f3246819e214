"""Draws at random, from a seed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from descent.base.errors import DescentError

CPU = torch.device("cpu")


@contextmanager
def undisturbed(device: torch.device = CPU) -> Iterator[None]:
    """What is drawn inside, by torch, numpy and Python, is not missing outside."""
    before = drawing_state()
    there = None if device.type == "cpu" else torch.get_device_module(device)
    on_device = None if there is None else there.get_rng_state()
    try:
        yield
    finally:
        draw_from(before)
        if there is not None:
            there.set_rng_state(on_device)


@contextmanager
def seeded(seed: int, device: torch.device = CPU) -> Iterator[None]:
    """Draw from a seed inside, and go on as before outside.

    Raises:
        DescentError: If the seed is no whole number.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise DescentError(f"A seed is a whole number, not {seed!r}.")
    with undisturbed(device):
        draw_anew(seed, device)
        yield


def draw_anew(seed: int, device: torch.device = CPU) -> None:
    """Begin to draw from a seed."""
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)
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
