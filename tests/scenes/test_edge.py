"""The films of networks at the edge of stability, judged by dense Hessians and under other settings."""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.optim import SGD

from descent.networks import record, sharpness

sys.path.insert(0, str(Path("scenes").resolve()))
import edge

sys.path.pop(0)

pytestmark = pytest.mark.matrix  # they train the film's networks again


def densest(params: np.ndarray) -> float:
    """The largest eigenvalue of the whole Hessian, by torch's own means, of the network written out by hand."""
    (x, y), sizes = edge.curve(), [(8, 1), (8,), (8, 8), (8,), (1, 8), (1,)]

    def loss(flat: torch.Tensor) -> torch.Tensor:
        parts = torch.split(flat, [int(np.prod(size)) for size in sizes])
        a, b, c, d, e, f = (part.view(size) for part, size in zip(parts, sizes, strict=True))
        return ((torch.tanh(torch.tanh(x @ a.T + b) @ c.T + d) @ e.T + f - y) ** 2).mean()

    matrix = torch.autograd.functional.hessian(loss, torch.tensor(params))
    return float(torch.linalg.eigvalsh(matrix.double())[-1])


def test_the_sharpness_that_the_film_shows_is_that_of_dense_hessians() -> None:
    for one in (edge.study().high, edge.study().low):
        for k in (0, 8, 17, len(one.at) - 1):
            assert one.sharp[k] == pytest.approx(densest(one.run.params[int(one.at[k])]), rel=2e-3)


def test_the_ball_of_a_cut_is_where_the_next_step_of_a_quadratic_would_take_it() -> None:
    """Below the burst the cut is nearly a parabola: each step multiplies the way from its vertex by 1 − ηλ."""
    swing = edge.swings(edge.peak() - 12, edge.peak() - 7)
    across = 1 - edge.HIGH * edge.sharp_at(edge.study().high, edge.peak() - 10)
    np.testing.assert_allclose(swing[1:] / swing[:-1], across, rtol=0.06)


@pytest.mark.matrix
@pytest.mark.parametrize("rate", [0.27, 0.3, 0.33])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_other_starts_and_rates_hover_about_their_own_line_for_longer(seed: int, rate: float) -> None:
    run = record(edge.network(seed), edge.squared, partial(SGD, lr=rate), edge.curve(), 5000)
    share = sharpness(run, edge.squared, edge.curve(), range(400, 5001, 40)) * rate / 2
    assert share.mean() == pytest.approx(1, abs=0.08)
    assert 0.7 < share.min() < share.max() < 1.35
